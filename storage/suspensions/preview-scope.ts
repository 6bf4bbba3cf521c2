/**
 * What a scope covers now, counted per class, before a person places it. Counts exactly, so it takes as long as the scope is large;
 * placing does not.
 */
import { sql } from 'kysely';
import { type ControllerId, type RecordClassId, recordClassId } from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { KeyedScope } from './clause-rows.ts';
import { coveredRecordIds } from './covering.ts';
import { type PastPointOfNoReturn, readPastPointOfNoReturn } from './point-of-no-return.ts';

/** Records of one class that a scope covers and that can still be kept. */
export type CoveredClass = {
  readonly recordClass: RecordClassId;
  readonly records: number;
  readonly objects: number;
  /** When the first of them is due to be erased. */
  readonly earliestDueAt: Instant;
  /** How many of them are due already, and exist only because something else keeps them or their erasure is late. */
  readonly dueNow: number;
};

/** What a scope covers at one instant, and what it would come too late for. */
export type ScopePreview = PastPointOfNoReturn & { readonly classes: readonly CoveredClass[]; readonly asOf: Instant };

/** A scope that is not placed yet. */
export type PreviewScopeInput = {
  readonly controller: ControllerId;
  readonly scope: KeyedScope;
  readonly now: Instant;
};

/** Counts what a scope covers, and lists what it comes too late for. Changes nothing. */
export const previewScope = async (
  db: Database,
  { controller, scope, now }: PreviewScopeInput,
): Promise<ScopePreview> => {
  const { rows } = await sql<{
    record_class: string;
    records: number;
    objects: number;
    earliest: Date;
    due_now: number;
  }>`
    WITH covered AS (
      SELECT record.id, record.record_class, unit.due_at
      FROM (${coveredRecordIds(controller, scope)}) found
      JOIN record ON record.id = found.id
      JOIN retention_unit unit ON unit.id = record.unit_id
      WHERE NOT EXISTS (SELECT FROM erasure_item item WHERE item.record_id = record.id)
    ), objects AS (
      SELECT covered.record_class, count(*)::int AS objects
      FROM covered JOIN record_object object ON object.record_id = covered.id AND object.state = 'stored'
      GROUP BY covered.record_class
    )
    SELECT covered.record_class, count(*)::int AS records, coalesce(max(objects.objects), 0) AS objects,
      min(covered.due_at) AS earliest, count(*) FILTER (WHERE covered.due_at <= ${new Date(now)})::int AS due_now
    FROM covered LEFT JOIN objects ON objects.record_class = covered.record_class
    GROUP BY covered.record_class
    ORDER BY covered.record_class
  `.execute(db);
  const classes = rows.map((row) => ({
    recordClass: recordClassId(row.record_class),
    records: row.records,
    objects: row.objects,
    earliestDueAt: instantFromEpoch(row.earliest.getTime()),
    dueNow: row.due_now,
  }));
  return { classes, asOf: now, ...(await readPastPointOfNoReturn(db, { controller, scope })) };
};
