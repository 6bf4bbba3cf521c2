/**
 * What letters say of restrictions (Art. 18): what holds while a right is weighed, when it ends, what one that ends was about. Not for
 * workflows.
 */

import type { RightCase } from '../request/course/case-state.ts';
import type { RightKey } from '../request/course/rights.ts';
import { casePeriodsOf } from '../request/decision/case-rules.ts';
import type { ManifestRecord } from '../request/decision/manifest.ts';
import { days } from '../time/duration.ts';
import { instantPlus } from '../time/instant.ts';
import type { LocalDate } from '../time/local-date.ts';
import { grantedRecords, stillHeld } from './compose-decided.ts';
import { dateAt } from './compose-parts.ts';
import type { CompositionFacts } from './composition-facts.ts';

/** Whether a restriction holds only while the right is weighed. */
const meanwhile = ({ restriction }: RightCase): boolean =>
  restriction !== undefined && restriction.state !== 'lifted' && restriction.why !== 'decided';

/**
 * Whatever ends a right, the restriction that held while it was weighed ends by it, and the person is informed before (Art. 18(3)):
 * these days after the letter, or when an earlier letter said.
 */
export const restrictionEnds = (
  facts: CompositionFacts,
  right: RightCase | undefined,
): { readonly restrictionEndsAfter?: LocalDate } =>
  right?.restriction === undefined || !meanwhile(right) || right.decided?.decision.outcome === 'no-data'
    ? {}
    : {
        restrictionEndsAfter: dateAt(
          facts,
          right.restriction.liftNotBefore ??
            instantPlus(facts.now, days(casePeriodsOf(facts.policy).liftingNoticeDays)),
        ),
      };

/** The same for a letter that ends several rights. */
export const restrictionsEnd = (facts: CompositionFacts, keys: readonly RightKey[]) =>
  restrictionEnds(
    facts,
    facts.state.rights.find((right) => keys.includes(right.key) && meanwhile(right)),
  );

/** The rights of which the weighing restricts the processing at once, without being asked (Art. 18(1)(a), (d)). */
export const restrictedMeanwhile = ({ state }: CompositionFacts) => {
  const restricted = state.rights.flatMap((right) =>
    right.restriction === undefined || right.restriction.why === 'decided' || !meanwhile(right)
      ? []
      : [{ right: right.key, why: right.restriction.why }],
  );
  return restricted.length === 0 ? {} : { restrictedMeanwhile: restricted };
};

/** The records that a restriction is about: those it was granted for, else all that were found and are still there. */
export const restrictedRecords = (facts: CompositionFacts, right: RightCase | undefined): readonly ManifestRecord[] => {
  const there = stillHeld(facts);
  if (right?.decided === undefined || right.restriction?.why !== 'decided') return there;
  const words = facts.decisions[right.key] ?? { reasons: {} };
  const granted = new Set(grantedRecords({ facts, decision: right.decided.decision, words }));
  return there.filter((record) => granted.has(record));
};
