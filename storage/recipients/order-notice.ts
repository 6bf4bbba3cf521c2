/**
 * Orders that recipients are notified of something (Art. 19): the notice, the records it is about, and one task per recipient to
 * which their classes were disclosed. Once for each time it was done; the tasks' workflows follow from the rows.
 */
import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import type { ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { NoticeKind, NotificationMeans } from '../../domain/recipient/notification.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntries } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** Which records a notice is about. */
export type NoticeRecords =
  /** What certificates of the case prove gone, and no earlier notice has named. */
  | { readonly kind: 'erased' }
  /** What a search found and is still there, as decided by class and, where they differ, by record. */
  | {
      readonly kind: 'decided';
      readonly manifestId: string;
      readonly recordClasses: readonly RecordClassId[];
      readonly besides: readonly string[];
      readonly except: readonly string[];
    }
  /** All that a search found and is still there, as far as no notice of the kind under the same right has named it since its end. */
  | { readonly kind: 'found'; readonly manifestId: string }
  /** What was corrected, or got a statement, by the decision of that instant. */
  | { readonly kind: 'rectified'; readonly decidedAt: Instant }
  /** Those of notices of another kind under the same right that this kind has not ended yet, as far as no later notice says otherwise. */
  | { readonly kind: 'as-told'; readonly what: NoticeKind };

/** A recipient and the classes that were disclosed to it. */
export type NoticeRecipient = {
  readonly recipient: string;
  readonly means: NotificationMeans;
  readonly recordClasses: readonly RecordClassId[];
};

/** What was done to which records, and who must be notified. */
export type OrderNoticeInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly right: RightKey;
  readonly what: NoticeKind;
  /** When it was done: the same for every repetition of the order. */
  readonly doneAt: Instant;
  readonly records: NoticeRecords;
  /** To whom records of these classes were disclosed, and how each is notified. */
  readonly recipientsOf: (recordClasses: readonly RecordClassId[]) => readonly NoticeRecipient[];
  readonly now: Instant;
};

/** Records that notices of a kind under a right have named since restrictions under it ended last, as of the notice ordered now. */
const toldSinceEnd = ({ caseId, right, doneAt }: OrderNoticeInput, what: NoticeKind) => sql`
  SELECT told.record_id FROM recipient_notice_record told JOIN recipient_notice notice ON notice.id = told.notice_id
  WHERE notice.case_id = ${caseId}::uuid AND notice.right_key = ${right} AND notice.what = ${what}
    AND notice.done_at >= coalesce((SELECT max(lifted.done_at) FROM recipient_notice lifted
      WHERE lifted.case_id = notice.case_id AND lifted.right_key = notice.right_key AND lifted.what = 'restriction-lifted'
        AND lifted.done_at < ${toDate(doneAt)}), '-infinity')`;

const recordsOf = (
  input: OrderNoticeInput,
  records: NoticeRecords,
): RawBuilder<{ record_id: RecordId; record_class: RecordClassId }> => {
  const { caseId } = input;
  switch (records.kind) {
    case 'erased':
      return sql`
        SELECT item.record_id, intent.record_class FROM erasure_intent intent
        JOIN disposition_certificate certificate ON certificate.intent_id = intent.id
        JOIN erasure_item item ON item.intent_id = intent.id
        WHERE intent.case_id = ${caseId}::uuid AND NOT EXISTS (
          SELECT FROM recipient_notice_record told JOIN recipient_notice notice ON notice.id = told.notice_id
          WHERE notice.case_id = ${caseId}::uuid AND notice.what = 'erased' AND told.record_id = item.record_id)`;
    case 'decided':
      return sql`
        SELECT found.record_id, record.record_class FROM manifest_record found JOIN record ON record.id = found.record_id
        WHERE found.manifest_id = ${records.manifestId}::uuid AND found.tie IN ('identified', 'contact', 'named')
          AND found.record_id <> ALL(${[...records.except]}::uuid[])
          AND (record.record_class = ANY(${[...records.recordClasses]}::text[])
            OR found.record_id = ANY(${[...records.besides]}::uuid[]))`;
    case 'rectified':
      return sql`
        SELECT record.id AS record_id, record.record_class FROM record WHERE record.id IN (
          SELECT done.record_id FROM request_rectification done
          WHERE done.case_id = ${caseId}::uuid AND done.decided_at = ${toDate(records.decidedAt)} AND done.kind <> 'record-gone'
          UNION ALL SELECT attached.record_id FROM record_statement attached
          WHERE attached.case_id = ${caseId}::uuid AND attached.decided_at = ${toDate(records.decidedAt)})`;
    case 'found':
      return sql`
        SELECT found.record_id, record.record_class FROM manifest_record found JOIN record ON record.id = found.record_id
        WHERE found.manifest_id = ${records.manifestId}::uuid AND found.tie IN ('identified', 'contact', 'named')
          AND found.record_id NOT IN (${toldSinceEnd(input, 'restricted')})`;
    case 'as-told':
      // What was erased, or may no longer be processed at all, is not reported to be free again.
      return sql`
        SELECT DISTINCT record.id AS record_id, record.record_class FROM record
        WHERE record.id IN (${toldSinceEnd(input, records.what)})
          AND record.id NOT IN (${toldSinceEnd(input, 'processing-stopped')})`;
  }
};

