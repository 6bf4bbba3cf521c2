/**
 * All activities, put together for the worker: those of the procedures queue and those of the erasure queue, the only ones with
 * the gate in their hands. Each is a function of its dependencies; what belongs to one execution comes from the activity's context.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Instant } from '../domain/time/instant.ts';
import type { Database } from '../storage/database/database.ts';
import type { ErasureGate } from '../storage/erasure-gate/index.ts';
import type { LegalHoldStore } from '../storage/suspensions/legal-hold-store.ts';
import type { HoldActivities } from '../workflows/hold/contract.ts';
import type { ExecutionActivities } from '../workflows/request/contract.ts';
import type {
  EraseUnitResult,
  ErasurePass,
  RetentionActivities,
  RetentionErasureActivities,
} from '../workflows/retention/contract.ts';
import type { SweepActivities, SweepErasureActivities } from '../workflows/sweep/contract.ts';
import type { TranscriptActivities } from '../workflows/transcript/contract.ts';
import { keptAlive } from './heartbeat.ts';
import { createHoldActivities } from './hold/activities.ts';
import {
  type CaseActivitiesDeps,
  type CaseErasureDeps,
  createCaseActivities,
  createCaseErasureActivities,
} from './request/activities.ts';
import { eraseUnit } from './retention/erase-unit.ts';
import { readUnit } from './retention/read-unit.ts';
import { createSweepActivities, createSweepErasureActivities } from './sweep/activities.ts';
import { giveUpTranscript, sendTranscript } from './transcript/send-transcript.ts';

/** What the activities of the procedures queue stand on; nothing in it can destroy. */
export type ProcedureActivitiesDeps = CaseActivitiesDeps & {
  readonly legalHolds: LegalHoldStore;
  readonly temporal: Client;
  /** The real clock; what counts as now is an argument of each activity. */
  readonly clock: () => Instant;
};

/** Every activity of the procedures queue, under the name that histories hold. */
export type AllProcedureActivities = RetentionActivities &
  TranscriptActivities &
  HoldActivities &
  SweepActivities &
  ReturnType<typeof createCaseActivities>;

/** For the worker of the procedures queue. */
export const createProcedureActivities = (deps: ProcedureActivitiesDeps): AllProcedureActivities => ({
  ...createHoldActivities(deps),
  ...createCaseActivities(deps),
  ...createSweepActivities({ ...deps, heartbeat }),
  readUnit: (input) => readUnit(deps, input),
  sendTranscript: (input) => sendTranscript(deps, input),
  giveUpTranscript: (input) => giveUpTranscript(deps, input),
});

/** What the activities of the erasure queue stand on: the only place where the gate is handed out (I5). */
export type ErasureActivitiesDeps = {
  /** With the gate's login. */
  readonly db: Database;
  readonly gate: ErasureGate;
  /** For decisions on rights requests: case files are read and written with the worker's login. */
  readonly cases: Omit<CaseErasureDeps, 'gate'>;
  readonly chunkSize?: number;
  readonly chunksPerSlice?: number;
  /** The worker stops: activities end at their next chunk. */
  readonly stopping: AbortSignal;
};

/** Every activity of the erasure queue, under the name that histories hold. */
export type AllErasureActivities = RetentionErasureActivities & SweepErasureActivities & ExecutionActivities;

/** For the worker of the erasure queue. */
export const createErasureActivities = (deps: ErasureActivitiesDeps): AllErasureActivities => ({
  ...createSweepErasureActivities({ ...deps, heartbeat }),
  ...createCaseErasureActivities({ ...deps.cases, gate: deps.gate }),
  eraseUnit: (input) => {
    // Written by the activity itself, by an earlier attempt.
    const resumeFrom = activityInfo().heartbeatDetails as ErasurePass | undefined;
    return keptAlive<ErasurePass, EraseUnitResult>((tell) =>
      eraseUnit({ ...deps, heartbeat: tell, resumeFrom }, input),
    );
  },
});
