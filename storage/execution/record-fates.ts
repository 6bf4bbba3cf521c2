/** Where records of a manifest stand, and what the ledger of destruction says of a case: read anew each time, never remembered. */
import { sql } from 'kysely';
import type { CertificateId, RecordId, UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** Where one record stands at this moment. */
export type RecordFate = {
  readonly recordId: RecordId;
  /**
   * `here`: no intent of its destruction is written. `being-erased`: past the point of no return, not proven yet (interrupted, or a store
   * refused). `gone`: a certificate proves it. `unknown`: neither here nor in the ledger.
   */
  readonly fate: 'here' | 'being-erased' | 'gone' | 'unknown';
  /** The unit it is in, or was in when its destruction was written down. */
  readonly unitId?: UnitId;
};

/** The fates of records, in their order. */
export const readFates = async (db: Database, recordIds: readonly RecordId[]): Promise<readonly RecordFate[]> => {
  if (recordIds.length === 0) return [];
  const { rows } = await sql<{ id: RecordId; unit: UnitId | null; fate: RecordFate['fate'] }>`
    SELECT wanted.id::text AS id, coalesce(intent.unit_id, record.unit_id)::text AS unit,
      CASE WHEN intent.state = 'certified' THEN 'gone' WHEN intent.id IS NOT NULL THEN 'being-erased'
        WHEN record.id IS NOT NULL THEN 'here' ELSE 'unknown' END AS fate
    FROM unnest(${recordIds}::uuid[]) WITH ORDINALITY AS wanted (id, place)
    LEFT JOIN record ON record.id = wanted.id
    LEFT JOIN erasure_item AS item ON item.record_id = wanted.id
    LEFT JOIN erasure_intent AS intent ON intent.id = item.intent_id
    ORDER BY wanted.place`.execute(db);
  return rows.map(({ id, unit, fate }) => ({ recordId: id, fate, ...(unit === null ? {} : { unitId: unit }) }));
};

/** Those of the units in which no record is left. */
export const emptyUnits = async (db: Database, units: readonly UnitId[]): Promise<readonly UnitId[]> => {
  if (units.length === 0) return [];
  const { rows } = await sql<{ id: UnitId }>`
    SELECT wanted.id::text AS id FROM unnest(${units}::uuid[]) AS wanted (id)
    WHERE NOT EXISTS (SELECT FROM record WHERE record.unit_id = wanted.id)`.execute(db);
  return rows.map(({ id }) => id);
};

/** How many certificates a result names; the case reads the rest from the ledger by its id (`readErasedByCase`). */
const namedCertificates = 100;

/** The certificates of a case's decisions since an instant: how many, and the first of them. */
export const readCaseCertificates = async (
  db: Database,
  { caseId, since }: { readonly caseId: string; readonly since: Instant },
): Promise<{ readonly count: number; readonly first: readonly CertificateId[] }> => {
  const certificates = db
    .selectFrom('erasure_intent as intent')
    .innerJoin('disposition_certificate as certificate', 'certificate.intent_id', 'intent.id')
    .where('intent.case_id', '=', caseId)
    .where('intent.written_at', '>=', toDate(since));
  const [{ count }, first] = await Promise.all([
    certificates.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow(),
    certificates.select('certificate.id').orderBy('certificate.id').limit(namedCertificates).execute(),
  ]);
  return { count, first: first.map(({ id }) => id) };
};
