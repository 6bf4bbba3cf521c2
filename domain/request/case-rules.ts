/** What a decision on a command must know of a controller: read from its policy, with defaults for the days that it does not name. */
import type { Policy } from '../policy/policy.ts';
import { type CaseRules, defaultCaseRules } from './course/commands.ts';

/** The rules of a controller's cases. */
export const rulesOf = (policy: Policy): CaseRules => ({
  notARequest: policy.notARequest,
  optOuts: policy.optOuts.map(({ id }) => id),
  ...defaultCaseRules,
});
