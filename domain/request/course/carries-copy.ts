/** Whether a letter comes with a copy of the data (Art. 15(3), 20(1)): the package is made with it, and handed over with it. Pure. */
import { type CaseState, findLetter } from './case-state.ts';
import { rightKind } from './rights.ts';

/** Outcomes of each right that hand data over. */
const handsOver: Readonly<Record<string, readonly string[]>> = {
  access: ['granted', 'partly-granted'],
  portability: ['granted'],
};

/** The letter answers a right that was decided by handing data over. */
export const carriesCopy = (state: CaseState, letterId: string): boolean => {
  const letter = findLetter(state, letterId);
  return (
    letter?.kind === 'answer' &&
    state.manifest !== undefined &&
    state.rights.some(
      ({ key, decided }) =>
        letter.rights.includes(key) &&
        decided !== undefined &&
        (handsOver[rightKind(key)] ?? []).includes(decided.decision.outcome),
    )
  );
};
