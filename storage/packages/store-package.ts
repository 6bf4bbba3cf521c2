/**
 * Puts a package into the store as the object of a record of the controller's package class, so that it erases itself through the
 * same gate after its period. The record carries the person's keys: a hold or a later request finds it like any other.
 *
 * An attempt that is killed leaves a row `uploading` and parts in the store; the next one writes under the same key, and what the first
 * left goes with the record, or, if the package is never finished, with the abandoned uploads that the gate clears.
 */
import type { ObjectId, RecordId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { partBytes } from '../objects/put-object.ts';
import { beginUpload, finishUpload, type StoredObject } from '../objects/record-objects.ts';
import { type PreparedRecord, prepareRecord } from '../records/prepare-record.ts';
import { registerRecord } from '../records/register-records.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { AccessPackage } from './package-rows.ts';

/** The name of the object in its record. */
export const packageObjectName = 'package.zip';

/** Bytes of a package, at most: what S3 takes in 10,000 parts, 52 GB. */
export const largestPackage = 10_000 * partBytes;

const mediaType = 'application/zip';
const by = { actor: 'oblio', role: 'system' } as const;

/** Thrown when the package's record is erased, or past the point of no return: its period ended before it was made. */
export class PackageErasedError extends Error {
  override readonly name = 'PackageErasedError';
}

/** Where packages lie, and the keys that seal what their record says. */
export type StorePackageDeps = { readonly db: Database; readonly store: ObjectStore; readonly sealing: Sealing };

/** What the package is and who makes its bytes. */
export type StorePackageInput = {
  readonly plan: AccessPackage;
  readonly policy: Policy;
  /** Reference of the request. */
  readonly reference: string;
  /** Makes the bytes; called only if the package is not stored yet. */
  readonly content: () => AsyncIterable<Uint8Array>;
  /** Bytes beyond which it is given up: then there is no package, whatever was sent. */
  readonly maxSize: number;
  readonly now: Instant;
};

const prepared = async (
  { db, sealing }: StorePackageDeps,
  { plan, policy, reference }: StorePackageInput,
): Promise<PreparedRecord> => {
  const recordClass = policy.rightsRequests.packageClass;
  const rule = policy.recordClasses.find(({ id }) => id === recordClass);
  if (rule === undefined) throw new RangeError(`The policy has no record class ${recordClass}`);
  const { controller, begunAt, caseId, packageId } = plan;
  const record = prepareRecord(sealing, {
    controller,
    recordClass,
    sourceId: packageId,
    // From what was written down when it was begun: an attempt after a crash registers the same record.
    content: { triggerAt: begunAt, identifiers: [], fields: { reference } },
    subjects: [],
    attributes: [{ name: 'reference', value: reference }],
    transcriptDue: false,
    policyVersion: policy.version,
    unitSize: rule.unitSize,
    window: retentionWindow({ rule: rule.rule, triggerAt: begunAt, timeZone: policy.timeZone }),
  });
  const subjects = await db
    .selectFrom('request_subject')
    .select(['kind', 'subject_key'])
    .where('case_id', '=', caseId)
    .orderBy('subject_key')
    .execute();
  return { ...record, subjects: subjects.map(({ kind, subject_key }) => ({ kind, key: subject_key })) };
};

/** Stores the package, or finds it stored by an earlier attempt. Throws a `PackageErasedError`, an `UploadMismatchError` or the store's error. */
export const storePackage = async (
  deps: StorePackageDeps,
  input: StorePackageInput,
): Promise<{ readonly recordId: RecordId; readonly object: StoredObject }> => {
  const { db, store } = deps;
  const { plan, content, maxSize, now } = input;
  const { controller } = plan;
  const record = await prepared(deps, input);
  const registration = await registerRecord(db, { record, now, by });
  if (registration.outcome === 'erased') throw new PackageErasedError('The record of this package is erased');
  const { recordId } = registration;
  const place = { controller, recordClass: record.recordClass, recordId, name: packageObjectName };
  // What it will be is known when it is made; until then the row says that an upload is under way.
  const begun = await beginUpload(db, { ...place, facts: { mediaType, size: 0, sha256: Buffer.alloc(32) }, now });
  if (begun.outcome === 'erased') throw new PackageErasedError('The record of this package is erased');
  if (begun.outcome !== 'begun') return { recordId, object: begun.object };
  const { upload } = begun;
  const put = await store.put({ key: upload.key, body: content(), maxSize, mediaType });
  const finished = await finishUpload(db, {
    controller,
    recordId,
    name: packageObjectName,
    upload,
    stored: { ...put, mediaType },
    now,
    audit: storedEntry(plan, upload.objectId, recordId, put.size, now),
  });
  switch (finished.outcome) {
    case 'created':
    case 'stored':
    case 'differs':
      // Another attempt was faster: what it stored is the package.
      return { recordId, object: finished.object };
    case 'erased':
      throw new PackageErasedError('The record of this package is erased');
    case 'given-up':
      throw new Error('The upload of a package took so long that it was given up');
  }
};

const storedEntry = (plan: AccessPackage, objectId: ObjectId, recordId: RecordId, size: number, now: Instant) =>
  ({
    at: now,
    ...by,
    action: 'object-stored',
    controller: plan.controller,
    target: { kind: 'object', id: objectId },
    why: 'package-made',
    detail: { recordId, size },
  }) as const;
