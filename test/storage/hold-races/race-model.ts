/**
 * The model of one run of the race search: what was handed in, which units and holds there are, and what answers promised of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SuspensionId, UnitId } from '../../../domain/ids.ts';
import { type Instant, instant } from '../../../domain/time/instant.ts';
import type { KeyedScope } from '../../../storage/suspensions/clause-rows.ts';
import { type LegalHoldStore, openLegalHoldStore } from '../../../storage/suspensions/legal-hold-store.ts';
import type { World } from '../../support/world.ts';
import type { Execution, GateHandle } from './gate-handle.ts';
import type { RacedRecord } from './race-store.ts';

/** Later than every bound of a run: each unit is due. */
export const afterEverything: Instant = instant('2900-01-01T00:00:00Z');
/** Who asks for a release, and who confirms it. */
export const lawyers = [
  { id: 'lawyer-1', role: 'legal' },
  { id: 'lawyer-2', role: 'legal' },
] as const;

export type Unit = {
  readonly id: UnitId;
  execution: Execution | undefined;
  cursor: string | undefined;
  kept: number;
  failed: number;
  /** As its workflow: waits without a timer because something is kept. */
  asleep: boolean;
  called: boolean;
  closed: boolean;
};

export type ScopeOfRun = { readonly keyed: KeyedScope; readonly covers: (record: RacedRecord) => boolean };

export type Hold = {
  readonly id: SuspensionId;
  scope: ScopeOfRun;
  state: 'placing' | 'active' | 'changing' | 'releasing' | 'released';
  /** Records that an answer said are preserved. */
  readonly preserved: Set<RacedRecord>;
  working: boolean;
};

/** One run under way. */
export type Race = {
  readonly world: World;
  readonly gate: GateHandle;
  readonly run: number;
  /** The mutant that forgets: nobody is woken after a release. */
  readonly forgetsToWake: boolean;
  readonly records: RacedRecord[];
  readonly units: Map<UnitId, Unit>;
  readonly holds: Hold[];
  /** What was begun and left to itself. */
  readonly pending: Set<Promise<unknown>>;
  readonly store: LegalHoldStore;
  /** For how long a claim on an object's flag is kept. */
  readonly claimMs: number;
};

export const beginRace = (given: Pick<Race, 'world' | 'gate' | 'run' | 'forgetsToWake'>): Race => ({
  ...given,
  records: [],
  units: new Map(),
  holds: [],
  pending: new Set(),
  store: openLegalHoldStore(given.world.storeSettings('worker'), given.world.store('worker'), 1_000),
  claimMs: 3_000,
});

/** Something that must never be. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Waits for work, but no longer than this; it goes on by itself. */
export const inTime = (work: Promise<unknown>, ms: number): Promise<unknown> =>
  Promise.race([work, sleep(ms, undefined, { ref: false })]);

/** Repeats what a cut connection interrupted, as a caller does. */
export const untilAnswered = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      const cutOff =
        error instanceof Error &&
        /terminat|57P0|08\d{3}|ECONN|ETIMEDOUT|connection/i.test(`${String(code)} ${error.message}`);
      if (!cutOff || attempt === 30) throw error;
      await sleep(20 * attempt);
    }
  }
};
