/** The retention workflow on the real services: from registration to certificate, in travelled time. */
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SuspensionId } from '../../domain/ids.ts';
import { days, hours, minutes } from '../../domain/time/duration.ts';
import { epochMs, instant, instantPlus } from '../../domain/time/instant.ts';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import { readUnit, readUnitProgress } from '../../storage/units/units.ts';
import {
  type RetentionResult,
  type RetentionStatus,
  redatedSignal,
  retentionStatusQuery,
  wakeUpSignal,
} from '../../workflows/retention/contract.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { handIn, handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { eventually, startWorker, worldClient } from '../support/temporal.ts';
import { runToEnd, timeOf, travelTo } from '../support/time-travel.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let client: Client;
/** What a test has the gate do at its named lines. */
let atGateStep: (step: GateStep) => Promise<void> = async () => undefined;

beforeAll(async () => {
  world = await createWorld({ label: 'retention' });
  ({ client } = await worldClient(world));
  await startWorker(world, { erasure: { chunkSize: 10, chunksPerSlice: 2 }, atGateStep: (step) => atGateStep(step) });
});
afterAll(() => world.close());

const day = days(1);

const workflowOf = (record: TestRecord) => client.workflow.getHandle(record.workflowId);

/** The unit's workflow, once the starter has started it. */
const started = async (record: TestRecord): Promise<{ client: Client; workflowId: string }> => {
  const unit = await eventually(
    () => readUnit(world.database('worker'), record.unit.id),
    (row) => row?.workflowStartedAt !== undefined,
  );
  expect(unit?.state).toBe('open');
  return { client, workflowId: record.workflowId };
};

const status = (record: TestRecord): Promise<RetentionStatus> => workflowOf(record).query(retentionStatusQuery);
const inState = (record: TestRecord, state: RetentionStatus['state']): Promise<RetentionStatus> =>
  eventually(
    () => status(record),
    (answer) => answer.state === state,
  );

/** Timers that a workflow has set and that neither fired nor were cancelled. */
const openTimers = async (record: TestRecord): Promise<number> => {
  const { events } = await workflowOf(record).fetchHistory();
  const count = (name: 'timerStarted' | 'timerFired' | 'timerCanceled'): number =>
    (events ?? []).filter((event) => event[`${name}EventAttributes`] != null).length;
  return count('timerStarted') - count('timerFired') - count('timerCanceled');
};

/** Places a litigation hold on one record; answers its id. */
const hold = async (record: TestRecord): Promise<SuspensionId> =>
  (await place(world, { scope: [{ record: record.recordId }], now: realNow() })).suspensionId;

const leftOf = async (record: TestRecord): Promise<{ rows: number; versions: number }> => {
  const { rows } = await world
    .database('worker')
    .selectFrom('record')
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .where('unit_id', '=', record.unit.id)
    .executeTakeFirstOrThrow();
  let versions = 0;
  for (const { key } of record.objects) {
    for await (const page of world.store('worker').listVersions({ prefix: key })) versions += page.length;
  }
  return { rows, versions };
};

