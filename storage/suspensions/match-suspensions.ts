/**
 * Which suspensions keep which records. The gate asks it about every chunk, previews and unit pages ask the same question, so
 * that nothing can be shown as kept and be erased, or the reverse.
 */
import { type RawBuilder, sql } from 'kysely';
import {
  type ControllerId,
  type RecordId,
  recordId,
  type SuspensionId,
  suspensionId,
  type UnitId,
} from '../../domain/ids.ts';
import {
  type KeepingSuspension,
  type KeptBack,
  listedSuspensions,
  nothingKept,
  type SuspensionKind,
} from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { coveringClauses, waysInUse } from './covering.ts';

type Reader = Database | DatabaseTransaction;

const recordsById = (ids: readonly RecordId[]): RawBuilder<unknown> =>
  sql`SELECT id, controller, record_class, trigger_at FROM record WHERE id = ANY(${ids}::uuid[])`;

/** Records of one controller, in any order. */
export type MatchSuspensionsInput = { readonly controller: ControllerId; readonly recordIds: readonly RecordId[] };

/** Which of these records are kept, and by what. Records that nothing keeps are not in the answer. */
export const matchSuspensions = async (
  db: Reader,
  { controller, recordIds }: MatchSuspensionsInput,
): Promise<ReadonlyMap<RecordId, readonly KeepingSuspension[]>> => {
  if (recordIds.length === 0) return new Map();
  const candidates = recordsById(recordIds);
  const ways = await waysInUse(db, controller, candidates, 'active');
  if (ways.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; suspension_id: string; kind: SuspensionKind }>`
    SELECT DISTINCT covered.record_id, suspension.id AS suspension_id, suspension.kind
    FROM (${coveringClauses(candidates, ways, 'active')}) AS covered
    JOIN suspension ON suspension.id = covered.suspension_id AND suspension.state = 'active'
    ORDER BY 1, 2`.execute(db);
  const kept = new Map<RecordId, KeepingSuspension[]>();
  for (const row of rows) {
    const id = recordId(row.record_id);
    const keeping = { suspensionId: suspensionId(row.suspension_id), kind: row.kind };
    const already = kept.get(id);
    if (already) already.push(keeping);
    else kept.set(id, [keeping]);
  }
  return kept;
};

/** The summary of an answer of `matchSuspensions`. */
export const summariseKept = (kept: ReadonlyMap<RecordId, readonly KeepingSuspension[]>): KeptBack => {
  const perKind = new Map<SuspensionKind, number>();
  const kinds = new Map<SuspensionId, SuspensionKind>();
  for (const keeping of kept.values()) {
    for (const { suspensionId: id, kind } of keeping) kinds.set(id, kind);
    for (const kind of new Set(keeping.map(({ kind }) => kind))) perKind.set(kind, (perKind.get(kind) ?? 0) + 1);
  }
  return {
    records: kept.size,
    byKind: [...perKind].sort().map(([kind, records]) => ({ kind, records })),
    suspensionCount: kinds.size,
    suspensions: [...kinds]
      .sort()
      .slice(0, listedSuspensions)
      .map(([suspensionId, kind]) => ({ suspensionId, kind })),
  };
};

/** What suspensions keep of a whole unit, counted in the database. */
export const keptOfUnit = async (
  db: Reader,
  { controller, unitId }: { readonly controller: ControllerId; readonly unitId: UnitId },
): Promise<KeptBack> => {
  const candidates = sql`SELECT id, controller, record_class, trigger_at FROM record WHERE unit_id = ${unitId}`;
  const ways = await waysInUse(db, controller, candidates, 'active');
  if (ways.length === 0) return nothingKept;
  const { rows } = await sql<{ kind: SuspensionKind | null; suspension_id: string | null; records: number }>`
    WITH matched AS MATERIALIZED (
      SELECT DISTINCT covered.record_id, suspension.id AS suspension_id, suspension.kind
      FROM (${coveringClauses(candidates, ways, 'active')}) AS covered
      JOIN suspension ON suspension.id = covered.suspension_id AND suspension.state = 'active')
    SELECT kind, suspension_id, count(DISTINCT record_id) AS records FROM matched
    GROUP BY GROUPING SETS ((), (kind), (kind, suspension_id)) ORDER BY kind, suspension_id`.execute(db);
  const byKind = rows.flatMap(({ kind, suspension_id, records }) =>
    kind !== null && suspension_id === null ? [{ kind, records }] : [],
  );
  const suspensions = rows.flatMap(({ kind, suspension_id }) =>
    kind !== null && suspension_id !== null ? [{ suspensionId: suspensionId(suspension_id), kind }] : [],
  );
  suspensions.sort((one, other) => (one.suspensionId < other.suspensionId ? -1 : 1));
  return {
    records: rows.find(({ kind }) => kind === null)?.records ?? 0,
    byKind,
    suspensionCount: suspensions.length,
    suspensions: suspensions.slice(0, listedSuspensions),
  };
};

/** Records, and the time over which their suspended days are counted for the certificate. */
export type SuspendedDaysInput = MatchSuspensionsInput & { readonly from: Instant; readonly until: Instant };

/**
 * For how many days of a span suspensions kept each record back, whole or begun, ended suspensions included; overlapping ones count
 * once. Records that were never kept in the span are not in the answer.
 */
export const suspendedDays = async (
  db: Reader,
  { controller, recordIds, from, until }: SuspendedDaysInput,
): Promise<ReadonlyMap<RecordId, number>> => {
  if (until <= from || recordIds.length === 0) return new Map();
  const candidates = recordsById(recordIds);
  const ways = await waysInUse(db, controller, candidates, 'ever');
  if (ways.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; days: number }>`
    SELECT record_id, ceil(sum(extract(epoch FROM upper(part) - lower(part))) / 86400)::integer AS days
    FROM (
      SELECT covered.record_id, unnest(range_agg(
        tstzrange(covered.added_at, coalesce(covered.ended_at, ${until}::timestamptz))
        * tstzrange(${from}::timestamptz, ${until}::timestamptz))) AS part
      FROM (${coveringClauses(candidates, ways, 'ever')}) AS covered
      WHERE covered.added_at < coalesce(covered.ended_at, ${until}::timestamptz)
      GROUP BY covered.record_id) AS spans
    WHERE NOT isempty(part)
    GROUP BY record_id`.execute(db);
  return new Map(rows.map(({ record_id, days }) => [recordId(record_id), days]));
};

/** Which of these records are restricted now (Art. 18): by the same clauses that keep records from the gate. */
export const restrictedRecords = async (db: Reader, input: MatchSuspensionsInput): Promise<ReadonlySet<RecordId>> => {
  const kept = await matchSuspensions(db, input);
  return new Set(
    [...kept].filter(([, keeping]) => keeping.some(({ kind }) => kind === 'restriction')).map(([id]) => id),
  );
};
