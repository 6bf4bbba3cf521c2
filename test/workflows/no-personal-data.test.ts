/** I7: nothing about a person reaches Temporal or the worker's log, neither on the good path nor through failures. */
import type { Client } from '@temporalio/client';
import { Client as PostgresClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { minutes } from '../../domain/time/duration.ts';
import { epochMs, instantPlus } from '../../domain/time/instant.ts';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import { readUnit } from '../../storage/units/units.ts';
import { retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { eventually, everythingTemporalKnows, startWorker, type TestWorker, worldClient } from '../support/temporal.ts';
import { runToEnd, travelTo } from '../support/time-travel.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let client: Client;
let worker: TestWorker;
let atGateStep: (step: GateStep) => Promise<void> = async () => undefined;

beforeAll(async () => {
  world = await createWorld({ label: 'no-personal-data' });
  ({ client } = await worldClient(world));
  worker = await startWorker(world, { atGateStep: (step) => atGateStep(step) });
});
afterAll(() => world.close());

const planted = {
  sourceId: 'telefonata-di-gelsomina-verdirame',
  email: 'gelsomina.verdirame@example.it',
  text: 'Gelsomina Verdirame chiede della pensione',
  audio: 'la voce di Gelsomina Verdirame',
} as const;
const marker = /verdirame|gelsomina/i;

const handInMarked = (suffix: string): Promise<TestRecord> =>
  handInOne(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: realNow(),
    sourceId: () => `${planted.sourceId}-${suffix}`,
    subjects: () => [{ kind: 'email', value: planted.email }],
    text: () => planted.text,
    objects: () => [Buffer.from(planted.audio)],
  });

const started = async (record: TestRecord): Promise<{ client: Client; workflowId: string }> => {
  await eventually(
    () => readUnit(world.database('worker'), record.unit.id),
    (row) => row?.workflowStartedAt !== undefined,
  );
  return { client, workflowId: record.workflowId };
};

/** An error of the driver that repeats a value in its message and detail, as Postgres does. */
const quotingError = async (): Promise<never> => {
  const connection = new PostgresClient({ connectionString: world.environment.OBLIO_WORKER_DATABASE_URL });
  await connection.connect();
  try {
    await connection.query('SELECT $1::text::integer', [planted.text]);
    throw new Error('the statement was expected to fail');
  } finally {
    await connection.end();
  }
};

describe('what Temporal knows', () => {
  test('I7: a record with a person in every field goes from registration to certificate and leaves no trace of the person', async () => {
    const record = await handInMarked('good');
    const journey = await started(record);
    await client.workflow.getHandle(journey.workflowId).query(retentionStatusQuery);
    await runToEnd(journey);
    const known = await everythingTemporalKnows(client, journey.workflowId);
    expect(known).toContain(record.unit.id);
    expect(known).not.toMatch(marker);
    expect(known).not.toContain(record.recordId);
    expect(worker.log()).not.toMatch(marker);
  });

  test('I7: an error that quotes a person becomes a code and a correlation id before it reaches the history or the log', async () => {
    await expect(quotingError()).rejects.toThrow(planted.text);
    const record = await handInMarked('failing');
    const journey = await started(record);
    atGateStep = async (step) => {
      if (step === 'unit-locked') await quotingError();
    };
    await travelTo(journey, instantPlus(record.unit.dueAt, minutes(5)));
    const handle = client.workflow.getHandle(journey.workflowId);
    const status = await eventually(
      () => handle.query(retentionStatusQuery),
      ({ state }) => state === 'failed' || state === 'due',
    );
    expect(status.failuresInARow).toBeGreaterThan(0);
    const known = await everythingTemporalKnows(client, journey.workflowId);
    expect(known).not.toMatch(marker);
    const { events } = await handle.fetchHistory();
    const failed = (events ?? []).flatMap((event) => event.activityTaskFailedEventAttributes?.failure ?? []);
    const [failure] = failed;
    expect(failure?.applicationFailureInfo?.type).toBe('unexpected');
    expect(failure?.stackTrace ?? '').toBe('');
    const [, correlationId] = /under ([0-9a-f-]{36})\./.exec(failure?.message ?? '') ?? [];
    expect(correlationId).toBeDefined();
    const line = worker
      .log()
      .split('\n')
      .find((text) => text.includes(correlationId ?? 'none'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      event: 'activity-failed',
      activityType: 'eraseUnit',
      workflowId: journey.workflowId,
      error: { code: '22P02' },
    });
    expect(worker.log()).not.toMatch(marker);
    atGateStep = async () => undefined;
    await runToEnd(journey);
    const unit = await readUnit(world.database('worker'), record.unit.id);
    expect(unit?.state).toBe('closed');
    expect(epochMs(unit?.closedAt ?? realNow())).toBeGreaterThanOrEqual(epochMs(record.unit.dueAt));
  });
});