const writeTasks = async (tx: DatabaseTransaction, input: OrderNoticeInput, noticeId: string): Promise<number> => {
  const { caseId, controller, right, what, now } = input;
  const { rows } = await sql<{ record_class: RecordClassId }>`
    SELECT DISTINCT record_class FROM recipient_notice_record WHERE notice_id = ${noticeId}::uuid ORDER BY 1`.execute(
    tx,
  );
  const recipients = input.recipientsOf(rows.map(({ record_class }) => record_class));
  if (recipients.length === 0) return 0;
  const tasks = recipients.map(({ recipient, means, recordClasses }) => ({
    id: uuidV7(),
    notice_id: noticeId,
    case_id: caseId,
    controller,
    recipient,
    record_classes: [...recordClasses],
    means,
    state: means === 'by-hand' ? ('by-hand' as const) : ('due' as const),
    ordered_at: toDate(now),
    staff_since: means === 'by-hand' ? toDate(now) : null,
  }));
  await tx.insertInto('recipient_notification').values(tasks).execute();
  await appendAuditEntries(
    tx,
    tasks.map(({ id, recipient, means }) => ({
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'recipient-notification-ordered',
      controller,
      target: { kind: 'case', id: caseId },
      why: what,
      detail: { notification: id, right, recipient, means },
    })),
  );
  return tasks.length;
};

/** Orders a notice with its tasks in one transaction; how many tasks there are now. An order that was given before changes nothing. */
export const orderNotice = (db: Database, input: OrderNoticeInput): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const { caseId, controller, right, what, doneAt, now } = input;
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`oblio/recipients/${caseId}`}, 0))`.execute(tx);
    const before = await tx
      .selectFrom('recipient_notice')
      .innerJoin('recipient_notification', 'recipient_notification.notice_id', 'recipient_notice.id')
      .select('recipient_notification.id')
      .where('recipient_notice.case_id', '=', caseId)
      .where('recipient_notice.right_key', '=', right)
      .where('recipient_notice.what', '=', what)
      .where('recipient_notice.done_at', '=', toDate(doneAt))
      .execute();
    if (before.length > 0) return before.length;
    const { rows } = await sql<{ record_id: RecordId }>`${recordsOf(input, input.records)} LIMIT 1`.execute(tx);
    if (rows.length === 0) return 0;
    const noticeId = uuidV7();
    const notice = { id: noticeId, case_id: caseId, controller, right_key: right, what, done_at: toDate(doneAt) };
    const written = await tx
      .insertInto('recipient_notice')
      .values({ ...notice, ordered_at: toDate(now) })
      .onConflict((conflict) => conflict.columns(['case_id', 'right_key', 'what', 'done_at']).doNothing())
      .returning('id')
      .executeTakeFirst();
    // Ordered before, of classes that were disclosed to no recipient.
    if (written === undefined) return 0;
    await sql`
      INSERT INTO recipient_notice_record (notice_id, record_id, record_class)
      SELECT ${noticeId}::uuid, touched.record_id, touched.record_class FROM (${recordsOf(input, input.records)}) touched
      ON CONFLICT DO NOTHING`.execute(tx);
    return writeTasks(tx, input, noticeId);
  });
