/** Starts the workflow of each transcript that is due: one a chat, whatever becomes of the chat's retention. */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { RecordId } from '../../domain/ids.ts';
import type { DueTranscript } from '../../storage/records/transcript-deliveries.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import {
  type TranscriptInput,
  transcriptWorkflowId,
  transcriptWorkflowType,
} from '../../workflows/transcript/contract.ts';
import { startMany } from './start-many.ts';

/**
 * Temporal's client, and who is told of a transcript that could not be started though Temporal answers; it stays to be
 * started.
 */
export type StartTranscriptsDeps = {
  readonly client: Client;
  readonly queuePrefix: string;
  readonly onRefused: (recordId: RecordId, error: unknown) => void;
};

/** Starts workflows; answers which transcripts have one now. Rejects when Temporal is away. */
export const startTranscriptWorkflows = async (
  { client, queuePrefix, onRefused }: StartTranscriptsDeps,
  transcripts: readonly DueTranscript[],
): Promise<readonly RecordId[]> => {
  const started = await startMany({
    client,
    items: transcripts,
    start: ({ recordId, controller }) => {
      const input: TranscriptInput = { version: 1, recordId };
      return client.workflow.start(transcriptWorkflowType, {
        workflowId: transcriptWorkflowId(recordId),
        taskQueue: proceduresQueue(queuePrefix),
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        // One that was ended by hand may be started again: what was sent already is marked in Postgres, and not sent again.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `${controller}: transcript of a chat`,
        typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.controller, value: controller }]),
      });
    },
    onRefused: ({ recordId }, error) => onRefused(recordId, error),
  });
  return started.map(({ recordId }) => recordId);
};
