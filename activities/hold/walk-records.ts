/** A page of a walk over the records that a suspension covers, or covered. */
import { sql } from 'kysely';
import { type ObjectId, objectId, type RecordId, type UnitId } from '../../domain/ids.ts';
import { nextPage, type WalkedRecord, type WalkPosition } from '../../storage/suspensions/walk-records.ts';
import {
  defaultLimits,
  type HoldWalkDeps,
  type PageDone,
  type RecordWalk,
  reasonOfEnd,
  type Step,
  settleFlags,
  type WalkContext,
} from './walk-step.ts';

const unitsOf = (records: readonly WalkedRecord[], known: ReadonlySet<UnitId>, onlySingle: boolean): UnitId[] => [
  ...new Set(
    records
      .filter(({ unitOpen, unitSize }) => unitOpen && (!onlySingle || unitSize === 'record'))
      .map(({ unitId }) => unitId)
      .filter((unit) => !known.has(unit)),
  ),
];

const storedObjects = async ({ db }: HoldWalkDeps, records: readonly RecordId[]): Promise<ObjectId[]> => {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM record_object WHERE record_id = ANY(${[...records]}::uuid[]) AND state = 'stored' ORDER BY id
  `.execute(db);
  return rows.map(({ id }) => objectId(id));
};

/** Objects the store may hold on behalf of these records: only those were ever touched. */
const flaggedObjects = async ({ db }: HoldWalkDeps, records: readonly RecordId[]): Promise<ObjectId[]> => {
  const { rows } = await sql<{ object_id: string }>`
    SELECT object_id FROM object_hold
    WHERE record_id = ANY(${[...records]}::uuid[]) AND state <> 'lifted' ORDER BY object_id
  `.execute(db);
  return rows.map(({ object_id }) => objectId(object_id));
};

/** Does with the records of a page what the walk is for. */
const dealWith = async (
  deps: HoldWalkDeps,
  walk: RecordWalk,
  records: readonly WalkedRecord[],
  { suspension, told, now }: WalkContext,
): Promise<PageDone> => {
  const { controller } = suspension;
  const ids = records.map(({ id }) => id);
  switch (walk) {
    case 'lift': {
      const objects = await flaggedObjects(deps, ids);
      await settleFlags(deps, controller, objects, { again: false, now });
      return { objects: objects.length, units: [] };
    }
    case 'cover':
    case 'verify': {
      const objects = await storedObjects(deps, ids);
      await settleFlags(deps, controller, objects, { again: walk === 'verify', now });
      // A record that two clauses cover is met twice; its objects count once.
      const firstTime = new Set(records.filter(({ first }) => first).map(({ id }) => id));
      const counted = firstTime.size === ids.length ? objects : await storedObjects(deps, [...firstTime]);
      return { objects: counted.length, units: [] };
    }
    case 'wake': {
      const units = unitsOf(records, told, false);
      // The cases first: what a woken unit has erased is not met again, should this page be done twice.
      await deps.tellCases({ controller, recordIds: ids });
      await deps.signalUnits({ units, reason: reasonOfEnd(suspension) });
      return { objects: 0, units };
    }
    case 'tell': {
      const units = unitsOf(records, told, true);
      await deps.signalUnits({ units, reason: 'suspension-placed' });
      return { objects: 0, units };
    }
  }
};

/** Deals with the next page behind a position. */
export const stepOverRecords = async (
  deps: HoldWalkDeps,
  walk: RecordWalk,
  after: WalkPosition | undefined,
  context: WalkContext,
): Promise<Step<WalkPosition>> => {
  const { page: limit } = deps.limits ?? defaultLimits;
  const { suspension, which } = context;
  const { records, next } = await nextPage(deps.db, {
    suspensionId: suspension.id,
    which,
    limit,
    ...(after && { after }),
  });
  const done = await dealWith(deps, walk, records, context);
  return { records, done, ...(next && { next }) };
};
