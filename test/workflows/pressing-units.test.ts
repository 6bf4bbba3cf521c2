/**
 * A hold over whole classes may cover a million units. Those that cannot wait come first: on the release what is overdue, the longest
 * overdue before the others and before anything else is walked over; on placing what falls due within a month.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { walkHold } from '../../activities/hold/walk.ts';
import type { HoldWalkDeps } from '../../activities/hold/walk-step.ts';
import type { SuspensionId, UnitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { openLegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { readSuspension } from '../../storage/suspensions/read-suspension.ts';
import type { HoldWalk } from '../../workflows/hold/contract.ts';
import { holdStatusQuery, holdWorkflowType } from '../../workflows/hold/contract.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { handIn, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release, workflowIdOfHold } from '../support/suspensions.ts';
import { eventually, startWorker, worldClient } from '../support/temporal.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

const { callRecording, chat, sms } = recordClasses;
const now = realNow();
const daysAgo = (count: number) => instantPlus(now, -days(count));

let world: World;
/** The units that were called, in order, and whether the store still held something of a unit when it was called. */
let called: UnitId[];
let flaggedWhenCalled: number;
let callsUntilDeath: number;
beforeAll(async () => {
  world = await createWorld({ label: 'pressing-units' });
});
afterAll(() => world.close());
beforeEach(() => {
  called = [];
  flaggedWhenCalled = 0;
  callsUntilDeath = Number.POSITIVE_INFINITY;
});

