/**
 * How a scope becomes SQL: from clauses to the records they cover (previews, walks, custody), starting from an index whatever the
 * clause is made of. The other direction, from records to the clauses that cover them, is `match-suspensions.ts`.
 */
import { type RawBuilder, sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import { type KeyedScope, toClauseRow } from './clause-rows.ts';

/** A scope as a table `clause`, whether or not it is in the database. */
export const clauseTable = (scope: KeyedScope): RawBuilder<unknown> => {
  const rows = scope.map(toClauseRow);
  const column = (name: keyof (typeof rows)[number]) => rows.map((row) => row[name]);
  return sql`unnest(
    ${column('record_id')}::uuid[], ${column('subject_key')}::bytea[], ${column('attribute_key')}::bytea[],
    ${column('record_class')}::text[], ${column('trigger_from')}::timestamptz[], ${column('trigger_until')}::timestamptz[]
  ) AS clause (record_id, subject_key, attribute_key, record_class, trigger_from, trigger_until)`;
};

/** Whether `clause` accepts the class and trigger of a record; the cheap criteria. */
export const acceptsClassAndTrigger = (
  recordClass: RawBuilder<unknown>,
  triggerAt: RawBuilder<unknown>,
) => sql<boolean>`(
  (clause.record_class IS NULL OR clause.record_class = ${recordClass})
  AND (clause.trigger_from IS NULL OR ${triggerAt} >= clause.trigger_from)
  AND (clause.trigger_until IS NULL OR ${triggerAt} < clause.trigger_until))`;

/** Whether `clause` accepts the subjects and attributes of the record with this id. */
export const acceptsIdentifiers = (recordId: RawBuilder<unknown>) => sql<boolean>`(
  (clause.subject_key IS NULL OR EXISTS (
    SELECT FROM record_subject subject WHERE subject.record_id = ${recordId} AND subject.subject_key = clause.subject_key))
  AND (clause.attribute_key IS NULL OR EXISTS (
    SELECT FROM record_attribute attribute WHERE attribute.record_id = ${recordId} AND attribute.attribute_key = clause.attribute_key)))`;

const acceptsRecord = sql<boolean>`(clause.record_id IS NULL OR clause.record_id = record.id)
  AND ${acceptsClassAndTrigger(sql`record.record_class`, sql`record.trigger_at`)} AND ${acceptsIdentifiers(sql`record.id`)}`;

/** Ids of the records of a controller that a scope covers, each once: `SELECT id ...`. */
export const coveredRecordIds = (controller: ControllerId, scope: KeyedScope) => sql<{ id: string }>`
  SELECT record.id FROM ${clauseTable(scope)} JOIN record ON record.id = clause.record_id
  WHERE record.controller = ${controller} AND ${acceptsRecord}
  UNION
  SELECT record.id FROM ${clauseTable(scope)}
  JOIN record_subject found ON found.subject_key = clause.subject_key JOIN record ON record.id = found.record_id
  WHERE clause.record_id IS NULL AND record.controller = ${controller} AND ${acceptsRecord}
  UNION
  SELECT record.id FROM ${clauseTable(scope)}
  JOIN record_attribute found ON found.attribute_key = clause.attribute_key JOIN record ON record.id = found.record_id
  WHERE clause.record_id IS NULL AND clause.subject_key IS NULL AND record.controller = ${controller} AND ${acceptsRecord}
  UNION
  SELECT record.id FROM ${clauseTable(scope)}
  JOIN record ON record.controller = ${controller} AND record.record_class = clause.record_class
    AND record.trigger_at >= coalesce(clause.trigger_from, '-infinity') AND record.trigger_at < coalesce(clause.trigger_until, 'infinity')
  WHERE clause.record_id IS NULL AND clause.subject_key IS NULL AND clause.attribute_key IS NULL`;
