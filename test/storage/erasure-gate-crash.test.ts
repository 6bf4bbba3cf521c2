/** A crash at any line of the gate: afterwards everything due is gone, nothing else is, and each record has one certificate. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { type GateStep, gateSteps } from '../../storage/erasure-gate/index.ts';
import { certificatesOf, expectGone, expectWhole, walkUnit, whatIsLeft } from '../support/erasing.ts';
import { killGateAt } from '../support/gate-drill.ts';
import { handIn, type TestRecord } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'crash' });
});
afterAll(() => world.close());

let day = 0;
const newDay = (): Instant => {
  day += 1;
  return instantPlus(instant('2011-01-01T10:00:00Z'), days(day));
};

const count = 6;
const limit = 4;

type Scene = {
  readonly records: readonly TestRecord[];
  readonly doomed: readonly TestRecord[];
  readonly kept: TestRecord;
};

/** Six records of one unit, each with an object, so that two chunks erase five of them and a suspension keeps the sixth. */
const setTheScene = async (): Promise<Scene> => {
  const at = newDay();
  const records = await handIn(world, { triggerAt: at, count, objects: (index) => [Buffer.from(`object ${index}`)] });
  const kept = records[1];
  if (kept === undefined) throw new Error('Six records were handed in');
  await place(world, { scope: [{ record: kept.recordId }], now: at });
  return { records, doomed: records.filter((record) => record !== kept), kept };
};

const afterRecovery = async ({ records, doomed, kept }: Scene): Promise<void> => {
  const unit = kept.unit;
  const gate = world.gate();
  // One walk may have to finish what was interrupted; the second must find nothing left to do.
  await walkUnit(gate, { unitId: unit.id, now: unit.dueAt, limit });
  const second = await walkUnit(gate, { unitId: unit.id, now: unit.dueAt, limit });
  expect(second.reduce((sum, { gone }) => sum + gone, 0)).toBe(0);
  await expectGone(
    world,
    doomed.map((record) => record.recordId),
  );
  await expectWhole(world, [kept]);
  const certificates = await certificatesOf(world, unit.id);
  expect(certificates.reduce((sum, { recordsGone }) => sum + recordsGone, 0)).toBe(records.length - 1);
  // What was counted when the intent was written is certified, however much of it an earlier attempt had removed.
  expect(certificates.reduce((sum, { stores }) => sum + stores.objects.gone, 0)).toBe(records.length - 1);
  expect(certificates.reduce((sum, { stores }) => sum + stores.objects.versionsGone, 0)).toBe(records.length - 1);
  expect(certificates.reduce((sum, { stores }) => sum + stores.objects.notFound, 0)).toBe(0);
  expect(await gate.closeUnit({ unitId: unit.id, now: unit.dueAt })).toEqual({
    kind: 'not-empty',
    recordsLeft: 1,
    intentsUnproven: 0,
  });
};

describe('I9, I6: an error at any step', () => {
  test.each(gateSteps)('%s', async (step) => {
    const scene = await setTheScene();
    const { unit } = scene.kept;
    const gate = world.gate({
      atStep: async (reached) => {
        if (reached === step) throw new Error('planted');
      },
    });
    await expect(walkUnit(gate, { unitId: unit.id, now: unit.dueAt, limit })).rejects.toThrow('planted');
    await expectWhole(world, [scene.kept]);
    await afterRecovery(scene);
  });
});

describe('I9, I6: kill -9 at any step', () => {
  test.each(gateSteps)('%s', async (step) => {
    const scene = await setTheScene();
    const { unit } = scene.kept;
    await killGateAt(world, { unitId: unit.id, now: unit.dueAt, limit, step });
    await expectWhole(world, [scene.kept]);
    await afterRecovery(scene);
  });

  test('in the second chunk, twice in a row, with another gate taking over in between', async () => {
    const scene = await setTheScene();
    const { unit } = scene.kept;
    const input = { unitId: unit.id, now: unit.dueAt, limit: 2 };
    await killGateAt(world, { ...input, step: 'rows-deleted', passage: 2 });
    await killGateAt(world, { ...input, step: 'objects-half-destroyed' });
    await afterRecovery(scene);
  });
});

test('the steps before the intent is committed destroy nothing, those after it are past return', async () => {
  const before: readonly GateStep[] = gateSteps.slice(0, gateSteps.indexOf('intent-committed'));
  expect(before).toContain('intent-written');
  for (const step of before) {
    const scene = await setTheScene();
    const { unit } = scene.kept;
    const gate = world.gate({
      atStep: async (reached) => {
        if (reached === step) throw new Error('planted');
      },
    });
    await expect(walkUnit(gate, { unitId: unit.id, now: unit.dueAt, limit })).rejects.toThrow('planted');
    await expectWhole(world, scene.records);
  }
  const scene = await setTheScene();
  const { unit } = scene.kept;
  const gate = world.gate({
    atStep: async (reached) => {
      if (reached === 'intent-committed') throw new Error('planted');
    },
  });
  await expect(walkUnit(gate, { unitId: unit.id, now: unit.dueAt, limit })).rejects.toThrow('planted');
  // Nothing is gone yet, and the placing answer says that nothing can stop it any more.
  expect(
    (
      await whatIsLeft(
        world,
        scene.records.map((record) => record.recordId),
      )
    ).versions,
  ).toBe(count);
  const [first] = scene.doomed;
  if (first === undefined) throw new Error('Five records are doomed');
  const placed = await place(world, { scope: [{ record: first.recordId }], now: unit.dueAt });
  expect(placed.beingErased).toMatchObject([{ records: 1 }]);
  await afterRecovery(scene);
});
