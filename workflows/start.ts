/** How workflows are started: everything Temporal's client needs but the client. Each family has its own in its `start.ts`. */
import type { TypedSearchAttributes } from '@temporalio/common';

/** The options with which a workflow is started. */
export type WorkflowStart<Input> = {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: [Input];
  readonly workflowIdConflictPolicy: 'USE_EXISTING';
  readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  readonly staticSummary: string;
  readonly staticDetails?: string;
  readonly typedSearchAttributes?: TypedSearchAttributes;
};

/**
 * Makes a start harmless when it is repeated (I9): a running workflow is the one that is wanted; a closed one of an open obligation was
 * ended from outside, and is needed again.
 */
export const startOnce = {
  workflowIdConflictPolicy: 'USE_EXISTING',
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
} as const;
