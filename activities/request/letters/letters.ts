/** Composes the letters of a case: gathers what they say, reserves the protocol number, stores the content sealed. */
import { composeLetter } from '../../../domain/letter/compose-letter.ts';
import { LetterIncompleteError } from '../../../domain/letter/composition-facts.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import { gatherLetterFacts } from '../../../storage/letters/letter-facts.ts';
import { storeLetter } from '../../../storage/letters/letters.ts';
import type { ProtocolRegister } from '../../../storage/letters/protocol-register.ts';
import { readCase, readHistory, readPerson, readWords } from '../../../storage/requests/read-cases.ts';
import type { CaseLetterActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { keptAlive } from '../../heartbeat.ts';
import { policyFor, type RequestDeps } from '../case-file/case-file.ts';

/** What composing stands on: the case file and the register of protocols. */
export type RequestLetterDeps = RequestDeps & { readonly register: ProtocolRegister };

/** Makes the activity. */
export const createCaseLetterActivities = (deps: RequestLetterDeps): CaseLetterActivities => ({
  composeLetter: async (input) => {
    try {
      await keptAlive(() => compose(deps, input));
    } catch (error) {
      // Tried again until the case has what the law asks of its letter; a preview of the letter shows staff what that is.
      throw error instanceof LetterIncompleteError ? failureOf('letter-incomplete') : error;
    }
  },
});

const compose = async (
  deps: RequestLetterDeps,
  { caseId, letterId, now }: Parameters<CaseLetterActivities['composeLetter']>[0],
): Promise<void> => {
  const { database: db, sealing, clock, register } = deps;
  const [found, person] = await Promise.all([readCase(db, caseId), readPerson(db, sealing, caseId)]);
  if (found === undefined || person === undefined) throw failureOf('case-unknown');
  const { state } = found;
  const policy = policyFor(deps, state.controller);
  const [history, words] = await Promise.all([readHistory(db, caseId), readWords(db, sealing, caseId)]);
  const { facts, question } = await gatherLetterFacts(
    { db, sealing, policies: deps.policies, clock },
    { state, policy, person, history, words, letterId, now },
  );
  await storeLetter(
    { db, sealing, register },
    {
      caseId,
      controller: state.controller,
      letterId,
      today: localDateAt(now, policy.timeZone),
      now,
      compose: (protocol) => composeLetter({ ...facts, protocol }, letterId, question),
    },
  );
};
