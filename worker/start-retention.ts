/**
 * Starts the workflow of each new retention unit (I1). The intent to start is the unit's row; this is the only place that carries
 * it out, for new units, after an outage of Temporal and for what the sweep found missing alike.
 */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { UnitId } from '../domain/ids.ts';
import { epochMs } from '../domain/instant.ts';
import type { RetentionUnit } from '../storage/units.ts';
import {
  searchAttributes as attributes,
  proceduresQueue,
  type RetentionInput,
  retentionWorkflowId,
  workflowTypes,
} from '../workflows/messages.ts';
import { wasRefused } from './grpc-codes.ts';

export type StartRetentionDeps = {
  readonly client: Client;
  readonly queuePrefix: string;
  /** Told of a unit that could not be started though Temporal answers; it stays to be started. */
  readonly onRefused: (unitId: UnitId, error: unknown) => void;
};

const startsAtOnce = 32;
const deadlineMs = 10_000;

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
  await client.workflow.start(workflowTypes.retention, {
    workflowId: retentionWorkflowId(unitId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
    // A running one is the one that is wanted; a closed one of an open unit was ended by somebody, and is needed again.
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

/**
 * Starts workflows, many at once; answers which units have one now. Rejects when Temporal is away, so that the caller waits before
 * it tries again; what was started by then is started, and starting it again changes nothing (I9).
 */
export const startRetention = async (
  deps: StartRetentionDeps,
  units: readonly RetentionUnit[],
): Promise<readonly UnitId[]> => {
  const started: UnitId[] = [];
  const waiting = units.values();
  let lost: unknown;
  const lane = async (): Promise<void> => {
    for (const unit of waiting) {
      if (lost !== undefined) return;
      try {
        await startOne(deps, unit);
        started.push(unit.unitId);
      } catch (error) {
        if (wasRefused(error)) deps.onRefused(unit.unitId, error);
        else lost = error;
      }
    }
  };
  await deps.client.withDeadline(Date.now() + deadlineMs, () =>
    Promise.all(Array.from({ length: Math.min(startsAtOnce, units.length) }, lane)),
  );
  if (lost !== undefined && started.length === 0) throw lost;
  return started;
};
