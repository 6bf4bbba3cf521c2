/** Files of a case: streamed into the store under opaque keys, their names sealed; a row is there before the first byte. */
import type { Readable } from 'node:stream';
import { v7 as uuidV7 } from 'uuid';
import { z } from 'zod';
import { type ControllerId, objectId, type RecordClassId, recordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { objectKey as keyOfObject } from '../objects/object-keys.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Actor } from '../suspensions/place-suspension.ts';
import { fileAttachments } from './file-case.ts';

/** A file and what it was announced to be; `size` in bytes. */
export type AddAttachmentInput = {
  readonly caseId: string;
  readonly controller: ControllerId;
  /** The class of the controller's case files: files lie where the gate looks for them. */
  readonly recordClass: RecordClassId;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Buffer;
  readonly body: AsyncIterable<Uint8Array>;
  readonly actor: Actor;
  readonly now: Instant;
};

/** Where files and their rows lie, and the keys that seal their names. */
export type AttachmentDeps = { readonly db: Database; readonly store: ObjectStore; readonly sealing: Sealing };

const place = (id: string): string => `case-attachment/${id}`;

/** Stores a file; throws an `UploadMismatchError` if it is not what was announced, and then it does not count. */
export const addAttachment = async (
  { db, store, sealing }: AttachmentDeps,
  { caseId, controller, recordClass, name, mediaType, size, sha256, body, actor, now }: AddAttachmentInput,
): Promise<{ readonly attachmentId: string }> => {
  const id = uuidV7();
  const objectKey = keyOfObject({ controller, recordClass, recordId: recordId(caseId), objectId: objectId(id) });
  await db
    .insertInto('request_attachment')
    .values({
      id,
      case_id: caseId,
      sealed_name: sealing.seal(Buffer.from(JSON.stringify(name), 'utf8'), place(id)),
      media_type: mediaType,
      object_key: objectKey,
      state: 'uploading',
      version_id: null,
      size,
      sha256: null,
      added_by: actor.id,
      created_at: toDate(now),
    })
    .execute();
  const stored = await store.put({ key: objectKey, body, size, sha256, mediaType });
  await db.transaction().execute(async (tx) => {
    // Closing the case holds its row: either it finds the file stored, or the case is found closed here.
    await tx.selectFrom('request_case').select('id').where('id', '=', caseId).forKeyShare().execute();
    await tx
      .updateTable('request_attachment')
      .set({ state: 'stored', version_id: stored.versionId, size: stored.size, sha256: stored.sha256 })
      .where('id', '=', id)
      .execute();
    // A file that comes after the closing ends with the others.
    await fileAttachments(tx, caseId);
    await appendAuditEntry(tx, {
      at: now,
      actor: actor.id,
      role: actor.role,
      action: 'case-attachment-stored',
      controller,
      target: { kind: 'case', id: caseId },
      why: 'attached',
      detail: { attachmentId: id, size: stored.size },
    });
  });
  return { attachmentId: id };
};

/** A file of a case and where it lies. */
export type StoredAttachment = {
  readonly attachmentId: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly objectKey: string;
  readonly versionId: string;
};

/** The stored files of a case, oldest first. */
export const listAttachments = async (
  db: Database,
  sealing: Sealing,
  caseId: string,
): Promise<readonly StoredAttachment[]> => {
  const rows = await db
    .selectFrom('request_attachment')
    .select(['id', 'sealed_name', 'media_type', 'size', 'object_key', 'version_id'])
    .where('case_id', '=', caseId)
    .where('state', '=', 'stored')
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    attachmentId: row.id,
    name: z.string().parse(JSON.parse(sealing.open(row.sealed_name, place(row.id)).toString('utf8'))),
    mediaType: row.media_type,
    size: row.size,
    objectKey: row.object_key,
    versionId: row.version_id ?? '',
  }));
};

/** A stored file of a case and where its bytes are. */
export type OpenedAttachment = {
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: Buffer;
  /** Asks the store; rejects with its error if it does not answer. */
  readonly bytes: () => Promise<Readable>;
};

/**
 * Opens a file of a case for a caller who may see it, with the audit entry in the same transaction: no byte is handed out that the trail
 * does not record. `undefined` where the case has no such file.
 */
export const openAttachment = (
  { db, store }: Pick<AttachmentDeps, 'db' | 'store'>,
  {
    caseId,
    controller,
    attachmentId,
    actor,
    now,
  }: Pick<AddAttachmentInput, 'caseId' | 'controller' | 'actor' | 'now'> & { readonly attachmentId: string },
): Promise<OpenedAttachment | undefined> =>
  db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('request_attachment')
      .select(['object_key', 'version_id', 'media_type', 'size', 'sha256'])
      .where('id', '=', attachmentId)
      .where('case_id', '=', caseId)
      .where('state', '=', 'stored')
      .executeTakeFirst();
    if (row === undefined || row.version_id === null || row.sha256 === null) return undefined;
    const { object_key: key, version_id: versionId, media_type: mediaType, size, sha256 } = row;
    await appendAuditEntry(tx, {
      at: now,
      actor: actor.id,
      role: actor.role,
      action: 'case-attachment-read',
      controller,
      target: { kind: 'case', id: caseId },
      why: 'opened',
      detail: { attachmentId },
    });
    return { mediaType, size, sha256, bytes: () => store.get({ key, versionId }) };
  });
