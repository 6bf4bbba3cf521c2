/**
 * Tells the workflows of suspensions that something has changed, and starts those that are not there yet: a hold's when it is placed,
 * that of any other suspension when it ends. The only place that does so; the API never speaks to Temporal about a hold (I4).
 */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { SuspensionId } from '../../domain/ids.ts';
import type { SuspensionToTell } from '../../storage/suspensions/tell-workflows.ts';
import { type HoldInput, holdChangedSignal, holdWorkflowId, holdWorkflowType } from '../../workflows/hold/contract.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { searchAttributes as attributes } from '../../workflows/search-attributes.ts';
import { startMany } from './start-many.ts';

/** Temporal's client and the prefix of the queues on which holds run. */
export type TellHoldsDeps = {
  readonly client: Client;
  readonly queuePrefix: string;
  /** Told of one that could not be told though Temporal answers; it stays to be told. */
  readonly onRefused: (id: SuspensionId, error: unknown) => void;
};

const tellOne = async (
  { client, queuePrefix }: TellHoldsDeps,
  { suspensionId, controller, kind }: SuspensionToTell,
): Promise<void> => {
  const input: HoldInput = { version: 1, suspensionId };
  await client.workflow.signalWithStart(holdWorkflowType, {
    workflowId: holdWorkflowId(suspensionId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
    signal: holdChangedSignal,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${controller}: ${kind}`,
    staticDetails: `Carries out a suspension of kind **${kind}** of controller **${controller}**. It is in force since it was placed, whether or not this workflow runs. Matter and reason are in the application under the id after "hold-".`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: attributes.controller, value: controller },
      { key: attributes.state, value: 'applying' },
    ]),
  });
};

/** Tells many; answers which know now. Rejects when Temporal is away. */
export const tellHolds = (
  deps: TellHoldsDeps,
  suspensions: readonly SuspensionToTell[],
): Promise<readonly SuspensionToTell[]> =>
  startMany({
    client: deps.client,
    items: suspensions,
    start: (suspension) => tellOne(deps, suspension),
    onRefused: ({ suspensionId }, error) => deps.onRefused(suspensionId, error),
  });
