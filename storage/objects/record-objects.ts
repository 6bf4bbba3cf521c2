/**
 * The bookkeeping of objects: a row says that an upload is under way before the first byte reaches the store, so that nothing can
 * lie there that no row knows of; only a row in state `stored` counts. What a broken-off upload leaves behind keeps its row in
 * state `uploading`, for the sweep and the gate to clear, and for the next attempt to use.
 */
import { type Selectable, sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import type { AuditEntry } from '../../domain/audit.ts';
import { type ControllerId, type ObjectId, objectId, type RecordClassId, type RecordId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { auditEntryIf } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { isDatabaseFault, sqlState } from '../database/database-errors.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { objectKeyOfRow } from './object-keys.ts';
import type { AbandonedObjectTable, RecordObjectTable } from './tables.ts';

/** What an object is: the same in all three is the same object. */
export type ObjectFacts = { readonly mediaType: string; readonly size: number; readonly sha256: Buffer };

/** An object that is completely in the store. */
export type StoredObject = ObjectFacts & {
  readonly objectId: ObjectId;
  readonly name: string;
  readonly key: string;
  readonly versionId: string;
  readonly createdAt: Instant;
};

/** Where an upload may write. */
export type Upload = { readonly objectId: ObjectId; readonly key: string };

type Erased = { readonly outcome: 'erased' };

/** Whether bytes may be sent to the store; `Erased` where the record is gone. */
export type BeginUploadResult =
  | { readonly outcome: 'begun'; readonly upload: Upload }
  /** The name is taken by a stored object: the same one, or another. */
  | { readonly outcome: 'stored' | 'differs'; readonly object: StoredObject }
  | Erased;

/** Which object of which record is announced. */
export type BeginUploadInput = {
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly recordId: RecordId;
  readonly name: string;
  /** As announced; what arrives is checked against it. */
  readonly facts: ObjectFacts;
  readonly now: Instant;
};

const columns = [
  'id',
  'name',
  'object_key',
  'state',
  'version_id',
  'media_type',
  'size',
  'sha256',
  'created_at',
] as const;
type ObjectRow = Pick<Selectable<RecordObjectTable>, (typeof columns)[number]>;

const toStored = (row: ObjectRow): StoredObject | undefined =>
  row.version_id === null
    ? undefined
    : {
        objectId: row.id,
        name: row.name,
        key: row.object_key,
        versionId: row.version_id,
        mediaType: row.media_type,
        size: row.size,
        sha256: row.sha256,
        createdAt: fromDate(row.created_at),
      };

const sameFacts = (one: ObjectFacts, other: ObjectFacts): boolean =>
  one.size === other.size && one.mediaType === other.mediaType && one.sha256.equals(other.sha256);

const compared = (object: StoredObject, facts: ObjectFacts) =>
  ({ outcome: sameFacts(object, facts) ? 'stored' : 'differs', object }) as const;

const findObject = (tx: DatabaseTransaction | Database, recordId: RecordId, name: string): Promise<ObjectRow[]> =>
  tx
    .selectFrom('record_object')
    .select(columns)
    .where('record_id', '=', recordId)
    .where('name', '=', name)
    .orderBy('state')
    .execute();

/** A stored object by its name, or `undefined`. */
export const findStoredObject = async (
  db: Database | DatabaseTransaction,
  { recordId, name }: { readonly recordId: RecordId; readonly name: string },
): Promise<StoredObject | undefined> =>
  (await findObject(db, recordId, name)).map(toStored).find((object) => object !== undefined);

const isErased = async (tx: DatabaseTransaction | Database, recordId: RecordId): Promise<boolean> =>
  (await tx.selectFrom('erasure_item').select('record_id').where('record_id', '=', recordId).executeTakeFirst()) !==
  undefined;

/** Writes the row of an upload, if the record is here, not past return, and the name is free. */
const insertUpload = async (
  db: Database,
  { controller, recordClass, name, facts, now }: Omit<BeginUploadInput, 'recordId'>,
  { column, value }: { readonly column: 'record.id' | 'record.source_key'; readonly value: RecordId | Buffer },
): Promise<BegunUpload | undefined> => {
  const id = objectId(uuidV7());
  const { rows } = await sql<{ record_id: RecordId; object_key: string }>`
    INSERT INTO record_object (id, record_id, name, media_type, object_key, state, version_id, size, sha256, created_at)
    SELECT ${id}::uuid, record.id, ${name}::text, ${facts.mediaType}::text,
      ${objectKeyOfRow({ controller, recordClass, objectId: id }, sql`record.id`)}, 'uploading', NULL,
      ${facts.size}::bigint, ${facts.sha256}::bytea, ${toDate(now)}::timestamptz
    FROM record
    WHERE ${sql.ref(column)} = ${value} AND NOT EXISTS (SELECT FROM erasure_item WHERE erasure_item.record_id = record.id)
    ON CONFLICT (record_id, name) DO NOTHING
    RETURNING record_id, object_key`.execute(db);
  const [row] = rows;
  return row && { recordId: row.record_id, upload: { objectId: id, key: row.object_key } };
};

/** The record's row was there when its upload was written, and gone when that was checked: it is being erased. */
const wentMeanwhile = (error: unknown): undefined => {
  if (isDatabaseFault(error, sqlState.foreignKeyViolation)) return undefined;
  throw error;
};

/** An upload under way, and the record it is for. */
export type BegunUpload = { readonly recordId: RecordId; readonly upload: Upload };

/**
 * The short way into an upload, in one statement: the record is found by its source key and the upload written down. `undefined`
 * where that is not so simple (no such record, erased, name taken): then ask for the record, and `beginUpload`.
 */
export const beginUploadBySourceKey = (
  db: Database,
  { sourceKey, ...input }: Omit<BeginUploadInput, 'recordId'> & { readonly sourceKey: Buffer },
): Promise<BegunUpload | undefined> =>
  insertUpload(db, input, { column: 'record.source_key', value: sourceKey }).catch(wentMeanwhile);

/** Puts a key on the gate's list, once for as long as it waits there. */
const noteAbandoned = async (
  db: Database | DatabaseTransaction,
  {
    key,
    controller,
    reason,
    now,
  }: {
    readonly key: string;
    readonly controller: ControllerId;
    readonly reason: AbandonedObjectTable['reason'];
    readonly now: Instant;
  },
): Promise<void> => {
  await db
    .insertInto('abandoned_object')
    .values({ object_key: key, controller, reason, noticed_at: toDate(now), gone_at: null })
    .onConflict((conflict) => conflict.column('object_key').where('gone_at', 'is', null).doNothing())
    .execute();
};

/**
 * Writes down that an upload begins, and where it goes. Two at once for one name may both go on: whichever is stored first is the
 * object, and the other is then compared with it. An intent to destroy the record that is written at this very moment may be
 * missed here, as the row may be by the intent: `finishUpload` looks again.
 */
export const beginUpload = async (db: Database, input: BeginUploadInput): Promise<BeginUploadResult> => {
  const { recordId: id, name, facts } = input;
  const begun = await insertUpload(db, input, { column: 'record.id', value: id }).catch(wentMeanwhile);
  if (begun !== undefined) return { outcome: 'begun', upload: begun.upload };
  if (await isErased(db, id)) return { outcome: 'erased' };
  const [row] = await findObject(db, id, name);
  if (row === undefined) return { outcome: 'erased' };
  const object = toStored(row);
  if (object !== undefined) return compared(object, facts);
  const upload = { objectId: row.id, key: row.object_key };
  // Parts of the attempt before may lie under this key, whatever becomes of this one: the gate is made to look for them.
  const { controller, now } = input;
  await noteAbandoned(db, { key: upload.key, controller, reason: 'upload-broken-off', now });
  return { outcome: 'begun', upload };
};

/** An upload whose bytes are in the store, and the entry that records it. */
export type FinishUploadInput = {
  readonly controller: ControllerId;
  readonly recordId: RecordId;
  readonly name: string;
  readonly upload: Upload;
  /** What is in the store now, as measured. */
  readonly stored: ObjectFacts & { readonly versionId: string };
  readonly now: Instant;
  readonly audit: AuditEntry;
};

/** Whether the object counts now. `stored` and `differs`: another upload under the same name was first. */
export type FinishUploadResult =
  | { readonly outcome: 'created' | 'stored' | 'differs'; readonly object: StoredObject }
  | Erased
  /** The upload took so long that the sweep took it for broken off; it can be sent again. */
  | { readonly outcome: 'given-up' };

/** One statement, hence one transaction: the object counts and its audit entry is written, or neither. */
const countAsStored = async (
  db: Database,
  { recordId, upload, stored, audit }: FinishUploadInput,
): Promise<StoredObject | undefined> => {
  const { versionId, mediaType, size, sha256 } = stored;
  const { rows } = await sql<ObjectRow>`
    WITH counted AS (
      UPDATE record_object SET state = 'stored', version_id = ${versionId}, size = ${size}, sha256 = ${sha256}, media_type = ${mediaType}
      WHERE id = ${upload.objectId} AND state = 'uploading' AND NOT EXISTS (SELECT FROM erasure_item WHERE record_id = ${recordId})
      RETURNING ${sql.join(columns.map((column) => sql.ref(column)))}),
    told AS (${auditEntryIf(audit, sql`EXISTS (SELECT FROM counted)`)})
    SELECT * FROM counted`.execute(db);
  const [row] = rows;
  return row && toStored(row);
};

/**
 * Makes an upload count, with its audit entry in the same transaction. If the record was erased meanwhile, the key goes to the gate
 * as abandoned: the bytes may have reached the store after the gate looked there. If that row cannot be written either, the sweep
 * finds an object without a record.
 */
export const finishUpload = async (db: Database, input: FinishUploadInput): Promise<FinishUploadResult> => {
  const created = await countAsStored(db, input);
  if (created !== undefined) return { outcome: 'created', object: created };
  return db.transaction().execute(async (tx): Promise<FinishUploadResult> => {
    const { controller, recordId, name, upload, stored, now } = input;
    const { versionId: _, ...facts } = stored;
    const erased = await isErased(tx, recordId);
    const other = erased ? undefined : await findStoredObject(tx, { recordId, name });
    if (other !== undefined) return compared(other, facts);
    const reason = erased ? 'record-erased-during-upload' : 'upload-broken-off';
    await noteAbandoned(tx, { key: upload.key, controller, reason, now });
    return { outcome: erased ? 'erased' : 'given-up' };
  });
};
