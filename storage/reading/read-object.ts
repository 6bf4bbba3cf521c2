/**
 * Opens objects of records (recordings, files), by the same decision as their content (I11). Two steps, because bytes flow long
 * after the transaction that admitted the reading: `admitObject` decides and puts it on file, `streamObject` lets the bytes out and
 * asks again while they flow.
 *
 * A restriction that is placed during a download: what was handed out before its placing returned was free to be read. From then
 * on at most `recheckMs` pass before the next chunk meets the decision again and the download breaks off, short of its announced
 * length, so that it cannot be taken for whole. The breaking off is on file.
 */
import { Readable } from 'node:stream';
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import type { ReadingRefusal } from '../../domain/policy/reading-purpose.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { findStoredObject, type StoredObject } from '../objects/record-objects.ts';
import { admitReading, decideReading, type Reading, restrictedReadingEntry } from './admit-reading.ts';

declare const admitted: unique symbol;

/** An object whose reading was admitted; only `admitObject` makes one. */
export type AdmittedObject = {
  readonly [admitted]: true;
  readonly object: StoredObject;
  readonly controller: ControllerId;
  readonly recordId: RecordId;
  readonly reading: Reading;
};

/** Whether an object may be read; what is admitted is on file already. */
export type ObjectReading =
  | { readonly outcome: 'admitted'; readonly admitted: AdmittedObject }
  | { readonly outcome: 'refused'; readonly why: ReadingRefusal }
  /** The controller has no such record, or the record no such object, stored completely. */
  | { readonly outcome: 'unknown' };

/** Which object is to be read, for which purpose and by whom. */
export type AdmitObjectInput = {
  readonly controller: ControllerId;
  readonly recordId: RecordId;
  /** The object's name in its record. */
  readonly name: string;
  readonly reading: Reading;
};

/** Decides on reading one object; what is read or refused under a restriction is on file with this transaction. */
export const admitObject = async (
  tx: DatabaseTransaction,
  { controller, recordId, name, reading }: AdmitObjectInput,
): Promise<ObjectReading> => {
  const record = await tx
    .selectFrom('record')
    .select('id')
    .where('id', '=', recordId)
    .where('controller', '=', controller)
    .executeTakeFirst();
  const object = record && (await findStoredObject(tx, { recordId, name }));
  if (object === undefined) return { outcome: 'unknown' };
  const why = (await admitReading(tx, { controller, recordIds: [recordId], reading })).get(recordId);
  if (why !== undefined) return { outcome: 'refused', why };
  const opened = { object, controller, recordId, reading };
  return { outcome: 'admitted', admitted: opened as AdmittedObject };
};

/** The record was restricted while one of its objects was being read. */
export class RestrictedMeanwhileError extends Error {
  override readonly name = 'RestrictedMeanwhileError';
  readonly why: ReadingRefusal;

  constructor(why: ReadingRefusal) {
    super('The record was restricted while an object of it was being read');
    this.why = why;
  }
}

/** Where the bytes come from, and where the decision is asked again while they flow. */
export type StreamObjectDeps = {
  readonly db: Database;
  readonly store: ObjectStore;
  /** How often the decision is asked again while bytes flow; default: every second. */
  readonly recheckMs?: number;
};

const askAgain = async (db: Database, { object, controller, recordId, reading }: AdmittedObject): Promise<void> => {
  const decision = (await decideReading(db, { controller, recordIds: [recordId], reading })).get(recordId);
  if (decision === undefined || decision === 'admitted') return;
  await db.transaction().execute((tx) => {
    const entry = restrictedReadingEntry({ controller, reading }, recordId, decision);
    return appendAuditEntry(tx, { ...entry, detail: { ...entry.detail, brokenOff: object.objectId } });
  });
  throw new RestrictedMeanwhileError(decision);
};

async function* whileAdmitted(
  { db, recheckMs = 1000 }: Pick<StreamObjectDeps, 'db' | 'recheckMs'>,
  opened: AdmittedObject,
  bytes: Readable,
): AsyncGenerator<Uint8Array> {
  // Measures how long bytes have been flowing, no date of the law.
  let asked = performance.now();
  for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
    if (performance.now() - asked >= recheckMs) {
      await askAgain(db, opened);
      asked = performance.now();
    }
    yield chunk;
  }
}

/**
 * The bytes of an admitted object, of the version its row names. Throws the store's error if it is not there; the stream fails with
 * a `RestrictedMeanwhileError` where a restriction ends the admission.
 */
export const streamObject = async ({ store, ...deps }: StreamObjectDeps, opened: AdmittedObject): Promise<Readable> => {
  const { key, versionId } = opened.object;
  const bytes = await store.get({ key, versionId });
  return Readable.from(whileAdmitted(deps, opened, bytes), { objectMode: false });
};
