/** Reviews: a person says, with a reason, that a suspension is still needed, and until when (nothing is kept "for ever", Art. 5(1)(e)). */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import type { Actor } from './place-suspension.ts';
import { lockSuspension } from './read-suspension.ts';

/** That a suspension is still needed, why, and the local date of the next review. */
export type ReviewSuspensionInput = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly actor: Actor;
  /** Why it is still needed; no personal data. */
  readonly reason: string;
  readonly nextReviewOn: LocalDate;
  readonly now: Instant;
};

/** Whether the review is on file. */
export type ReviewSuspensionResult =
  | { readonly kind: 'reviewed'; readonly reviewId: string; readonly nextReviewOn: LocalDate }
  | { readonly kind: 'unknown' | 'released' };

/** Confirms that a suspension is still needed and moves its review date. Keeps or gives back nothing by itself. */
export const reviewSuspension = async (
  tx: DatabaseTransaction,
  { suspensionId, controller, actor, reason, nextReviewOn, now }: ReviewSuspensionInput,
): Promise<ReviewSuspensionResult> => {
  const suspension = await lockSuspension(tx, suspensionId);
  if (suspension === undefined || suspension.controller !== controller) return { kind: 'unknown' };
  if (suspension.state === 'released') return { kind: 'released' };
  const reviewId = uuid();
  await tx
    .insertInto('suspension_review')
    .values({
      id: reviewId,
      suspension_id: suspensionId,
      reviewed_by: actor.id,
      reviewed_at: new Date(now),
      reason,
      review_was_on: suspension.reviewOn,
      next_review_on: nextReviewOn,
    })
    .execute();
  await tx
    .updateTable('suspension')
    .set({ review_on: nextReviewOn, revision: sql`revision + 1` })
    .where('id', '=', suspensionId)
    .execute();
  await appendAuditEntry(tx, {
    at: now,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-reviewed',
    controller,
    target: { kind: 'suspension', id: suspensionId },
    why: reason,
    detail: { reviewWasOn: suspension.reviewOn, nextReviewOn },
  });
  return { kind: 'reviewed', reviewId, nextReviewOn };
};

/** A review as it is on file. */
export type SuspensionReview = {
  readonly id: string;
  readonly reviewedBy: string;
  readonly reviewedAt: Instant;
  readonly reason: string;
  readonly nextReviewOn: LocalDate;
};

/** The reviews of a suspension, the latest first. */
export const listReviews = async (db: Database, suspensionId: SuspensionId): Promise<readonly SuspensionReview[]> => {
  const rows = await db
    .selectFrom('suspension_review')
    .select(['id', 'reviewed_by', 'reviewed_at', 'reason', 'next_review_on'])
    .where('suspension_id', '=', suspensionId)
    .orderBy(sql`reviewed_at DESC, id DESC`)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    reviewedBy: row.reviewed_by,
    reviewedAt: instantFromEpoch(row.reviewed_at.getTime()),
    reason: row.reason,
    nextReviewOn: localDate(row.next_review_on),
  }));
};

/** A reminder of a review that is due, by its round. */
export type NoteReviewDueInput = {
  readonly suspensionId: SuspensionId;
  readonly reviewAt: Instant;
  /** 1 for the first reminder of this date, then 2, 3 ... */
  readonly round: number;
  readonly now: Instant;
};

/** Notes in the audit trail that a review is due; once per date and round, however often it is called. */
export const noteReviewDue = async (
  db: Database,
  { suspensionId, reviewAt, round, now }: NoteReviewDueInput,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const suspension = await lockSuspension(tx, suspensionId);
    if (suspension === undefined || suspension.state === 'released') return;
    const before = await tx
      .selectFrom('audit_entry')
      .select('id')
      .where('target_kind', '=', 'suspension')
      .where('target_id', '=', suspensionId)
      .where('action', '=', 'suspension-review-due')
      .where(sql<boolean>`detail @> ${JSON.stringify({ reviewAt, round })}::jsonb`)
      .executeTakeFirst();
    if (before !== undefined) return;
    await appendAuditEntry(tx, {
      at: now,
      actor: 'hold-workflow',
      role: 'system',
      action: 'suspension-review-due',
      controller: suspension.controller,
      target: { kind: 'suspension', id: suspensionId },
      why: 'review-date-reached',
      detail: { reviewAt, round },
    });
  });
