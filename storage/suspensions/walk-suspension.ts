/**
 * Walks over the records of a suspension, page by page from a position that survives a crash. A walk follows the clauses one after
 * the other, each by its own index; a record that several clauses cover is counted with the first of them only.
 */
import { type RawBuilder, sql } from 'kysely';
import {
  type RecordClassId,
  type RecordId,
  recordClassId,
  recordId,
  type SuspensionId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';

type Reader = Database | DatabaseTransaction;

/** Behind this record of this clause the walk goes on. */
export type WalkPosition = { readonly clause: string; readonly triggerAt: Instant; readonly record: RecordId };

/** A record on the way. */
export type WalkedRecord = {
  readonly id: RecordId;
  readonly recordClass: RecordClassId;
  readonly unitId: UnitId;
  readonly unitSize: 'record' | 'day';
  readonly unitOpen: boolean;
  /** Whether no earlier clause covers it: each record is first once. */
  readonly first: boolean;
};

/** Clauses in force, or those that ended (released, narrowed). */
export type WalkedClauses = 'in-force' | 'ended';

type Clause = {
  readonly id: string;
  readonly controller: string;
  readonly found_by: 'record' | 'subject' | 'attribute' | 'class';
};

type Row = {
  readonly id: string;
  readonly record_class: string;
  readonly unit_id: string;
  readonly unit_size: 'record' | 'day';
  readonly unit_state: 'open' | 'closed';
  readonly trigger_at: Date;
  readonly first: boolean;
};

const accepts = (clause: RawBuilder<unknown>): RawBuilder<boolean> => sql`(
  ${clause}.controller = record.controller
  AND (${clause}.record_id IS NULL OR ${clause}.record_id = record.id)
  AND (${clause}.record_class IS NULL OR ${clause}.record_class = record.record_class)
  AND (${clause}.trigger_from IS NULL OR record.trigger_at >= ${clause}.trigger_from)
  AND (${clause}.trigger_until IS NULL OR record.trigger_at < ${clause}.trigger_until)
  AND (${clause}.subject_key IS NULL OR EXISTS (
    SELECT FROM record_subject s WHERE s.record_id = record.id AND s.subject_key = ${clause}.subject_key))
  AND (${clause}.attribute_key IS NULL OR EXISTS (
    SELECT FROM record_attribute a WHERE a.record_id = record.id AND a.attribute_key = ${clause}.attribute_key)))`;

/** Where the records of a clause are found, and in which order they are walked. */
const wayTo = (found: Clause['found_by'], after: WalkPosition | undefined) => {
  const clause = sql`suspension_clause clause`;
  const behind = after === undefined ? sql`true` : sql`record.id > ${after.record}::uuid`;
  switch (found) {
    case 'record':
      return { from: sql`${clause} JOIN record ON record.id = clause.record_id`, behind, order: sql`record.id` };
    case 'subject':
      return {
        from: sql`${clause} JOIN record_subject found ON found.subject_key = clause.subject_key JOIN record ON record.id = found.record_id`,
        behind,
        order: sql`record.id`,
      };
    case 'attribute':
      return {
        from: sql`${clause} JOIN record_attribute found ON found.attribute_key = clause.attribute_key JOIN record ON record.id = found.record_id`,
        behind,
        order: sql`record.id`,
      };
    case 'class':
      return {
        from: sql`${clause} JOIN record ON record.controller = clause.controller AND record.record_class = clause.record_class`,
        behind:
          after === undefined
            ? sql`true`
            : sql`(record.trigger_at, record.id) > (${new Date(after.triggerAt)}::timestamptz, ${after.record}::uuid)`,
        order: sql`record.trigger_at, record.id`,
      };
  }
};

const isActive = { 'in-force': sql`true`, ended: sql`false` } as const;

const pageOfClause = async (
  db: Reader,
  {
    suspensionId,
    clause,
    which,
    after,
    limit,
  }: {
    readonly suspensionId: SuspensionId;
    readonly clause: Clause;
    readonly which: WalkedClauses;
    readonly after: WalkPosition | undefined;
    readonly limit: number;
  },
): Promise<readonly Row[]> => {
  const { from, behind, order } = wayTo(clause.found_by, after);
  const { rows } = await sql<Row>`
    SELECT page.*, unit.unit_size, unit.state AS unit_state
    FROM (
      SELECT record.id, record.record_class, record.unit_id, record.trigger_at, NOT EXISTS (
        SELECT FROM suspension_clause earlier
        WHERE earlier.suspension_id = ${suspensionId} AND earlier.id < ${clause.id}::uuid AND earlier.active = ${isActive[which]}
          AND ${accepts(sql`earlier`)}) AS first
      FROM ${from}
      WHERE clause.id = ${clause.id}::uuid AND ${behind} AND ${accepts(sql`clause`)}
      ORDER BY ${order}
      LIMIT ${limit}
    ) page
    JOIN retention_unit unit ON unit.id = page.unit_id
    ORDER BY ${clause.found_by === 'class' ? sql`page.trigger_at, page.id` : sql`page.id`}
  `.execute(db);
  return rows;
};

/** Which clauses of a suspension are walked, and from where on. */
export type NextPageInput = {
  readonly suspensionId: SuspensionId;
  readonly which: WalkedClauses;
  readonly after?: WalkPosition;
  readonly limit: number;
};

/** The next records of a walk. */
export type WalkPage = {
  readonly records: readonly WalkedRecord[];
  /** Where the next page begins; absent when this was the last. */
  readonly next?: WalkPosition;
};

/** The next records of a walk; fewer than `limit` do not mean that it is over. */
export const nextPage = async (db: Reader, { suspensionId, which, after, limit }: NextPageInput): Promise<WalkPage> => {
  const { rows: clauses } = await sql<Clause>`
    SELECT id, controller, found_by FROM suspension_clause
    WHERE suspension_id = ${suspensionId} AND active = ${isActive[which]} ${after === undefined ? sql`` : sql`AND id >= ${after.clause}::uuid`}
    ORDER BY id
  `.execute(db);
  const records: WalkedRecord[] = [];
  for (const clause of clauses) {
    const wanted = limit - records.length;
    const from = after !== undefined && after.clause === clause.id ? after : undefined;
    const rows = await pageOfClause(db, { suspensionId, clause, which, after: from, limit: wanted });
    for (const row of rows) {
      records.push({
        id: recordId(row.id),
        recordClass: recordClassId(row.record_class),
        unitId: unitId(row.unit_id),
        unitSize: row.unit_size,
        unitOpen: row.unit_state === 'open',
        first: row.first,
      });
    }
    const last = rows.at(-1);
    if (rows.length === wanted && last !== undefined) {
      const triggerAt = instantFromEpoch(last.trigger_at.getTime());
      return { records, next: { clause: clause.id, triggerAt, record: recordId(last.id) } };
    }
  }
  return { records };
};
