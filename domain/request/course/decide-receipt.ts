/**
 * Putting the time of receipt right. The law's month runs from the true receipt (Art. 12(3)), whatever was typed at intake, so a
 * mistake is not kept because it was written down. What the person was told is told again by a new acknowledgement.
 */
import type { CaseState } from './case-state.ts';
import { findLetter } from './case-state.ts';
import type { CaseCommand, CommandMeta } from './commands.ts';
import { regulationApplies } from './receipt.ts';
import { accepted, refused, type Verdict } from './verdict.ts';

/**
 * The rights whose next letter is written and not delivered. It names the day of receipt, or a last day that follows from it, and
 * cannot be told otherwise before it is told at all: an extension is told once, an answer is what the person will rely on.
 */
const namedInLetters = (state: CaseState): readonly string[] =>
  state.rights
    .filter(({ state: at, extension }) => {
      const telling = extension === undefined ? undefined : findLetter(state, extension.letterId);
      return at === 'lettered' || (telling !== undefined && telling.state !== 'delivered');
    })
    .map(({ key }) => key);

/** Nothing of a case happened before its message was received. */
const latestReceipt = ({ registeredAt, letters }: CaseState, meta: CommandMeta) =>
  registeredAt ?? letters[0]?.orderedAt ?? meta.at;

/** Decides a correction of the time of receipt. */
export const decideReceipt = (
  state: CaseState,
  { receivedAt }: Extract<CaseCommand, { kind: 'correct-receipt' }>,
  meta: CommandMeta,
): Verdict => {
  if (receivedAt === state.receivedAt) return refused('receipt_unchanged');
  if (receivedAt > meta.at) return refused('receipt_impossible', 'in the future');
  if (receivedAt < regulationApplies) return refused('receipt_impossible', 'before 25 May 2018');
  const latest = latestReceipt(state, meta);
  if (receivedAt > latest) return refused('receipt_impossible', `after ${latest}, when the message was on file`);
  // What is being carried out takes effect from the receipt it has read.
  const executing = state.rights.find(({ state: at }) => at === 'executing');
  if (executing !== undefined) return refused('not_executed', executing.key);
  const named = namedInLetters(state);
  if (named.length > 0) return refused('letter_names_receipt', named.join(', '));
  const told = state.letters.some(({ kind }) => kind === 'acknowledgement');
  return accepted({
    kind: 'receipt-corrected',
    receivedAt,
    formerly: state.receivedAt,
    ...(told ? { letterId: meta.commandId } : {}),
  });
};
