/** Calls retention workflows by their units' ids: something that keeps them has come or gone. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { UnitId } from '../domain/ids.ts';
import { retentionWorkflowId, type WakeUpReason, wakeUpSignal } from '../workflows/messages.ts';

/** Temporal's client; a unit whose workflow has ended is passed over. */
export type SignalUnitsDeps = { readonly temporal: Client };

const callsAtOnce = 16;

/**
 * Signals each unit once. A unit without a workflow needs no call: either nothing is left of it, or its workflow is still to be
 * started and will read everything from Postgres itself.
 */
export const signalUnits = async (
  { temporal }: SignalUnitsDeps,
  { units, reason }: { readonly units: readonly UnitId[]; readonly reason: WakeUpReason },
): Promise<void> => {
  const queue = [...units];
  const work = async (): Promise<void> => {
    for (let unit = queue.pop(); unit !== undefined; unit = queue.pop()) {
      try {
        await temporal.workflow.getHandle(retentionWorkflowId(unit)).signal(wakeUpSignal, { version: 1, reason });
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, work));
};
