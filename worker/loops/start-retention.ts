/**
 * Starts the workflow of each new retention unit (I1). The intent to start is the unit's row; this is the only place that carries
 * it out, for new units, after an outage of Temporal and for what the sweep found missing alike.
 */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { UnitId } from '../../domain/ids.ts';
import { epochMs } from '../../domain/time/instant.ts';
import type { RetentionUnit } from '../../storage/units/units.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { type RetentionInput, retentionWorkflowId, retentionWorkflowType } from '../../workflows/retention/contract.ts';
import { searchAttributes as attributes } from '../../workflows/search-attributes.ts';
import { startMany } from './start-many.ts';

/** Temporal's client and the prefix of the queues on which units run. */
export type StartRetentionDeps = {
  readonly client: Client;
  readonly queuePrefix: string;
  /** Told of a unit that could not be started though Temporal answers; it stays to be started. */
  readonly onRefused: (unitId: UnitId, error: unknown) => void;
};

const staticDetails = ({ unitSize, recordClass, controller, opensAt, dueAt, boundAt }: RetentionUnit): string =>
  [
    unitSize === 'record'
      ? `Retention of one record of class **${recordClass}** of controller **${controller}**.`
      : `Retention of all records of class **${recordClass}** of controller **${controller}** that fall due on one day.`,
    `At the start: may be erased from ${opensAt}, planned for ${dueAt}, must be gone before ${boundAt}.`,
    'The current dates are in the details below, what it contains is in the application under the id after "retention-".',
  ].join('\n\n');

const startOne = async ({ client, queuePrefix }: StartRetentionDeps, unit: RetentionUnit): Promise<void> => {
  const { unitId, controller, recordClass, dueAt, boundDay } = unit;
  const input: RetentionInput = { version: 1, unitId };
  await client.workflow.start(retentionWorkflowType, {
    workflowId: retentionWorkflowId(unitId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
    // A running one is the one that is wanted; a closed one of an open unit was ended from outside, and is needed again.
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${controller} / ${recordClass}: gone by ${boundDay}`,
    staticDetails: staticDetails(unit),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: attributes.controller, value: controller },
      { key: attributes.recordClass, value: recordClass },
      { key: attributes.state, value: 'waiting' },
      { key: attributes.dueAt, value: new Date(epochMs(dueAt)) },
    ]),
  });
};

/** Starts workflows of units, many at once; answers which units have one now. Rejects when Temporal is away. */
export const startRetention = async (
  deps: StartRetentionDeps,
  units: readonly RetentionUnit[],
): Promise<readonly UnitId[]> => {
  const started = await startMany({
    client: deps.client,
    items: units,
    start: (unit) => startOne(deps, unit),
    onRefused: ({ unitId }, error) => deps.onRefused(unitId, error),
  });
  return started.map(({ unitId }) => unitId);
};
