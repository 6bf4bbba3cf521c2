/** The activities of the `hold` workflow, put together for the worker. */

import { heartbeat } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Policy } from '../../domain/policy/policy.ts';
import { startOfDay } from '../../domain/time/calendar.ts';
import type { Database } from '../../storage/database/database.ts';
import { casesWaitingFor } from '../../storage/execution/held-erasures.ts';
import type { LegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { readScopeFacts, readSuspension } from '../../storage/suspensions/read-suspension.ts';
import { noteReviewDue } from '../../storage/suspensions/review-suspension.ts';
import type { HoldActivities } from '../../workflows/hold/contract.ts';
import { failureOf } from '../failures.ts';
import { signalUnits } from '../retention/signal-units.ts';
import { signalCases } from './signal-cases.ts';
import { walkHold } from './walk.ts';
import type { WalkLimits } from './walk-step.ts';

/** What the activities of holds stand on. None of them can destroy; `legalHolds` only sets and lifts flags of objects. */
export type HoldActivitiesDeps = {
  readonly db: Database;
  readonly legalHolds: LegalHoldStore;
  readonly temporal: Client;
  readonly policies: ReadonlyMap<string, Policy>;
  /** For tests: how long a claim on an object lasts, and how large a slice is. */
  readonly claimMs?: number;
  readonly limits?: WalkLimits;
};

/** Makes the activities; they run on the procedures queue. */
export const createHoldActivities = (deps: HoldActivitiesDeps): HoldActivities => ({
  readHold: async ({ suspensionId }) => {
    const suspension = await readSuspension(deps.db, suspensionId);
    if (suspension === undefined) throw failureOf('suspension-unknown');
    const { controller, kind, state, revision, scopeRevision, reviewOn } = suspension;
    // A controller whose policy is gone still has its holds released; only the hour of the reminder is then not exact.
    const timeZone = deps.policies.get(controller)?.timeZone ?? 'UTC';
    return {
      suspensionId,
      controller,
      kind,
      state,
      revision,
      scopeRevision,
      reviewAt: startOfDay(reviewOn, timeZone),
      ...(await readScopeFacts(deps.db, suspensionId)),
    };
  },
  walkHold: (input) =>
    walkHold(
      {
        ...deps,
        heartbeat,
        signalUnits: (units) => signalUnits(deps, units),
        tellCases: async (given) => signalCases(deps, await casesWaitingFor(deps.db, given)),
      },
      input,
    ),
  remindOfReview: ({ suspensionId, reviewAt, round, now }) =>
    noteReviewDue(deps.db, { suspensionId, reviewAt, round, now }),
});
