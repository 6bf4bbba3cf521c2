/**
 * The sweep's activities (I3): each walks over one of the places where things can be forgotten, heals what can be healed, and says
 * what it found. All can be repeated: healing twice changes nothing.
 */

import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import pMap from 'p-map';
import { given } from '../../domain/given.ts';
import type { CaseId, RecordId, SuspensionId, UnitId } from '../../domain/ids.ts';
import { type Finding, noFinding, withFindings } from '../../domain/sweep-report.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database } from '../../storage/database/database.ts';
import type { ErasureGate } from '../../storage/erasure-gate/index.ts';
import { listWaitingCases } from '../../storage/execution/held-erasures.ts';
import type { ObjectStore } from '../../storage/objects/object-store.ts';
import { markNotificationsToSignal, openNotificationIds } from '../../storage/recipients/notifications-to-signal.ts';
import { caseWorkflows } from '../../storage/requests/read-cases.ts';
import { suspensionWorkflows } from '../../storage/suspensions/suspensions-to-signal.ts';
import { compareObjects } from '../../storage/sweep/compare-objects.ts';
import {
  listSignalledSuspensions,
  listStartedCases,
  listStartedTranscripts,
  listStartedUnits,
  markCasesToStart,
  markSuspensionsToSignal,
  markTranscriptsToStart,
} from '../../storage/sweep/expected-workflows.ts';
import { listLateUnits, readLedgerFaults } from '../../storage/sweep/faults.ts';
import { writeSweepReport } from '../../storage/sweep/reports.ts';
import { markUnitsToStart, unitWorkflows } from '../../storage/units/units.ts';
import { holdWorkflowId } from '../../workflows/hold/contract.ts';
import { notificationWorkflowId } from '../../workflows/notification/contract.ts';
import { requestWorkflowId } from '../../workflows/request/contract.ts';
import { retentionWorkflowId } from '../../workflows/retention/contract.ts';
import type { LeftoversErased, SweepActivities, SweepErasureActivities } from '../../workflows/sweep/contract.ts';
import { transcriptWorkflowId } from '../../workflows/transcript/contract.ts';
import { signalCases } from '../hold/signal-cases.ts';
import { signalUnits } from '../retention/signal-units.ts';

const idsPerQuery = 100;
const describesAtOnce = 16;

const quoted = (id: string): string => {
  if (!/^[a-z]+(-[0-9a-f-]{36}|:[A-Za-z0-9:._-]{1,240})$/.test(id))
    throw new RangeError('This is no id of a workflow of ours');
  return `'${id}'`;
};

const listed = async (client: Client, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  const running = new Set<string>();
  const query = `ExecutionStatus = 'Running' AND WorkflowId IN (${ids.map(quoted).join(', ')})`;
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) running.add(workflowId);
  return running;
};

