/** How sweeps are started: every day by Temporal's schedule, and on demand by the API. */
import type { SweepInput } from './contract.ts';
import { sweepWorkflowId } from './contract.ts';

/** The start of a sweep: of the daily one without `sweepId`. No two share an id, so a start is never repeated. */
export const sweepStart = (input: Omit<SweepInput, 'version'>, taskQueue: string) => ({
  workflowId: sweepWorkflowId(input.sweepId ?? 'daily'),
  taskQueue,
  args: [{ version: 1, ...input }] satisfies [SweepInput],
  staticSummary:
    input.sweepId === undefined
      ? 'Daily sweep: is everything that must be gone, gone, and everything else in its place?'
      : 'Sweep on demand: is everything that must be gone, gone, and everything else in its place?',
});
