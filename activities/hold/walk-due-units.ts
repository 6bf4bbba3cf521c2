/**
 * A page of a walk over the units of whole classes that cannot wait for the walks over all records: they are called by when their
 * time is up, the earliest first.
 */
import type { ObjectId, UnitId } from '../../domain/ids.ts';
import { nextUnits, type UnitPosition } from '../../storage/suspensions/walk-units.ts';
import { flaggedObjectsOfUnits } from '../../storage/suspensions/walked-objects.ts';
import {
  defaultLimits,
  type HoldWalkDeps,
  objectsAtOnce,
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
