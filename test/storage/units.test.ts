/** Units: which ones need a workflow (I1), how far each has come, and closing one while records still arrive. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UnitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { drainOutbox } from '../../storage/outbox/outbox.ts';
import {
  markUnitsToStart,
  type RetentionUnit,
  readUnit,
  readUnitProgress,
  unitsToSignal,
  unitsToStart,
} from '../../storage/units/units.ts';
import { eraseChunk, walkUnit } from '../support/erasing.ts';
import { handIn, handInOne, inps, recordClasses, unitsOf } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'units' });
});
afterAll(() => world.close());

const { callRecording, portalInteraction } = recordClasses;
const triggerAt = instant('2020-05-05T10:00:00Z');
const now = instant('2020-05-05T11:00:00Z');

const startAll = async (): Promise<readonly UnitId[]> => {
  const started: UnitId[] = [];
  for (;;) {
    const { taken } = await drainOutbox(world.database('worker'), unitsToStart, {
      now,
      send: async (units) => {
        started.push(...units.map(({ unitId }) => unitId));
        return units;
      },
    });
    if (taken === 0) return started;
  }
};

describe('I1: units that need a workflow', () => {
  test('are taken once, marked, and taken again when their workflow is missing', async () => {
    const records = await handIn(world, { recordClass: callRecording, triggerAt, count: 3 });
    const units = [...unitsOf(records)].sort();
    expect([...(await startAll())].sort()).toEqual(units);
    expect(await startAll()).toEqual([]);
    expect(
      (await readUnit(world.database('worker'), units[0] ?? (records[0]?.unit.id as UnitId)))?.workflowStartedAt,
    ).toBe(now);
    expect(await markUnitsToStart(world.database('worker'), units.slice(0, 2))).toBe(2);
    expect([...(await startAll())].sort()).toEqual(units.slice(0, 2));
  });

  test('stay to be started when starting fails, wholly or in part', async () => {
    const records = await handIn(world, { recordClass: callRecording, triggerAt, count: 2 });
    const [first, second] = [...unitsOf(records)];
    if (first === undefined || second === undefined) throw new Error('Two units were made');
    const starting = (send: () => Promise<readonly RetentionUnit[]>) =>
      drainOutbox(world.database('worker'), unitsToStart, { now, send });
    await expect(starting(() => Promise.reject(new Error('planted')))).rejects.toThrow('planted');
    const unit = await readUnit(world.database('worker'), first);
    expect(await starting(async () => (unit === undefined ? [] : [unit]))).toEqual({
      taken: 2,
      sent: 1,
      after: second,
    });
    expect(await startAll()).toEqual([second]);
  });

  test('each that cannot be started is passed by once: a page begins behind the last one, also among those made at one moment', async () => {
    const units = [...unitsOf(await handIn(world, { recordClass: callRecording, triggerAt, count: 3 }))].sort();
    const db = world.database('worker');
    await sql`UPDATE retention_unit SET created_at = '2020-05-05T10:00:00.000123Z' WHERE id = ANY(${units}::uuid[])`.execute(
      world.superuser(),
    );
    const seen: (UnitId | undefined)[] = [];
    let after: string | undefined;
    for (let page = 0; page < 4; page += 1) {
      const drained = await drainOutbox(db, unitsToStart, {
        now,
        limit: 1,
        after,
        send: async ([unit]) => {
          seen.push(unit?.unitId);
          return [];
        },
      });
      after = drained.after;
    }
    expect(seen).toEqual(units);
    expect([...(await startAll())].sort()).toEqual(units);
  });

  test('are shared out among starters, none of which waits for another, while records go on joining', async () => {
    const [record] = await handIn(world, { triggerAt, count: 1 });
    const others = await handIn(world, { recordClass: callRecording, triggerAt, count: 4 });
    const seen: UnitId[][] = [];
    let meanwhile = 0;
    await drainOutbox(world.database('worker'), unitsToStart, {
      now,
      limit: 3,
      send: async (units) => {
        seen.push(units.map(({ unitId }) => unitId));
        await drainOutbox(world.database('worker'), unitsToStart, {
          now,
          send: async (rest) => {
            seen.push(rest.map(({ unitId }) => unitId));
            return rest;
          },
        });
        // A record of the day unit that is being started at this moment.
        meanwhile = (await handIn(world, { triggerAt, count: 1 })).length;
        return units;
      },
    });
    expect(seen.map((ids) => ids.length)).toEqual([3, 2]);
    expect(new Set(seen.flat())).toEqual(new Set([record?.unit.id, ...others.map(({ unit }) => unit.id)]));
    expect(meanwhile).toBe(1);
  });
});

describe('closing', () => {
  test('a record that arrives while its day unit is being erased keeps the unit open, and is erased by the next walk', async () => {
    const at = instant('2020-06-06T10:00:00Z');
    const first = await handInOne(world, { triggerAt: at });
    const input = { unitId: first.unit.id, now: first.unit.dueAt };
    let late: Awaited<ReturnType<typeof handInOne>> | undefined;
    const gate = world.gate({
      atStep: async (step) => {
        if (step === 'rows-committed') late ??= await handInOne(world, { triggerAt: at });
      },
    });
    await walkUnit(gate, input);
    expect(late?.unit.id).toBe(first.unit.id);
    expect(await gate.closeUnit(input)).toMatchObject({ kind: 'not-empty', recordsLeft: 1 });
    await walkUnit(gate, input);
    expect(await gate.closeUnit(input)).toEqual({ kind: 'closed' });
  });

  test('a record that arrives after its day was closed opens a new unit', async () => {
    const at = instant('2020-07-07T10:00:00Z');
    const first = await handInOne(world, { triggerAt: at });
    const input = { unitId: first.unit.id, now: first.unit.dueAt };
    await walkUnit(world.gate(), input);
    await world.gate().closeUnit(input);
    const late = await handInOne(world, { triggerAt: at });
    expect(late.unit.id).not.toBe(first.unit.id);
    expect(late.unit.boundAt).toBe(first.unit.boundAt);
    expect(await startAll()).toContain(late.unit.id);
  });

  test('I3: a record that joins a day whose time has come has its workflow look again: it may sleep until a hold on the rest ends', async () => {
    const at = instant('2020-09-09T10:00:00Z');
    const held = await handInOne(world, { triggerAt: at });
    await place(world, { scope: [{ record: held.recordId }], now: at });
    await startAll();
    const { id, dueAt } = held.unit;
    await walkUnit(world.gate(), { unitId: id, now: dueAt });
    const told = async (): Promise<readonly UnitId[]> => {
      const units: UnitId[] = [];
      await drainOutbox(world.database('worker'), unitsToSignal, {
        now,
        send: async (those) => {
          units.push(...those.map(({ unitId }) => unitId));
          return those;
        },
      });
      return units;
    };
    await handInOne(world, { triggerAt: at, now: instantPlus(dueAt, -1) });
    expect(await told()).not.toContain(id);
    const late = await handInOne(world, { triggerAt: at, now: dueAt });
    expect(late.unit.id).toBe(id);
    expect(await told()).toContain(id);
    expect(await told()).not.toContain(id);
    // Told while another joins: the mark of that one stays.
    await handInOne(world, { triggerAt: at, now: dueAt });
    await drainOutbox(world.database('worker'), unitsToSignal, {
      now,
      send: async (those) => {
        await handInOne(world, { triggerAt: at, now: dueAt });
        return those;
      },
    });
    expect(await told()).toContain(id);
  });

  test('of joining and closing at once, no record is left in a closed unit', async () => {
    for (let round = 0; round < 8; round += 1) {
      const at: Instant = instantPlus(instant('2016-01-01T10:00:00Z'), days(round));
      const first = await handInOne(world, { triggerAt: at });
      const input = { unitId: first.unit.id, now: first.unit.dueAt };
      await walkUnit(world.gate(), input);
      await Promise.all([
        handIn(world, { triggerAt: at, count: 3 }),
        world.gate().closeUnit(input),
        handIn(world, { triggerAt: at, count: 3 }),
      ]);
    }
    const stranded = await world
      .database('api')
      .selectFrom('record')
      .innerJoin('retention_unit', 'retention_unit.id', 'record.unit_id')
      .select('record.id')
      .where('retention_unit.state', '=', 'closed')
      .execute();
    expect(stranded).toEqual([]);
  });
});

test('records that come one after the other have ascending ids, so that indexes grow at their end', async () => {
  const records = await handIn(world, { triggerAt: instant('2020-07-07T10:00:00Z'), count: 300 });
  const ids = records.map(({ recordId }) => recordId);
  expect(ids).toEqual(ids.toSorted());
});

test('progress counts what is left, gone, kept and unproven', async () => {
  const at = instant('2020-08-08T10:00:00Z');
  const records = await handIn(world, { triggerAt: at, count: 5 });
  const [first] = records;
  if (first === undefined) throw new Error('Five records were handed in');
  const { suspensionId } = await place(world, { scope: [{ record: first.recordId }], now: at });
  await eraseChunk(world.gate(), { unitId: first.unit.id, now: first.unit.dueAt, limit: 3 });
  const progress = await readUnitProgress(world.database('worker'), first.unit.id);
  expect(progress).toMatchObject({
    unit: { unitId: first.unit.id, controller: inps, recordClass: portalInteraction, unitSize: 'day', state: 'open' },
    recordsLeft: 3,
    recordsGone: 2,
    certificates: 1,
    intentsUnproven: 0,
    kept: {
      records: 1,
      byKind: [{ kind: 'litigation-hold', records: 1 }],
      suspensionCount: 1,
      suspensions: [{ suspensionId, kind: 'litigation-hold' }],
    },
  });
});
