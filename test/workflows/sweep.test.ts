/** The sweep (I3) on the real services: what is forgotten is found, what can be healed is healed, the rest is reported. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hours } from '../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../domain/time/instant.ts';
import type { SweepDocument } from '../../storage/sweep/reports.ts';
import { readSweepReport } from '../../storage/sweep/reports.ts';
import { readUnit } from '../../storage/units/units.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { type SweepInput, type SweepResult, sweepScheduleId, sweepWorkflowId } from '../../workflows/sweep/contract.ts';
import { handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { eventually, startWorker, worldClient } from '../support/temporal.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let client: Client;
let queuePrefix: string;

beforeAll(async () => {
  world = await createWorld({ label: 'sweep' });
  ({ client, queuePrefix } = await worldClient(world));
  await startWorker(world);
});
afterAll(() => world.close());

const audio = (index = 0): readonly Uint8Array[] => [Buffer.from(`audio ${index}`)];

const recording = (): Promise<TestRecord> =>
  handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow(), objects: audio });

const started = (record: TestRecord) =>
  eventually(
    () => readUnit(world.database('worker'), record.unit.id),
    (unit) => unit?.workflowStartedAt !== undefined,
  );

const sweep = async (asOf: Instant = realNow()): Promise<{ result: SweepResult; document: SweepDocument }> => {
  const sweepId = randomUUID();
  const input: SweepInput = { version: 1, sweepId, asOf };
  const result: SweepResult = await client.workflow.execute('sweep', {
    workflowId: sweepWorkflowId(sweepId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
  });
  const report = await readSweepReport(world.database('api'), sweepId);
  return { result, document: report?.report as SweepDocument };
};

async function* one(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
const put = (key: string): Promise<unknown> =>
  world.store('api').put({ key, body: one(Buffer.from('late')), mediaType: 'audio/wav' });

const versionsUnder = async (prefix: string): Promise<number> =>
  (await world.store('worker').listVersionsPage({ prefix })).versions.length;

/** Erases a record through the gate, as its workflow would. */
const erase = async (record: TestRecord): Promise<void> => {
  const result = await world.gate().eraseNextChunk({
    unitId: record.unit.id,
    now: record.unit.dueAt,
    basis: { kind: 'retention-period-ended' },
  });
  expect(result).toMatchObject({ kind: 'chunk', gone: 1 });
};

