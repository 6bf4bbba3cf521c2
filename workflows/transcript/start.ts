/** How the workflow of a transcript is started: one a chat, whatever becomes of the chat's retention. */
import { TypedSearchAttributes } from '@temporalio/common';
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import { startOnce, type WorkflowStart } from '../start.ts';
import { type TranscriptInput, transcriptWorkflowId } from './contract.ts';

/** The start of a transcript's workflow. One that was ended by hand may be started again: what was sent is marked in Postgres. */
export const transcriptStart = (
  { recordId, controller }: { readonly recordId: RecordId; readonly controller: ControllerId },
  taskQueue: string,
): WorkflowStart<TranscriptInput> => ({
  ...startOnce,
  workflowId: transcriptWorkflowId(recordId),
  taskQueue,
  args: [{ version: 1, recordId }],
  staticSummary: `${controller}: transcript of a chat`,
  typedSearchAttributes: new TypedSearchAttributes([{ key: attributes.controller, value: controller }]),
});