describe('a unit of one record', () => {
  test('I1, I2, I6: waits for its due time, is erased then, and a certificate says so', async () => {
    const record = await handInOne(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: realNow(),
      objects: () => [Buffer.from('a recorded voice')],
    });
    const journey = await started(record);
    // A workflow answers from its first line on; its dates it knows once it has read its unit.
    await expect
      .poll(() => status(record))
      .toMatchObject({ state: 'waiting', unitSize: 'record', dueAt: record.unit.dueAt, boundAt: record.unit.boundAt });
    expect(await travelTo(journey, instantPlus(record.unit.dueAt, -minutes(1)))).toBe('arrived');
    expect(await leftOf(record)).toEqual({ rows: 1, versions: 1 });
    expect(await runToEnd<RetentionResult>(journey)).toEqual({ recordsGone: 1, certificates: 1 });
    expect(await leftOf(record)).toEqual({ rows: 0, versions: 0 });
    const progress = await readUnitProgress(world.database('worker'), record.unit.id);
    expect(progress).toMatchObject({ unit: { state: 'closed' }, recordsLeft: 0, recordsGone: 1, certificates: 1 });
    const { issued_at: issuedAt } = await world
      .database('worker')
      .selectFrom('disposition_certificate')
      .select('issued_at')
      .where('unit_id', '=', record.unit.id)
      .executeTakeFirstOrThrow();
    expect(issuedAt.getTime()).toBeGreaterThanOrEqual(epochMs(record.unit.dueAt));
    expect(issuedAt.getTime()).toBeLessThan(epochMs(record.unit.boundAt));
  });

  test('shows an operator what it is, what it waits for and until when', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    await started(record);
    await inState(record, 'waiting');
    // It is waiting from its first line on; what it is, it knows and shows once it has read its unit.
    const description = await eventually(
      () => workflowOf(record).describe(),
      ({ typedSearchAttributes }) => typedSearchAttributes.get(searchAttributes.dueAt) !== undefined,
    );
    const attributes = description.typedSearchAttributes;
    expect(attributes.get(searchAttributes.controller)).toBe('inps');
    expect(attributes.get(searchAttributes.recordClass)).toBe('call-recording');
    expect(attributes.get(searchAttributes.state)).toBe('waiting');
    expect(attributes.get(searchAttributes.dueAt)?.getTime()).toBe(epochMs(record.unit.dueAt));
    const lastDay = record.unit.boundDay;
    expect(await description.staticSummary()).toBe(`inps / call-recording: gone by ${lastDay}`);
    const metadata = await client.workflow
      .getHandle(record.workflowId)
      .query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('One record of class **call-recording** of controller **inps**');
    expect(metadata.currentDetails).toContain(`Waits until **${record.unit.dueAt.slice(0, 10)}`);
  });

  test('is erased at its new time after it was re-dated, earlier or later', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    const journey = await started(record);
    await inState(record, 'waiting');
    const dates = async (opensAt: string, dueAt: string): Promise<void> => {
      await world
        .database('worker')
        .updateTable('retention_unit')
        .set({
          opens_at: new Date(opensAt),
          due_at: new Date(dueAt),
          bound_at: new Date(epochMs(instant(dueAt)) + day),
        })
        .where('id', '=', record.unit.id)
        .execute();
      await workflowOf(record).signal(redatedSignal);
    };
    const later = instantPlus(record.unit.dueAt, 400 * day);
    await dates(record.unit.opensAt, later);
    await eventually(
      () => status(record),
      ({ dueAt }) => dueAt === later,
    );
    expect(await travelTo(journey, instantPlus(record.unit.dueAt, day))).toBe('arrived');
    expect(await leftOf(record)).toEqual({ rows: 1, versions: 0 });
    const soon = instantPlus(await timeOf(journey), hours(1));
    await dates(record.unit.opensAt, soon);
    expect(await runToEnd<RetentionResult>(journey)).toEqual({ recordsGone: 1, certificates: 1 });
  });

  test('cannot be cancelled: the obligation does not end because somebody asks', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    const journey = await started(record);
    await inState(record, 'waiting');
    await workflowOf(record).cancel();
    expect(await runToEnd<RetentionResult>(journey)).toEqual({ recordsGone: 1, certificates: 1 });
  });

  test('continues as new in the middle of its wait, with nothing lost', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    const journey = await started(record);
    await inState(record, 'waiting');
    await workflowOf(record).terminate('started again below with a shorter history');
    const { queuePrefix } = await worldClient(world);
    const again = await client.workflow.start('retention', {
      workflowId: journey.workflowId,
      taskQueue: `${queuePrefix}-procedures`,
      args: [{ version: 1, unitId: record.unit.id, continueAfterEvents: 25 }],
    });
    for (let calls = 0; calls < 8; calls += 1) {
      await workflowOf(record).signal(redatedSignal);
      await eventually(
        () => workflowOf(record).describe(),
        ({ raw }) => (raw.pendingWorkflowTask ?? null) === null,
      );
    }
    const continued = await workflowOf(record).describe();
    expect(continued.runId).not.toBe(again.firstExecutionRunId);
    expect(continued.status.name).toBe('RUNNING');
    expect(await runToEnd<RetentionResult>(journey)).toEqual({ recordsGone: 1, certificates: 1 });
  });
});

