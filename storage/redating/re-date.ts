/**
 * Applies a changed policy to what exists already: records are dated anew and move to the units of their new dates. First a
 * preview says how many move and which become due at once; nothing moves before a person has seen it.
 */
import { sql } from 'kysely';
import {
  controllerId,
  type RecordClassId,
  type RecordId,
  recordClassId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import type { Policy, RecordClassPolicy, UnitSize } from '../../domain/policy/policy.ts';
import { dueAt, type RetentionWindow, retentionWindow, unitKey } from '../../domain/policy/retention-dates.ts';
import { startOfDay } from '../../domain/time/calendar.ts';
import { hours } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { joinUnits } from '../units/join-units.ts';

/** What a policy would do to the records of one class. */
export type RedatingOfClass = {
  readonly recordClass: RecordClassId;
  /** Records that older versions dated and that are not being erased. */
  readonly records: number;
  /** Of these, those whose dates or units change. */
  readonly moves: number;
  /** Whose erasure must be proven earlier, or may begin earlier: what it takes cannot be brought back. */
  readonly earlier: number;
  readonly later: number;
  /** Of those that move, those whose erasure may begin at once. */
  readonly dueAtOnce: number;
};

/** What a changed policy would move, by class. */
export type RedatingPreview = {
  readonly classes: readonly RedatingOfClass[];
  /** Classes with records that the policy no longer has: it cannot be applied until it says how long they are kept. */
  readonly classesWithoutRule: readonly RecordClassId[];
};

type Dates = { readonly opensAt: Instant; readonly boundAt: Instant; readonly unitSize: UnitSize };

const changes = (from: Dates, to: Dates): boolean =>
  from.opensAt !== to.opensAt || from.boundAt !== to.boundAt || from.unitSize !== to.unitSize;

const classesOf = (policy: Policy): ReadonlyMap<RecordClassId, RecordClassPolicy> =>
  new Map(policy.recordClasses.map((recordClass) => [recordClass.id, recordClass]));

type Group = {
  record_class: string;
  day: string;
  opens_at: Date;
  bound_at: Date;
  unit_size: UnitSize;
  records: number;
};

const noon = hours(12);

/** Counts what a policy would move. All records triggered on one day have one window, so days are counted, not records. */
export const previewRedating = async (
  db: Database | DatabaseTransaction,
  { policy, now }: { readonly policy: Policy; readonly now: Instant },
): Promise<RedatingPreview> => {
  const { rows } = await sql<Group>`
    SELECT record.record_class, (record.trigger_at AT TIME ZONE ${policy.timeZone})::date AS day,
      unit.opens_at, unit.bound_at, unit.unit_size, count(*) AS records
    FROM record JOIN retention_unit AS unit ON unit.id = record.unit_id
    WHERE record.controller = ${policy.controller} AND record.policy_version < ${policy.version}
      AND NOT EXISTS (SELECT FROM erasure_item WHERE erasure_item.record_id = record.id)
    GROUP BY 1, 2, 3, 4, 5`.execute(db);
  const rules = classesOf(policy);
  const classes = new Map<RecordClassId, RedatingOfClass>();
  const withoutRule = new Set<RecordClassId>();
  for (const row of rows) {
    const recordClass = recordClassId(row.record_class);
    const rule = rules.get(recordClass);
    if (rule === undefined) {
      withoutRule.add(recordClass);
      continue;
    }
    const triggerAt = instantPlus(startOfDay(localDate(row.day), policy.timeZone), noon);
    const window = retentionWindow({ rule: rule.rule, triggerAt, timeZone: policy.timeZone });
    const before = { opensAt: fromDate(row.opens_at), boundAt: fromDate(row.bound_at), unitSize: row.unit_size };
    const moves = changes(before, { ...window, unitSize: rule.unitSize }) ? row.records : 0;
    const sooner = window.boundAt < before.boundAt || window.opensAt < before.opensAt;
    const so = classes.get(recordClass) ?? { recordClass, records: 0, moves: 0, earlier: 0, later: 0, dueAtOnce: 0 };
    classes.set(recordClass, {
      recordClass,
      records: so.records + row.records,
      moves: so.moves + moves,
      earlier: so.earlier + (sooner ? moves : 0),
      later: so.later + (window.boundAt > before.boundAt ? moves : 0),
      dueAtOnce: so.dueAtOnce + (window.opensAt <= now ? moves : 0),
    });
  }
  return {
    classes: [...classes.values()].sort((one, other) => (one.recordClass < other.recordClass ? -1 : 1)),
    classesWithoutRule: [...withoutRule].sort(),
  };
};

/** The policy that is applied, and where the walk over the records stands. */
export type RedateNextBatchInput = {
  /** A stored version. */
  readonly policy: Policy;
  readonly now: Instant;
  /** The person who decided that the policy applies to what exists. */
  readonly actor: string;
  /** The last record of the batch before. */
  readonly after?: RecordId;
  readonly limit?: number;
};

/** What one batch moved. */
export type RedateNextBatchResult = {
  readonly moved: number;
  /** Units whose dates changed or that lost records: their workflows must look again, and are signalled. */
  readonly unitsToSignal: readonly UnitId[];
  /** Where to go on; absent at the end. */
  readonly next: RecordId | undefined;
};

type Row = {
  id: RecordId;
  record_class: string;
  trigger_at: Date;
  unit_id: string;
  opens_at: Date;
  bound_at: Date;
  unit_size: UnitSize;
};

type Move = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly from: UnitId;
  readonly fromSize: UnitSize;
  readonly toSize: UnitSize;
  readonly window: RetentionWindow;
};

