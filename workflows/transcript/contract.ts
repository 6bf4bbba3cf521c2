/**
 * The contract of the `transcript` workflow: type, id, argument, and the activities it asks for. All of it is written in the clear into
 * Temporal's histories: ids, codes, counts and times only (I7).
 */
import type { RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it: the name of the exported function. */
export const transcriptWorkflowType = 'transcript';

/** Id of the one workflow that sends a chat's transcript (I9). */
export const transcriptWorkflowId = (recordId: RecordId): string => `transcript-${recordId}`;

/** Argument of `transcript`. */
export type TranscriptInput = { readonly version: 1; readonly recordId: RecordId };

/**
 * How the sending ended. `unknown`: the mail server was given the text and did not answer, so it is not sent again (I9).
 */
export type TranscriptResult = {
  readonly outcome: 'sent' | 'refused' | 'unknown' | 'given-up' | 'record-gone';
  readonly attempts: number;
};

/** The chat's record, and what counts as now. */
export type SendTranscriptInput = { readonly recordId: RecordId; readonly now: Instant };

/** Whether the sending is over. `unknown` is over: the text may have left, and is never sent twice (I9). */
export type SendTranscriptResult =
  | { readonly kind: 'settled'; readonly outcome: 'sent' | 'refused' | 'unknown' | 'given-up' | 'record-gone' }
  /** Nothing left this house: the mail server could not take it now, or processing of the chat is restricted (Art. 18). */
  | { readonly kind: 'try-later'; readonly because: 'mail-server' | 'restricted' };

/** Activities of the `transcript` workflow, on the procedures queue. */
export type TranscriptActivities = {
  readonly sendTranscript: (input: SendTranscriptInput) => Promise<SendTranscriptResult>;
  readonly giveUpTranscript: (input: SendTranscriptInput) => Promise<void>;
};
