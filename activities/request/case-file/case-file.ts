/**
 * The case file as the `request` workflow uses it: reads it, and is its only writer after intake; and the suspensions that a case brings
 * about: what keeps the person's records while the answer is out, and restrictions (Art. 18).
 */
import { type ControllerId, suspensionId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import type { ControllerClock } from '../../../domain/request/clock/controller-clock.ts';
import { rightKind } from '../../../domain/request/course/rights.ts';
import { pendingReviewOn, rulesOf } from '../../../domain/request/decision/case-rules.ts';
import { normaliseSubjectIdentifier } from '../../../domain/subject/subject-identifier.ts';
import { localDateAt } from '../../../domain/time/calendar.ts';
import type { Database } from '../../../storage/database/database.ts';
import { keepForCase } from '../../../storage/requests/case-suspensions.ts';
import { readCommandWords } from '../../../storage/requests/commands.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/requests/record-events.ts';
import type { Sealing } from '../../../storage/sealing/sealing.ts';
import { releaseSuspension } from '../../../storage/suspensions/release-suspension.ts';
import type { CaseFileActivities, CaseStep, CaseSuspensionActivities } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';

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

/** Makes the activities of the case's suspensions. */
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

/** What every activity of a case stands on. */
export type RequestDeps = {
  readonly database: Database;
  readonly sealing: Sealing;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly clock: ControllerClock;
};

/** The policy of a controller; a case of a controller without one cannot be worked on until it is there again. */
export const policyFor = ({ policies }: RequestDeps, controller: ControllerId): Policy => {
  const policy = policies.get(controller);
  if (policy === undefined) throw new RangeError('There is no policy for the controller of this case');
  return policy;
};

const identifiersOf = async ({ database, sealing }: RequestDeps, commandId: string | undefined) => {
  if (commandId === undefined) return [];
  const { identifiers = [] } = await readCommandWords(database, sealing, commandId);
  return identifiers.flatMap((identifier) => {
    const normal = normaliseSubjectIdentifier(identifier);
    return normal.ok ? [normal.value] : [];
  });
};

/** Makes the activities. */
export const createCaseFileActivities = (deps: RequestDeps): CaseFileActivities => ({
  readCase: async ({ caseId }) => {
    const found = await readCase(deps.database, caseId);
    if (found === undefined) throw failureOf('case-unknown');
    return { state: found.state, rules: rulesOf(policyFor(deps, found.state.controller)) };
  },
  recordEvents: async (input) => {
    const brings = input.events.some(({ kind }) => kind === 'identity-confirmed' || kind === 'requester-answered');
    const identifiers = brings ? await identifiersOf(deps, input.meta.commandId) : [];
    const result = await recordCaseEvents(
      { db: deps.database, sealing: deps.sealing },
      { ...input, identifiers, compute: deps.clock.compute, policyOf: (controller) => policyFor(deps, controller) },
    );
    switch (result.kind) {
      case 'recorded':
        return { clocks: result.clocks };
      case 'moved-on':
        throw failureOf('case-moved-on');
      case 'unknown':
        throw failureOf('case-unknown');
    }
  },
});