const movesOf = (rows: readonly Row[], policy: Policy): readonly Move[] => {
  const rules = classesOf(policy);
  return rows.flatMap((row) => {
    const recordClass = recordClassId(row.record_class);
    const rule = rules.get(recordClass);
    if (rule === undefined) {
      throw new RangeError(`Policy version ${policy.version} of ${policy.controller} has no class ${recordClass}`);
    }
    const triggerAt = fromDate(row.trigger_at);
    const window = retentionWindow({ rule: rule.rule, triggerAt, timeZone: policy.timeZone });
    const before = { opensAt: fromDate(row.opens_at), boundAt: fromDate(row.bound_at), unitSize: row.unit_size };
    if (!changes(before, { ...window, unitSize: rule.unitSize })) return [];
    const from = unitId(row.unit_id);
    return [{ recordId: row.id, recordClass, from, fromSize: row.unit_size, toSize: rule.unitSize, window }];
  });
};

/** A unit of one record keeps its record, and its workflow: its dates change. */
const redateUnits = async (tx: DatabaseTransaction, moves: readonly Move[]): Promise<void> => {
  await sql`
    UPDATE retention_unit AS unit SET bound_day = dated.bound_day, opens_at = dated.opens_at,
      due_at = dated.due_at, bound_at = dated.bound_at
    FROM unnest(
      ${moves.map(({ from }) => from)}::uuid[],
      ${moves.map(({ window }) => window.boundDay)}::date[],
      ${moves.map(({ window }) => window.opensAt)}::timestamptz[],
      ${moves.map(({ window, from }) => dueAt({ window, unitId: from }))}::timestamptz[],
      ${moves.map(({ window }) => window.boundAt)}::timestamptz[]
    ) AS dated (id, bound_day, opens_at, due_at, bound_at)
    WHERE unit.id = dated.id`.execute(tx);
};

