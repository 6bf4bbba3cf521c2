/**
 * The outbox (I1): a row is sent when it is written, however the notification fares; nothing that happens to one row or to a
 * connection keeps the others back. Without a worker: what is started here only has to be there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { signalUnits } from '../../activities/retention/signal-units.ts';
import { days } from '../../domain/time/duration.ts';
import { listenToOutbox } from '../../storage/outbox/listen.ts';
import type { OutboxTable } from '../../storage/outbox/outbox.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import { markSuspensionsToSignal } from '../../storage/sweep/expected-workflows.ts';
import { markUnitsToStart, readUnit } from '../../storage/units/units.ts';
import { repeat } from '../../worker/loops/repeat.ts';
import { createLog, type LogEvent } from '../../worker/observability/logger.ts';
import { createWorkerMetrics } from '../../worker/observability/metrics.ts';
import { sendMany } from '../../worker/outbox/messages.ts';
import { outboxKinds } from '../../worker/outbox/outbox-kinds.ts';
import { outboxLoops } from '../../worker/outbox/run-outbox.ts';
import { prepareNamespace } from '../../worker/temporal/register-namespace.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { openCase } from '../support/requests/stored-cases.ts';
import { place, release, workflowIdOfHold } from '../support/suspensions.ts';
import { eventually, worldClient } from '../support/temporal.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let client: Client;
let queuePrefix: string;

beforeAll(async () => {
  world = await createWorld({ label: 'outbox' });
  const temporal = await worldClient(world);
  ({ client, queuePrefix } = temporal);
  await prepareNamespace(temporal.connection, { namespace: client.options.namespace, historyDays: 1, queuePrefix });
});
afterAll(() => world.close());

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

/** Far longer than any test: what is sent was not found by looking. */
const never = days(1);

/** Runs the outbox as the worker does; answers what it logged. */
const runOutbox = (pollMs: number, limit?: number): (() => readonly LogEvent[]) => {
  const events: LogEvent[] = [];
  const ended = new AbortController();
  const loops = outboxLoops({
    kinds: outboxKinds(
      new Map(world.policies.map(({ policy }) => [policy.controller, policy])),
      proceduresQueue(queuePrefix),
    ),
    db: world.database('worker'),
    databaseUrl: world.environment.OBLIO_WORKER_DATABASE_URL ?? '',
    client,
    clock: realNow,
    log: createLog({
      level: 'debug',
      process: 'test',
      destination: { write: (line) => void events.push(JSON.parse(line).event) },
    }),
    metrics: createWorkerMetrics({ process: false }),
    signal: ended.signal,
    pollMs,
    ...(limit === undefined ? {} : { limit }),
  });
  const running = Object.values(loops).map((loop) =>
    repeat({ ...loop, longestPauseMs: 500, onFailure: () => events.push('loop-failed'), signal: ended.signal }),
  );
  stop = async () => {
    ended.abort();
    await Promise.all(running);
  };
  return () => events;
};

const startedUnit = async ({ unit: { id }, workflowId }: Pick<TestRecord, 'unit' | 'workflowId'>): Promise<void> => {
  await eventually(
    () => readUnit(world.database('worker'), id),
    (unit) => unit?.workflowStartedAt !== undefined,
  );
  expect((await client.workflow.getHandle(workflowId).describe()).status.name).toBe('RUNNING');
};

const statusOnceStarted = (workflowId: string): Promise<string | undefined> =>
  eventually(
    () =>
      client.workflow
        .getHandle(workflowId)
        .describe()
        .then(
          ({ status }) => status.name,
          () => undefined,
        ),
    (status) => status !== undefined,
  );

const listeners = async (): Promise<readonly number[]> => {
  const { rows } = await sql<{ pid: number }>`
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'oblio-outbox' AND datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'`.execute(
    world.superuser(),
  );
  return rows.map(({ pid }) => pid);
};

const listening = (than: readonly number[] = []): Promise<readonly number[]> =>
  eventually(listeners, (pids) => pids.length === 1 && !pids.some((pid) => than.includes(pid)));

const handInUnit = (): Promise<TestRecord> =>
  handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });

