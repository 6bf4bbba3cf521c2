/** Suspensions that a case brings about: what keeps the person's records while the answer is out, and restrictions (Art. 18). */

import { suspensionId } from '../../../domain/ids.ts';
import { rightKind } from '../../../domain/request/course/rights.ts';
import { pendingReviewOn } from '../../../domain/request/decision/case-rules.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import { keepForCase } from '../../../storage/requests/case-suspensions.ts';
import { releaseSuspension } from '../../../storage/suspensions/release-suspension.ts';
import type { CaseStep, CaseSuspensionActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { policyFor, type RequestDeps } from './case-file.ts';

const release = async (deps: RequestDeps, { controller, now }: CaseStep, id: string, why: string): Promise<void> => {
  const result = await deps.database.transaction().execute((tx) =>
    releaseSuspension(tx, {
      suspensionId: suspensionId(id),
      controller,
      actor: { id: 'oblio', role: 'system' },
      why,
      now,
    }),
  );
  if (result.kind === 'unknown') throw failureOf('case-unknown');
};

/** Makes the activities. */
export const createCaseSuspensionActivities = (deps: RequestDeps): CaseSuspensionActivities => {
  const keep = async (input: Parameters<typeof keepForCase>[1]) => {
    const kept = await keepForCase({ db: deps.database, sealing: deps.sealing }, input);
    if (kept === undefined) throw failureOf('case-unknown');
    return kept;
  };
  return {
    keepForRequest: ({ caseId, controller, now, suspensionId: id }) =>
      keep({
        caseId,
        suspensionId: id,
        kind: 'pending-request',
        legalBasis: 'GDPR Art. 12(3), 15(3)',
        reason: 'rights request reopened, answer not delivered',
        reviewOn: pendingReviewOn(policyFor(deps, controller), now),
        now,
      }),
    releaseForRequest: (input) => release(deps, input, input.suspensionId, 'answer delivered'),
    restrictMeanwhile: ({ caseId, controller, now, suspensionId: id, right, reviewAt }) =>
      keep({
        caseId,
        suspensionId: id,
        kind: 'restriction',
        right,
        legalBasis: rightKind(right) === 'objection' ? 'GDPR Art. 18(1)(d)' : 'GDPR Art. 18(1)(a)',
        reason: 'restricted by law while the right is weighed',
        reviewOn: localDateAt(reviewAt, policyFor(deps, controller).timeZone),
        now,
      }),
    liftRestriction: (input) => release(deps, input, input.suspensionId, 'restriction lifted after notice'),
  };
};