const isRunning = async (client: Client, id: string): Promise<boolean> => {
  try {
    const { status } = await client.workflow.getHandle(id).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};

/** Those of the ids that have no running workflow. Memory and load stay flat: a page of ids is one query of the server's lists. */
const withoutWorkflow = async (client: Client, ids: readonly string[]): Promise<readonly string[]> => {
  const missing: string[] = [];
  for (let from = 0; from < ids.length; from += idsPerQuery) {
    const page = ids.slice(from, from + idsPerQuery);
    const running = await listed(client, page);
    const doubtful = page.filter((id) => !running.has(id));
    const runs = await pMap(doubtful, (id) => isRunning(client, id), { concurrency: describesAtOnce });
    missing.push(...doubtful.filter((_, index) => runs[index] === false));
  }
  return missing;
};

/** What the walks of the sweep stand on. Nothing in it can destroy. */
export type SweepActivitiesDeps = {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly temporal: Client;
  /** Says that the walk goes on. */
  readonly heartbeat: () => void;
  /** The real time: what was started a moment ago is not missing yet, whatever the sweep calls now. */
  readonly clock: () => Instant;
};

const pageSize = 500;
const settlingMs = 60_000;

type Walk<Id extends string> = {
  readonly list: (input: {
    readonly startedBefore: Instant;
    readonly after?: Id;
    readonly limit: number;
  }) => Promise<readonly Id[]>;
  /** The ids under which their workflows run, in the same order. */
  readonly workflowIds: (ids: readonly Id[]) => Promise<readonly string[]>;
  readonly startAgain: (ids: readonly Id[]) => Promise<number>;
};

const findMissing = async <Id extends string>(
  { temporal, heartbeat, clock }: SweepActivitiesDeps,
  { list, workflowIds, startAgain }: Walk<Id>,
): Promise<{ readonly compared: number; readonly missing: Finding; readonly startedAgain: number }> => {
  const startedBefore = instantPlus(clock(), -settlingMs);
  let [compared, startedAgain, missing] = [0, 0, noFinding];
  let after: Id | undefined;
  for (;;) {
    heartbeat();
    const ids = await list({ startedBefore, limit: pageSize, ...given({ after }) });
    const names = await workflowIds(ids);
    const absent = new Set(await withoutWorkflow(temporal, names));
    const lost = ids.filter((_, index) => absent.has(names[index] ?? ''));
    // The starter is the only one that starts: it takes them from here as if they were new. What was closed meanwhile is left alone.
    startedAgain += await startAgain(lost);
    missing = withFindings(missing, lost);
    compared += ids.length;
    after = ids.at(-1);
    if (ids.length < pageSize || after === undefined) return { compared, missing, startedAgain };
  }
};

const sweepLate = async (
  { db, temporal, heartbeat }: SweepActivitiesDeps,
  asOf: Instant,
): Promise<{ readonly overdue: Finding; readonly woken: number }> => {
  let overdue = noFinding;
  let woken = 0;
  let after: UnitId | undefined;
  do {
    heartbeat();
    const page = await listLateUnits(db, { asOf, limit: pageSize, ...given({ after }) });
    const units = page.late.map(({ unitId }) => unitId);
    await signalUnits({ db, temporal }, { units, reason: 'sweep' });
    overdue = withFindings(overdue, units);
    woken += units.length;
    after = page.next;
  } while (after !== undefined);
  return { overdue, woken };
};

/** A decided erasure that waits for the end of a hold looks again every day, should the call at its end have been lost. */
const callWaitingCases = async ({ db, temporal, heartbeat }: SweepActivitiesDeps): Promise<void> => {
  let after: CaseId | undefined;
  do {
    heartbeat();
    const page = await listWaitingCases(db, { limit: pageSize, ...given({ after }) });
    await signalCases({ db, temporal }, page);
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
};

/** Makes the activities of the procedures queue. */
export const createSweepActivities = (deps: SweepActivitiesDeps): SweepActivities => ({
  sweepWorkflows: async () => {
    const { db } = deps;
    const units = await findMissing<UnitId>(deps, {
      list: (input) => listStartedUnits(db, input),
      workflowIds: async (ids) => (await unitWorkflows(db, ids)).map(retentionWorkflowId),
      startAgain: (ids) => markUnitsToStart(db, ids),
    });
    const transcripts = await findMissing<RecordId>(deps, {
      list: (input) => listStartedTranscripts(db, input),
      workflowIds: async (ids) => ids.map(transcriptWorkflowId),
      startAgain: (ids) => markTranscriptsToStart(db, ids),
    });
    return {
      units: units.compared,
      transcripts: transcripts.compared,
      unitsWithoutWorkflow: units.missing,
      transcriptsWithoutWorkflow: transcripts.missing,
      unitsStartedAgain: units.startedAgain,
      transcriptsStartedAgain: transcripts.startedAgain,
      others: {
        suspensions: await findMissing<SuspensionId>(deps, {
          list: (input) => listSignalledSuspensions(db, input),
          workflowIds: async (ids) => (await suspensionWorkflows(db, ids)).map(holdWorkflowId),
          startAgain: (ids) => markSuspensionsToSignal(db, ids),
        }),
        requests: await findMissing<CaseId>(deps, {
          list: (input) => listStartedCases(db, input),
          // As each row remembers it: what runs under an old id is looked for under it, and not started under another.
          workflowIds: async (ids) => (await caseWorkflows(db, ids)).map(requestWorkflowId),
          startAgain: (ids) => markCasesToStart(db, ids),
        }),
        notifications: await findMissing<string>(deps, {
          list: ({ after, limit }) => openNotificationIds(db, after, limit),
          workflowIds: async (ids) => ids.map(notificationWorkflowId),
          startAgain: (ids) => markNotificationsToSignal(db, ids),
        }),
      },
    };
  },
  sweepObjects: ({ asOf }) => compareObjects(deps, { now: asOf, progress: deps.heartbeat }),
  sweepLedger: async ({ asOf }) => {
    const { overdue, woken } = await sweepLate(deps, asOf);
    await callWaitingCases(deps);
    const { unprovenIntents, certificatesMissing, certificatesMiscounted } = await readLedgerFaults(deps.db, { asOf });
    return {
      unitsOverdue: overdue,
      unitsWoken: woken,
      intentsUnproven: unprovenIntents,
      certificatesMissing,
      certificatesMiscounted,
    };
  },
  writeSweepReport: (input) => writeSweepReport(deps.db, input),
});

/**
 * The two calls of the gate that a sweep may make: erasing again what a restored backup brought back, and clearing the
 * list of abandoned objects.
 */
export type SweepErasureDeps = {
  readonly gate: Pick<ErasureGate, 'eraseAgain' | 'eraseAbandonedObjects'>;
  readonly heartbeat: () => void;
};

/** Makes the activity of the erasure queue. */
export const createSweepErasureActivities = ({ gate, heartbeat }: SweepErasureDeps): SweepErasureActivities => ({
  eraseLeftovers: async ({ asOf: now }) => {
    let erased: LeftoversErased = { recordsBack: 0, recordsErasedAgain: 0, keysCleared: 0, keysRefused: 0 };
    // Each call answers what it found; what a store refuses would be found again and again, so a call that got nowhere is the last.
    for (;;) {
      heartbeat();
      const { found, gone } = await gate.eraseAgain({ now });
      erased = {
        ...erased,
        recordsBack: erased.recordsErasedAgain + found,
        recordsErasedAgain: erased.recordsErasedAgain + gone,
      };
      if (gone === 0) break;
    }
    for (;;) {
      heartbeat();
      const { gone, refused } = await gate.eraseAbandonedObjects({ now });
      erased = { ...erased, keysCleared: erased.keysCleared + gone, keysRefused: refused };
      if (gone === 0) return erased;
    }
  },
});
