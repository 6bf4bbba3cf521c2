/**
 * Notices of a hold: made once, with number, content and PDF in one transaction, never changed; the register has the hash of the file
 * that leaves (DPR 445/2000 art. 53(1)(f)). What they say and who is named in them lies sealed.
 */

import { v7 as uuidV7 } from 'uuid';
import { given } from '../../domain/given.ts';
import type { SuspensionId } from '../../domain/ids.ts';
import type { NoticeScope } from '../../domain/letter/compose-hold-notice.ts';
import type { HoldNotice, Protocol } from '../../domain/letter/letter-content.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import type { ProtocolRegister } from '../letters/protocol-register.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import type { Actor } from '../suspensions/place-suspension.ts';
import { previewScope } from '../suspensions/preview-scope.ts';
import { lockSuspension, readReleasedScope, readScope, type Suspension } from '../suspensions/read-suspension.ts';
import { fileHold } from './file-hold.ts';
import type { HoldNoticeDeliveryTable } from './tables.ts';

/** A notice on file. */
export type StoredNotice = {
  readonly noticeId: string;
  readonly scopeRevision: number;
  readonly madeAt: Instant;
  readonly madeBy: string;
  readonly size: number;
  readonly sha256: Buffer;
  readonly content: HoldNotice;
};

const contentPlace = (noticeId: string): string => `hold-notice/${noticeId}/content`;
const filePlace = (noticeId: string): string => `hold-notice/${noticeId}/file`;

/** A notice to be made about a hold, by whom and when. */
export type MakeNoticeInput = {
  /** As it was read: a hold that has changed meanwhile is not written about. */
  readonly hold: Suspension;
  readonly policy: Policy;
  readonly actor: Actor;
  /** Local date of the controller. */
  readonly today: LocalDate;
  readonly now: Instant;
  /** Composes the content once its number is known; `before` is what the same custodian was notified of last. */
  readonly compose: (protocol: Protocol, before: readonly HoldNotice[]) => HoldNotice;
  readonly render: (content: HoldNotice) => Promise<{ readonly bytes: Buffer; readonly sha256: string }>;
};

/** The notice on file, or why none was made; then no number was taken either. */
export type MadeNotice =
  | { readonly kind: 'made'; readonly notice: StoredNotice }
  /** Changed or released since it was read. */
  | { readonly kind: 'hold-changed' }
  /** The hold's file has ended. */
  | { readonly kind: 'hold-erased' };

/** Makes a notice. Must come first in its READ COMMITTED transaction: of a released hold it takes the fence. */
export const makeNotice = async (
  tx: DatabaseTransaction,
  { sealing, register }: { readonly sealing: Sealing; readonly register: ProtocolRegister },
  { hold, policy, actor, today, now, compose, render }: MakeNoticeInput,
): Promise<MadeNotice> => {
  // Fence before row, in the order of every change of a hold.
  if (hold.state === 'released') await takeFenceExclusive(tx, hold.controller);
  // Until the commit the hold cannot be released: its release finds this notice and files it.
  const locked = await lockSuspension(tx, hold.id);
  if (locked?.state !== hold.state || locked.scopeRevision !== hold.scopeRevision) return { kind: 'hold-changed' };
  const noticeId = uuidV7();
  const before = (await listNotices(tx, sealing, hold.id)).map(({ content }) => content);
  const content = compose(
    await register.reserve(tx, { controller: hold.controller, letterId: noticeId, today }),
    before,
  );
  const { bytes, sha256 } = await render(content);
  const digest = Buffer.from(sha256, 'hex');
  await tx
    .insertInto('hold_notice')
    .values({
      id: noticeId,
      suspension_id: hold.id,
      kind: content.kind,
      scope_revision: hold.scopeRevision,
      made_at: new Date(now),
      made_by: actor.id,
      sealed_content: sealing.seal(Buffer.from(canonicalJson(content), 'utf8'), contentPlace(noticeId)),
      sealed_file: sealing.seal(bytes, filePlace(noticeId)),
      size: bytes.length,
      sha256: digest,
    })
    .execute();
  await tx.updateTable('protocol_entry').set({ file_sha256: digest }).where('letter_id', '=', noticeId).execute();
  if (hold.state === 'released') {
    const releasedAt = hold.releasedAt ?? now;
    const filed = await fileHold(tx, sealing, { suspensionId: hold.id, policy, releasedAt });
    // The caller undoes everything: a notice without a file would have no end.
    if (filed === 'erased') return { kind: 'hold-erased' };
  }
  await appendAuditEntry(tx, {
    at: now,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-notice-made',
    controller: hold.controller,
    target: { kind: 'suspension', id: hold.id },
    why: content.kind,
    detail: { noticeId, protocol: content.protocol.number, size: bytes.length, sha256 },
  });
  const { scopeRevision } = hold;
  const notice = {
    noticeId,
    scopeRevision,
    madeAt: now,
    madeBy: actor.id,
    size: bytes.length,
    sha256: digest,
    content,
  };
  return { kind: 'made', notice };
};