describe('the sweep', () => {
  test('I3: finds nothing where nothing is wrong, and says what it compared', async () => {
    const record = await recording();
    await started(record);
    const { result, document } = await sweep();
    expect(result.findings).toBe(0);
    expect(Object.values(document.counts).every((count) => count === 0)).toBe(true);
    expect(document.compared.objects).toBe(1);
  });

  test('I1: a unit whose workflow was lost gets one again', async () => {
    const record = await recording();
    await started(record);
    const handle = client.workflow.getHandle(record.workflowId);
    await handle.terminate('lost');
    await world
      .database('worker')
      .updateTable('retention_unit')
      .set({ workflow_started_at: new Date(instantPlus(realNow(), -120_000)) })
      .where('id', '=', record.unit.id)
      .execute();
    const { document } = await sweep();
    expect(document.counts['units-without-workflow']).toBe(1);
    expect(document.ids['units-without-workflow']).toEqual([record.unit.id]);
    expect(document.healed['units-without-workflow']).toBe(1);
    await eventually(
      () => handle.describe(),
      ({ status }) => status.name === 'RUNNING',
    );
    expect((await sweep()).document.counts['units-without-workflow']).toBe(0);
  });

  test('I3: reports what is past its bound and not gone, and wakes its workflow', async () => {
    const record = await recording();
    await started(record);
    const handle = client.workflow.getHandle(record.workflowId);
    const { document } = await sweep(instantPlus(record.unit.boundAt, 1));
    expect(document.ids['units-overdue']).toContain(record.unit.id);
    const { events } = await handle.fetchHistory();
    const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal ?? []);
    expect(signals.map(({ signalName }) => signalName)).toEqual(['wakeUp']);
    // It woke, saw that by its own clock nothing is due, and waits on.
    expect((await handle.describe()).status.name).toBe('RUNNING');
  });

  test('I3: reports a record whose object is missing from the store', async () => {
    const record = await recording();
    const [object] = record.objects;
    if (object === undefined) throw new Error('the record has no object');
    await world
      .storeClient('admin')
      .removeObject(world.store('admin').bucket, object.key, { versionId: object.versionId });
    const { document } = await sweep();
    expect(document.ids['records-without-object']).toEqual([object.objectId]);
  });

  test('I3: reports objects whose record is unknown, touches none of them, and names no foreign key', async () => {
    const [record, object] = [uuidV7(), uuidV7()];
    const key = `inps/call-recording/${record}/${object}`;
    const foreign = 'export/mario-rossi.wav';
    await put(key);
    await put(foreign);
    const { document } = await sweep();
    expect(document.counts['objects-without-record']).toBe(2);
    expect(document.ids['objects-without-record']).toContain(key);
    expect(JSON.stringify(document)).not.toContain('rossi');
    expect(await versionsUnder(key)).toBe(1);
    expect(await versionsUnder(foreign)).toBe(1);
  });

  test('I3: an object that a restored database lacks is reported and not touched while its record exists', async () => {
    const record = await recording();
    const key = `inps/call-recording/${record.recordId}/${uuidV7()}`;
    await put(key);
    const { document } = await sweep();
    expect(document.ids['objects-without-record']).toContain(key);
    expect(document.counts['object-leftovers']).toBe(0);
    expect(await versionsUnder(key)).toBe(1);
  });

  test('I6: what reached the store after its record was proven gone is found and erased through the gate', async () => {
    const record = await recording();
    await erase(record);
    const key = `inps/call-recording/${record.recordId}/${uuidV7()}`;
    await put(key);
    const { document } = await sweep();
    expect(document.ids['object-leftovers']).toEqual([key]);
    expect(document.healed['object-leftovers']).toBe(1);
    expect(await versionsUnder(key)).toBe(0);
  });

  test('I6: a record that a restored backup brought back is erased again', async () => {
    const record = await recording();
    const before = await world
      .superuser()
      .selectFrom('record')
      .selectAll()
      .where('id', '=', record.recordId)
      .executeTakeFirstOrThrow();
    await erase(record);
    await world.superuser().insertInto('record').values(before).execute();
    const { document } = await sweep();
    expect(document.counts['records-back-from-restore']).toBe(1);
    expect(document.healed['records-back-from-restore']).toBe(1);
    const { rows } = await sql`SELECT FROM record WHERE id = ${record.recordId}`.execute(world.superuser());
    expect(rows).toHaveLength(0);
  });

  test('I10: leaves an entry in the audit trail, and is written once however often its last step runs', async () => {
    const { result } = await sweep();
    const { rows } = await sql<{ action: string }>`
      SELECT action FROM audit_entry WHERE target_kind = 'sweep' AND target_id = ${result.sweepId}`.execute(
      world.database('worker'),
    );
    expect(rows).toEqual([{ action: 'sweep-finished' }]);
  });

  test('runs every day by a schedule that never lets two overlap', async () => {
    const schedule = await client.schedule.getHandle(sweepScheduleId(queuePrefix)).describe();
    expect(schedule.policies.overlap).toBe('SKIP');
    expect(schedule.action).toMatchObject({ type: 'startWorkflow', workflowType: 'sweep' });
    const [first, second] = schedule.info.nextActionTimes.map((time) => time.getTime());
    // At the same hour in Rome: the day on which the clocks change is an hour shorter or longer.
    expect([23, 24, 25]).toContain(Math.round(((second ?? 0) - (first ?? 0)) / hours(1)));
  });
});
