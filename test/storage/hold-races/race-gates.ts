/** What the workflows of units do in the race search: they let the gate move a line at a time, sleep, and close. */
import { afterEverything, BrokenPromise, type Race, type Unit } from './race-model.ts';

/** A gate that breaks for any other reason than a cut connection proves nothing. */
const unexpectedly = (code: string): void => {
  if (!/57P0|08\d{3}|ECONN|terminat|connection/i.test(code)) throw new Error(`the gate broke: ${code}`);
};

/** Takes note of how an execution ended, if it has. */
export const outcomeOf = (unit: Unit): void => {
  const outcome = unit.execution?.outcome;
  if (outcome === undefined) return;
  unit.execution = undefined;
  if (outcome.kind === 'broke') unexpectedly(outcome.code);
  if (outcome.kind !== 'ended') {
    Object.assign(unit, { cursor: undefined, kept: 0, failed: 0 });
    return;
  }
  const { result } = outcome;
  if (result.kind === 'busy') return;
  if (result.kind === 'refused') throw new BrokenPromise(`the gate refused: ${result.reason}`);
  unit.kept += result.kept.records;
  unit.failed += result.failed.reduce((sum, { records: count }) => sum + count, 0);
  unit.cursor = result.cursor;
  if (result.cursor !== undefined) return;
  // The end of a walk over the unit: as its workflow, sleep if something is kept and nobody called meanwhile.
  unit.asleep = unit.kept > 0 && unit.failed === 0 && !unit.called;
  unit.closed = outcome.closed;
  Object.assign(unit, { kept: 0, failed: 0 });
};

/** Lets the gate pass some lines of a unit; `freely`, as many as it likes. */
export const moveGate = async (race: Race, unit: Unit, steps: number, freely = false): Promise<void> => {
  const { gate } = race;
  outcomeOf(unit);
  if (unit.execution === undefined) {
    if (unit.asleep || unit.closed) return;
    if (unit.cursor === undefined) unit.called = false;
    const { id: unitId, cursor } = unit;
    unit.execution = await gate.erase({ unitId, now: afterEverything, limit: 2, ...(cursor && { cursor }) });
  }
  for (let step = 0; step < steps && unit.execution?.outcome === undefined; step += 1) {
    if (unit.execution !== undefined) await gate.step(unit.execution, freely ? 500 : 30, freely);
  }
  outcomeOf(unit);
};

/** Everybody goes on until nobody has anything to do. */
export const comeToRest = async (race: Race): Promise<void> => {
  const { units, pending } = race;
  for (let round = 0; round < 400; round += 1) {
    await Promise.all([...units.values()].map((unit) => moveGate(race, unit, 1, true)));
    const busy = [...units.values()].some((unit) => unit.execution !== undefined || !(unit.asleep || unit.closed));
    if (!busy && pending.size === 0) return;
  }
  throw new BrokenPromise('something never comes to rest');
};
