/**
 * One run of the race search: carries out a course of events on the real database and store, keeps a small model of what the
 * answers promised, and says what broke a promise. The search decides who moves: the gate stands still at every line of a chunk.
 */
import { sql } from 'kysely';
import type { World } from '../../support/world.ts';
import type { Action } from './actions.ts';
import type { GateHandle } from './gate-handle.ts';
import { comeToRest, moveGate, outcomeOf } from './race-gates.ts';
import { change, place, release } from './race-holds.ts';
import { BrokenPromise, beginRace, type Hold, inTime, type Race, untilAnswered } from './race-model.ts';
import { checkPromises, scopeOf } from './race-promises.ts';
import { flagsOf, type RacedRecord, register, upload, whatIsLeft } from './race-store.ts';
import { carryOut, flagArrived } from './race-walks.ts';

export type RunInput = {
  readonly world: World;
  readonly gate: GateHandle;
  readonly run: number;
  readonly actions: readonly Action[];
  /** The mutant that forgets: nobody is woken after a release. */
  readonly forgetsToWake?: boolean;
};

/** Begins work and leaves it to itself after a moment. */
const background = async ({ pending }: Race, work: Promise<unknown>): Promise<void> => {
  const noted = work.finally(() => pending.delete(noted));
  // Its failure is seen when the run ends; until then nobody may call it unhandled.
  noted.catch(() => undefined);
  pending.add(noted);
  await inTime(noted, 40);
};

const takeIn = async (race: Race, spec: RacedRecord['spec']): Promise<void> => {
  const { world, run, records, units, holds } = race;
  const inForce = holds.filter(({ state }) => state === 'active');
  const record = await register(world, run, spec);
  records.push(record);
  const unit = units.get(record.unitId);
  if (unit === undefined) {
    const fresh = { execution: undefined, cursor: undefined, kept: 0, failed: 0, asleep: false, called: false };
    units.set(record.unitId, { id: record.unitId, ...fresh, closed: false });
  } else {
    // A record that joins a unit past its bound is found by the sweep; here it is called at once.
    Object.assign(unit, { called: true, asleep: false, closed: false });
  }
  for (const hold of inForce) {
    if (hold.state === 'active' && hold.scope.covers(record)) hold.preserved.add(record);
  }
  for (let count = 0; count < spec.objects; count += 1) await upload(world, record);
};

const cut = async ({ world }: Race, of: 'gate' | 'worker'): Promise<void> => {
  const name = of === 'gate' ? 'race-gate' : 'test-worker';
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${name} AND datname = current_database()`.execute(
    world.superuser(),
  );
};

const carry = async (race: Race, action: Action): Promise<void> => {
  const { world, gate, records, units, holds } = race;
  const heldBy = (pick: number, states: readonly Hold['state'][]): Hold | undefined => {
    const among = holds.filter(({ state }) => states.includes(state));
    return among[pick % Math.max(1, among.length)];
  };
  switch (action.kind) {
    case 'register':
      return takeIn(race, action.spec);
    case 'upload': {
      const record = records[action.record % Math.max(1, records.length)];
      if (record !== undefined) await upload(world, record);
      return;
    }
    case 'gate': {
      const unit = [...units.values()][action.unit % Math.max(1, units.size)];
      if (unit !== undefined) await moveGate(race, unit, action.steps);
      return;
    }
    case 'kill':
      await gate.kill();
      for (const unit of units.values()) outcomeOf(unit);
      return;
    case 'cut-connections':
      return cut(race, action.of);
    case 'place':
      if (records.length > 0) await background(race, place(race, scopeOf(race, action.scope)));
      return;
    case 'change': {
      const hold = heldBy(action.hold, ['active']);
      if (hold !== undefined) await background(race, change(race, hold, scopeOf(race, action.scope)));
      return;
    }
    case 'release': {
      const hold = heldBy(action.hold, ['active']);
      if (hold !== undefined) await background(race, release(race, hold));
      return;
    }
    case 'carry-out': {
      const hold = heldBy(action.hold, ['active', 'released']);
      if (hold !== undefined)
        await background(
          race,
          untilAnswered(() => carryOut(race, hold, action.diesAfter)),
        );
      return;
    }
  }
};

/** Nothing held is gone, nothing due is left, nothing is gone without proof, and the store's flags say the same. */
const checkTheEnd = async (race: Race): Promise<void> => {
  const { world, records, holds } = race;
  const admin = world.storeClient('admin');
  await checkPromises(
    race,
    holds.filter(({ state }) => state === 'active'),
  );
  const left = await whatIsLeft(world, records);
  const inForce = holds.filter(({ state }) => state === 'active');
  for (const record of records) {
    const held = inForce.some((hold) => hold.scope.covers(record));
    const doomed = left.doomed.has(record.id);
    if (!held && left.rows.has(record.id))
      throw new BrokenPromise(`nothing keeps it, it is past its bound and still there: ${record.id}`);
    if (doomed && !left.certified.has(record.id)) throw new BrokenPromise(`erased without a certificate: ${record.id}`);
    if (!left.rows.has(record.id) && !doomed) throw new BrokenPromise(`gone without a trace: ${record.id}`);
    if (!left.rows.has(record.id)) continue;
    for (const { key } of record.objects) {
      const flags = await flagsOf(admin, world, key);
      const wanted = held ? 'ON' : 'OFF';
      if (flags.length === 0 || flags.some((flag) => flag !== wanted)) {
        throw new BrokenPromise(`the store's flag of ${key} is ${flags.join('/')} and should be ${wanted}`);
      }
    }
  }
};

/** Carries the course of events out. Throws a `BrokenPromise` that says what went wrong. */
export const carryOutRun = async ({ world, gate, run, actions, forgetsToWake = false }: RunInput): Promise<void> => {
  const race = beginRace({ world, gate, run, forgetsToWake });
  const { units, holds, pending } = race;
  for (const action of actions) await carry(race, action);
  // Nobody is left in the middle of a line before the holds are carried out: their walks wait for what they find.
  while (pending.size > 0 || [...units.values()].some(({ execution }) => execution !== undefined)) {
    const underWay = [...units.values()].filter(({ execution }) => execution !== undefined);
    await Promise.all([...underWay.map((unit) => moveGate(race, unit, 1, true)), inTime(Promise.all(pending), 50)]);
  }
  await flagArrived(race);
  for (const hold of holds) await untilAnswered(() => carryOut(race, hold));
  await flagArrived(race);
  await comeToRest(race);
  await checkTheEnd(race);
};
