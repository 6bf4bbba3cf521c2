/** The worker process: its settings, its pages, and how it stops. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { WrongSettings } from '../../settings/environment.ts';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import { readUnit } from '../../storage/units/units.ts';
import { readWorkerConfig } from '../../worker/config.ts';
import { allowedFields, createLog } from '../../worker/observability/logger.ts';
import { prepareNamespace } from '../../worker/temporal/register-namespace.ts';
import { type RetentionResult, redatedSignal, retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { anotherKeysFile } from '../support/keys-files.ts';
import { handIn, handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { eventually, startWorker, startWorkerProcess, worldClient } from '../support/temporal.ts';
import { runToEnd, travelTo } from '../support/time-travel.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let client: Client;

beforeAll(async () => {
  world = await createWorld({ label: 'worker' });
  ({ client } = await worldClient(world));
});
afterAll(() => world.close());

const started = (record: TestRecord) =>
  eventually(
    () => readUnit(world.database('worker'), record.unit.id),
    (unit) => unit?.workflowStartedAt !== undefined,
  );

const outputOf = (environment: Readonly<Record<string, string>>): Promise<{ code: number | null; text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['worker/main.ts'], { env: { PATH: process.env.PATH, ...environment } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });

describe('the settings', () => {
  test('I12: everything wrong or missing is told at once, by name and without its value', async () => {
    const wrong = { ...world.environment, S3_ENDPOINT: 'ftp://secret-place', WORKER_PORT: 'eight', SMTP_URL: '' };
    expect(() => readWorkerConfig(wrong)).toThrow(WrongSettings);
    const { code, text } = await outputOf(wrong);
    expect(code).toBe(1);
    expect(text).toContain('S3_ENDPOINT: must be a URL that starts with http:// or https://');
    expect(text).toMatch(/WORKER_PORT: /);
    expect(text).toContain('SMTP_URL: is missing');
    expect(text).not.toContain('secret-place');
  });

  test('I12: another keys file than that of the database is refused before anything is done, and no key is quoted', async () => {
    await (await startWorker(world)).stop();
    const other = anotherKeysFile(world);
    const { code, text } = await outputOf({ ...world.environment, OBLIO_KEYS_FILE: other });
    expect(code).toBe(1);
    expect(text).toContain(`The keys file ${other} is not the one that this database was used with`);
    expect(text).toContain('identifierHashKey is another key');
    expect(text).toContain('sealingKeys.1 is another key');
    expect(text).not.toContain('worker-ready');
    const { identifierHashKey } = JSON.parse(await readFile(other, 'utf8'));
    expect(text).not.toContain(identifierHashKey);
  });

  test('a port that is taken is named together with the setting that changes it', async () => {
    const worker = await startWorker(world);
    const { code, text } = await outputOf({ ...world.environment, WORKER_PORT: String(worker.port) });
    await worker.stop();
    expect(code).toBe(1);
    expect(text).toContain('WORKER_PORT');
  });
});

describe('the log', () => {
  test('I7: a field that is not on the list cannot be written, whatever object brings it', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'debug', process: 'test', destination: { write: (line) => lines.push(line) } });
    const row = { unitId: 'u', email: 'mario@example.it', detail: { name: 'Mario' } };
    expect(allowedFields(row)).toEqual({ unitId: 'u' });
    log.info('worker-ready', row);
    expect(lines.join('')).toContain('"unitId":"u"');
    expect(lines.join('')).not.toMatch(/mario/i);
  });
});

describe('the namespace', () => {
  test('is prepared once, and preparing it again changes nothing', async () => {
    const { connection, queuePrefix } = await worldClient(world);
    const input = { namespace: client.options.namespace, historyDays: 1, queuePrefix };
    await prepareNamespace(connection, input);
    expect(await prepareNamespace(connection, input)).toEqual({
      namespaceRegistered: false,
      attributesRegistered: [],
      sweepScheduled: false,
    });
  });
});

describe('the worker as a process', () => {
  test('I7: shows figures of the house and of the SDK on one page, by class and never by id', async () => {
    const worker = await startWorkerProcess(world);
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    await started(record);
    await runToEnd({ client, workflowId: record.workflowId });
    await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    const page = await eventually(
      () => fetch(`${worker.address}/metrics`).then((answer) => answer.text()),
      (text) => /oblio_records_open\{[^}]*call-recording[^}]*\} [1-9]/.test(text) && text.includes('oblio_erasure_lag'),
      45_000,
    );
    expect(page).toMatch(/oblio_erasure_lag_seconds\{quantile="1"\} -\d/);
    expect(page).toMatch(/^temporal_[a-z_]+/m);
    expect(page).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/);
    expect((await fetch(`${worker.address}/anything`)).status).toBe(404);
    expect(await worker.stop()).toBe(0);
  }, 120_000);

  test('I1: what a killed worker had begun is finished by the next one', async () => {
    const worker = await startWorkerProcess(world, { environment: { OBLIO_TEST_GATE_STEP: 'objects-destroyed' } });
    const record = await handInOne(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: realNow(),
      objects: () => [Buffer.from('a voice')],
    });
    await started(record);
    const journey = { client, workflowId: record.workflowId };
    const erased = runToEnd<RetentionResult>(journey);
    await worker.ended;
    const next = await startWorkerProcess(world);
    expect(await erased).toEqual({ recordsGone: 1, certificates: 1 });
    await next.kill();
  }, 180_000);
});

describe('the worker when it is asked to stop', () => {
  test('ends a large erasure at its next chunk, and the next worker goes on from there', async () => {
    let hook: (step: GateStep) => Promise<void> = async () => undefined;
    const erasure = { chunkSize: 10, chunksPerSlice: 50 };
    const first = await startWorker(world, { erasure, atGateStep: (step) => hook(step) });
    const records = await handIn(world, {
      recordClass: recordClasses.sms,
      triggerAt: instant('2026-05-12T09:00:00Z'),
      now: realNow(),
      count: 60,
    });
    const [record] = records;
    if (record === undefined) throw new Error('nothing was handed in');
    await started(record);
    const workflowId = record.workflowId;
    let chunks = 0;
    let stopped: Promise<void> | undefined;
    hook = async (step) => {
      if (step !== 'unit-locked') return;
      chunks += 1;
      if (chunks === 3) stopped = first.stop();
    };
    await travelTo({ client, workflowId }, record.unit.dueAt);
    await eventually(
      async () => chunks,
      (count) => count === 3,
    );
    await stopped;
    expect(chunks).toBe(3);
    const handle = client.workflow.getHandle(workflowId);
    const { events } = await handle.fetchHistory();
    expect((events ?? []).some((event) => event.activityTaskFailedEventAttributes != null)).toBe(false);
    await startWorker(world, { erasure });
    expect(await handle.result()).toEqual({ recordsGone: 60, certificates: 6 });
  }, 120_000);

  test('I1: a unit whose row cannot be read for a while is read when it can be, and erased in time', async () => {
    const record = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    await started(record);
    const handle = client.workflow.getHandle(record.workflowId);
    await handle.query(retentionStatusQuery);
    await sql`REVOKE SELECT ON retention_unit FROM oblio_worker`.execute(world.superuser());
    try {
      await handle.signal(redatedSignal);
      const pending = await eventually(
        () => handle.describe(),
        ({ raw }) => (raw.pendingActivities?.[0]?.attempt ?? 0) > 1,
      );
      expect(pending.raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type).toBe('unexpected');
    } finally {
      await sql`GRANT SELECT ON retention_unit TO oblio_worker`.execute(world.superuser());
    }
    expect(await runToEnd<RetentionResult>({ client, workflowId: handle.workflowId })).toEqual({
      recordsGone: 1,
      certificates: 1,
    });
  }, 120_000);
});
