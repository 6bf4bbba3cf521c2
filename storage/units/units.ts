/** Retention units as rows: what a unit is and how far it has come, which ones need a workflow (I1). */
import { type Selectable, sql } from 'kysely';
import {
  type ControllerId,
  controllerId,
  type RecordClassId,
  recordClassId,
  unitId as toUnitId,
  type UnitId,
} from '../../domain/ids.ts';
import type { UnitSize } from '../../domain/policy/policy.ts';
import type { KeptBack } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, fromDateOrUndefined, toDate } from '../database/instants.ts';
import { behind, type Outbox } from '../outbox/outbox.ts';
import { keptOfUnit } from '../suspensions/match-suspensions.ts';
import type { RetentionUnitTable } from './tables.ts';

/** Records of one class that fall due together. */
export type RetentionUnit = {
  readonly unitId: UnitId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly unitSize: UnitSize;
  readonly unitKey: string;
  /** The last day on which its records may exist, in the controller's time zone. */
  readonly boundDay: LocalDate;
  readonly opensAt: Instant;
  readonly dueAt: Instant;
  readonly boundAt: Instant;
  readonly state: 'open' | 'closed';
  readonly createdAt: Instant;
  readonly workflowStartedAt: Instant | undefined;
  readonly closedAt: Instant | undefined;
  /** Whether the id of its workflow names controller and class; a unit of before keeps its old one. */
  readonly readableId: boolean;
};

/** A unit and how far its erasure has come. */
export type UnitProgress = {
  readonly unit: RetentionUnit;
  readonly recordsLeft: number;
  readonly recordsGone: number;
  readonly certificates: number;
  /** Intents that were written and are not proven yet: their records are past the point of no return. */
  readonly intentsUnproven: number;
  readonly kept: KeptBack;
};

const unitColumns = [
  'id',
  'controller',
  'record_class',
  'unit_size',
  'unit_key',
  'bound_day',
  'opens_at',
  'due_at',
  'bound_at',
  'state',
  'created_at',
  'workflow_started_at',
  'closed_at',
  'readable_workflow_id',
] as const;

const toUnit = (row: Pick<Selectable<RetentionUnitTable>, (typeof unitColumns)[number]>): RetentionUnit => ({
  unitId: toUnitId(row.id),
  controller: controllerId(row.controller),
  recordClass: recordClassId(row.record_class),
  unitSize: row.unit_size,
  unitKey: row.unit_key,
  boundDay: localDate(row.bound_day),
  opensAt: fromDate(row.opens_at),
  dueAt: fromDate(row.due_at),
  boundAt: fromDate(row.bound_at),
  state: row.state,
  createdAt: fromDate(row.created_at),
  workflowStartedAt: fromDateOrUndefined(row.workflow_started_at),
  closedAt: fromDateOrUndefined(row.closed_at),
  readableId: row.readable_workflow_id,
});

/** A unit, or `undefined` if there is none of this id. */
export const readUnit = async (
  db: Database | DatabaseTransaction,
  unitId: UnitId,
): Promise<RetentionUnit | undefined> => {
  const row = await db.selectFrom('retention_unit').select(unitColumns).where('id', '=', unitId).executeTakeFirst();
  return row === undefined ? undefined : toUnit(row);
};

/** What all certificates of a unit prove together. */
export type UnitTotals = {
  /** Records proven gone. */
  readonly recordsGone: number;
  readonly certificates: number;
};

/** Sums the unit's certificates without looking at what is left of it: cheap also for a unit of a hundred million records. */
export const readUnitTotals = async (db: Database | DatabaseTransaction, unitId: UnitId): Promise<UnitTotals> =>
  db
    .selectFrom('disposition_certificate')
    .where('unit_id', '=', unitId)
    .select(({ fn }) => [
      fn.coalesce(fn.sum<number>('records_gone'), sql.lit(0)).as('recordsGone'),
      fn.countAll<number>().as('certificates'),
    ])
    .executeTakeFirstOrThrow();

