/** The tables of notifications to recipients (Art. 19) that only this folder touches, as Kysely sees them. */
import type { Generated } from 'kysely';
import type { ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { NoticeKind, NotificationMeans, NotificationState } from '../../domain/recipient/notification.ts';

/** Ids under which recipients know records, sealed; emptied when every recipient has been notified. */
export type RecipientReferenceTable = {
  case_id: string;
  record_id: RecordId;
  record_class: RecordClassId;
  sealed_source_id: Buffer | null;
};

/** What was done and must be notified: one line for each time. */
export type RecipientNoticeTable = {
  id: string;
  case_id: string;
  controller: ControllerId;
  right_key: string;
  what: NoticeKind;
  done_at: Date;
  ordered_at: Date;
};

/** The records that a notice is about. */
export type RecipientNoticeRecordTable = { notice_id: string; record_id: RecordId; record_class: RecordClassId };

/** One task for each notice and recipient, with the course it has taken. */
export type RecipientNotificationTable = {
  id: string;
  notice_id: string;
  case_id: string;
  controller: ControllerId;
  recipient: string;
  record_classes: RecordClassId[];
  means: NotificationMeans;
  state: NotificationState;
  ordered_at: Date;
  attempts: Generated<number>;
  last_problem: string | null;
  told_at: Date | null;
  told_by: NotificationMeans | null;
  chased: Generated<number>;
  chased_at: Date | null;
  staff_since: Date | null;
  alerts: Generated<number>;
  acknowledged_at: Date | null;
  acknowledged_by: 'recipient' | 'staff' | null;
  recorded_by: string | null;
  sealed_words: Buffer | null;
  revision: Generated<number>;
  workflow_revision: Generated<number>;
};

/** What staff recorded, by key, so that a repetition gets the first answer (I9). */
export type RecipientCommandTable = {
  notification_id: string;
  actor: string;
  command_key: string;
  request_digest: Buffer;
  revision: number;
  at: Date;
};

/** These tables by name; part of `Tables`. */
export type RecipientTables = {
  recipient_reference: RecipientReferenceTable;
  recipient_notice: RecipientNoticeTable;
  recipient_notice_record: RecipientNoticeRecordTable;
  recipient_notification: RecipientNotificationTable;
  recipient_command: RecipientCommandTable;
};
