/**
 * Transcripts on their way (INPS notice, chat): which ones need a workflow, and the marks that make each of them be sent once (I9).
 * `due` → `attempting` → `sent`, `refused`, `unknown` or `given-up`; back to `due` when the mail server could not take it.
 */
import type { AuditEntry } from '../../domain/audit.ts';
import { type ControllerId, type RecordId, recordId as toRecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { behind, type Outbox } from '../outbox/outbox.ts';

/** How a transcript ended. */
const transcriptOutcomes = ['sent', 'refused', 'unknown', 'given-up'] as const;

/** How a transcript's sending ended. */
export type TranscriptOutcome = (typeof transcriptOutcomes)[number];

/** A transcript on its way without a workflow. */
export type TranscriptToStart = { readonly recordId: RecordId; readonly controller: ControllerId };

/** Transcripts on their way that no workflow was started for, or whose workflow was lost: an attempt under way settles as unknown. */
export const transcriptsToStart: Outbox<TranscriptToStart> = {
  table: 'transcript_delivery',
  idOf: ({ recordId }) => recordId,
  take: async (tx, { limit, after }) => {
    const rows = await tx
      .selectFrom('transcript_delivery')
      .select(['record_id', 'controller'])
      .where('state', 'in', ['due', 'attempting'])
      .where('workflow_started_at', 'is', null)
      .where(behind('transcript_delivery', 'due_at', after, 'record_id'))
      .orderBy('due_at')
      .orderBy('record_id')
      .limit(limit)
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    return rows.map((row) => ({ recordId: toRecordId(row.record_id), controller: row.controller }));
  },
  mark: async (tx, transcripts, now) => {
    await tx
      .updateTable('transcript_delivery')
      .set({ workflow_started_at: toDate(now) })
      .where(
        'record_id',
        'in',
        transcripts.map(({ recordId }) => recordId),
      )
      .execute();
  },
};

/** Whether an attempt may speak to the mail server now. */
export type BegunAttempt =
  | { readonly kind: 'begun'; readonly controller: ControllerId; readonly attempts: number }
  /** The process of an earlier attempt was killed between its mark and its outcome: whether the mail left is unknown. */
  | { readonly kind: 'interrupted'; readonly controller: ControllerId }
  | { readonly kind: 'settled'; readonly outcome: TranscriptOutcome }
  /** The record, and with it everything about its transcript, has been erased. */
  | { readonly kind: 'record-gone' };

/** Whose transcript it is, or `undefined` if the record, and with it everything about its transcript, has been erased. */
export const findTranscriptController = async (db: Database, recordId: RecordId): Promise<ControllerId | undefined> => {
  const row = await db
    .selectFrom('transcript_delivery')
    .select('controller')
    .where('record_id', '=', recordId)
    .executeTakeFirst();
  return row?.controller;
};

/** Marks that an attempt begins, before anything is sent. */
export const beginTranscriptAttempt = (db: Database, recordId: RecordId): Promise<BegunAttempt> =>
  db.transaction().execute(async (tx): Promise<BegunAttempt> => {
    const row = await tx
      .selectFrom('transcript_delivery')
      .select(['state', 'controller', 'attempts'])
      .where('record_id', '=', recordId)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) return { kind: 'record-gone' };
    const controller = row.controller;
    if (row.state === 'attempting') return { kind: 'interrupted', controller };
    if (row.state !== 'due') return { kind: 'settled', outcome: row.state };
    const attempts = row.attempts + 1;
    await tx
      .updateTable('transcript_delivery')
      .set({ state: 'attempting', attempts })
      .where('record_id', '=', recordId)
      .execute();
    return { kind: 'begun', controller, attempts };
  });

/** Takes the mark back: the mail server does not have the mail, a later attempt may send it. */
export const postponeTranscript = async (db: Database, recordId: RecordId): Promise<void> => {
  await db
    .updateTable('transcript_delivery')
    .set({ state: 'due' })
    .where('record_id', '=', recordId)
    .where('state', '=', 'attempting')
    .execute();
};

/** How the sending of a chat's transcript ended. */
export type SettleTranscriptInput = {
  readonly recordId: RecordId;
  readonly outcome: TranscriptOutcome;
  readonly now: Instant;
};

const settledEntry = (
  controller: ControllerId,
  { recordId, outcome, now }: SettleTranscriptInput,
  attempts: number,
): AuditEntry => ({
  at: now,
  actor: 'oblio-worker',
  role: 'system',
  action: 'transcript-settled',
  controller,
  target: { kind: 'transcript', id: recordId },
  why: outcome,
  detail: { attempts },
});

// "unknown" may become "sent" when an attempt that was given up still reports its outcome; nothing else is ever changed again.
const mayStillSettle = async (tx: DatabaseTransaction, { recordId, outcome, now }: SettleTranscriptInput) =>
  tx
    .updateTable('transcript_delivery')
    .set({ state: outcome, settled_at: toDate(now) })
    .where('record_id', '=', recordId)
    .where('state', 'in', outcome === 'sent' ? ['attempting', 'unknown'] : ['attempting', 'due'])
    .returning(['controller', 'attempts'])
    .executeTakeFirst();

/** Writes how it ended, with its audit entry. Settling again changes nothing. */
export const settleTranscript = (db: Database, input: SettleTranscriptInput): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const row = await mayStillSettle(tx, input);
    if (row !== undefined) {
      await appendAuditEntry(tx, settledEntry(row.controller, input, row.attempts));
    }
  });
