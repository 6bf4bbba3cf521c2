/**
 * Figures for operators: how many records there are, fall due and are late, how long erasure takes (I3), and what people have to see to.
 * Counts by class, controller and kind, never by person, matter or case. Read from time to time by one process, not by every scrape:
 * counting a hundred million records takes a while.
 */
import { sql } from 'kysely';
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { keptOfUnit } from '../suspensions/match-suspensions.ts';

/** Counts of one record class. */
export type ClassFigures = {
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly open: number;
  /** Due within 24 hours, or due already and not gone yet. */
  readonly dueWithinDay: number;
  /** Past the bound and kept by a suspension. */
  readonly keptPastBound: number;
  /** The same by kind of suspension; a record kept by two kinds counts in both. */
  readonly keptPastBoundBy: ReadonlyMap<SuspensionKind, number>;
  /** Past the bound and kept by nothing: a promise that is being broken. */
  readonly overdue: number;
};

/** Seconds from the bound to proven gone, over certificates; negative means before the bound. */
export type LagFigures = { readonly p50: number; readonly p99: number; readonly max: number };

/** Suspensions of one kind. */
export type SuspensionFigures = {
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly active: number;
  /** Active, and its review date is over where the controller is. */
  readonly reviewsOverdue: number;
};

/** Rights requests of one controller. */
export type RequestFigures = {
  readonly controller: ControllerId;
  /** Taken in and not closed. */
  readonly open: number;
  /** Past the last day of an answer (Art. 12(3)); a clock that stands still is not. */
  readonly overdue: number;
};

/** Counts suspensions as of `now`. A controller without a stored policy counts its days in UTC. */
const readSuspensionFigures = async (
  db: Database,
  { now }: { readonly now: Instant },
): Promise<readonly SuspensionFigures[]> => {
  const { rows } = await sql<{ controller: ControllerId; kind: SuspensionKind; active: number; overdue: number }>`
    SELECT suspension.controller, suspension.kind, count(*)::int AS active,
      count(*) FILTER (WHERE review_on < (${toDate(now)}::timestamptz AT TIME ZONE coalesce(zone.name, 'UTC'))::date)::int AS overdue
    FROM suspension LEFT JOIN (
      SELECT DISTINCT ON (controller) controller, document ->> 'timeZone' AS name
      FROM policy_version ORDER BY controller, version DESC) AS zone ON zone.controller = suspension.controller
    WHERE suspension.state = 'active' GROUP BY 1, 2 ORDER BY 1, 2`.execute(db);
  return rows.map(({ controller, overdue, ...rest }) => ({ ...rest, controller, reviewsOverdue: overdue }));
};

/** Counts rights requests as of `now`. */
const readRequestFigures = async (
  db: Database,
  { now }: { readonly now: Instant },
): Promise<readonly RequestFigures[]> => {
  const { rows } = await sql<{ controller: ControllerId; open: number; overdue: number }>`
    SELECT controller, count(*)::int AS open, count(*) FILTER (WHERE due_at < ${toDate(now)})::int AS overdue
    FROM request_case WHERE stage <> 'closed' GROUP BY 1 ORDER BY 1`.execute(db);
  return rows.map(({ controller, ...rest }) => ({ ...rest, controller }));
};

/** All figures of one reading. */
export type Figures = {
  readonly classes: readonly ClassFigures[];
  readonly suspensions: readonly SuspensionFigures[];
  readonly requests: readonly RequestFigures[];
  /** Open units that no workflow was started for. */
  readonly unitsToStart: number;
  /** Of the certificates of the last seven days; absent where there are none. */
  readonly lag: LagFigures | undefined;
  /** When the last sweep ended. */
  readonly lastSweep: { readonly finishedAt: Date; readonly report: unknown } | undefined;
};

/** Past its bound a unit is rare; a flood of them is counted without asking what keeps each. */
const unitsLookedInto = 500;

type Class = { readonly controller: ControllerId; readonly record_class: RecordClassId };
const key = ({ controller, record_class }: Class): string => `${controller}/${record_class}`;

const countOpen = async (db: Database) =>
  db
    .selectFrom('record')
    .select(({ fn }) => ['controller', 'record_class', fn.countAll<number>().as('records')])
    .groupBy(['controller', 'record_class'])
    .execute();

