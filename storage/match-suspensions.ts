/**
 * Which suspensions keep which records. The gate asks it about every chunk, previews and unit pages ask the same question, so
 * that nothing can be shown as kept and be erased, or the reverse.
 *
 * A clause is looked up by the most telling criterion it has (`found_by`), starting from the records: a chunk costs a few index
 * look-ups a record, whether there are ten suspensions or ten thousand, and whether they cover ten records or a million.
 */
import { type RawBuilder, sql } from 'kysely';
import { assertNever } from '../domain/assert-never.ts';
import {
  type ControllerId,
  type RecordId,
  recordId,
  type SuspensionId,
  suspensionId,
  type UnitId,
} from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import {
  type KeepingSuspension,
  type KeptBack,
  listedSuspensions,
  nothingKept,
  type SuspensionKind,
} from '../domain/suspension.ts';
import type { Database, DatabaseTransaction } from './database.ts';

type Reader = Database | DatabaseTransaction;

/** The criterion by which a clause is found, as the table computes it. */
type FoundBy = 'record' | 'subject' | 'attribute' | 'class';

/** Clauses that hold, or every clause there ever was (for the time a record was kept back). */
export type ClauseSpan = 'active' | 'ever';

const branch = (foundBy: FoundBy, span: ClauseSpan): RawBuilder<unknown> => {
  const holds = span === 'active' ? sql`AND sc.active` : sql``;
  switch (foundBy) {
    case 'record':
      return sql`SELECT sc.* FROM suspension_clause sc
        WHERE sc.found_by = 'record' AND sc.record_id = candidate.id ${holds}`;
    case 'subject':
      return sql`SELECT sc.* FROM record_subject rs
        JOIN suspension_clause sc ON sc.found_by = 'subject' AND sc.subject_key = rs.subject_key ${holds}
        WHERE rs.record_id = candidate.id`;
    case 'attribute':
      return sql`SELECT sc.* FROM record_attribute ra
        JOIN suspension_clause sc ON sc.found_by = 'attribute' AND sc.attribute_key = ra.attribute_key ${holds}
        WHERE ra.record_id = candidate.id`;
    case 'class':
      return sql`SELECT sc.* FROM suspension_clause sc
        WHERE sc.found_by = 'class' AND sc.controller = candidate.controller AND sc.record_class = candidate.record_class
          AND tstzrange(sc.trigger_from, sc.trigger_until) @> candidate.trigger_at ${holds}`;
    default:
      return assertNever(foundBy);
  }
};

/**
 * The clauses that cover each record of a relation (columns id, controller, record_class, trigger_at), as rows (record_id,
 * suspension_id, added_at, ended_at). A clause covers a record when all of its criteria do.
 */
export const coveringClauses = (
  candidates: RawBuilder<unknown>,
  foundBy: readonly FoundBy[],
  span: ClauseSpan,
): RawBuilder<unknown> => sql`
  SELECT candidate.id AS record_id, clause.suspension_id, clause.added_at, clause.ended_at
  FROM ${candidates} AS candidate
  -- OFFSET 0 keeps the planner from turning the look-up around and starting from the clauses.
  CROSS JOIN LATERAL (${sql.join(
    foundBy.map((kind) => branch(kind, span)),
    sql` UNION ALL `,
  )} OFFSET 0) AS clause
  WHERE clause.controller = candidate.controller
    AND (clause.record_id IS NULL OR clause.record_id = candidate.id)
    AND (clause.record_class IS NULL OR clause.record_class = candidate.record_class)
    AND (clause.trigger_from IS NULL OR candidate.trigger_at >= clause.trigger_from)
    AND (clause.trigger_until IS NULL OR candidate.trigger_at < clause.trigger_until)
    AND (clause.subject_key IS NULL OR EXISTS (
      SELECT FROM record_subject s WHERE s.record_id = candidate.id AND s.subject_key = clause.subject_key))
    AND (clause.attribute_key IS NULL OR EXISTS (
      SELECT FROM record_attribute a WHERE a.record_id = candidate.id AND a.attribute_key = clause.attribute_key))`;

/** The criteria that a controller's clauses are found by; what none of them uses need not be looked up. */
const criteriaInUse = async (db: Reader, controller: ControllerId, span: ClauseSpan): Promise<readonly FoundBy[]> => {
  const { rows } = await sql<{ kind: FoundBy }>`
    SELECT kind FROM unnest(ARRAY['record', 'subject', 'attribute', 'class']) AS kind WHERE EXISTS (
      SELECT FROM suspension_clause WHERE controller = ${controller} AND found_by = kind
      ${span === 'active' ? sql`AND active` : sql``})`.execute(db);
  return rows.map(({ kind }) => kind);
};

const recordsById = (ids: readonly RecordId[]): RawBuilder<unknown> =>
  sql`(SELECT id, controller, record_class, trigger_at FROM record WHERE id = ANY(${ids}::uuid[]))`;

export type MatchSuspensionsInput = { readonly controller: ControllerId; readonly recordIds: readonly RecordId[] };

/** Which of these records are kept, and by what. Records that nothing keeps are not in the answer. */
export const matchSuspensions = async (
  db: Reader,
  { controller, recordIds }: MatchSuspensionsInput,
): Promise<ReadonlyMap<RecordId, readonly KeepingSuspension[]>> => {
  const foundBy = await criteriaInUse(db, controller, 'active');
  if (foundBy.length === 0 || recordIds.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; suspension_id: string; kind: SuspensionKind }>`
    SELECT DISTINCT covered.record_id, suspension.id AS suspension_id, suspension.kind
    FROM (${coveringClauses(recordsById(recordIds), foundBy, 'active')}) AS covered
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
  const foundBy = await criteriaInUse(db, controller, 'active');
  if (foundBy.length === 0) return nothingKept;
  const candidates = sql`(SELECT id, controller, record_class, trigger_at FROM record WHERE unit_id = ${unitId})`;
  const { rows } = await sql<{ kind: SuspensionKind | null; suspension_id: string | null; records: number }>`
    WITH matched AS MATERIALIZED (
      SELECT DISTINCT covered.record_id, suspension.id AS suspension_id, suspension.kind
      FROM (${coveringClauses(candidates, foundBy, 'active')}) AS covered
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

export type SuspendedDaysInput = MatchSuspensionsInput & { readonly from: Instant; readonly until: Instant };

/**
 * For how many days of a span suspensions kept each record back, whole or begun, ended suspensions included; overlapping ones count
 * once. Records that were never kept in the span are not in the answer.
 */
export const suspendedDays = async (
  db: Reader,
  { controller, recordIds, from, until }: SuspendedDaysInput,
): Promise<ReadonlyMap<RecordId, number>> => {
  const foundBy = until <= from ? [] : await criteriaInUse(db, controller, 'ever');
  if (foundBy.length === 0 || recordIds.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; days: number }>`
    SELECT record_id, ceil(sum(extract(epoch FROM upper(part) - lower(part))) / 86400)::integer AS days
    FROM (
      SELECT covered.record_id, unnest(range_agg(
        tstzrange(covered.added_at, coalesce(covered.ended_at, ${until}::timestamptz))
        * tstzrange(${from}::timestamptz, ${until}::timestamptz))) AS part
      FROM (${coveringClauses(recordsById(recordIds), foundBy, 'ever')}) AS covered
      WHERE covered.added_at < coalesce(covered.ended_at, ${until}::timestamptz)
      GROUP BY covered.record_id) AS spans
    WHERE NOT isempty(part)
    GROUP BY record_id`.execute(db);
  return new Map(rows.map(({ record_id, days }) => [recordId(record_id), days]));
};
