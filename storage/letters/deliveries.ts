/**
 * Letters on their way by mail, and the marks that make each release be sent at most once (I9): `due` → `attempting` → `sent`,
 * `refused`, `unknown` or `given-up`; back to `due` when the mail server did not take it.
 */

import { sql } from 'kysely';
import { given } from '../../domain/given.ts';
import type { ControllerId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** How a release ended. */
export type LetterDeliveryOutcome = 'sent' | 'refused' | 'unknown' | 'given-up';

/** One release of a letter for sending, which is sent at most once (I9). */
export type LetterRelease = {
  readonly releaseId: string;
  readonly letterId: string;
  readonly caseId: string;
  readonly channel: 'pec' | 'email';
  readonly now: Instant;
};

/** Whether an attempt may speak to the mail server now. */
export type BegunSending =
  | { readonly kind: 'begun'; readonly attempts: number }
  /** The process of an earlier attempt was killed between its mark and its outcome: whether the mail left is unknown. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'settled'; readonly outcome: LetterDeliveryOutcome };

/** Marks that an attempt begins, before anything is sent. */
export const beginSending = (
  db: Database,
  { releaseId, letterId, caseId, channel, now }: LetterRelease,
): Promise<BegunSending> =>
  db.transaction().execute(async (tx): Promise<BegunSending> => {
    await tx
      .insertInto('letter_delivery')
      .values({
        release_id: releaseId,
        letter_id: letterId,
        case_id: caseId,
        channel,
        state: 'due',
        file_sha256: null,
        link_id: null,
        begun_at: toDate(now),
        settled_at: null,
      })
      .onConflict((conflict) => conflict.column('release_id').doNothing())
      .execute();
    const row = await tx
      .selectFrom('letter_delivery')
      .select(['state', 'attempts'])
      .where('release_id', '=', releaseId)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    if (row.state === 'attempting') return { kind: 'interrupted' };
    if (row.state !== 'due') return { kind: 'settled', outcome: row.state };
    const attempts = row.attempts + 1;
    await tx
      .updateTable('letter_delivery')
      .set({ state: 'attempting', attempts })
      .where('release_id', '=', releaseId)
      .execute();
    return { kind: 'begun', attempts };
  });

/** The releases of a letter for mail in their order, and how far each came. */
export const listReleases = (db: Database, letterId: string) =>
  db
    .selectFrom('letter_delivery')
    .select(['release_id as releaseId', 'channel', 'state', 'attempts'])
    .where('letter_id', '=', letterId)
    .orderBy('begun_at')
    .execute();

/** Takes the mark back: the mail server does not have the letter, a later attempt may send it. */
export const postponeSending = async (db: Database, releaseId: string): Promise<void> => {
  await db
    .updateTable('letter_delivery')
    .set({ state: 'due' })
    .where('release_id', '=', releaseId)
    .where('state', '=', 'attempting')
    .execute();
};

/** How a sending ended, and what left with it: the file's SHA-256, the link. */
export type SettleSendingInput = {
  readonly releaseId: string;
  readonly controller: ControllerId;
  readonly outcome: LetterDeliveryOutcome;
  readonly fileSha256?: Buffer;
  readonly linkId?: string;
  readonly now: Instant;
};

/** Writes how it ended, with its audit entry. "unknown" may become "sent" when an attempt that was given up still reports its outcome; nothing else changes again. */
export const settleSending = (
  db: Database,
  { releaseId, controller, outcome, fileSha256, linkId, now }: SettleSendingInput,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('letter_delivery')
      .set({
        // What was under way when the attempts ended may have left.
        state: outcome === 'given-up' ? sql`CASE state WHEN 'attempting' THEN 'unknown' ELSE 'given-up' END` : outcome,
        settled_at: toDate(now),
        ...given({ file_sha256: fileSha256, link_id: linkId }),
      })
      .where('release_id', '=', releaseId)
      .where('state', 'in', outcome === 'sent' ? ['attempting', 'unknown'] : ['attempting', 'due'])
      .returning(['case_id', 'letter_id', 'channel', 'attempts', 'state'])
      .executeTakeFirst();
    if (row === undefined) return;
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'case-letter-dispatched',
      controller,
      target: { kind: 'case', id: row.case_id },
      why: row.state,
      detail: { letterId: row.letter_id, releaseId, channel: row.channel, attempts: row.attempts },
    });
  });
