/** What the walks over a suspension's records and over its units have in common: what they stand on, and what a page of them gives. */
import type { ControllerId, ObjectId, UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { FreedRecords } from '../../storage/execution/held-erasures.ts';
import { type ObjectHoldDeps, settleObjectHoldsFully } from '../../storage/suspensions/object-holds.ts';
import type { Suspension } from '../../storage/suspensions/read-suspension.ts';
import type { WalkedClauses, WalkedRecord } from '../../storage/suspensions/walk-records.ts';
import type { HoldWalk } from '../../workflows/hold/contract.ts';
import type { WakeUpReason } from '../../workflows/retention/contract.ts';

/** Walks over open units, by when their time is up. */
export type UnitWalk = 'free-overdue' | 'tell-soon';
/** Walks over records, clause by clause. */
export type RecordWalk = Exclude<HoldWalk, UnitWalk>;

/** What a slice stands on, and whom it tells when records are free again. */
export type HoldWalkDeps = ObjectHoldDeps & {
  /** Wakes retention workflows. */
  readonly signalUnits: (input: { readonly units: readonly UnitId[]; readonly reason: WakeUpReason }) => Promise<void>;
  /** Has decided erasures that waited for these records look again. */
  readonly tellCases: (freed: FreedRecords) => Promise<void>;
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

/** Seconds of work each. */
export const defaultLimits: WalkLimits = { page: 500, records: 20_000, objects: 500, units: 500 };

/** Objects whose flags are settled together. */
export const objectsAtOnce = 200;

/** What was done with a page. */
export type PageDone = { readonly objects: number; readonly units: readonly UnitId[] };

/** A page of a walk, dealt with: its records (of walks over records), what was done, and where the next page begins. */
export type Step<Position> = {
  readonly records: readonly WalkedRecord[];
  readonly done: PageDone;
  readonly next?: Position;
};

/** For which clauses, what was told in this slice, and the workflow's time. */
export type WalkContext = {
  readonly suspension: Suspension;
  readonly which: WalkedClauses;
  readonly told: ReadonlySet<UnitId>;
  readonly now: Instant;
};

/** Why units of what was given back are called. */
export const reasonOfEnd = ({ state }: Suspension): WakeUpReason =>
  state === 'released' ? 'suspension-released' : 'suspension-narrowed';

/** Brings the store's flags of these objects in line with all suspensions, some at a time. */
export const settleFlags = async (
  deps: HoldWalkDeps,
  controller: ControllerId,
  objects: readonly ObjectId[],
  { again, now }: { readonly again: boolean; readonly now: Instant },
): Promise<void> => {
  for (let start = 0; start < objects.length; start += objectsAtOnce) {
    deps.heartbeat();
    const part = objects.slice(start, start + objectsAtOnce);
    await settleObjectHoldsFully(deps, { controller, objects: part, again, now }, deps.heartbeat);
  }
};