const columns = ['id', 'scope_revision', 'made_at', 'made_by', 'sealed_content', 'size', 'sha256'] as const;

/** The notices of a hold, oldest first. */
export const listNotices = async (
  db: Database | DatabaseTransaction,
  sealing: Sealing,
  hold: SuspensionId,
): Promise<readonly StoredNotice[]> => {
  const rows = await db
    .selectFrom('hold_notice')
    .select(columns)
    .where('suspension_id', '=', hold)
    .orderBy('made_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    noticeId: row.id,
    scopeRevision: row.scope_revision,
    madeAt: instantFromEpoch(row.made_at.getTime()),
    madeBy: row.made_by,
    size: Number(row.size),
    sha256: row.sha256,
    // Written from this type, sealed against change.
    content: JSON.parse(sealing.open(row.sealed_content, contentPlace(row.id)).toString('utf8')) as HoldNotice,
  }));
};

/** The PDF of a notice as it was made; `undefined` where the hold has none of this id. Throws a `SealingError` for altered bytes. */
export const readNoticeFile = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { hold, noticeId }: { readonly hold: SuspensionId; readonly noticeId: string },
): Promise<{ readonly bytes: Buffer; readonly sha256: Buffer } | undefined> => {
  const row = await tx
    .selectFrom('hold_notice')
    .select(['sealed_file', 'sha256'])
    .where('id', '=', noticeId)
    .where('suspension_id', '=', hold)
    .executeTakeFirst();
  return row && { bytes: sealing.open(row.sealed_file, filePlace(noticeId)), sha256: row.sha256 };
};

/** How a notice reached its custodian, as a person says. */
export type NoticeDelivery = {
  readonly deliveryId: string;
  readonly noticeId: string;
  readonly channel: HoldNoticeDeliveryTable['channel'];
  readonly deliveredOn: LocalDate;
  /** Message id, tracking number, who took it. */
  readonly proof: string;
  readonly recordedAt: Instant;
  readonly recordedBy: string;
};

const proofPlace = (deliveryId: string): string => `hold-notice-delivery/${deliveryId}`;

/** Writes down a delivery. Answers its id; `undefined` where the hold has no such notice. */
export const recordNoticeDelivery = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  {
    hold,
    actor,
    now,
    ...delivery
  }: Pick<NoticeDelivery, 'noticeId' | 'channel' | 'deliveredOn' | 'proof'> & {
    readonly hold: Suspension;
    readonly actor: Actor;
    readonly now: Instant;
  },
): Promise<string | undefined> => {
  const { noticeId, channel, deliveredOn, proof } = delivery;
  const notice = await tx
    .selectFrom('hold_notice')
    .select('id')
    .where('id', '=', noticeId)
    .where('suspension_id', '=', hold.id)
    .executeTakeFirst();
  if (notice === undefined) return undefined;
  const deliveryId = uuidV7();
  await tx
    .insertInto('hold_notice_delivery')
    .values({
      id: deliveryId,
      notice_id: noticeId,
      suspension_id: hold.id,
      channel,
      delivered_on: deliveredOn,
      sealed_proof: sealing.seal(Buffer.from(proof, 'utf8'), proofPlace(deliveryId)),
      recorded_at: new Date(now),
      recorded_by: actor.id,
    })
    .execute();
  await appendAuditEntry(tx, {
    at: now,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-notice-delivered',
    controller: hold.controller,
    target: { kind: 'suspension', id: hold.id },
    why: channel,
    detail: { noticeId, deliveryId, deliveredOn },
  });
  return deliveryId;
};

/** The deliveries of a hold's notices, oldest first. */
export const listNoticeDeliveries = async (
  db: Database | DatabaseTransaction,
  sealing: Sealing,
  hold: SuspensionId,
): Promise<readonly NoticeDelivery[]> => {
  const rows = await db
    .selectFrom('hold_notice_delivery')
    .selectAll()
    .where('suspension_id', '=', hold)
    .orderBy('recorded_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    deliveryId: row.id,
    noticeId: row.notice_id,
    channel: row.channel,
    deliveredOn: localDate(row.delivered_on),
    proof: sealing.open(row.sealed_proof, proofPlace(row.id)).toString('utf8'),
    recordedAt: instantFromEpoch(row.recorded_at.getTime()),
    recordedBy: row.recorded_by,
  }));
};

/**
 * What a notice says of a hold's scope: classes, counts and periods, never a person and never a single record. Of a hold in force what
 * it covers now; of a released one what it covered at last and is still here. Counts exactly, so it takes as long as the scope is large.
 */
export const readNoticeScope = async (
  db: Database,
  { hold, now }: { readonly hold: Suspension; readonly now: Instant },
): Promise<NoticeScope> => {
  const scope = hold.state === 'active' ? await readScope(db, hold.id) : await readReleasedScope(db, hold);
  const { classes } = await previewScope(db, { controller: hold.controller, scope, now });
  return {
    counts: classes.map(({ recordClass, records, dueNow }) => ({ recordClass, records, dueNow })),
    clauses: scope.map(({ recordClass, triggers }) => given({ recordClass, triggers })),
  };
};
