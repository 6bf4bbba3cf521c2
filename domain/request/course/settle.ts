/** What follows by itself: a case with nothing left to decide goes on to its last letter, to
 * what stands after the answer (a restriction, an erasure held back), or is closed. */
import { type CaseState, heldErasures, liveRestrictions } from './case-state.ts';
import type { Stage } from './states.ts';

const atWork: readonly Stage[] = [
  'identification',
  'identification-asked',
  'searching',
  'reviewing',
  'review-confirmation',
  'received',
];

/** Where a case is when every right is answered: standing while a restriction or a deferred erasure is left, else closed. */
export const answeredStage = (state: CaseState): Stage =>
  liveRestrictions(state).length > 0 || heldErasures(state).length > 0 ? 'standing' : 'closed';

/** The case with its stage brought in line with its rights. */
export const settle = (state: CaseState): CaseState => {
  if (state.stage === 'reopening' || state.stage === 'closed') return state;
  if (state.rights.length === 0) {
    // A message without any right: only its note, if one was ordered, keeps it open.
    const note = state.letters.find(({ kind }) => kind === 'not-a-request');
    return note?.state === 'delivered' ? { ...state, stage: 'closed' } : state;
  }
  if (state.rights.every((right) => right.state === 'closed')) return { ...state, stage: answeredStage(state) };
  const nothingToDecide = state.rights.every((right) => right.state === 'closed' || right.state === 'lettered');
  return nothingToDecide && atWork.includes(state.stage) ? { ...state, stage: 'closing-letter' } : state;
};
