/**
 * Looks up the clauses of suspensions that cover records, starting from the records: by the most telling criterion a clause has
 * (`found_by`), so that a chunk costs about the same whether there are ten suspensions or ten thousand, and whether they cover ten
 * records or a million. Only `match-suspensions.ts` asks.
 */
import { type RawBuilder, sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import { assertNever } from '../../domain/result.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';

/** How a clause is found; clauses over a class in one of two ways, depending on how many there are. */
export type FoundBy = 'record' | 'subject' | 'attribute' | 'few-classes' | 'many-classes';

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
export const waysInUse = async (
  db: Database | DatabaseTransaction,
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
