/**
 * "A clause covers a record", in SQL, once. The gate, the previews, the walks, the units due soon and the answer about the point of no
 * return all ask this file, so that nothing can be shown as kept and be erased, or the reverse (I4). The rule itself is `clauseCovers`
 * in `domain/suspension/scope.ts`; a test holds the two together.
 *
 * A statement starts from the records or from the clauses, and finds the other side by the most telling criterion a clause has
 * (`found_by`), so that a chunk costs about the same whether there are ten suspensions or ten thousand, and whether they cover ten
 * records or a million.
 */
import { type RawBuilder, sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import { assertNever } from '../../domain/result.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { type ClauseRow, type KeyedClause, type KeyedScope, toClauseRow } from './clause-rows.ts';

type Reader = Database | DatabaseTransaction;

/** How a statement names what clauses ask of a record. */
export type RecordColumns = {
  readonly id: RawBuilder<unknown>;
  readonly controller: RawBuilder<unknown>;
  readonly recordClass: RawBuilder<unknown>;
  readonly triggerAt: RawBuilder<unknown>;
  /**
   * Where its identifiers are: in their tables; in the tables `candidate_subject` and `candidate_attribute` of `coveringClauses`; or
   * gone with the record, and then a clause that asks for one covers it no more.
   */
  readonly identifiers: 'stored' | 'of-candidates' | 'gone';
};

/** The columns of the table `record`. */
const ofRecord: RecordColumns = {
  id: sql`record.id`,
  controller: sql`record.controller`,
  recordClass: sql`record.record_class`,
  triggerAt: sql`record.trigger_at`,
  identifiers: 'stored',
};

const identifiersMet = (clause: RawBuilder<unknown>, { id, identifiers }: RecordColumns): RawBuilder<boolean> => {
  switch (identifiers) {
    case 'stored':
      return sql`(${clause}.subject_key IS NULL OR EXISTS (
          SELECT FROM record_subject AS s WHERE s.record_id = ${id} AND s.subject_key = ${clause}.subject_key))
        AND (${clause}.attribute_key IS NULL OR EXISTS (
          SELECT FROM record_attribute AS a WHERE a.record_id = ${id} AND a.attribute_key = ${clause}.attribute_key))`;
    case 'of-candidates':
      return sql`(${clause}.subject_key IS NULL
          OR (${id}, ${clause}.subject_key) IN (SELECT record_id, subject_key FROM candidate_subject))
        AND (${clause}.attribute_key IS NULL
          OR (${id}, ${clause}.attribute_key) IN (SELECT record_id, attribute_key FROM candidate_attribute))`;
    case 'gone':
      return sql`${clause}.subject_key IS NULL AND ${clause}.attribute_key IS NULL`;
    default:
      return assertNever(identifiers);
  }
};

const inRange = (clause: RawBuilder<unknown>, triggerAt: RawBuilder<unknown>): RawBuilder<boolean> => sql`
  ${triggerAt} >= coalesce(${clause}.trigger_from, '-infinity') AND ${triggerAt} < coalesce(${clause}.trigger_until, 'infinity')`;

/** Whether the clause of this alias covers a record: all of its criteria do. */
export const covers = (
  record: RecordColumns = ofRecord,
  clause: RawBuilder<unknown> = sql`clause`,
): RawBuilder<boolean> => sql`(
  ${clause}.controller = ${record.controller}
  AND (${clause}.record_id IS NULL OR ${clause}.record_id = ${record.id})
  AND (${clause}.record_class IS NULL OR ${clause}.record_class = ${record.recordClass})
  AND ${inRange(clause, record.triggerAt)}
  AND ${identifiersMet(clause, record)})`;

/** By what a clause is found: the most telling criterion it has; the column `found_by` says the same of stored clauses. */
export type FoundBy = 'record' | 'subject' | 'attribute' | 'class';

const foundByOf = ({ record, subject, attribute }: KeyedClause): FoundBy => {
  if (record !== undefined) return 'record';
  if (subject !== undefined) return 'subject';
  return attribute === undefined ? 'class' : 'attribute';
};

/** A scope as a table `clause`, whether or not it is in the database. */
export const clauseTable = (controller: ControllerId, scope: KeyedScope): RawBuilder<unknown> => {
  const rows = scope.map(toClauseRow);
  const column = (name: keyof ClauseRow) => rows.map((row) => row[name]);
  return sql`(SELECT ${controller}::text AS controller, asked.* FROM unnest(
    ${column('record_id')}::uuid[], ${column('subject_key')}::bytea[], ${column('attribute_key')}::bytea[],
    ${column('record_class')}::text[], ${column('trigger_from')}::timestamptz[], ${column('trigger_until')}::timestamptz[]
  ) AS asked (record_id, subject_key, attribute_key, record_class, trigger_from, trigger_until)) AS clause`;
};

/** A clause as a row of constants: the planner knows how much it covers, and walks that in the order of an index, page by page. */
const clauseRow = (controller: ControllerId, clause: KeyedClause): RawBuilder<unknown> => {
  const row = toClauseRow(clause);
  return sql`(SELECT ${controller}::text AS controller, ${row.record_id}::uuid AS record_id, ${row.subject_key}::bytea AS subject_key,
    ${row.attribute_key}::bytea AS attribute_key, ${row.record_class}::text AS record_class,
    ${row.trigger_from}::timestamptz AS trigger_from, ${row.trigger_until}::timestamptz AS trigger_until) AS clause`;
};

/** `FROM` and `WHERE` of the table `record` for what clauses found by one criterion cover; a record comes once a clause. */
export const recordsCovered = (
  controller: ControllerId,
  foundBy: FoundBy,
  clauses: KeyedScope,
): { readonly from: RawBuilder<unknown>; readonly where: RawBuilder<boolean> } => {
  const [only, ...others] = clauses;
  const asked =
    only !== undefined && others.length === 0 ? clauseRow(controller, only) : clauseTable(controller, clauses);
  switch (foundBy) {
    case 'record':
      return { from: sql`${asked} JOIN record ON record.id = clause.record_id`, where: covers() };
    case 'subject':
      return {
        from: sql`${asked} JOIN record_subject AS found ON found.subject_key = clause.subject_key
          JOIN record ON record.id = found.record_id`,
        where: covers(),
      };
    case 'attribute':
      return {
        from: sql`${asked} JOIN record_attribute AS found ON found.attribute_key = clause.attribute_key
          JOIN record ON record.id = found.record_id`,
        where: covers(),
      };
    case 'class':
      // Such a clause asks for class and dates only. Asking again what the join compares would have the planner expect few records.
      return {
        from: sql`${asked} JOIN record ON record.controller = clause.controller AND record.record_class = clause.record_class
          AND ${inRange(sql`clause`, sql`record.trigger_at`)}`,
        where: sql`true`,
      };
    default:
      return assertNever(foundBy);
  }
};

/** Ids of the records of a controller that a scope covers, each once: `SELECT id ...`. An empty scope covers nothing. */
export const coveredRecordIds = (controller: ControllerId, scope: KeyedScope): RawBuilder<{ id: string }> => {
  const byKind = [...Map.groupBy(scope, foundByOf)].map(([foundBy, clauses]) => {
    const { from, where } = recordsCovered(controller, foundBy, clauses);
    return sql`SELECT record.id FROM ${from} WHERE ${where}`;
  });
  if (byKind.length === 0) return sql`SELECT id FROM record WHERE false`;
  return sql`SELECT DISTINCT id FROM (${sql.join(byKind, sql` UNION ALL `)}) AS covered`;
};

/** How the clauses of records are found; those over a class in one of two ways, depending on how many there are. */
export type WayToClauses = Exclude<FoundBy, 'class'> | 'few-classes' | 'many-classes';

/** Clauses in force, or every clause there ever was (for the time a record was kept back). */
export type ClauseSpan = 'active' | 'ever';

/** From the first to the last trigger of a relation's records. */
const triggersOf = (records: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`SELECT tstzrange(min(trigger_at), max(trigger_at), '[]') FROM ${records}`;

const clausesOfCandidates = (way: WayToClauses, span: ClauseSpan): RawBuilder<unknown> => {
  const holds = span === 'active' ? sql`AND clause.active` : sql``;
  const columns = sql`candidate.id AS of_record, candidate.controller AS of_controller, candidate.record_class AS of_class,
    candidate.trigger_at, clause.*`;
  switch (way) {
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
      return assertNever(way);
  }
};

/**
 * The clauses that cover each record of a relation (columns id, controller, record_class, trigger_at), as rows (record_id,
 * suspension_id, added_at, ended_at). The materialised steps keep the planner from starting at the clauses, which would walk through
 * everything that a single one covers.
 */
export const coveringClauses = (
  candidates: RawBuilder<unknown>,
  ways: readonly WayToClauses[],
  span: ClauseSpan,
): RawBuilder<unknown> => {
  const candidate: RecordColumns = {
    id: sql`clause.of_record`,
    controller: sql`clause.of_controller`,
    recordClass: sql`clause.of_class`,
    triggerAt: sql`clause.trigger_at`,
    identifiers: 'of-candidates',
  };
  return sql`
  WITH candidate AS MATERIALIZED (${candidates}),
  candidate_subject AS MATERIALIZED (
    SELECT record_id, subject_key FROM record_subject WHERE record_id IN (SELECT id FROM candidate)),
  candidate_attribute AS MATERIALIZED (
    SELECT record_id, attribute_key FROM record_attribute WHERE record_id IN (SELECT id FROM candidate))
  SELECT clause.of_record AS record_id, clause.suspension_id, clause.added_at, clause.ended_at
  FROM (${sql.join(
    ways.map((way) => clausesOfCandidates(way, span)),
    sql` UNION ALL `,
  )}) AS clause
  WHERE ${covers(candidate)}`;
};

/** Up to so many clauses over classes that come into question, each record is compared with all of them. */
const fewClasses = 50;

/** The ways in which clauses are to be found for some records; what no clause of the controller uses is not looked up. */
export const waysInUse = async (
  db: Reader,
  controller: ControllerId,
  candidates: RawBuilder<unknown>,
  span: ClauseSpan,
): Promise<readonly WayToClauses[]> => {
  const holds = span === 'active' ? sql`AND active` : sql``;
  const { rows } = await sql<{ kind: FoundBy; clauses: number }>`
    SELECT kind, count(clause.one)::integer AS clauses
    FROM unnest(ARRAY['record', 'subject', 'attribute', 'class']) AS kind
    CROSS JOIN LATERAL (
      SELECT 1 AS one FROM suspension_clause WHERE controller = ${controller} AND found_by = kind ${holds}
      LIMIT CASE WHEN kind = 'class' THEN ${fewClasses + 1}::integer ELSE 1 END) AS clause
    GROUP BY kind`.execute(db);
  const ways: WayToClauses[] = [];
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
