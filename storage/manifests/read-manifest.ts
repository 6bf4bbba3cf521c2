/**
 * Reading a frozen manifest: access and erasure both work from these rows and nothing else (I8). Records come in batches, by class,
 * trigger and id, so that a hundred thousand need no more memory than a thousand. Only what is the person's is handed out; what is
 * unclear or was erased meanwhile is not, except where a page asks for it.
 */
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { CertificateId, ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { LegalBasis } from '../../domain/policy/policy.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import type { ManifestErased, ManifestObject, ManifestRecord } from '../../domain/request/decision/manifest.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { legalBasisSchema } from '../policies/policies.ts';
import type { ManifestRecordTable } from './tables.ts';

type Reader = Database | DatabaseTransaction;

/** Where a page of records ends. */
export type ManifestPlace = {
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  readonly recordId: RecordId;
};

/** The person's own records, or those that may be another person's and wait for the review. */
export type ManifestPart = 'personal' | 'unclear';

/** Which part of the manifest, from which place on, and how many records. */
export type ReadManifestRecordsInput = {
  readonly after?: ManifestPlace;
  readonly limit: number;
  readonly part?: ManifestPart;
  readonly recordClass?: RecordClassId;
};

/** An object as the manifest froze it, with where it lies: the key and the version that were looked at. */
export type FrozenObject = ManifestObject & { readonly key: string; readonly versionId: string };

/** A record of a manifest, with the versions of its objects. */
export type FrozenRecord = Omit<ManifestRecord, 'objects'> & { readonly objects: readonly FrozenObject[] };

/** One object for equal bases: a manifest has as many different ones as classes, and a hundred thousand records. */
const basisReader = (): ((stored: unknown) => LegalBasis) => {
  const known = new Map<string, LegalBasis>();
  return (stored) => {
    const key = JSON.stringify(stored);
    const basis = known.get(key) ?? legalBasisSchema.parse(stored);
    known.set(key, basis);
    return basis;
  };
};

const isKept = (kind: string): kind is ManifestRecord['suspendedBy'][number] =>
  kind === 'litigation-hold' || kind === 'legal-obligation' || kind === 'restriction';

const objectsOf = async (
  db: Reader,
  manifestId: string,
  ids: readonly RecordId[],
): Promise<ReadonlyMap<string, readonly FrozenObject[]>> => {
  const objects = new Map<string, FrozenObject[]>();
  if (ids.length === 0) return objects;
  const rows = await db
    .selectFrom('manifest_object')
    .selectAll()
    .where('manifest_id', '=', manifestId)
    .where('record_id', 'in', [...ids])
    .orderBy('record_id')
    .orderBy('object_id')
    .execute();
  for (const row of rows) {
    const object: FrozenObject = {
      objectId: row.object_id,
      name: row.name,
      mediaType: row.media_type,
      size: row.size,
      sha256: row.sha256.toString('hex'),
      key: row.object_key,
      versionId: row.version_id,
    };
    const those = objects.get(row.record_id);
    if (those) those.push(object);
    else objects.set(row.record_id, [object]);
  }
  return objects;
};

const tieOfRow = ({ tie }: Selectable<ManifestRecordTable>): Pick<ManifestRecord, 'tie'> => {
  const personal = personalTies.find((known) => known === tie);
  return personal === undefined ? {} : { tie: personal };
};

/** A page of a manifest's records, by class, trigger and id. */
export const readManifestRecords = async (
  db: Reader,
  manifestId: string,
  { after, limit, part = 'personal', recordClass }: ReadManifestRecordsInput,
): Promise<readonly FrozenRecord[]> => {
  const basisOf = basisReader();
  const rows = await db
    .selectFrom('manifest_record')
    .selectAll()
    .where('manifest_id', '=', manifestId)
    .where('tie', 'in', part === 'personal' ? [...personalTies] : ['unclear'])
    .$if(recordClass !== undefined, (query) => query.where('record_class', '=', recordClass ?? null))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(record_class, trigger_at, record_id) > (${after?.recordClass ?? ''}, ${after === undefined ? null : toDate(after.triggerAt)}::timestamptz, ${after?.recordId ?? null}::uuid)`,
      ),
    )
    .orderBy('record_class')
    .orderBy('trigger_at')
    .orderBy('record_id')
    .limit(limit)
    .execute();
  const objects = await objectsOf(
    db,
    manifestId,
    rows.map(({ record_id }) => record_id),
  );
  return rows.map((row) => ({
    recordId: row.record_id,
    recordClass: row.record_class,
    triggerAt: fromDate(row.trigger_at),
    boundDay: localDate(row.bound_day),
    legalBasis: basisOf(row.legal_basis),
    contentDigest: row.content_digest.toString('hex'),
    objects: objects.get(row.record_id) ?? [],
    suspendedBy: row.suspended_by.filter(isKept),
    ...tieOfRow(row),
    namesOthers: row.names_others,
  }));
};

/** Everything in a manifest that is the person's, one record after the other, in the order of `readManifestRecords`. */
export async function* streamManifest(
  db: Reader,
  manifestId: string,
  { batch = 1000, part = 'personal' }: { readonly batch?: number; readonly part?: ManifestPart } = {},
): AsyncGenerator<FrozenRecord> {
  let after: ManifestPlace | undefined;
  for (;;) {
    const page = await readManifestRecords(db, manifestId, { limit: batch, part, ...(after && { after }) });
    yield* page;
    after = page.at(-1);
    if (page.length < batch) return;
  }
}

/** What was past the point of no return, with its certificate once the ledger has one. */
export type ErasedOfManifest = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  /** By the person's identifiers, while it was being erased; or by the source's id that staff named. */
  readonly foundBy: 'identifier' | 'named';
  readonly proof?: { readonly certificate: CertificateId; readonly erasedAt: Instant };
};

/** What the manifest lists of records that are gone or being erased, by class and id. */
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
    recordId: row.record_id,
    recordClass: row.record_class,
    triggerAt: fromDate(row.trigger_at),
    foundBy: row.found_by,
    ...(row.certificate_id === null || row.verified_at === null
      ? {}
      : { proof: { certificate: row.certificate_id, erasedAt: fromDate(row.verified_at) } }),
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

// Written by Oblio from its own type, once, and never edited.
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
    controller: row.controller,
    ...(row.summary === null ? {} : { summary: summarySchema.parse(row.summary) }),
  };
};

/** What the manifest froze of a record, as far as a review may name it. */
export type RecordInManifest = { readonly recordClass: RecordClassId; readonly objectNames: ReadonlySet<string> };

/** Those of the records that the manifest lists as the person's, by id. */
export const findInManifest = async (
  db: Database,
  manifestId: string,
  recordIds: readonly string[],
): Promise<ReadonlyMap<string, RecordInManifest>> => {
  if (recordIds.length === 0) return new Map();
  const { rows } = await sql<{ record_id: RecordId; record_class: RecordClassId; names: string[] }>`
    SELECT held.record_id, held.record_class,
      ARRAY(SELECT object.name FROM manifest_object AS object
        WHERE object.manifest_id = held.manifest_id AND object.record_id = held.record_id) AS names
    FROM manifest_record AS held
    WHERE held.manifest_id = ${manifestId} AND held.record_id = ANY(${[...recordIds]}::uuid[])
      AND held.tie = ANY(${[...personalTies]}::text[])`.execute(db);
  return new Map(
    rows.map(({ record_id, record_class, names }) => [
      record_id,
      { recordClass: record_class, objectNames: new Set(names) },
    ]),
  );
};

/** The source systems' own ids of those records that are still there. */
export const readSourceIds = async (
  db: Database | DatabaseTransaction,
  ids: readonly RecordId[],
): Promise<ReadonlyMap<RecordId, string>> => {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('record')
    .select(['id', 'source_id'])
    .where('id', '=', sql<RecordId>`ANY(${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, source_id }) => [id, source_id]));
};
