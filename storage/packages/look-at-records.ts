/**
 * What became of frozen records until a package is made: still as they were, changed, erased, or not to be read. Looks at digests and
 * rows only; content is opened by `storage/reading`.
 */

import { sql } from 'kysely';
import { given } from '../../domain/given.ts';
import type { CertificateId, ControllerId, ObjectId, RecordId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';
import type { FrozenRecord } from '../manifests/read-manifest.ts';
import { decideReading, type Reading } from '../reading/admit-reading.ts';

/** One record now. */
export type LookedAt = {
  readonly state: 'unchanged' | 'changed' | 'erased';
  /** Under restriction, and not to be read for this purpose. */
  readonly refused: boolean;
  /** For an erased one, once its absence is proven. */
  readonly certificate?: CertificateId;
  /** Objects that are held in the version that was frozen. */
  readonly held: ReadonlySet<ObjectId>;
};

/** Frozen records of one controller, to be compared with what is there now. */
export type LookAtRecordsInput = {
  readonly controller: ControllerId;
  readonly records: readonly FrozenRecord[];
  /** Asks whether they may be read; left out where what follows asks by itself, for each of them. */
  readonly reading?: Reading;
};

const nothing: ReadonlySet<ObjectId> = new Set();

const erasedAmong = async (
  db: Database,
  ids: readonly RecordId[],
): Promise<ReadonlyMap<string, CertificateId | undefined>> => {
  const rows = await db
    .selectFrom('erasure_item as item')
    .leftJoin('disposition_certificate as certificate', 'certificate.intent_id', 'item.intent_id')
    .select(['item.record_id', 'certificate.id as certificate_id'])
    .where('item.record_id', '=', sql<RecordId>`ANY(${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.record_id, row.certificate_id ?? undefined]));
};

/** Looks at a batch; every record is in the answer. */
export const lookAtRecords = async (
  db: Database,
  { controller, records, reading }: LookAtRecordsInput,
): Promise<ReadonlyMap<RecordId, LookedAt>> => {
  const ids = records.map(({ recordId }) => recordId);
  const present = await db
    .selectFrom('record')
    .select(['id', 'content_digest'])
    .where('id', '=', sql<RecordId>`ANY(${ids}::uuid[])`)
    .where('controller', '=', controller)
    .execute();
  const digests = new Map(present.map(({ id, content_digest }) => [id, content_digest.toString('hex')]));
  const objects = await db
    .selectFrom('record_object')
    .select(['id', 'version_id', 'sha256'])
    .where('record_id', '=', sql<RecordId>`ANY(${ids}::uuid[])`)
    .where('state', '=', 'stored')
    .execute();
  const versions = new Map(objects.map((row) => [row.id, `${row.version_id}/${row.sha256.toString('hex')}`]));
  // After the rows: what is past the point of no return is found here, though the rows may still be there.
  const erased = await erasedAmong(db, ids);
  const refused =
    reading === undefined
      ? new Map<RecordId, 'admitted'>()
      : await decideReading(db, { controller, recordIds: ids, reading });
  return new Map(
    records.map((record): [RecordId, LookedAt] => {
      const { recordId, contentDigest } = record;
      const digest = digests.get(recordId);
      if (digest === undefined || erased.has(recordId)) {
        const certificate = erased.get(recordId);
        return [recordId, { state: 'erased', refused: false, held: nothing, ...given({ certificate }) }];
      }
      const decided = refused.get(recordId);
      const held = record.objects.filter(
        ({ objectId, versionId, sha256 }) => versions.get(objectId) === `${versionId}/${sha256}`,
      );
      return [
        recordId,
        {
          state: digest === contentDigest ? 'unchanged' : 'changed',
          refused: decided !== undefined && decided !== 'admitted',
          held: held.length === 0 ? nothing : new Set(held.map(({ objectId }) => objectId)),
        },
      ];
    }),
  );
};