const countDue = async (db: Database, until: Instant) =>
  db
    .selectFrom('retention_unit as unit')
    .innerJoin('record', 'record.unit_id', 'unit.id')
    .select(({ fn }) => ['unit.controller', 'unit.record_class', fn.countAll<number>().as('records')])
    .where('unit.state', '=', 'open')
    .where('unit.due_at', '<', toDate(until))
    .groupBy(['unit.controller', 'unit.record_class'])
    .execute();

const readPastBound = async (db: Database, now: Instant) =>
  db
    .selectFrom('retention_unit as unit')
    .innerJoin('record', 'record.unit_id', 'unit.id')
    .select(({ fn }) => ['unit.id', 'unit.controller', 'unit.record_class', fn.countAll<number>().as('records')])
    .where('unit.state', '=', 'open')
    .where('unit.bound_at', '<', toDate(now))
    .groupBy('unit.id')
    .orderBy('unit.bound_at')
    .execute();

const readLag = async (db: Database, since: Instant): Promise<LagFigures | undefined> => {
  const { rows } = await sql<{ p50: number | null; p99: number | null; max: number | null }>`
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY lag) AS p50,
           percentile_disc(0.99) WITHIN GROUP (ORDER BY lag) AS p99,
           max(lag) AS max
    FROM (SELECT extract(epoch FROM issued_at - bound_at)::float8 AS lag
          FROM disposition_certificate WHERE issued_at >= ${toDate(since)}) AS certificate`.execute(db);
  const [row] = rows;
  return row === undefined || row.p50 === null || row.p99 === null || row.max === null
    ? undefined
    : { p50: row.p50, p99: row.p99, max: row.max };
};

/** Reads all figures as of `now`. */
export const readFigures = async (db: Database, { now }: { readonly now: Instant }): Promise<Figures> => {
  const [open, due, pastBound] = [
    await countOpen(db),
    await countDue(db, instantPlus(now, days(1))),
    await readPastBound(db, now),
  ];
  const classes = new Map<string, Class>([...open, ...due, ...pastBound].map((row) => [key(row), row]));
  const sums = (rows: readonly (Class & { readonly records: number })[]): Map<string, number> => {
    const byClass = new Map<string, number>();
    for (const row of rows) byClass.set(key(row), (byClass.get(key(row)) ?? 0) + row.records);
    return byClass;
  };
  const kept: (Class & { records: number })[] = [];
  const keptByKind = new Map<string, Map<SuspensionKind, number>>();
  for (const unit of pastBound.slice(0, unitsLookedInto)) {
    const input = { controller: unit.controller, unitId: unit.id };
    const { records, byKind } = await keptOfUnit(db, input);
    kept.push({ ...unit, records });
    const counts = keptByKind.get(key(unit)) ?? new Map<SuspensionKind, number>();
    for (const of of byKind) counts.set(of.kind, (counts.get(of.kind) ?? 0) + of.records);
    keptByKind.set(key(unit), counts);
  }
  const [openBy, dueBy, pastBy, keptBy] = [sums(open), sums(due), sums(pastBound), sums(kept)];
  const { unitsToStart } = await db
    .selectFrom('retention_unit')
    .select(({ fn }) => fn.countAll<number>().as('unitsToStart'))
    .where('state', '=', 'open')
    .where('workflow_started_at', 'is', null)
    .executeTakeFirstOrThrow();
  const lastSweep = await db
    .selectFrom('sweep_report')
    .select(['finished_at as finishedAt', 'report'])
    .orderBy('finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    classes: [...classes].map(([name, { controller, record_class }]) => ({
      controller,
      recordClass: record_class,
      open: openBy.get(name) ?? 0,
      dueWithinDay: dueBy.get(name) ?? 0,
      keptPastBound: keptBy.get(name) ?? 0,
      keptPastBoundBy: keptByKind.get(name) ?? new Map<SuspensionKind, number>(),
      overdue: (pastBy.get(name) ?? 0) - (keptBy.get(name) ?? 0),
    })),
    suspensions: await readSuspensionFigures(db, { now }),
    requests: await readRequestFigures(db, { now }),
    unitsToStart,
    lag: await readLag(db, instantPlus(now, -days(7))),
    lastSweep,
  };
};
