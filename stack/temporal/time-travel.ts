/**
 * Travel in time on the real Temporal server. Server 1.32 can let the clock of one execution jump ahead while nothing is in flight
 * (`frontend.WorkflowTimeSkippingEnabled`); the SDK has no helper for it, so this file, alone, speaks the raw protocol. The
 * server's authors call it experimental: if it changes, only this file does.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { epochMs, type Instant, instantFromEpoch } from '../../domain/time/instant.ts';

const PollingResult = proto.temporal.api.enums.v1.FastForwardPollingResult;

/** Whose clock is moved: a workflow's, with everything it runs. */
export type TimeTravelInput = {
  readonly client: Client;
  readonly workflowId: string;
  /** How far the workflow's own dates are ahead of the server's clock, in milliseconds, where a test world has set them elsewhere. */
  readonly aheadMs?: number;
};

const executionOf = ({ client, workflowId }: TimeTravelInput) => ({
  namespace: client.options.namespace,
  workflowExecution: { workflowId },
});

const describe = async (input: TimeTravelInput) => {
  const { namespace, workflowExecution } = executionOf(input);
  return input.client.workflowService.describeWorkflowExecution({ namespace, execution: workflowExecution });
};

const isOpen = async (input: TimeTravelInput): Promise<boolean> => {
  const { workflowExecutionInfo } = await describe(input);
  const { WORKFLOW_EXECUTION_STATUS_RUNNING, WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW } =
    proto.temporal.api.enums.v1.WorkflowExecutionStatus;
  return (
    workflowExecutionInfo?.status === WORKFLOW_EXECUTION_STATUS_RUNNING ||
    workflowExecutionInfo?.status === WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW
  );
};

/** What time it is for a workflow: the real time, or later if it has travelled. */
export const timeOf = async (input: TimeTravelInput): Promise<Instant> => {
  const { workflowExtendedInfo } = await describe(input);
  const virtual = workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  const ofServer = virtual === null || virtual === undefined ? Date.now() : tsToMs(virtual);
  return instantFromEpoch(ofServer + (input.aheadMs ?? 0));
};

type TimeSkipping = {
  readonly enabled: boolean;
  readonly fastForwardConfig?: { readonly id: string; readonly duration: ReturnType<typeof msToTs> };
};

const skip = async (input: TimeTravelInput, timeSkippingConfig: TimeSkipping): Promise<void> => {
  await input.client.workflowService.updateWorkflowExecutionOptions({
    ...executionOf(input),
    workflowExecutionOptions: { timeSkippingConfig },
    updateMask: { paths: ['time_skipping_config'] },
  });
};

/** Where a journey ended: at its target, or before because the workflow had finished. */
export type Arrival = 'arrived' | 'workflow-closed';

/**
 * Lets a workflow's clock run ahead by some milliseconds, past timers but never past work in flight; waits until it is there. The
 * workflow then goes on at real speed from the later time: signals, updates and queries work as ever.
 */
export const travelBy = async (input: TimeTravelInput, milliseconds: number): Promise<Arrival> => {
  if (milliseconds <= 0) throw new RangeError('Time moves forward only');
  const fastForwardId = randomUUID();
  await skip(input, { enabled: true, fastForwardConfig: { id: fastForwardId, duration: msToTs(milliseconds) } });
  for (;;) {
    const { fastForwardPollingResult, failedReason } =
      await input.client.workflowService.pollWorkflowExecutionTimeSkipping({ ...executionOf(input), fastForwardId });
    switch (fastForwardPollingResult) {
      case PollingResult.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
        return 'arrived';
      case PollingResult.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED:
        if (!(await isOpen(input))) return 'workflow-closed';
        throw new Error(`${input.workflowId} cannot travel: ${failedReason}`);
      default:
        await sleep(50);
    }
  }
};

/** Lets a workflow's clock run ahead to an instant; waits until it is there. Does nothing if it is that late already. */
export const travelTo = async (input: TimeTravelInput, target: Instant): Promise<Arrival> => {
  if (!(await isOpen(input))) return 'workflow-closed';
  const aheadMs = epochMs(target) - epochMs(await timeOf(input));
  return aheadMs <= 0 ? 'arrived' : travelBy(input, aheadMs);
};

/** Skips every timer until the workflow ends, and waits for its result. Runs through every human deadline on the way. */
export const runToEnd = async <Result>(input: TimeTravelInput): Promise<Result> => {
  if (await isOpen(input)) await skip(input, { enabled: true });
  return input.client.workflow.getHandle(input.workflowId).result();
};
