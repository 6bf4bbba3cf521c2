/**
 * The days that a controller's policy sets for its cases, with the defaults where it names none. Everything that decides, dates or
 * announces one of these days reads it here, so that no letter promises a day that the case does not keep.
 */
import type { CasePeriods, Policy } from '../../policy/policy.ts';
import { addDays, localDateAt } from '../../time/calendar.ts';
import type { Instant } from '../../time/instant.ts';
import type { LocalDate } from '../../time/local-date.ts';
import type { CaseRules } from '../course/commands.ts';

/** The days that hold where a controller's policy names none. */
export const defaultCasePeriods: Required<CasePeriods> = {
  unansweredDays: 60,
  liftingNoticeDays: 15,
  restrictionReviewDays: 180,
  pendingReviewDays: 120,
};

/** The days that hold for a controller's cases. */
export const casePeriodsOf = ({ rightsRequests }: Pick<Policy, 'rightsRequests'>): Required<CasePeriods> => ({
  ...defaultCasePeriods,
  ...rightsRequests.periods,
});

/** What a decision on a command must know of a controller. */
export const rulesOf = (policy: Policy): CaseRules => {
  const { pendingReviewDays: _, ...days } = casePeriodsOf(policy);
  return { notARequest: policy.notARequest, optOuts: policy.optOuts.map(({ id }) => id), ...days };
};

/** The day on which staff look whether a pending request must still keep what is in scope; counted from the receipt or the reopening. */
export const pendingReviewOn = (policy: Pick<Policy, 'rightsRequests' | 'timeZone'>, from: Instant): LocalDate =>
  addDays(localDateAt(from, policy.timeZone), casePeriodsOf(policy).pendingReviewDays);