const flagged = async (units: readonly UnitId[]): Promise<number> => {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM object_hold JOIN record ON record.id = object_hold.record_id
    WHERE record.unit_id = ANY(${[...units]}::uuid[]) AND object_hold.state <> 'lifted'`.execute(
    world.database('worker'),
  );
  return rows[0]?.n ?? -1;
};

const deps = (): HoldWalkDeps => ({
  db: world.database('worker'),
  legalHolds: openLegalHoldStore(world.storeSettings('worker'), world.store('worker')),
  signalUnits: async ({ units, reason }) => {
    if (reason === 'suspension-released') flaggedWhenCalled += await flagged(units);
    for (const unit of units) {
      if (called.length >= callsUntilDeath) throw new Error('the worker died');
      called.push(unit);
    }
  },
  tellCases: async () => undefined,
  heartbeat: () => undefined,
  limits: { page: 2, records: 4, objects: 4, units: 4 },
});

/** One walk to its end, slice by slice. */
const walkThrough = async (suspensionId: SuspensionId, walk: HoldWalk): Promise<void> => {
  for (;;) {
    const hold = await readSuspension(world.database('worker'), suspensionId);
    const scopeRevision = hold?.scopeRevision ?? 0;
    const { kind } = await walkHold(deps(), { suspensionId, walk, scopeRevision, restart: false, now: realNow() });
    if (kind === 'finished') return;
    if (kind === 'outdated') throw new Error('The scope has changed');
  }
};

const one = async (recordClass: typeof chat, days: number, objects = 0): Promise<TestRecord> => {
  const [record] = await handIn(world, {
    recordClass,
    triggerAt: daysAgo(days),
    now,
    count: 1,
    objects: () => Array.from({ length: objects }, () => Buffer.from('a voice')),
  });
  if (record === undefined) throw new Error('nothing was handed in');
  return record;
};
const unitOf = ({ unit }: TestRecord): UnitId => unit.id;
/** A chat is due after five years, a recording after six months: by class, clause and trigger the order would be another. */
const fiveYears = 5 * 365 + 1;

describe('a hold over two classes', () => {
  test('tells what falls due within a month first, by when its time is up; the rest later, units of a day never', async () => {
    const sleeping = [await one(chat, 10), await one(callRecording, 20)];
    const soon = [await one(callRecording, 175), await one(chat, fiveYears - 12), await one(callRecording, 165)];
    const ofADay = await one(sms, fiveYears - 5);
    const { suspensionId } = await place(world, {
      scope: [{ recordClass: chat }, { recordClass: sms }, { recordClass: callRecording }],
      now: realNow(),
    });
    await walkThrough(suspensionId, 'tell-soon');
    const byBound = soon.toSorted((a, b) => (a.unit.boundAt < b.unit.boundAt ? -1 : 1)).map(unitOf);
    expect(called).toEqual(byBound);
    called = [];
    await walkThrough(suspensionId, 'tell');
    expect(new Set(called)).toEqual(new Set([...sleeping, ...soon].map(unitOf)));
    expect(called).not.toContain(unitOf(ofADay));
    await release(world, suspensionId, realNow());
  });

  test('gives back what is overdue first, the longest overdue before the others, and no unit is called while the store holds it', async () => {
    const sleeping = [await one(chat, 30, 1), await one(callRecording, 40, 1)];
    const overdue = [
      await one(callRecording, 190, 1),
      await one(chat, fiveYears + 40, 3),
      await one(sms, fiveYears + 20),
      await one(callRecording, 300, 1),
      await one(chat, fiveYears + 2),
    ];
    const { suspensionId } = await place(world, {
      scope: [{ recordClass: chat }, { recordClass: sms }, { recordClass: callRecording }],
      now: realNow(),
    });
    await walkThrough(suspensionId, 'cover');
    expect(await flagged(overdue.map(unitOf))).toBe(5);
    await release(world, suspensionId, realNow());
    await walkThrough(suspensionId, 'free-overdue');
    const mine = new Set(overdue.map(unitOf));
    expect(called.filter((unit) => mine.has(unit))).toEqual(
      overdue.toSorted((a, b) => (a.unit.boundAt < b.unit.boundAt ? -1 : 1)).map(unitOf),
    );
    for (const record of sleeping) expect(called).not.toContain(unitOf(record));
    expect(flaggedWhenCalled).toBe(0);
    // The others keep their flags until their turn.
    expect(await flagged(sleeping.map(unitOf))).toBe(2);
  });

  test('goes on where a worker died: what was called in the page at hand is called again, nothing is left out', async () => {
    const overdue: TestRecord[] = [];
    for (const days of [400, 390, 380, 370, 360]) overdue.push(await one(callRecording, days));
    const triggers = { from: daysAgo(401), until: daysAgo(359) };
    const { suspensionId } = await place(world, { scope: [{ recordClass: callRecording, triggers }], now: realNow() });
    await release(world, suspensionId, realNow());
    callsUntilDeath = 3;
    await expect(walkThrough(suspensionId, 'free-overdue')).rejects.toThrow('the worker died');
    callsUntilDeath = Number.POSITIVE_INFINITY;
    await walkThrough(suspensionId, 'free-overdue');
    const [first, second, third, ...rest] = overdue.map(unitOf);
    expect(called).toEqual([first, second, third, third, ...rest]);
    called = [];
    await walkThrough(suspensionId, 'free-overdue');
    expect(called).toEqual([]);
  });

  test('a second hold over a class keeps its flags, and a hold over records alone has nothing to hurry', async () => {
    const record = await one(callRecording, 500, 1);
    const triggers = { from: daysAgo(501), until: daysAgo(499) };
    const scope = [{ recordClass: callRecording, triggers }];
    const { suspensionId: first } = await place(world, { scope, now: realNow() });
    const { suspensionId: second } = await place(world, { scope: [{ record: record.recordId }], now: realNow() });
    await walkThrough(first, 'cover');
    await release(world, first, realNow());
    await walkThrough(first, 'free-overdue');
    expect(await flagged([unitOf(record)])).toBe(1);
    called = [];
    await release(world, second, realNow());
    await walkThrough(second, 'free-overdue');
    expect(called).toEqual([]);
  });
});

test('I3: the workflow of a hold over a class, continued as new again and again, has what waited erased after the release, and every unit show it', async () => {
  await using own = await createWorld({ label: 'pressing-workflow' });
  const { client, queuePrefix } = await worldClient(own);
  const given = { recordClass: callRecording, now };
  const [waiting] = await handIn(own, { ...given, triggerAt: daysAgo(200), count: 1 });
  const [sleeping] = await handIn(own, { ...given, triggerAt: daysAgo(20), count: 1 });
  if (waiting === undefined || sleeping === undefined) throw new Error('nothing was handed in');
  const { suspensionId } = await place(own, { scope: [{ recordClass: callRecording }], now: realNow() });
  // Started by hand before the worker finds it, so that it continues as new after every few steps.
  await client.workflow.start(holdWorkflowType, {
    workflowId: await workflowIdOfHold(own, suspensionId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [{ version: 1, suspensionId, continueAfterEvents: 20 }],
  });
  await startWorker(own);
  const status = (record: TestRecord) =>
    client.workflow
      .getHandle(record.workflowId)
      .query(retentionStatusQuery)
      .catch(() => undefined);
  await eventually(
    () => status(waiting),
    (unit) => unit?.state === 'kept',
  );
  await eventually(
    () => status(sleeping),
    (unit) => unit?.keptBy.includes('litigation-hold') === true,
  );
  // A unit's own first look may show the hold before the hold's walk has signalled it: released before then, that walk is not needed.
  const hold = client.workflow.getHandle(await workflowIdOfHold(own, suspensionId));
  await eventually(
    () => hold.query(holdStatusQuery).catch(() => undefined),
    (held) => held?.state === 'in-force',
  );
  await release(own, suspensionId, realNow());
  const erased = await client.workflow.getHandle(waiting.workflowId).result();
  expect(erased).toEqual({ recordsGone: 1, certificates: 1 });
  await eventually(
    () => status(sleeping),
    (unit) => unit?.keptBy.length === 0,
  );
  expect(await hold.result()).toEqual({ released: true });
  expect((await hold.query(holdStatusQuery)).state).toBe('released');
  const walks = await own
    .database('worker')
    .selectFrom('suspension_walk')
    .select('walk')
    .where('suspension_id', '=', suspensionId)
    .where('finished_at', 'is not', null)
    .execute();
  expect(walks.map(({ walk }) => walk).sort()).toEqual(['cover', 'free-overdue', 'lift', 'tell', 'tell-soon', 'wake']);
}, 180_000);