/** A unit with its counts and what keeps it, read in one snapshot. */
export const readUnitProgress = (db: Database, unitId: UnitId): Promise<UnitProgress | undefined> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const unit = await readUnit(tx, unitId);
      if (unit === undefined) return undefined;
      const counts = await tx
        .selectNoFrom((eb) => [
          eb
            .selectFrom('record')
            .where('unit_id', '=', unitId)
            .select(({ fn }) => fn.countAll<number>().as('n'))
            .as('recordsLeft'),
          eb
            .selectFrom('erasure_intent')
            .where('unit_id', '=', unitId)
            .where('state', '=', 'written')
            .select(({ fn }) => fn.countAll<number>().as('n'))
            .as('intentsUnproven'),
        ])
        .executeTakeFirstOrThrow();
      return {
        unit,
        recordsLeft: counts.recordsLeft ?? 0,
        ...(await readUnitTotals(tx, unitId)),
        intentsUnproven: counts.intentsUnproven ?? 0,
        kept: await keptOfUnit(tx, { controller: unit.controller, unitId }),
      };
    });

/**
 * Open units that no workflow was started for, oldest first (I1): new ones, those of an outage of Temporal and those that the sweep found
 * without a workflow alike.
 */
export const unitsToStart: Outbox<RetentionUnit> = {
  table: 'retention_unit',
  idOf: ({ unitId }) => unitId,
  take: async (tx, { limit, after }) => {
    const rows = await tx
      .selectFrom('retention_unit')
      .select(unitColumns)
      .where('state', '=', 'open')
      .where('workflow_started_at', 'is', null)
      .where(behind('retention_unit', 'created_at', after))
      .orderBy('created_at')
      .orderBy('id')
      .limit(limit)
      // Records may go on joining the unit while its workflow starts.
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    return rows.map(toUnit);
  },
  mark: async (tx, units, now) => {
    await tx
      .updateTable('retention_unit')
      .set({ workflow_started_at: toDate(now) })
      .where(
        'id',
        'in',
        units.map(({ unitId }) => unitId),
      )
      .execute();
  },
};

/** What the id of a unit's workflow is made of. */
export type UnitWorkflow = Pick<RetentionUnit, 'unitId' | 'controller' | 'recordClass' | 'readableId'>;

const workflowColumns = ['id', 'controller', 'record_class', 'readable_workflow_id'] as const;

const toWorkflow = (row: Pick<Selectable<RetentionUnitTable>, (typeof workflowColumns)[number]>): UnitWorkflow => ({
  unitId: row.id,
  controller: row.controller,
  recordClass: row.record_class,
  readableId: row.readable_workflow_id,
});

/** What the ids of these units' workflows are made of, in the order of the ids. */
export const unitWorkflows = async (db: Database, unitIds: readonly UnitId[]): Promise<readonly UnitWorkflow[]> => {
  if (unitIds.length === 0) return [];
  const rows = await db
    .selectFrom('retention_unit')
    .select(workflowColumns)
    .where('id', 'in', [...unitIds])
    .execute();
  const found = new Map(rows.map((row) => [row.id, toWorkflow(row)]));
  return unitIds.flatMap((id) => found.get(id) ?? []);
};

/** A unit whose workflow must look again, and the mark that says so. */
export type UnitToSignal = UnitWorkflow & { readonly mark: string };

/**
 * Units whose dates changed, or which a record joined after their time had come. No row is locked while Temporal is asked; a mark that was
 * set anew meanwhile stays.
 */
export const unitsToSignal: Outbox<UnitToSignal> = {
  table: 'retention_unit',
  idOf: ({ unitId }) => unitId,
  take: async (tx, { limit, after }) => {
    const rows = await tx
      .selectFrom('retention_unit')
      .select([...workflowColumns, sql<string>`redated_at::text`.as('mark')])
      .where('redated_at', 'is not', null)
      .where(behind('retention_unit', 'redated_at', after))
      .orderBy('redated_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...toWorkflow(row), mark: row.mark }));
  },
  mark: async (tx, sent) => {
    await sql`
      UPDATE retention_unit AS unit SET redated_at = NULL
      FROM unnest(${sent.map(({ unitId }) => unitId)}::uuid[], ${sent.map(({ mark }) => mark)}::timestamptz[]) AS sent (id, mark)
      WHERE unit.id = sent.id AND unit.redated_at = sent.mark`.execute(tx);
  },
};

/** Has units started again whose workflow is missing (I1): the starter takes them as if they were new. */
export const markUnitsToStart = async (db: Database, unitIds: readonly UnitId[]): Promise<number> => {
  if (unitIds.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('retention_unit')
    .set({ workflow_started_at: null })
    .where('id', 'in', [...unitIds])
    .where('state', '=', 'open')
    .executeTakeFirst();
  return Number(numUpdatedRows);
};
