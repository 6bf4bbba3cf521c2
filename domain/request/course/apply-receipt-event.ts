/** What a corrected receipt does to a case: every clock runs from it, and the person is told again. */
import { allKeys, orderLetter } from './case-parts.ts';
import type { CaseState } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';

/**
 * The case with its true receipt. Acknowledgements that were delivered stay as the evidence they are; one that has not left gives way to
 * the new one.
 */
export const applyReceiptEvent = (
  state: CaseState,
  { receivedAt, formerly, letterId }: Extract<CaseEvent, { kind: 'receipt-corrected' }>,
  meta: EventMeta,
): CaseState => {
  const correction = { at: meta.at, formerly, ...(letterId === undefined ? {} : { letterId }) };
  const corrected: CaseState = {
    ...state,
    receivedAt,
    receiptCorrections: [...(state.receiptCorrections ?? []), correction],
    letters: state.letters.map((letter) =>
      letter.kind === 'acknowledgement' && letter.state !== 'delivered' ? { ...letter, superseded: true } : letter,
    ),
  };
  return letterId === undefined
    ? corrected
    : orderLetter(corrected, letterId, 'acknowledgement', allKeys(state), meta.at);
};
