/**
 * Which suspensions keep which records. The gate asks it about every chunk, previews and unit pages ask the same question, so
 * that nothing can be shown as kept and be erased, or the reverse.
 *
 * A clause is looked up by the most telling criterion it has (`found_by`), starting from the records: a chunk costs about the same
 * whether there are ten suspensions or ten thousand, and whether they cover ten records or a million.
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

/** How a clause is found; clauses over a class in one of two ways, depending on how many there are. */
type FoundBy = 'record' | 'subject' | 'attribute' | 'few-classes' | 'many-classes';

/** Clauses that hold, or every clause there ever was (for the time a record was kept back). */
export type ClauseSpan = 'active' | 'ever';

/** From the first to the last trigger of a relation's records. */
const triggersOf = (records: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`SELECT tstzrange(min(trigger_at), max(trigger_at), '[]') FROM ${records}`;

const branch = (foundBy: FoundBy, span: ClauseSpan): RawBuilder<unknown> => {
  const holds = span === 'active' ? sql`AND clause.active` : sql``;
  const columns = sql`candidate.id AS candidate_id, candidate.controller AS of_controller, candidate.record_class AS of_class,
    candidate.trigger_at, clause.*`;
  switch (foundBy) {
    case 'record':
      return sql`SELECT ${columns} FROM candidate
        JOIN suspension_clause AS clause ON clause.found_by = 'record' AND clause.record_id = candidate.id ${holds}`;
    case 'subject':
      return sql`SELECT ${columns} FROM candidate_subject AS found
        JOIN suspension_clause AS clause ON clause.found_by = 'subject' AND clause.subject_key = found.subject_key ${holds}
        JOIN candidate ON candidate.id = found.record_id`;
    case 'attribute':
      return sql`SELECT ${columns} FROM candidate_attribute AS found
        JOIN suspension_clause AS clause ON clause.found_by = 'attribute' AND clause.attribute_key = found.attribute_key ${holds}
        JOIN candidate ON candidate.id = found.record_id`;
    case 'few-classes':
      return sql`SELECT ${columns} FROM candidate
        JOIN suspension_clause AS clause ON clause.found_by = 'class' ${holds}
          AND clause.controller = candidate.controller AND clause.record_class = candidate.record_class
          AND tstzrange(clause.trigger_from, clause.trigger_until) && (${triggersOf(sql`candidate`)})`;
    case 'many-classes':
      // An index over the ranges, asked once a record: dearer than comparing with a few, no dearer for ten thousand.
      return sql`SELECT ${columns} FROM candidate
        CROSS JOIN LATERAL (
          SELECT * FROM suspension_clause AS clause WHERE clause.found_by = 'class' ${holds}
            AND clause.controller = candidate.controller AND clause.record_class = candidate.record_class
            AND tstzrange(clause.trigger_from, clause.trigger_until) @> candidate.trigger_at OFFSET 0) AS clause`;
    default:
      return assertNever(foundBy);
  }
};

/**
 * The clauses that cover each record of a relation (columns id, controller, record_class, trigger_at), as rows (record_id,
 * suspension_id, added_at, ended_at). A clause covers a record when all of its criteria do. The materialised steps keep the
 * planner from starting at the clauses, which would walk through everything that a single one covers.
 */
export const coveringClauses = (
  candidates: RawBuilder<unknown>,
  foundBy: readonly FoundBy[],
  span: ClauseSpan,
): RawBuilder<unknown> => sql`
  WITH candidate AS MATERIALIZED (${candidates}),
  candidate_subject AS MATERIALIZED (
    SELECT record_id, subject_key FROM record_subject WHERE record_id IN (SELECT id FROM candidate)),
  candidate_attribute AS MATERIALIZED (
    SELECT record_id, attribute_key FROM record_attribute WHERE record_id IN (SELECT id FROM candidate))
  SELECT clause.candidate_id AS record_id, clause.suspension_id, clause.added_at, clause.ended_at
  FROM (${sql.join(
    foundBy.map((way) => branch(way, span)),
    sql` UNION ALL `,
  )}) AS clause
  WHERE clause.controller = clause.of_controller
    AND (clause.record_id IS NULL OR clause.record_id = clause.candidate_id)
    AND (clause.record_class IS NULL OR clause.record_class = clause.of_class)
    AND (clause.trigger_from IS NULL OR clause.trigger_at >= clause.trigger_from)
    AND (clause.trigger_until IS NULL OR clause.trigger_at < clause.trigger_until)
    AND (clause.subject_key IS NULL
      OR (clause.candidate_id, clause.subject_key) IN (SELECT record_id, subject_key FROM candidate_subject))
    AND (clause.attribute_key IS NULL
      OR (clause.candidate_id, clause.attribute_key) IN (SELECT record_id, attribute_key FROM candidate_attribute))`;

/** Up to so many clauses over classes that come into question, each record is compared with all of them. */
const fewClasses = 50;

/** The ways in which clauses are to be found for some records; what no clause of the controller uses is not looked up. */
const waysInUse = async (
  db: Reader,
  controller: ControllerId,
  candidates: RawBuilder<unknown>,
  span: ClauseSpan,
): Promise<readonly FoundBy[]> => {
  const holds = span === 'active' ? sql`AND active` : sql``;
  const { rows } = await sql<{ kind: 'record' | 'subject' | 'attribute' | 'class'; clauses: number }>`
    SELECT kind, count(clause.one)::integer AS clauses
    FROM unnest(ARRAY['record', 'subject', 'attribute', 'class']) AS kind
    CROSS JOIN LATERAL (
      SELECT 1 AS one FROM suspension_clause WHERE controller = ${controller} AND found_by = kind ${holds}
      LIMIT CASE WHEN kind = 'class' THEN ${fewClasses + 1}::integer ELSE 1 END) AS clause
    GROUP BY kind`.execute(db);
  const ways: FoundBy[] = [];
  for (const { kind, clauses } of rows) {
    if (kind !== 'class') ways.push(kind);
    else if (clauses <= fewClasses) ways.push('few-classes');
    else {
      const inQuestion = await sql`
        SELECT FROM suspension_clause AS clause WHERE controller = ${controller} AND found_by = 'class' ${holds}
          AND tstzrange(trigger_from, trigger_until) && (${triggersOf(sql`(${candidates}) AS candidate`)})
        LIMIT ${fewClasses + 1}`.execute(db);
      ways.push(inQuestion.rows.length > fewClasses ? 'many-classes' : 'few-classes');
    }
  }
  return ways;
};

const recordsById = (ids: readonly RecordId[]): RawBuilder<unknown> =>
  sql`SELECT id, controller, record_class, trigger_at FROM record WHERE id = ANY(${ids}::uuid[])`;

export type MatchSuspensionsInput = { readonly controller: ControllerId; readonly recordIds: readonly RecordId[] };

/** Which of these records are kept, and by what. Records that nothing keeps are not in the answer. */
export const matchSuspensions = async (
  db: Reader,
  { controller, recordIds }: MatchSuspensionsInput,
): Promise<ReadonlyMap<RecordId, readonly KeepingSuspension[]>> => {
  if (recordIds.length === 0) return new Map();
  const candidates = recordsById(recordIds);
  const foundBy = await waysInUse(db, controller, candidates, 'active');
  if (foundBy.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; suspension_id: string; kind: SuspensionKind }>`
    SELECT DISTINCT covered.record_id, suspension.id AS suspension_id, suspension.kind
    FROM (${coveringClauses(candidates, foundBy, 'active')}) AS covered
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
  const foundBy = await waysInUse(db, controller, candidates, 'active');
  if (foundBy.length === 0) return nothingKept;
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
  if (until <= from || recordIds.length === 0) return new Map();
  const candidates = recordsById(recordIds);
  const foundBy = await waysInUse(db, controller, candidates, 'ever');
  if (foundBy.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; days: number }>`
    SELECT record_id, ceil(sum(extract(epoch FROM upper(part) - lower(part))) / 86400)::integer AS days
    FROM (
      SELECT covered.record_id, unnest(range_agg(
        tstzrange(covered.added_at, coalesce(covered.ended_at, ${until}::timestamptz))
        * tstzrange(${from}::timestamptz, ${until}::timestamptz))) AS part
      FROM (${coveringClauses(candidates, foundBy, 'ever')}) AS covered
      WHERE covered.added_at < coalesce(covered.ended_at, ${until}::timestamptz)
      GROUP BY covered.record_id) AS spans
    WHERE NOT isempty(part)
    GROUP BY record_id`.execute(db);
  return new Map(rows.map(({ record_id, days }) => [recordId(record_id), days]));
};
