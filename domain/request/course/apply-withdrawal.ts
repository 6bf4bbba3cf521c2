/** What a withdrawal does to a right: undecided, it ends; decided and waiting under a hold, nothing more is erased by its decision. */
import { mapRights, orderLetter, undecide } from './case-parts.ts';
import { type CaseState, erasureWaits, type RightCase } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';

/** The letter of the withdrawal is the answer to a right that has none yet. */
const endedBy = (right: RightCase, letterId: string): RightCase => ({
  ...right,
  state: 'lettered',
  letterId,
  ending: 'withdrawal',
});

const withdrawn = (right: RightCase, letterId: string): RightCase => {
  if (!erasureWaits(right)) return endedBy(undecide(right), letterId);
  const { heldErasure: _, ...decided } = right;
  return right.state === 'executed'
    ? endedBy(decided, letterId)
    : { ...right, heldErasure: { state: 'telling', letterId, withdrawn: true } };
};

/** The case after a person took back some of what was asked. */
export const applyWithdrawal = (
  state: CaseState,
  { rights, letterId }: Extract<CaseEvent, { kind: 'rights-withdrawn' }>,
  meta: EventMeta,
): CaseState =>
  orderLetter(
    mapRights(state, rights, (right) => withdrawn(right, letterId)),
    letterId,
    'request-withdrawn',
    rights,
    meta.at,
  );
