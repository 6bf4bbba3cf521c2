/**
 * Pages of the walks over what a suspension covers, or covered: over its records, and over the units of whole classes that cannot wait for
 * that, which are called by when their time is up, the earliest first.
 */
import type { ObjectId, UnitId } from '../../domain/ids.ts';
import { nextPage, type WalkedRecord, type WalkPosition } from '../../storage/suspensions/walk-records.ts';
import { nextUnits, type UnitPosition } from '../../storage/suspensions/walk-units.ts';
import { flaggedObjects, flaggedObjectsOfUnits, storedObjects } from '../../storage/suspensions/walked-objects.ts';
import {
  defaultLimits,
  type HoldWalkDeps,
  objectsAtOnce,
  type PageDone,
  type RecordWalk,
  reasonOfEnd,
  type Step,
  settleFlags,
  type UnitWalk,
  type WalkContext,
} from './walk-step.ts';

const liftFlagsOfUnits = async (
  deps: HoldWalkDeps,
  units: readonly UnitId[],
  { suspension, now }: WalkContext,
): Promise<number> => {
  let lifted = 0;
  for (let after: ObjectId | undefined; ; ) {
    const objects = await flaggedObjectsOfUnits(deps.db, { units, after, limit: objectsAtOnce });
    await settleFlags(deps, suspension.controller, objects, { again: false, now });
    lifted += objects.length;
    after = objects.at(-1);
    if (after === undefined || objects.length < objectsAtOnce) return lifted;
  }
};

/** Deals with the next page behind a position. */
export const stepOverUnits = async (
  deps: HoldWalkDeps,
  walk: UnitWalk,
  after: UnitPosition | undefined,
  context: WalkContext,
): Promise<Step<UnitPosition>> => {
  const { page: limit } = deps.limits ?? defaultLimits;
  const { suspension, which, now } = context;
  const { controller } = suspension;
  const { units, next } = await nextUnits(deps.db, {
    suspensionId: suspension.id,
    controller,
    which,
    due: walk === 'free-overdue' ? 'overdue' : 'soon',
    now,
    limit,
    ...(after && { after }),
  });
  let objects = 0;
  if (walk === 'free-overdue') {
    objects = await liftFlagsOfUnits(deps, units, context);
    await deps.tellCases({ controller, unitIds: units });
  }
  await deps.signalUnits({ units, reason: walk === 'free-overdue' ? reasonOfEnd(suspension) : 'suspension-placed' });
  return { records: [], done: { objects, units }, ...(next && { next }) };
};

const unitsOf = (records: readonly WalkedRecord[], known: ReadonlySet<UnitId>, onlySingle: boolean): UnitId[] => [
  ...new Set(
    records
      .filter(({ unitOpen, unitSize }) => unitOpen && (!onlySingle || unitSize === 'record'))
      .map(({ unitId }) => unitId)
      .filter((unit) => !known.has(unit)),
  ),
];

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
      const objects = await flaggedObjects(deps.db, ids);
      await settleFlags(deps, controller, objects, { again: false, now });
      return { objects: objects.length, units: [] };
    }
    case 'cover':
    case 'verify': {
      const objects = await storedObjects(deps.db, ids);
      await settleFlags(deps, controller, objects, { again: walk === 'verify', now });
      // A record that two clauses cover is met twice; its objects count once.
      const firstTime = new Set(records.filter(({ first }) => first).map(({ id }) => id));
      const counted = firstTime.size === ids.length ? objects : await storedObjects(deps.db, [...firstTime]);
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
