/** How the workflow of a notification (Art. 19) is started: with the signal that something changed, the order itself included. */
import { TypedSearchAttributes } from '@temporalio/common';
import type { ControllerId } from '../../domain/ids.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import { startOnce, type WorkflowStart } from '../start.ts';
import { type NotificationInput, notificationWorkflowId } from './contract.ts';

/** The start of a notification's workflow. What was recorded after it ended is looked at by a new run, which finds nothing to do. */
export const notificationStart = (
  { id, controller, recipient }: { readonly id: string; readonly controller: ControllerId; readonly recipient: string },
  taskQueue: string,
): WorkflowStart<NotificationInput> => ({
  ...startOnce,
  workflowId: notificationWorkflowId(id),
  taskQueue,
  args: [{ version: 1, notificationId: id }],
  staticSummary: `${controller}: tell ${recipient} (Art. 19)`,
  staticDetails: `Tells recipient **${recipient}** of controller **${controller}** what was done to records that were disclosed to it, waits for its acknowledgement and reminds it. Which records is in the application, under the id after "notification-".`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: attributes.controller, value: controller },
    { key: attributes.state, value: 'due' },
  ]),
});
