/**
 * What people record about a notification: staff how the recipient was notified by hand, that it acknowledged, or why it could not be notified
 * (Art. 19, first sentence); the recipient itself its acknowledgement. Each once, with its audit entry (I9, I10).
 */
import { z } from 'zod';
import type { ControllerId } from '../../domain/ids.ts';
import { mayRecord, type StaffRecord } from '../../domain/recipient/notification.ts';
import { failure, success } from '../../domain/result.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import { runOnce } from '../commands/run-once.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Actor } from '../suspensions/place-suspension.ts';
import { notificationOf, notificationRows, type StoredNotification } from './notifications.ts';

const place = (notificationId: string): string => `recipient-notification/${notificationId}`;

/** Seals them so that they open with their own notification only. */
const sealRecipientWords = (sealing: Sealing, notificationId: string, text: string): Buffer =>
  sealing.seal(Buffer.from(text, 'utf8'), place(notificationId));

/** Opens them; throws a `SealingError` if they were changed or belong to another notification. */
export const openRecipientWords = (sealing: Sealing, notificationId: string, sealed: Uint8Array): string =>
  sealing.open(sealed, place(notificationId)).toString('utf8');

/** What staff record of a notification. `commandKey` makes a repetition the same record (I9). */
export type RecordByStaffInput = {
  readonly notificationId: string;
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly record: StaffRecord;
  /** When the recipient was notified, or acknowledged; absent: now. */
  readonly at?: Instant;
  /** How the recipient was notified or acknowledged, or why it was not. */
  readonly text: string;
  readonly actor: Actor;
  readonly commandKey: string;
  /** The revision as the caller saw it; absent: whatever it is. */
  readonly expectedRevision?: number;
  readonly now: Instant;
};

/** Whether it is on file. `not-possible`: the notification is past this; `key-taken`: the key came with something else. */
export type RecordByStaffResult =
  | { readonly kind: 'recorded'; readonly revision: number }
  | { readonly kind: 'unknown' | 'not-possible' | 'changed-meanwhile' | 'key-taken' };

const locked = async (tx: DatabaseTransaction, notificationId: string): Promise<StoredNotification | undefined> => {
  const row = await notificationRows(tx)
    .where('recipient_notification.id', '=', notificationId)
    .forNoKeyUpdate('recipient_notification')
    .executeTakeFirst();
  return row === undefined ? undefined : notificationOf(row);
};

const changeBy = ({ told }: StoredNotification, record: StaffRecord, at: Instant) => {
  switch (record) {
    case 'told-by-hand':
      return { state: 'told' as const, told_at: toDate(told?.at ?? at), told_by: 'by-hand' as const };
    case 'acknowledged':
      return { state: 'acknowledged' as const, acknowledged_at: toDate(at), acknowledged_by: 'staff' as const };
    case 'impossible':
    case 'disproportionate':
      return { state: record };
  }
};

/** Records what staff did or found, once per key. */
export const recordByStaff = (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  input: RecordByStaffInput,
): Promise<RecordByStaffResult> =>
  db.transaction().execute(async (tx): Promise<RecordByStaffResult> => {
    const { notificationId, caseId, controller, record, text, actor, commandKey, expectedRevision, now } = input;
    const at = input.at ?? now;
    const before = await locked(tx, notificationId);
    if (before === undefined || before.caseId !== caseId || before.controller !== controller)
      return { kind: 'unknown' };
    const recorded = await runOnce<number, 'changed-meanwhile' | 'not-possible'>(tx, {
      command: {
        about: 'notification',
        notificationId,
        actor: actor.id,
        key: commandKey,
        requestDigest: sealing.contentDigest(canonicalJson({ record, at: input.at ?? null, text })),
      },
      now,
      readAnswer: (stored) => z.int().parse(stored),
      carryOut: async () => {
        if (expectedRevision !== undefined && expectedRevision !== before.revision) return failure('changed-meanwhile');
        if (!mayRecord(before, record)) return failure('not-possible');
        const revision = before.revision + 1;
        await tx
          .updateTable('recipient_notification')
          .set({
            ...changeBy(before, record, at),
            staff_since: null,
            alerts: 0,
            recorded_by: actor.id,
            sealed_words: sealRecipientWords(sealing, notificationId, text),
            revision,
          })
          .where('id', '=', notificationId)
          .execute();
        await appendAuditEntry(tx, {
          at: now,
          actor: actor.id,
          role: actor.role,
          action: 'recipient-recorded-by-staff',
          controller,
          target: { kind: 'case', id: caseId },
          why: record,
          detail: { notification: notificationId, recipient: before.recipient, at },
        });
        return success(revision);
      },
    });
    switch (recorded.kind) {
      case 'done':
        return { kind: 'recorded', revision: recorded.answer };
      case 'refused':
        return { kind: recorded.reason };
      case 'key-taken':
        return recorded;
    }
  });

/** The recipient acknowledges with its code, which was checked before. Once: the second time changes nothing. */
export const acknowledge = (
  db: Database,
  { notificationId, now }: { readonly notificationId: string; readonly now: Instant },
): Promise<'acknowledged' | 'acknowledged-before' | 'unknown'> =>
  db.transaction().execute(async (tx) => {
    const before = await locked(tx, notificationId);
    if (before === undefined) return 'unknown';
    if (before.state === 'acknowledged') return 'acknowledged-before';
    // It may answer faster than its delivery is noted: a recipient that has the code was notified.
    const told = before.told ?? { at: now, by: before.means };
    await tx
      .updateTable('recipient_notification')
      .set({
        state: 'acknowledged',
        told_at: toDate(told.at),
        told_by: told.by,
        acknowledged_at: toDate(now),
        acknowledged_by: 'recipient',
        staff_since: null,
        revision: before.revision + 1,
      })
      .where('id', '=', notificationId)
      .execute();
    await appendAuditEntry(tx, {
      at: now,
      actor: `recipient:${before.recipient}`,
      role: 'system',
      action: 'recipient-acknowledged',
      controller: before.controller,
      target: { kind: 'case', id: before.caseId },
      why: before.what,
      detail: { notification: notificationId, recipient: before.recipient },
    });
    return 'acknowledged';
  });

/** What staff wrote to the notifications of a case, by notification. */
export const readOutcomeWords = async (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  caseId: string,
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db
    .selectFrom('recipient_notification')
    .select(['id', 'sealed_words'])
    .where('case_id', '=', caseId)
    .where('sealed_words', 'is not', null)
    .execute();
  return new Map(
    rows.flatMap(({ id, sealed_words }) =>
      sealed_words === null ? [] : [[id, openRecipientWords(sealing, id, sealed_words)]],
    ),
  );
};