const openCaseOf = (value: string): Promise<string> =>
  openCase(world, { identifiers: [{ kind: 'codice-fiscale', value }], now: realNow() });

describe('a row that is written', () => {
  test('wakes the outbox when its transaction has committed, and not before', async () => {
    const heard: (string | undefined)[] = [];
    const ended = new AbortController();
    const heeding = listenToOutbox({
      url: world.environment.OBLIO_API_DATABASE_URL ?? '',
      onWritten: (table) => heard.push(table),
      onLost: (code) => expect.fail(code),
      signal: ended.signal,
    });
    await listening();
    const tables = (): readonly (string | undefined)[] => heard.splice(0);
    const heardOf = async (table: OutboxTable): Promise<void> => {
      await eventually(async () => heard.includes(table), Boolean);
    };
    tables();
    await handInUnit();
    await heardOf('retention_unit');
    await openCaseOf('VRDGPP75C10L219K');
    await heardOf('request_case');
    // The case's own suspension of erasure has no workflow until it ends; a hold has one from the start.
    expect(tables()).not.toContain('suspension');
    await place(world, { scope: [{ recordClass: recordClasses.callRecording }], now: realNow() });
    await heardOf('suspension');
    ended.abort();
    await heeding;
  });

  test('is sent at once, without anything being looked for from time to time', async () => {
    runOutbox(never);
    await listening();
    await startedUnit(await handInUnit());
    const { suspensionId } = await place(world, {
      scope: [{ recordClass: recordClasses.callRecording }],
      now: realNow(),
    });
    const workflowId = await workflowIdOfHold(world, suspensionId);
    expect(workflowId).toMatch(/^hold:inps:[1-9]\d*$/);
    expect(await statusOnceStarted(workflowId)).toBe('RUNNING');
  });

  test('is sent after the listening connection was lost: it is opened again, and what came meanwhile is looked for', async () => {
    const events = runOutbox(never);
    const before = await listening();
    await sql`SELECT pg_terminate_backend(pid) FROM unnest(${[...before]}::integer[]) AS pid`.execute(
      world.superuser(),
    );
    const meanwhile = await handInUnit();
    await startedUnit(meanwhile);
    await listening(before);
    expect(events()).toContain('connection-lost');
    await startedUnit(await handInUnit());
  });

  test('is found by looking where its notification is lost', async () => {
    await sql`ALTER TABLE retention_unit DISABLE TRIGGER retention_unit_waits`.execute(world.superuser());
    try {
      runOutbox(200);
      await listening();
      await startedUnit(await handInUnit());
    } finally {
      await sql`ALTER TABLE retention_unit ENABLE TRIGGER retention_unit_waits`.execute(world.superuser());
    }
  });

  test('is sent again where the sweep found it without a workflow', async () => {
    runOutbox(never);
    await listening();
    const record = await handInUnit();
    await startedUnit(record);
    await client.workflow.getHandle(record.workflowId).terminate('lost');
    expect(await markUnitsToStart(world.database('worker'), [record.unit.id])).toBe(1);
    await startedUnit(record);
  });
});

describe('a unit of before', () => {
  test('goes on under its old id: signalled and started again there, never a second time under the readable one', async () => {
    const { unit, workflowId } = await handInUnit();
    await sql`UPDATE retention_unit SET readable_workflow_id = false WHERE id = ${unit.id}`.execute(world.superuser());
    const oldId = `retention-${unit.id}`;
    runOutbox(never);
    await startedUnit({ unit, workflowId: oldId });
    await signalUnits({ db: world.database('worker'), temporal: client }, { units: [unit.id], reason: 'operator' });
    const { events } = await client.workflow.getHandle(oldId).fetchHistory();
    expect((events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes != null)).toHaveLength(1);
    await client.workflow.getHandle(oldId).terminate('lost');
    await markUnitsToStart(world.database('worker'), [unit.id]);
    await startedUnit({ unit, workflowId: oldId });
    await expect(client.workflow.getHandle(workflowId).describe()).rejects.toThrow(WorkflowNotFoundError);
  });
});

