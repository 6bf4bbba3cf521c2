/**
 * One slice of a walk over what a suspension covers. Each page is dealt with first and noted afterwards, so a worker that dies does a
 * page again; doing it again changes nothing but costs. Counts are noted together with the position and stay exact.
 */
import type { UnitId } from '../../domain/ids.ts';
import { assertNever } from '../../domain/result.ts';
import { readSuspension, type Suspension } from '../../storage/suspensions/read-suspension.ts';
import { readWalk, type StoredWalk, writeWalk } from '../../storage/suspensions/walk-progress.ts';
import type { WalkedClauses, WalkedRecord } from '../../storage/suspensions/walk-records.ts';
import type { WalkHoldInput, WalkHoldResult } from '../../workflows/hold/contract.ts';
import { keptAlive } from '../heartbeat.ts';
import { stepOverRecords, stepOverUnits } from './walk-pages.ts';
import { defaultLimits, type HoldWalkDeps, type Step, type WalkContext } from './walk-step.ts';

const step = (
  deps: HoldWalkDeps,
  suspension: Suspension,
  { walk, now }: WalkHoldInput,
  after: StoredWalk['position'],
  told: ReadonlySet<UnitId>,
): Promise<Step<NonNullable<StoredWalk['position']>>> => {
  const ofUnits = after !== undefined && 'unit' in after ? after : undefined;
  const ofRecords = after !== undefined && 'record' in after ? after : undefined;
  const context = (which: WalkedClauses): WalkContext => ({ suspension, which, told, now });
  switch (walk) {
    case 'free-overdue':
      return stepOverUnits(deps, walk, ofUnits, context('ended'));
    case 'tell-soon':
      return stepOverUnits(deps, walk, ofUnits, context('in-force'));
    case 'lift':
    case 'wake':
      return stepOverRecords(deps, walk, ofRecords, context('ended'));
    case 'cover':
    case 'tell':
    case 'verify':
      return stepOverRecords(deps, walk, ofRecords, context('in-force'));
    default:
      return assertNever(walk);
  }
};

const addCounts = (
  counts: Readonly<Record<string, number>>,
  records: readonly WalkedRecord[],
): Readonly<Record<string, number>> => {
  const sum: Record<string, number> = { ...counts };
  for (const { first, recordClass } of records) if (first) sum[recordClass] = (sum[recordClass] ?? 0) + 1;
  return sum;
};

const fresh = (scopeRevision: number): StoredWalk => ({
  scopeRevision,
  position: undefined,
  finishedAt: undefined,
  records: {},
  objects: 0,
  units: 0,
});

const walkSlice = async (deps: HoldWalkDeps, input: WalkHoldInput): Promise<WalkHoldResult> => {
  const { suspensionId, walk, scopeRevision, restart, now } = input;
  const limits = deps.limits ?? defaultLimits;
  const suspension = await readSuspension(deps.db, suspensionId);
  if (suspension === undefined || suspension.scopeRevision !== scopeRevision) return { kind: 'outdated' };
  const before = await readWalk(deps.db, { suspensionId, walk });
  const usable = before !== undefined && before.scopeRevision === scopeRevision && !(restart && before.finishedAt);
  let stored = usable ? before : fresh(scopeRevision);
  const progress = () => ({ records: stored.records, objects: stored.objects, units: stored.units });
  if (stored.finishedAt !== undefined) return { kind: 'finished', progress: progress() };
  const told = new Set<UnitId>();
  let [records, objects] = [0, 0];
  for (;;) {
    deps.heartbeat();
    const { records: walked, done, next } = await step(deps, suspension, input, stored.position, told);
    for (const unit of done.units) told.add(unit);
    records += walked.length;
    objects += done.objects;
    stored = {
      ...stored,
      position: next,
      records: addCounts(stored.records, walked),
      objects: stored.objects + done.objects,
      units: stored.units + done.units.length,
    };
    const finished = next === undefined;
    await writeWalk(deps.db, { suspensionId, walk, stored, finished, now });
    if (finished) return { kind: 'finished', progress: progress() };
    if (records >= limits.records || objects >= limits.objects || told.size >= limits.units) {
      return { kind: 'more', progress: progress() };
    }
  }
};

/** Walks a slice of a suspension's records; harmless to repeat. */
export const walkHold = (deps: HoldWalkDeps, input: WalkHoldInput): Promise<WalkHoldResult> =>
  keptAlive(() => walkSlice(deps, input), deps.heartbeat);
