/**
 * Walks over the records of a suspension, page by page from a position that survives a crash. A walk follows the clauses one after
 * the other, each by its own index; a record that several clauses cover is counted with the first of them only.
 */
import { sql } from 'kysely';
import {
  controllerId,
  type RecordClassId,
  type RecordId,
  recordClassId,
  recordId,
  type SuspensionId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { type ClauseRow, fromClauseRow } from './clause-rows.ts';
import { covers, type FoundBy, recordsCovered } from './covering.ts';

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

type Clause = ClauseRow & { readonly id: string; readonly controller: string; readonly found_by: FoundBy };

type Row = {
  readonly id: string;
  readonly record_class: string;
  readonly unit_id: string;
  readonly unit_size: 'record' | 'day';
  readonly unit_state: 'open' | 'closed';
  readonly trigger_at: Date;
  readonly first: boolean;
};

/** The order in which the records of a clause are walked, and what lies behind a position. */
const orderOf = (foundBy: FoundBy, after: WalkPosition | undefined) => {
  if (foundBy !== 'class') {
    const behind = after === undefined ? sql`true` : sql`record.id > ${after.record}::uuid`;
    return { behind, order: sql`record.id`, orderOfPage: sql`page.id` };
  }
  const behind =
    after === undefined
      ? sql`true`
      : sql`(record.trigger_at, record.id) > (${toDate(after.triggerAt)}::timestamptz, ${after.record}::uuid)`;
  return { behind, order: sql`record.trigger_at, record.id`, orderOfPage: sql`page.trigger_at, page.id` };
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
  const { from, where } = recordsCovered(controllerId(clause.controller), clause.found_by, [fromClauseRow(clause)]);
  const { behind, order, orderOfPage } = orderOf(clause.found_by, after);
  const { rows } = await sql<Row>`
    SELECT page.*, unit.unit_size, unit.state AS unit_state
    FROM (
      SELECT record.id, record.record_class, record.unit_id, record.trigger_at, NOT EXISTS (
        SELECT FROM suspension_clause earlier
        WHERE earlier.suspension_id = ${suspensionId} AND earlier.id < ${clause.id}::uuid AND earlier.active = ${isActive[which]}
          AND ${covers(undefined, sql`earlier`)}) AS first
      FROM ${from} WHERE ${behind} AND ${where}
      ORDER BY ${order}
      LIMIT ${limit}
    ) page
    JOIN retention_unit unit ON unit.id = page.unit_id
    ORDER BY ${orderOfPage}
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
    SELECT id, controller, found_by, record_id, subject_key, attribute_key, record_class, trigger_from, trigger_until
    FROM suspension_clause
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
      const triggerAt = fromDate(last.trigger_at);
      return { records, next: { clause: clause.id, triggerAt, record: recordId(last.id) } };
    }
  }
  return { records };
};
