/**
 * Crash drills on services of its own: the worker is killed at each step of the gate; Temporal, Postgres and the store are killed
 * while hundreds of records are being erased. Afterwards everything due is gone, nothing else is, and each record has exactly one
 * line in one certificate.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordId, recordId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { epochMs, type Instant, instantPlus } from '../../domain/time/instant.ts';
import { gateSteps } from '../../storage/erasure-gate/index.ts';
import { handIn, recordClasses, type TestRecord } from '../support/records.ts';
import { eventually, startWorkerProcess, type WorkerProcess } from '../support/temporal.ts';
import { createWorld, realNow, type World } from '../support/world.ts';
import { type OwnServices, startOwnServices } from './support/own-services.ts';

let services: OwnServices;
let world: World;

beforeAll(async () => {
  services = await startOwnServices();
  world = await createWorld({ label: 'killed', services: services.running });
});
afterAll(async () => {
  await world?.close();
  await services?.stop();
});

const sound = (name: string): Uint8Array => Buffer.from(`sound of ${name}`.repeat(300));

/** Recordings of calls so many days ago: half a year and more are due at once. */
const recordings = (daysAgo: number, count: number): Promise<readonly TestRecord[]> => {
  const now: Instant = realNow();
  return handIn(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: instantPlus(now, -days(daysAgo)),
    now,
    count,
    objects: (index) => [sound(`${daysAgo}-${index}`)],
  });
};

const idsOf = (records: readonly TestRecord[]): readonly RecordId[] => records.map(({ recordId: id }) => recordId(id));

/** How many of the records a certificate proves gone. */
const certified = async (records: readonly TestRecord[]): Promise<number> => {
  const { lines } = await world
    .database('worker')
    .selectFrom('erasure_item')
    .innerJoin('erasure_intent', 'erasure_intent.id', 'erasure_item.intent_id')
    .innerJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_intent.id')
    .where('erasure_intent.state', '=', 'certified')
    .where('erasure_item.record_id', 'in', idsOf(records))
    .select((expression) => expression.fn.countAll<string>().as('lines'))
    .executeTakeFirstOrThrow();
  return Number(lines);
};

const rowsLeft = async (records: readonly TestRecord[]): Promise<number> => {
  const rows = await world
    .database('worker')
    .selectFrom('record')
    .where('id', 'in', idsOf(records))
    .select('id')
    .execute();
  return rows.length;
};

const versionsOf = async ({ recordId }: TestRecord): Promise<number> => {
  let versions = 0;
  const prefix = `inps/${recordClasses.callRecording}/${recordId}/`;
  for await (const page of world.store('gate').listVersions({ prefix })) versions += page.length;
  return versions;
};

const expectGone = async (records: readonly TestRecord[]): Promise<void> => {
  expect(await rowsLeft(records)).toBe(0);
  for (const record of records) expect(await versionsOf(record)).toBe(0);
  // One line a record: the ledger's key is the record, and its intent has one certificate.
  expect(await certified(records)).toBe(records.length);
  const totals = await world
    .database('worker')
    .selectFrom('disposition_certificate')
    .innerJoin('erasure_item', 'erasure_item.intent_id', 'disposition_certificate.intent_id')
    .where('erasure_item.record_id', 'in', idsOf(records))
    .select(['disposition_certificate.id', 'disposition_certificate.records_gone'])
    .distinct()
    .execute();
  expect(totals.reduce((sum, { records_gone }) => sum + records_gone, 0)).toBe(records.length);
};

const expectUntouched = async (records: readonly TestRecord[]): Promise<void> => {
  expect(await rowsLeft(records)).toBe(records.length);
  for (const record of records) expect(await versionsOf(record)).toBe(1);
};

/** Answers of a database that may be away. */
const certifiedIfThere = (records: readonly TestRecord[]): Promise<number> => certified(records).catch(() => -1);

describe('killed', () => {
  test('I1, I2, I6, I9: kill -9 of the worker at each step of the gate loses nothing and does nothing twice', async () => {
    const notDue = await recordings(10, 5);
    const due: TestRecord[] = [];
    for (const step of gateSteps) {
      due.push(...(await recordings(200, 2)));
      const worker = await startWorkerProcess(world, {
        environment: { OBLIO_TEST_GATE_STEP: step },
        untilReady: false,
      });
      // It dies by its own hand, the hard way: no exit code.
      expect(await worker.ended, `${step}: ${worker.log()}`).toBeNull();
    }
    const healthy = await startWorkerProcess(world);
    await eventually(
      () => certifiedIfThere(due),
      (lines) => lines === due.length,
      240_000,
    );
    await healthy.stop();
    await expectGone(due);
    await expectUntouched(notDue);
  }, 600_000);

  test.each(['temporal', 'postgres', 'store'] as const)(
    'I1, I2, I6, I9: kill -9 of %s while 200 records are being erased: everything due is gone, nothing else, one certificate line each',
    async (name) => {
      const notDue = await recordings(10, 20);
      const due = await recordings(200, 200);
      const worker: WorkerProcess = await startWorkerProcess(world);
      const seen = await eventually(
        () => certified(due),
        (lines) => lines >= 10,
        120_000,
      );
      await services.handles[name].kill('SIGKILL');
      const killedAt = epochMs(realNow());
      await services.handles[name].restart();
      // The drill is one only if there was something left to erase when the service died.
      expect(seen).toBeLessThan(due.length);
      await eventually(
        () => certifiedIfThere(due),
        (lines) => lines === due.length,
        240_000,
      );
      expect(await worker.stop(), `${name} died at ${killedAt}: ${worker.log()}`).toBe(0);
      await expectGone(due);
      await expectUntouched(notDue);
    },
    600_000,
  );
});
