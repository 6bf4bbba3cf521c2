/**
 * Reading the records of a frozen manifest: access and erasure both work from these rows and nothing else (I8). In batches, by class,
 * trigger and id, so that a hundred thousand records need no more memory than a thousand. Only what is the person's is handed out;
 * what is unclear or was erased meanwhile is not, save where a page asks for it.
 */
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { objectId, type RecordClassId, type RecordId, recordClassId, recordId } from '../../domain/ids.ts';
import type { LegalBasis } from '../../domain/policy/policy.ts';
import type { ManifestObject, ManifestRecord } from '../../domain/request/decision/manifest.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { ManifestRecordTable } from './tables.ts';

type Reader = Database | DatabaseTransaction;

/** Where a page of records ends. */
export type ManifestPlace = {
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  readonly recordId: RecordId;
};

/** The person's own records, or those that may be somebody else's and wait for the review's word. */
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

const legalBasisSchema = z.object({
  article: z.enum(['6.1.a', '6.1.b', '6.1.c', '6.1.d', '6.1.e', '6.1.f']),
  source: z.string(),
  note: z.string().exactOptional(),
});

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
  ids: readonly string[],
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
      objectId: objectId(row.object_id),
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
    .$if(recordClass !== undefined, (query) => query.where('record_class', '=', recordClass ?? ''))
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
    recordId: recordId(row.record_id),
    recordClass: recordClassId(row.record_class),
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
