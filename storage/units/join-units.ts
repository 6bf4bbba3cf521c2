/**
 * Finds or opens the retention units that records are about to join. An open unit stays open until nothing of it is left; a record
 * that comes later than that opens a new one with the same key.
 */
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import { type UnitId, unitId } from '../../domain/ids.ts';
import { dueAt, type RetentionWindow } from '../../domain/policy/retention-dates.ts';
import { epochMs, type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import type { RetentionUnit } from './units.ts';

/** A unit that a record belongs to by its class and window; there may be none yet. */
export type WantedUnit = Pick<RetentionUnit, 'controller' | 'recordClass' | 'unitSize' | 'unitKey'> & {
  readonly window: RetentionWindow;
};

/** The unit that a record is in, and its dates. */
export type JoinedUnit = Pick<RetentionUnit, 'boundDay' | 'opensAt' | 'dueAt' | 'boundAt'> & { readonly id: UnitId };

type UnitRow = { id: string; unit_key: string; bound_day: string; opens_at: Date; due_at: Date; bound_at: Date };

/** The columns of `retention_unit` behind a `JoinedUnit`. */
export const joinedUnit = (row: Omit<UnitRow, 'unit_key'>): JoinedUnit => ({
  id: unitId(row.id),
  boundDay: localDate(row.bound_day),
  opensAt: instantFromEpoch(row.opens_at.getTime()),
  dueAt: instantFromEpoch(row.due_at.getTime()),
  boundAt: instantFromEpoch(row.bound_at.getTime()),
});

const byKey = (one: WantedUnit, other: WantedUnit): number => (one.unitKey < other.unitKey ? -1 : 1);

/** Opens units that surely do not exist yet, or that another transaction may be opening: those it lost are not in the answer. */
const openUnits = async (tx: DatabaseTransaction, wanted: readonly WantedUnit[], now: Instant): Promise<UnitRow[]> => {
  const rows = [...wanted].sort(byKey).map((unit) => {
    const id = unitId(uuidV7());
    return { ...unit, id, dueAt: dueAt({ window: unit.window, unitId: id }) };
  });
  const inserted = await sql<UnitRow>`
    INSERT INTO retention_unit
      (id, controller, record_class, unit_size, unit_key, bound_day, opens_at, due_at, bound_at, created_at)
    SELECT *, ${new Date(epochMs(now))}::timestamptz FROM unnest(
      ${rows.map(({ id }) => id)}::uuid[],
      ${rows.map(({ controller }) => controller)}::text[],
      ${rows.map(({ recordClass }) => recordClass)}::text[],
      ${rows.map(({ unitSize }) => unitSize)}::text[],
      ${rows.map(({ unitKey }) => unitKey)}::text[],
      ${rows.map(({ window }) => window.boundDay)}::date[],
      ${rows.map(({ window }) => window.opensAt)}::timestamptz[],
      ${rows.map((row) => row.dueAt)}::timestamptz[],
      ${rows.map(({ window }) => window.boundAt)}::timestamptz[])
    ON CONFLICT (controller, record_class, unit_key) WHERE state = 'open' DO NOTHING
    RETURNING id, unit_key, bound_day, opens_at, due_at, bound_at`.execute(tx);
  return inserted.rows;
};

/**
 * Locks the open units among the wanted ones against being closed. If one is being closed at this moment, this waits, and then no
 * longer sees it: Postgres evaluates `state` again after the wait.
 */
const lockUnits = async (tx: DatabaseTransaction, wanted: readonly WantedUnit[]): Promise<UnitRow[]> => {
  const locked = await sql<UnitRow>`
    SELECT unit.id, unit.unit_key, unit.bound_day, unit.opens_at, unit.due_at, unit.bound_at
    FROM retention_unit AS unit
    JOIN unnest(
      ${wanted.map(({ controller }) => controller)}::text[],
      ${wanted.map(({ recordClass }) => recordClass)}::text[],
      ${wanted.map(({ unitKey }) => unitKey)}::text[]) AS wanted (controller, record_class, unit_key)
      USING (controller, record_class, unit_key)
    WHERE unit.state = 'open'
    ORDER BY unit.unit_key
    FOR KEY SHARE OF unit`.execute(tx);
  return locked.rows;
};

/**
 * Has the workflows of units look again whose time has come: one may be waiting until what keeps the rest of its unit ends, and would
 * not see what joins the unit now. Their workflows are signalled when this transaction has committed. Each joining sets a
 * mark of its own, by the database's clock, so that none is taken for one that was signalled before; rows are locked in order, as above.
 */
const lookAgainAtDueUnits = async (
  tx: DatabaseTransaction,
  units: readonly JoinedUnit[],
  now: Instant,
): Promise<void> => {
  const due = units.filter((unit) => unit.dueAt <= now).map(({ id }) => id);
  if (due.length === 0) return;
  await sql`
    WITH due AS (
      SELECT id FROM retention_unit WHERE id = ANY(${due}::uuid[]) AND workflow_started_at IS NOT NULL
      ORDER BY unit_key FOR NO KEY UPDATE)
    UPDATE retention_unit AS unit SET redated_at = clock_timestamp() FROM due WHERE unit.id = due.id`.execute(tx);
};

// Each round either finds a unit, opens it, or meets one that was opened and closed in between, which takes a whole erasure.
const rounds = 20;

/**
 * The unit of each wanted key, open and held open until the transaction ends. Keys of record units are new by construction (they
 * hold the record's id), so they are opened without looking.
 */
export const joinUnits = async (
  tx: DatabaseTransaction,
  { wanted, now }: { readonly wanted: readonly WantedUnit[]; readonly now: Instant },
): Promise<ReadonlyMap<string, JoinedUnit>> => {
  const joined = new Map<string, JoinedUnit>();
  const note = (rows: readonly UnitRow[]): void => {
    for (const row of rows) joined.set(row.unit_key, joinedUnit(row));
  };
  const missing = (units: readonly WantedUnit[]): WantedUnit[] => [
    ...new Map(units.filter(({ unitKey }) => !joined.has(unitKey)).map((unit) => [unit.unitKey, unit])).values(),
  ];
  const shared = missing(wanted.filter(({ unitSize }) => unitSize === 'day'));
  for (let round = 0, left = shared; left.length > 0; round += 1, left = missing(shared)) {
    if (round === rounds) throw new Error('A retention unit was closed each time it was about to be joined');
    note(await lockUnits(tx, left));
    const unopened = missing(left);
    if (unopened.length > 0) note(await openUnits(tx, unopened, now));
  }
  await lookAgainAtDueUnits(tx, [...joined.values()], now);
  const single = missing(wanted.filter(({ unitSize }) => unitSize === 'record'));
  if (single.length > 0) note(await openUnits(tx, single, now));
  return joined;
};