/** Records of shared units go to the unit of their new date, which is opened if need be. */
const moveRecords = async (
  tx: DatabaseTransaction,
  moves: readonly Move[],
  { policy, now }: Pick<RedateNextBatchInput, 'policy' | 'now'>,
): Promise<void> => {
  const { controller } = policy;
  const placed = moves.map((move) => {
    const { recordClass, recordId, window, toSize: unitSize } = move;
    const key = unitKey({ controller, recordClass, recordId, unitSize, boundDay: window.boundDay });
    return { recordId, wanted: { controller, recordClass, unitSize, unitKey: key, window } };
  });
  const units = await joinUnits(tx, { wanted: placed.map(({ wanted }) => wanted), now });
  const targets = placed.map(({ recordId, wanted }) => ({ recordId, unit: units.get(wanted.unitKey)?.id }));
  const lost = targets.find(({ unit }) => unit === undefined);
  if (lost !== undefined) throw new Error('A record was left without a unit');
  await sql`
    UPDATE record SET unit_id = target.unit_id
    FROM unnest(${targets.map(({ recordId }) => recordId)}::uuid[], ${targets.map(({ unit }) => unit)}::uuid[])
      AS target (id, unit_id)
    WHERE record.id = target.id`.execute(tx);
};

/** Has the workflows of units look at their dates again; those that were never started read them when they start. */
const markRedated = async (tx: DatabaseTransaction, units: readonly UnitId[], now: Instant): Promise<void> => {
  await sql`
    UPDATE retention_unit SET redated_at = ${toDate(now)}
    WHERE id = ANY(${[...units]}::uuid[]) AND state = 'open' AND workflow_started_at IS NOT NULL`.execute(tx);
};

/** What `redateNextBatch` does, inside a transaction of the caller's, which has not read anything it decides on yet. */
export const redateBatch = async (
  tx: DatabaseTransaction,
  { policy, now, actor, after, limit = 1000 }: RedateNextBatchInput,
): Promise<RedateNextBatchResult> => {
  const controller = controllerId(policy.controller);
  await takeFenceExclusive(tx, controller);
  const { rows } = await sql<Row>`
    SELECT record.id::text AS id, record.record_class, record.trigger_at, record.unit_id,
      unit.opens_at, unit.bound_at, unit.unit_size
    FROM record JOIN retention_unit AS unit ON unit.id = record.unit_id
    WHERE record.controller = ${controller} AND record.policy_version < ${policy.version}
      ${after === undefined ? sql`` : sql`AND record.id > ${after}`}
      AND NOT EXISTS (SELECT FROM erasure_item WHERE erasure_item.record_id = record.id)
    ORDER BY record.id LIMIT ${limit}`.execute(tx);
  const moves = movesOf(rows, policy);
  const [inPlace, elsewhere] = [true, false].map((stays) =>
    moves.filter(({ fromSize, toSize }) => (fromSize === 'record' && toSize === 'record') === stays),
  );
  if (inPlace && inPlace.length > 0) await redateUnits(tx, inPlace);
  if (elsewhere && elsewhere.length > 0) await moveRecords(tx, elsewhere, { policy, now });
  const unitsToSignal = [...new Set(moves.map(({ from }) => from))];
  if (moves.length > 0) {
    const ids = moves.map(({ recordId }) => recordId);
    await sql`UPDATE record SET policy_version = ${policy.version} WHERE id = ANY(${ids}::uuid[])`.execute(tx);
    await markRedated(tx, unitsToSignal, now);
    await appendAuditEntry(tx, {
      at: now,
      actor,
      role: 'system',
      action: 'records-redated',
      controller,
      target: { kind: 'policy', id: `${controller}/${policy.version}` },
      why: 'policy-changed',
      detail: {
        records: moves.length,
        earliestBound: toDate(moves.map(({ window }) => window.boundAt).sort()[0] ?? now).toISOString(),
      },
    });
  }
  return { moved: moves.length, unitsToSignal, next: rows.length < limit ? undefined : rows.at(-1)?.id };
};

/**
 * Dates the next records anew, in one transaction behind the fence: the gate writes no intent for this controller meanwhile, so no
 * record is destroyed by a date that it no longer has. Records being erased stay as they are. Repeating a batch moves nothing.
 */
export const redateNextBatch = (db: Database, input: RedateNextBatchInput): Promise<RedateNextBatchResult> =>
  db.transaction().execute((tx) => redateBatch(tx, input));
