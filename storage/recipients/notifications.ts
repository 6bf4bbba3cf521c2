/** The tasks by which recipients are notified (Art. 19): reading them, and noting what Oblio did. Each note is made once (I9). */
import { type Selectable, sql } from 'kysely';
import type { AuditAction } from '../../domain/audit.ts';
import type { ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type {
  NoticeKind,
  NotificationCourse,
  NotificationMeans,
  NotificationState,
} from '../../domain/recipient/notification.ts';
import { parseRightKey, type RightKey } from '../../domain/request/course/rights.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { openReference } from './references.ts';
import type { RecipientNotificationTable } from './tables.ts';

/** A task to notify one recipient, as it stands; `revision` grows with each change. */
export type StoredNotification = NotificationCourse & {
  readonly notificationId: string;
  readonly noticeId: string;
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly right: RightKey;
  readonly what: NoticeKind;
  readonly doneAt: Instant;
  readonly recipient: string;
  readonly recordClasses: readonly RecordClassId[];
  readonly attempts: number;
  readonly lastProblem?: string;
  readonly chasedAt?: Instant;
  readonly acknowledged?: { readonly at: Instant; readonly by: 'recipient' | 'staff' };
  readonly recordedBy?: string;
  readonly revision: number;
};

type Row = Selectable<RecipientNotificationTable> & { right_key: string; what: NoticeKind; done_at: Date };

/** How a task follows from its row and that of its notice. */
export const notificationOf = (row: Row): StoredNotification => {
  const right = parseRightKey(row.right_key);
  if (right === undefined) throw new TypeError('A notice names no right');
  return {
    notificationId: row.id,
    noticeId: row.notice_id,
    caseId: row.case_id,
    controller: row.controller,
    right,
    what: row.what,
    doneAt: fromDate(row.done_at),
    recipient: row.recipient,
    recordClasses: row.record_classes,
    means: row.means,
    state: row.state,
    orderedAt: fromDate(row.ordered_at),
    attempts: row.attempts,
    chased: row.chased,
    alerts: row.alerts,
    revision: row.revision,
    ...(row.last_problem === null ? {} : { lastProblem: row.last_problem }),
    ...(row.told_at === null || row.told_by === null ? {} : { told: { at: fromDate(row.told_at), by: row.told_by } }),
    ...(row.chased_at === null ? {} : { chasedAt: fromDate(row.chased_at) }),
    ...(row.staff_since === null ? {} : { staffSince: fromDate(row.staff_since) }),
    ...(row.acknowledged_at === null || row.acknowledged_by === null
      ? {}
      : { acknowledged: { at: fromDate(row.acknowledged_at), by: row.acknowledged_by } }),
    ...(row.recorded_by === null ? {} : { recordedBy: row.recorded_by }),
  };
};

/** All tasks with their notices, to be narrowed. */
export const notificationRows = (db: Database | DatabaseTransaction) =>
  db
    .selectFrom('recipient_notification')
    .innerJoin('recipient_notice', 'recipient_notice.id', 'recipient_notification.notice_id')
    .selectAll('recipient_notification')
    .select(['recipient_notice.right_key', 'recipient_notice.what', 'recipient_notice.done_at']);

/** One task, or `undefined`. */
export const readNotification = async (
  db: Database,
  notificationId: string,
): Promise<StoredNotification | undefined> => {
  const row = await notificationRows(db).where('recipient_notification.id', '=', notificationId).executeTakeFirst();
  return row === undefined ? undefined : notificationOf(row);
};

/** The tasks of a case, in the order in which they were given. */
export const listNotifications = async (db: Database, caseId: string): Promise<readonly StoredNotification[]> => {
  const rows = await notificationRows(db)
    .where('recipient_notification.case_id', '=', caseId)
    .orderBy('recipient_notification.ordered_at')
    .orderBy('recipient_notification.id')
    .execute();
  return rows.map(notificationOf);
};

/** A page of a controller's notifications that are not closed. */
export type ListOpenInput = {
  readonly controller: ControllerId;
  /** Only those in one of these states; absent: all that are open. */
  readonly states?: readonly NotificationState[];
  readonly after?: { readonly orderedAt: Instant; readonly notificationId: string };
  readonly limit: number;
};

/** A controller's tasks that are not closed, the oldest first: what staff work from. */
export const listOpenNotifications = async (
  db: Database,
  { controller, states, after, limit }: ListOpenInput,
): Promise<readonly StoredNotification[]> => {
  const rows = await notificationRows(db)
    .where('recipient_notification.controller', '=', controller)
    .where('recipient_notification.state', 'not in', ['acknowledged', 'impossible', 'disproportionate'])
    .where(sql<boolean>`NOT (recipient_notification.state = 'told' AND recipient_notification.told_by = 'by-hand')`)
    .$if(states !== undefined, (query) => query.where('recipient_notification.state', 'in', [...(states ?? [])]))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(recipient_notification.ordered_at, recipient_notification.id) > (${after?.orderedAt ?? null}::timestamptz, ${after?.notificationId ?? null}::uuid)`,
      ),
    )
    .orderBy('recipient_notification.ordered_at')
    .orderBy('recipient_notification.id')
    .limit(limit)
    .execute();
  return rows.map(notificationOf);
};

/** A record as a recipient is notified of it: the source system's id where it could be noted, and Oblio's own. */
export type NotifiedRecord = {
  readonly recordClass: RecordClassId;
  readonly recordId: RecordId;
  readonly sourceId?: string;
};

/** The records that a recipient is notified of, by their ids; a page of them where `limit` says so. */
export const readNotifiedRecords = async (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  { noticeId, caseId, recordClasses }: Pick<StoredNotification, 'noticeId' | 'caseId' | 'recordClasses'>,
  page: { readonly after?: RecordId | undefined; readonly limit?: number } = {},
): Promise<readonly NotifiedRecord[]> => {
  const rows = await db
    .selectFrom('recipient_notice_record as told')
    .leftJoin('recipient_reference as known', (join) =>
      join.onRef('known.record_id', '=', 'told.record_id').on('known.case_id', '=', caseId),
    )
    .select(['told.record_class', 'told.record_id', 'known.sealed_source_id'])
    .where('told.notice_id', '=', noticeId)
    .where('told.record_class', 'in', [...recordClasses])
    .$if(page.after !== undefined, (query) => query.where('told.record_id', '>', page.after ?? null))
    .orderBy('told.record_id')
    .$if(page.limit !== undefined, (query) => query.limit(page.limit ?? 0))
    .execute();
  return rows.map(({ record_class, record_id, sealed_source_id }) => ({
    recordClass: record_class,
    recordId: record_id,
    ...(sealed_source_id === null ? {} : { sourceId: openReference(sealing, caseId, record_id, sealed_source_id) }),
  }));
};

type Note = {
  readonly action: AuditAction;
  readonly why: string;
  readonly detail?: Readonly<Record<string, string | number>>;
};

/** Notes a change with its audit entry, if the task is still as the change needs it. */
const note = (
  db: Database,
  notificationId: string,
  now: Instant,
  change: (
    row: Row,
  ) => { readonly set: Partial<Selectable<RecipientNotificationTable>>; readonly note?: Note } | undefined,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const row = await notificationRows(tx)
      .where('recipient_notification.id', '=', notificationId)
      .forNoKeyUpdate('recipient_notification')
      .executeTakeFirst();
    const changed = row === undefined ? undefined : change(row);
    if (row === undefined || changed === undefined) return;
    await tx.updateTable('recipient_notification').set(changed.set).where('id', '=', notificationId).execute();
    if (changed.note === undefined) return;
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio-worker',
      role: 'system',
      action: changed.note.action,
      controller: row.controller,
      target: { kind: 'case', id: row.case_id },
      why: changed.note.why,
      detail: { notification: row.id, recipient: row.recipient, what: row.what, ...changed.note.detail },
    });
  });

/** Notes that the recipient's server took the notification, or its `round`-th reminder. */
export const noteDelivered = (
  db: Database,
  { notificationId, round, now }: { readonly notificationId: string; readonly round: number; readonly now: Instant },
): Promise<void> =>
  note(db, notificationId, now, ({ state, means, chased, attempts, told_at }) => {
    const tried = { attempts: attempts + 1, last_problem: null };
    if (round === 0) {
      // Staff may have recorded meanwhile that it was notified by hand, or the recipient answered faster than we noted.
      if (told_at !== null) return { set: tried };
      const detail = { means, attempts: attempts + 1 };
      const told = { ...tried, told_at: toDate(now), told_by: means };
      if (state !== 'due') return { set: told, note: { action: 'recipient-told', why: means, detail } };
      return {
        set: { ...told, state: 'told', staff_since: null },
        note: { action: 'recipient-told', why: means, detail },
      };
    }
    if (chased >= round) return undefined;
    return {
      set: { ...tried, chased: round, chased_at: toDate(now) },
      note: { action: 'recipient-chased', why: means, detail: { round } },
    };
  });

/** Notes that an attempt failed: a code only. */
export const noteAttempt = (
  db: Database,
  {
    notificationId,
    problem,
    now,
  }: { readonly notificationId: string; readonly problem: string; readonly now: Instant },
): Promise<void> =>
  note(db, notificationId, now, ({ attempts }) => ({ set: { attempts: attempts + 1, last_problem: problem } }));

/** Notes that staff must look: refused for good, tried for too long, or notified without an answer. */
export const noteForStaff = (
  db: Database,
  {
    notificationId,
    as,
    problem,
    now,
  }: {
    readonly notificationId: string;
    readonly as: 'refused' | 'undeliverable' | 'unanswered';
    readonly problem?: string;
    readonly now: Instant;
  },
): Promise<void> =>
  note(db, notificationId, now, ({ state, attempts, means }) => {
    if (state !== (as === 'unanswered' ? 'told' : 'due')) return undefined;
    const failed = problem === undefined ? {} : { attempts: attempts + 1, last_problem: problem };
    return {
      set: { state: as, staff_since: toDate(now), alerts: 0, ...failed },
      note: { action: 'recipient-delivery-ended', why: as, detail: { means, attempts } },
    };
  });

/** Notes that the DPO's office was mailed for the `round`-th time. */
export const noteAlert = (
  db: Database,
  { notificationId, round, now }: { readonly notificationId: string; readonly round: number; readonly now: Instant },
): Promise<void> =>
  note(db, notificationId, now, ({ alerts, staff_since }) =>
    staff_since === null || alerts >= round ? undefined : { set: { alerts: round } },
  );

/** By which means a recipient is notified. */
export const meansOf = (notify: { readonly kind: 'email' | 'webhook' } | undefined): NotificationMeans =>
  notify?.kind ?? 'by-hand';
