/** Calls retention workflows by their units' ids: something that keeps them has come or gone. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { UnitId } from '../../domain/ids.ts';
import type { Database } from '../../storage/database/database.ts';
import { inParallel } from '../../storage/database/in-parallel.ts';
import { unitWorkflows } from '../../storage/units/units.ts';
import {
  retentionStatusQuery,
  retentionWorkflowId,
  type WakeUpReason,
  wakeUpSignal,
} from '../../workflows/retention/contract.ts';

/** Temporal's client, and the database, which remembers the ids of workflows; a unit whose workflow has ended is passed over. */
export type SignalUnitsDeps = { readonly db: Database; readonly temporal: Client };

const callsAtOnce = 16;
/** After so many calls the workers are let catch up. */
const callsAhead = 64;
const catchUpWithinMs = 20_000;

const signalUnit = async (temporal: Client, workflowId: string, reason: WakeUpReason): Promise<void> => {
  try {
    await temporal.workflow.getHandle(workflowId).signal(wakeUpSignal, { version: 1, reason });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
};

/**
 * Waits until a unit has acknowledged its signal: a query is answered after what came before it. Signals go out several times as fast as workflows
 * acknowledge them; without this, a unit that falls due would wait behind hundreds of thousands of others (I3). No answer is no reason to
 * stop: it only means going on sooner.
 */
const letCatchUp = async (temporal: Client, workflowId: string): Promise<void> => {
  await temporal
    .withDeadline(Date.now() + catchUpWithinMs, () =>
      temporal.workflow.getHandle(workflowId).query(retentionStatusQuery),
    )
    .catch(() => undefined);
};

/**
 * Signals each unit once, in their order, no faster than they acknowledge it. A unit without a workflow needs no signal: either nothing is left
 * of it, or its workflow is still to be started and will read everything from Postgres itself.
 */
export const signalUnits = async (
  { db, temporal }: SignalUnitsDeps,
  { units, reason }: { readonly units: readonly UnitId[]; readonly reason: WakeUpReason },
): Promise<void> => {
  for (let start = 0; start < units.length; start += callsAhead) {
    const batch = units.slice(start, start + callsAhead);
    const workflowIds = (await unitWorkflows(db, batch)).map(retentionWorkflowId);
    await inParallel(callsAtOnce, workflowIds, (workflowId) => signalUnit(temporal, workflowId, reason));
    const last = workflowIds.at(-1);
    if (last !== undefined && batch.length === callsAhead) await letCatchUp(temporal, last);
  }
};
