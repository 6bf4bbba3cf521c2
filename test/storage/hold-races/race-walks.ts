/** What the workflows of holds do in the race search: they walk over records and flags, may die on the way, and wake units. */
import { walkHold } from '../../../activities/hold/walk.ts';
import type { UnitId } from '../../../domain/ids.ts';
import type { LegalHoldStore } from '../../../storage/suspensions/legal-hold-store.ts';
import { flagArrivedObjects } from '../../../storage/suspensions/object-holds.ts';
import { readSuspension } from '../../../storage/suspensions/read-suspension.ts';
import type { HoldWalk } from '../../../workflows/hold/contract.ts';
import { realNow } from '../../support/world.ts';
import { type Hold, type Race, untilAnswered } from './race-model.ts';

const wake = async ({ units, forgetsToWake }: Race, ids: readonly UnitId[]): Promise<void> => {
  if (forgetsToWake) return;
  for (const id of ids) {
    const unit = units.get(id);
    if (unit !== undefined) Object.assign(unit, { called: true, asleep: false });
  }
};

/** What the hold's workflow does, from reading the suspension to the end of its walks; it may die on the way. */
export const carryOut = async (race: Race, hold: Hold, diesAfter = Number.POSITIVE_INFINITY): Promise<void> => {
  const { world, store, claimMs } = race;
  if (hold.working) return;
  hold.working = true;
  let calls = 0;
  let died = (): void => undefined;
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });
  const mortal: LegalHoldStore = {
    callTimeoutMs: store.callTimeoutMs,
    setLegalHold: async (input) => {
      calls += 1;
      if (calls > diesAfter) {
        // A dead process neither asks the store nor writes anything down afterwards; half of them have asked.
        if (calls % 2 === 0) await store.setLegalHold(input);
        died();
        await new Promise(() => undefined);
      }
      return store.setLegalHold(input);
    },
  };
  const deps = {
    db: world.database('worker'),
    legalHolds: mortal,
    claimMs,
    signalUnits: ({ units: called }: { units: readonly UnitId[] }) => wake(race, called),
    tellCases: async () => undefined,
    heartbeat: () => undefined,
    limits: { page: 2, records: 4, objects: 4, units: 4 },
  };
  const walks = async (): Promise<void> => {
    for (;;) {
      const suspension = await readSuspension(deps.db, hold.id);
      if (suspension === undefined) return;
      const { scopeRevision, state } = suspension;
      const givesBack: readonly HoldWalk[] = ['free-overdue', 'lift', 'wake'];
      const order =
        state === 'released' ? givesBack : [...givesBack, 'tell-soon' as const, 'cover' as const, 'tell' as const];
      let outdated = false;
      for (const walk of order) {
        for (let more = true; more && !outdated; ) {
          const given = { suspensionId: hold.id, walk, scopeRevision, restart: false, now: realNow() };
          const { kind } = await walkHold(deps, given);
          more = kind === 'more';
          outdated = kind === 'outdated';
        }
      }
      if (!outdated) return;
    }
  };
  try {
    await Promise.race([walks(), death]);
  } finally {
    hold.working = false;
  }
};

/** Flags what was uploaded under a hold, until nothing is left to look at. */
export const flagArrived = async ({ world, store, claimMs }: Race): Promise<void> => {
  const deps = { db: world.database('worker'), legalHolds: store, claimMs };
  for (;;) {
    const { checked } = await untilAnswered(() => flagArrivedObjects(deps, { now: realNow() }));
    if (checked === 0) return;
  }
};
