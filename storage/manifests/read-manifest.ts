/** Reading the rest of a frozen manifest: its head, what was gone before, and the whole of it for a letter. */
import { z } from 'zod';
import {
  type CertificateId,
  type ControllerId,
  certificateId,
  controllerId,
  type RecordClassId,
  type RecordId,
  recordClassId,
  recordId,
} from '../../domain/ids.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import type { ManifestErased, ManifestRecord } from '../../domain/request/decision/manifest.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate } from '../database/instants.ts';
import { streamManifest } from './read-records.ts';

type Reader = Database | DatabaseTransaction;

/** What was past the point of no return, with its certificate once the ledger has one. */
export type ErasedOfManifest = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  /** By the person's identifiers, while it was being erased; or by the source's id that staff named. */
  readonly foundBy: 'identifier' | 'named';
  readonly proof?: { readonly certificate: CertificateId; readonly erasedAt: Instant };
};

/** What the manifest tells of records that are gone or going, by class and id. */
export const readManifestErased = async (db: Reader, manifestId: string): Promise<readonly ErasedOfManifest[]> => {
  const rows = await db
    .selectFrom('manifest_erased as erased')
    // Through the item: what one intent could not finish goes on in another, and the certificate is the last one's.
    .leftJoin('erasure_item as item', 'item.record_id', 'erased.record_id')
    .leftJoin('disposition_certificate as certificate', 'certificate.intent_id', 'item.intent_id')
    .select([
      'erased.record_id',
      'erased.record_class',
      'erased.trigger_at',
      'erased.found_by',
      'certificate.id as certificate_id',
      'certificate.verified_at',
    ])
    .where('erased.manifest_id', '=', manifestId)
    .orderBy('erased.record_class')
    .orderBy('erased.record_id')
    .execute();
  return rows.map((row) => ({
    recordId: recordId(row.record_id),
    recordClass: recordClassId(row.record_class),
    triggerAt: fromDate(row.trigger_at),
    foundBy: row.found_by,
    ...(row.certificate_id === null || row.verified_at === null
      ? {}
      : { proof: { certificate: certificateId(row.certificate_id), erasedAt: fromDate(row.verified_at) } }),
  }));
};

/**
 * A whole manifest for a letter, which lists every record anyway; what repeats is kept once, and of objects only what letters say.
 * Empty for an id that is not there.
 */
export const readManifest = async (
  db: Database,
  manifestId: string,
): Promise<{ readonly records: readonly ManifestRecord[]; readonly erasedBefore: readonly ManifestErased[] }> => {
  const records: ManifestRecord[] = [];
  for await (const { objects, ...record } of streamManifest(db, manifestId)) {
    records.push({ ...record, objects: objects.map(({ key: _key, versionId: _version, ...object }) => object) });
  }
  const erased = await readManifestErased(db, manifestId);
  return {
    records,
    erasedBefore: erased.flatMap(({ recordId: id, recordClass, proof }) =>
      proof === undefined ? [] : [{ recordId: id, recordClass, ...proof }],
    ),
  };
};

/** A manifest without its records. */
export type ManifestHead = {
  readonly manifestId: string;
  readonly caseId: string;
  readonly controller: ControllerId;
  /** Absent while the search runs. */
  readonly summary?: ManifestSummary;
};

// Written by this house from its own type, once, and never edited.
const summarySchema = z.custom<ManifestSummary>(
  (value) =>
    z
      .looseObject({
        manifestId: z.uuid(),
        frozenAt: z.string(),
        digest: z.string().length(64),
        records: z.int().nonnegative(),
        classes: z.array(z.looseObject({ recordClass: z.string(), found: z.int(), suspended: z.int() })),
      })
      .safeParse(value).success,
);

/** The head of a manifest, or `undefined`. */
export const readManifestHead = async (db: Reader, manifestId: string): Promise<ManifestHead | undefined> => {
  const row = await db
    .selectFrom('manifest')
    .select(['case_id', 'controller', 'summary'])
    .where('id', '=', manifestId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    manifestId,
    caseId: row.case_id,
    controller: controllerId(row.controller),
    ...(row.summary === null ? {} : { summary: summarySchema.parse(row.summary) }),
  };
};
