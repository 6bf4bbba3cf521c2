/** Tells the workflow of a notification that something changed, and starts it where it is not there yet. */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { NotificationToTell } from '../../storage/recipients/tell-workflows.ts';
import {
  type NotificationInput,
  notificationChangedSignal,
  notificationWorkflowId,
  notificationWorkflowType,
} from '../../workflows/notification/contract.ts';
import { searchAttributes as attributes } from '../../workflows/search-attributes.ts';

/** Temporal's client and the queue on which notifications run. */
export type TellNotificationDeps = { readonly client: Client; readonly taskQueue: string };

/** Tells one; harmless any number of times (I9). Rejects when Temporal is away. */
export const tellNotification = async (
  { client, taskQueue }: TellNotificationDeps,
  { notificationId, controller, recipient }: NotificationToTell,
): Promise<void> => {
  const input: NotificationInput = { version: 1, notificationId };
  await client.workflow.signalWithStart(notificationWorkflowType, {
    workflowId: notificationWorkflowId(notificationId),
    taskQueue,
    args: [input],
    signal: notificationChangedSignal,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    // What was recorded after it ended is looked at by a new run, which finds nothing to do.
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${controller}: tell ${recipient} (Art. 19)`,
    staticDetails: `Tells recipient **${recipient}** of controller **${controller}** what was done to records that were disclosed to it, waits for its acknowledgement and reminds it. Which records is in the application, under the id after "notification-".`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: attributes.controller, value: controller },
      { key: attributes.state, value: 'due' },
    ]),
  });
};
