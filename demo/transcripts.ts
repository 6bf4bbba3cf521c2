// INPS's chats with an e-mail address: the transcript goes to it once, when the chat is registered as ended.

import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { recordId as asRecordId } from '../domain/ids.ts';
import { type TranscriptResult, transcriptWorkflowId } from '../workflows/transcript/contract.ts';
import { eventually } from './erasures.ts';
import type { Stage } from './stage.ts';
import { counted } from './words.ts';

const resultOf = async ({ temporal }: Stage, workflowId: string): Promise<TranscriptResult | undefined> => {
  try {
    const result: TranscriptResult = await temporal.workflow.getHandle(workflowId).result();
    return result;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    if (error instanceof WorkflowFailedError) throw new Error(`${workflowId} failed: ${error.message}`);
    throw error;
  }
};

/** Waits for the transcripts of the chats of the first day. */
export const tellTranscripts = async (stage: Stage): Promise<void> => {
  const due = [...stage.registered.values()].filter(
    ({ record }) => record.recordClass === 'chat' && record.identifiers.some(({ kind }) => kind === 'email'),
  );
  let sent = 0;
  for (const { record, recordId } of due) {
    const workflowId = transcriptWorkflowId(asRecordId(recordId));
    const { outcome } = await eventually(`the transcript of chat ${recordId}`, () => resultOf(stage, workflowId));
    if (outcome === 'sent') sent += 1;
    stage.timeline.note({
      at: record.handedInAt,
      controller: record.controller,
      recordClass: record.recordClass,
      what: `transcript-${outcome}`,
      why: 'the citizen left an e-mail address: the transcript is sent to it when the chat ends (INPS web services, Chat)',
      ids: { recordId, workflowId },
    });
  }
  stage.say(
    `  ${counted(due.length, 'chat')} came with an e-mail address: ${counted(sent, 'transcript')} sent, once each.`,
  );
};