describe('a unit that a suspension keeps', () => {
  test('I4: is shown as kept, waits without a timer, and is erased when the release wakes it', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    const journey = await started(record);
    await inState(record, 'waiting');
    const held = await hold(record);
    expect(await travelTo(journey, instantPlus(record.unit.boundAt, 30 * day))).toBe('arrived');
    const kept = await inState(record, 'kept');
    expect(kept.keptBy).toEqual(['litigation-hold', held]);
    const description = await eventually(
      () => workflowOf(record).describe(),
      ({ typedSearchAttributes }) => typedSearchAttributes.get(searchAttributes.state) === 'kept',
    );
    expect(description.typedSearchAttributes.get(searchAttributes.keptBy)).toEqual(['litigation-hold', held]);
    expect(description.raw.pendingActivities ?? []).toHaveLength(0);
    const timers = await openTimers(record);
    expect(timers).toBe(0);
    await release(world, held, instantPlus(record.unit.boundAt, 30 * day));
    await workflowOf(record).signal(wakeUpSignal, { version: 1, reason: 'suspension-released' });
    expect(await workflowOf(record).result()).toEqual({ recordsGone: 1, certificates: 1 });
    expect(await leftOf(record)).toEqual({ rows: 0, versions: 0 });
  });

  test('shows before it is due what would keep it', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    await started(record);
    await inState(record, 'waiting');
    const held = await hold(record);
    await workflowOf(record).signal(wakeUpSignal, { version: 1, reason: 'suspension-placed' });
    const waiting = await eventually(
      () => status(record),
      ({ keptBy }) => keptBy.length > 0,
    );
    expect(waiting).toMatchObject({ state: 'waiting', keptBy: ['litigation-hold', held] });
  });

  test('I4: a call in the middle of a large walk is not lost: the records already passed are looked at again', async () => {
    const records = await handIn(world, {
      recordClass: recordClasses.sms,
      triggerAt: instant('2026-04-21T09:00:00Z'),
      now: realNow(),
      count: 45,
    });
    const [record] = records;
    if (record === undefined) throw new Error('nothing was handed in');
    const journey = await started(record);
    await inState(record, 'waiting');
    const first = [...records].sort((one, other) => (one.recordId < other.recordId ? -1 : 1))[0];
    const held = await hold(first ?? record);
    let chunks = 0;
    let reachThird: () => void = () => undefined;
    const third = new Promise<void>((resolve) => {
      reachThird = resolve;
    });
    let goOn: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // The first chunk has passed the held record; the third belongs to the second slice of the same walk.
    atGateStep = async (step) => {
      if (step === 'unit-locked') chunks += 1;
      if (step === 'unit-locked' && chunks === 3) {
        reachThird();
        await woken;
      }
    };
    const travelled = travelTo(journey, instantPlus(record.unit.dueAt, 1_000));
    await third;
    expect(await status(record)).toMatchObject({ state: 'erasing', recordsGone: 19 });
    await release(world, held, record.unit.dueAt);
    await workflowOf(record).signal(wakeUpSignal, { version: 1, reason: 'suspension-released' });
    // The workflow has taken note of the call while the slice is still at work.
    await eventually(
      () => workflowOf(record).fetchHistory(),
      ({ events }) => events?.at(-1)?.workflowTaskCompletedEventAttributes != null,
    );
    goOn();
    await travelled;
    expect(await workflowOf(record).result()).toMatchObject({ recordsGone: 45 });
    atGateStep = async () => undefined;
  });
});

describe('a unit of a day', () => {
  test('I1, I6: takes the same path and is erased in chunks, each with its certificate', async () => {
    const records = await handIn(world, {
      recordClass: recordClasses.sms,
      triggerAt: instant('2026-03-10T09:00:00Z'),
      now: realNow(),
      count: 55,
    });
    const [record] = records;
    if (record === undefined) throw new Error('nothing was handed in');
    const journey = await started(record);
    await expect.poll(() => status(record)).toMatchObject({ unitSize: 'day' });
    expect(await runToEnd<RetentionResult>(journey)).toEqual({ recordsGone: 55, certificates: 6 });
    expect(await leftOf(record)).toEqual({ rows: 0, versions: 0 });
  });
});