describe('a hold of before', () => {
  test('goes on under its old id: signalled and started again there, never a second time under the readable one', async () => {
    const scope = [{ recordClass: recordClasses.callRecording }];
    const { suspensionId } = await place(world, { scope, now: realNow() });
    const readableId = await workflowIdOfHold(world, suspensionId);
    await sql`UPDATE suspension SET number = NULL WHERE id = ${suspensionId}`.execute(world.superuser());
    const oldId = `hold-${suspensionId}`;
    expect(await workflowIdOfHold(world, suspensionId)).toBe(oldId);
    runOutbox(never);
    expect(await statusOnceStarted(oldId)).toBe('RUNNING');
    const signals = async (): Promise<number> => {
      const { events } = await client.workflow.getHandle(oldId).fetchHistory();
      return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes != null).length;
    };
    const before = await signals();
    await release(world, suspensionId, realNow());
    await eventually(signals, (count) => count === before + 1);
    await client.workflow.getHandle(oldId).terminate('lost');
    await markSuspensionsToSignal(world.database('worker'), [suspensionId]);
    expect(
      await eventually(
        () => statusOnceStarted(oldId),
        (status) => status === 'RUNNING',
      ),
    ).toBe('RUNNING');
    await expect(client.workflow.getHandle(readableId).describe()).rejects.toThrow(WorkflowNotFoundError);
  });
});

describe('a Temporal that is slow', () => {
  test('is not taken for one that is away, however many messages wait for it', async () => {
    const refused: unknown[] = [];
    // Five turns of 32 messages, each of 0.4 s: together longer than one message may take.
    const rows = Array.from({ length: 160 }, (_, row) => row);
    const slowly = async (through: Client): Promise<void> => {
      await sleep(400);
      await through.workflowService.getSystemInfo({});
    };
    const outcome = await sendMany(client, {
      rows,
      messageOf: (row) => ({ workflowId: `slow-${row}`, send: slowly }),
      onRefused: (_, error) => refused.push(error),
      deadlineMs: 1_500,
    });
    expect(outcome.lost).toBeUndefined();
    expect(refused).toEqual([]);
    expect(outcome.sent).toHaveLength(rows.length);
  });
});

describe('what cannot be sent', () => {
  test('one that Temporal refuses keeps no other back', async () => {
    const [refused, other] = [await openCaseOf('RSSMRA80A01H501U'), await openCaseOf('BNCLRA85B41F205X')];
    // Its workflow's id is longer than an id may be: Temporal answers, and refuses.
    await sql`UPDATE request_case SET reference = repeat('x', 300) WHERE id = ${refused}`.execute(world.superuser());
    const events = runOutbox(never);
    await eventually(
      () => readCase(world.database('worker'), other),
      (found) => found?.workflowStarted === true,
    );
    expect(events()).toContain('workflow-not-started');
    expect(events()).not.toContain('loop-failed');
    expect((await readCase(world.database('worker'), refused))?.workflowStarted).toBe(false);
  });

  test('more than are taken at once keep no younger one back', async () => {
    const refused = [await openCaseOf('VRDLCU90A01F205X'), await openCaseOf('NRIGNN70D12H501W')];
    const waiting = await openCaseOf('GLLMRC85T10L219E');
    await sql`UPDATE request_case SET reference = repeat('y', 300) || id::text WHERE id = ANY(${refused}::uuid[])`.execute(
      world.superuser(),
    );
    const events = runOutbox(never, 1);
    await eventually(
      () => readCase(world.database('worker'), waiting),
      (found) => found?.workflowStarted === true,
    );
    expect(events()).toContain('workflow-not-started');
    expect(events()).not.toContain('loop-failed');
  });

  test.each(outboxKinds(new Map(), 'queue').map((kind) => ({ name: kind.name, kind })))(
    '$name: behind a row that is gone nothing waits, so that the next pass begins with the oldest',
    async ({ kind }) => {
      const page = (after?: string) =>
        kind.drain({
          db: world.database('worker'),
          client,
          now: realNow(),
          limit: 1,
          after,
          onRefused: () => undefined,
        });
      expect(await page('01a00000-0000-7000-8000-000000000000')).toMatchObject({ taken: 0, sent: 0 });
    },
  );
});
