/** Tells retention workflows to look at their units again: dates have changed in Postgres, or a record came after its day was due. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { UnitId } from '../../domain/ids.ts';
import { redatedSignal, retentionWorkflowId } from '../../workflows/retention/contract.ts';
import { startMany } from './start-many.ts';

/** Temporal's client. Nothing is started here: a unit without a workflow reads its dates when it begins. */
export type TellRedatedDeps = {
  readonly client: Client;
  /** Told of one that could not be told though Temporal answers; it stays to be told. */
  readonly onRefused: (unitId: UnitId, error: unknown) => void;
};

// A unit without a workflow needs no call: nothing is left of it, or the sweep has it started, and it reads its dates then.
const tellOne = async ({ client }: TellRedatedDeps, unitId: UnitId): Promise<void> => {
  try {
    await client.workflow.getHandle(retentionWorkflowId(unitId)).signal(redatedSignal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
};

/** Tells many; answers which know now. Rejects when Temporal is away. */
export const tellRedated = (deps: TellRedatedDeps, units: readonly UnitId[]): Promise<readonly UnitId[]> =>
  startMany({
    client: deps.client,
    items: units,
    start: (unitId) => tellOne(deps, unitId),
    onRefused: deps.onRefused,
  });
