/** Everything the `request` workflow asks of the case file, in one call for the worker; search, execution and recipients join it there. */
import { readErasedByCase } from '../storage/rights-requests/read-erased.ts';
import { createAlarmActivities, type RequestAlarmDeps } from './request-alarms.ts';
import { createCaseFileActivities } from './request-case-file.ts';
import type {
  AlarmActivities,
  CaseFileActivities,
  CaseLetterActivities,
  CaseSuspensionActivities,
} from './request-contracts.ts';
import { createCaseLetterActivities, type RequestLetterDeps } from './request-letters.ts';
import { createCaseSuspensionActivities } from './request-suspensions.ts';

export type CaseActivitiesDeps = RequestAlarmDeps & Omit<RequestLetterDeps, 'readErased'>;

/** The activities of the case itself. */
export const createCaseActivities = (
  deps: CaseActivitiesDeps,
): CaseFileActivities & CaseSuspensionActivities & CaseLetterActivities & AlarmActivities => ({
  ...createCaseFileActivities(deps),
  ...createCaseSuspensionActivities(deps),
  ...createCaseLetterActivities({
    ...deps,
    // Letters tell of erasures what the ledger proves, nothing else.
    readErased: (caseId, timeZone) => readErasedByCase(deps.database, caseId, timeZone),
  }),
  ...createAlarmActivities(deps),
});
