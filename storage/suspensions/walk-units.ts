/**
 * Units due soon, of whole classes that a suspension covers: they cannot wait until a million records have been walked over. When a
 * suspension ends, these are the overdue ones, to be erased at once (Art. 5(1)(e)); when it is placed, those of the next month, whose
 * workflows then show what keeps them. The earliest bound comes first; the walk starts from the units, so that few due among many cost
 * little. A scope of persons, records or attributes does not need this walk: its records are few.
 */
import { sql } from 'kysely';
import { type ControllerId, type SuspensionId, type UnitId, unitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { covers } from './covering.ts';
import type { WalkedClauses } from './walk-records.ts';

/** Behind this unit the walk goes on. */
export type UnitPosition = { readonly boundAt: Instant; readonly unit: UnitId };

/** What falls due within a month falls due soon. Where a policy's lead is longer than that, its overdue units are left to the walk over all records. */
const soonMs = days(30);

/** Which units of which suspension are wanted, and behind which one the walk goes on. */
export type NextUnitsInput = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly which: WalkedClauses;
  /** `overdue`: their time was up before `now`. `soon`: units of one record whose bound is at most a month away. */
  readonly due: 'overdue' | 'soon';
  readonly now: Instant;
  readonly after?: UnitPosition;
  readonly limit: number;
};

/** The next units of a walk, the earliest bound first. */
export type UnitsPage = { readonly units: readonly UnitId[]; readonly next?: UnitPosition };

/** The next units, at most `limit`; without `next` there are no more. */
export const nextUnits = async (
  db: Database,
  { suspensionId, controller, which, due, now, after, limit }: NextUnitsInput,
): Promise<UnitsPage> => {
  const behind =
    after === undefined
      ? sql`true`
      : sql`(unit.bound_at, unit.id) > (${toDate(after.boundAt)}::timestamptz, ${after.unit}::uuid)`;
  const dueThen = due === 'overdue' ? sql`unit.due_at <= ${toDate(now)}::timestamptz` : sql`unit.unit_size = 'record'`;
  const { rows } = await sql<{ id: string; bound_at: Date }>`
    SELECT unit.id, unit.bound_at FROM retention_unit AS unit
    WHERE unit.state = 'open' AND unit.controller = ${controller} AND ${behind} AND ${dueThen}
      AND unit.bound_at < ${toDate(instantPlus(now, soonMs))}::timestamptz
      AND EXISTS (
        SELECT FROM suspension_clause AS clause JOIN record ON record.unit_id = unit.id
        WHERE clause.suspension_id = ${suspensionId} AND clause.active = ${which === 'in-force'} AND clause.found_by = 'class'
          AND clause.record_class = unit.record_class AND ${covers()})
    ORDER BY unit.bound_at, unit.id
    LIMIT ${limit}`.execute(db);
  const units = rows.map(({ id }) => unitId(id));
  const last = rows.length === limit ? rows.at(-1) : undefined;
  if (last === undefined) return { units };
  return { units, next: { boundAt: fromDate(last.bound_at), unit: unitId(last.id) } };
};
