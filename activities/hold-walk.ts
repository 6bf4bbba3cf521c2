/**
 * One slice of a walk over a suspension's records. Each page is dealt with first and noted afterwards, so a worker that dies does a
 * page again; doing it again changes nothing but costs. Counts are noted together with the position and stay exact.
 */
import { sql } from 'kysely';
import { type ControllerId, type ObjectId, objectId, type RecordId, type UnitId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { readSuspension, type Suspension } from '../storage/suspensions/read-suspension.ts';
import { type ObjectHoldDeps, settleObjectHoldsFully } from '../storage/suspensions/settle-object-holds.ts';
import { readWalk, type StoredWalk, writeWalk } from '../storage/suspensions/walk-progress.ts';
import { nextPage, type WalkedRecord, type WalkPage } from '../storage/suspensions/walk-suspension.ts';
import type { WakeUpReason } from '../workflows/messages.ts';
import type { HoldWalk, WalkHoldInput, WalkHoldResult } from './hold-contracts.ts';

/** What a slice stands on, and whom it tells when records are free again. */
export type HoldWalkDeps = ObjectHoldDeps & {
  /** Wakes retention workflows. */
  readonly signalUnits: (input: { readonly units: readonly UnitId[]; readonly reason: WakeUpReason }) => Promise<void>;
  /** Has decided erasures that waited for these records look again. */
  readonly tellCases: (input: {
    readonly controller: ControllerId;
    readonly recordIds: readonly RecordId[];
  }) => Promise<void>;
  /** Says that the worker lives; throws when the attempt is over. */
  readonly heartbeat: () => void;
  /** Records a page, and how many records, objects and units a slice may take; the slice ends behind the page that exceeds them. */
  readonly limits?: WalkLimits;
};

/** How much one call does, so that a history shows progress and a worker can stop in between. */
export type WalkLimits = {
  readonly page: number;
  readonly records: number;
  readonly objects: number;
  readonly units: number;
};

const defaultLimits: WalkLimits = { page: 500, records: 20_000, objects: 500, units: 500 };
const objectsAtOnce = 200;
const heartbeatMs = 3_000;

type PageDone = { readonly objects: number; readonly units: readonly UnitId[] };

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

const settle = async (
  deps: HoldWalkDeps,
  { controller }: Suspension,
  objects: readonly ObjectId[],
  { again, now }: { readonly again: boolean; readonly now: Instant },
): Promise<void> => {
  for (let start = 0; start < objects.length; start += objectsAtOnce) {
    deps.heartbeat();
    const part = objects.slice(start, start + objectsAtOnce);
    await settleObjectHoldsFully(deps, { controller, objects: part, again, now }, deps.heartbeat);
  }
};

/** Does with the records of a page what the walk is for. */
const dealWith = async (
  deps: HoldWalkDeps,
  suspension: Suspension,
  walk: HoldWalk,
  { records }: WalkPage,
  { told, now }: { readonly told: ReadonlySet<UnitId>; readonly now: Instant },
): Promise<PageDone> => {
  const ids = records.map(({ id }) => id);
  switch (walk) {
    case 'lift': {
      const objects = await flaggedObjects(deps, ids);
      await settle(deps, suspension, objects, { again: false, now });
      return { objects: objects.length, units: [] };
    }
    case 'cover':
    case 'verify': {
      const objects = await storedObjects(deps, ids);
      await settle(deps, suspension, objects, { again: walk === 'verify', now });
      // A record that two clauses cover is met twice; its objects count once.
      const firstTime = new Set(records.filter(({ first }) => first).map(({ id }) => id));
      const counted = firstTime.size === ids.length ? objects : await storedObjects(deps, [...firstTime]);
      return { objects: counted.length, units: [] };
    }
    case 'wake': {
      const units = unitsOf(records, told, false);
      const reason = suspension.state === 'released' ? 'suspension-released' : 'suspension-narrowed';
      await deps.signalUnits({ units, reason });
      await deps.tellCases({ controller: suspension.controller, recordIds: ids });
      return { objects: 0, units };
    }
    case 'tell': {
      const units = unitsOf(records, told, true);
      await deps.signalUnits({ units, reason: 'suspension-placed' });
      return { objects: 0, units };
    }
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

/** Keeps saying that the worker lives while something takes long. */
const heartbeating = async <Value>(heartbeat: () => void, work: () => Promise<Value>): Promise<Value> => {
  const beats = setInterval(heartbeat, heartbeatMs);
  // A beat alone is no reason to keep a process alive.
  beats.unref();
  try {
    return await work();
  } finally {
    clearInterval(beats);
  }
};

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
  const which = walk === 'lift' || walk === 'wake' ? 'ended' : 'in-force';
  const told = new Set<UnitId>();
  let [records, objects] = [0, 0];
  for (;;) {
    deps.heartbeat();
    const { position: after } = stored;
    const page = await nextPage(deps.db, { suspensionId, which, limit: limits.page, ...(after && { after }) });
    const done = await dealWith(deps, suspension, walk, page, { told, now });
    for (const unit of done.units) told.add(unit);
    records += page.records.length;
    objects += done.objects;
    stored = {
      ...stored,
      position: page.next,
      records: addCounts(stored.records, page.records),
      objects: stored.objects + done.objects,
      units: stored.units + done.units.length,
    };
    const finished = page.next === undefined;
    await writeWalk(deps.db, { suspensionId, walk, stored, finished, now });
    if (finished) return { kind: 'finished', progress: progress() };
    if (records >= limits.records || objects >= limits.objects || told.size >= limits.units) {
      return { kind: 'more', progress: progress() };
    }
  }
};

/** Walks a slice of a suspension's records; harmless to repeat. */
export const walkHold = (deps: HoldWalkDeps, input: WalkHoldInput): Promise<WalkHoldResult> =>
  heartbeating(deps.heartbeat, () => walkSlice(deps, input));
