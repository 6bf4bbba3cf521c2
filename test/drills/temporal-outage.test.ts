/**
 * I1 through an outage: Temporal is killed, a thousand records come in, it comes back, and each has its workflow. On services of its
 * own, since what is killed here would be missed elsewhere. How fast the workflows start is measured in `bench/`, not here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handIn, recordClasses, unitsOf } from '../support/records.ts';
import { eventually, startWorkerProcess, type WorkerProcess, worldClient } from '../support/temporal.ts';
import { createWorld, realNow, type World } from '../support/world.ts';
import { type OwnServices, startOwnServices } from './support/own-services.ts';

let services: OwnServices;
let world: World;
let worker: WorkerProcess;

beforeAll(async () => {
  services = await startOwnServices();
  world = await createWorld({ label: 'outage', services: services.running });
  worker = await startWorkerProcess(world);
});
afterAll(async () => {
  await world?.close();
  await services?.stop();
});

type Readiness = { readonly services: Readonly<Record<string, string>> };
const ready = async (): Promise<{ readonly status: number; readonly away: readonly string[] }> => {
  const answer = await fetch(`${worker.address}/readyz`);
  const { services: states } = (await answer.json()) as Readiness;
  return { status: answer.status, away: Object.keys(states).filter((name) => states[name] === 'away') };
};

const unstarted = async (): Promise<number> => {
  const { count } = await world
    .database('worker')
    .selectFrom('retention_unit')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('workflow_started_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
};

describe('while Temporal is away', () => {
  test('I1: a thousand records are taken in, and all have a workflow after its return', async () => {
    expect(await ready()).toEqual({ status: 200, away: [] });
    await services.handles.temporal.kill('SIGKILL');
    const records = await handIn(world, {
      recordClass: recordClasses.callRecording,
      triggerAt: realNow(),
      count: 1_000,
    });
    expect(unitsOf(records)).toHaveLength(1_000);
    expect(await ready()).toEqual({ status: 503, away: ['temporal'] });
    expect((await fetch(`${worker.address}/healthz`)).status).toBe(200);
    // Long enough for every back-off to have reached its longest pause.
    await sleep(30_000);
    expect(await unstarted()).toBe(1_000);
    await services.handles.temporal.restart();
    const backAt = performance.now();
    await eventually(unstarted, (count) => count === 0, 240_000);
    const tookMs = performance.now() - backAt;
    process.stdout.write(`1,000 workflows started within ${Math.round(tookMs / 1_000)} s of Temporal's return\n`);
    const { client } = await worldClient(world);
    const running = await eventually(
      () => client.workflow.count("WorkflowType = 'retention' AND ExecutionStatus = 'Running'"),
      ({ count }) => count === 1_000,
    );
    expect(running.count).toBe(1_000);
    expect(await eventually(ready, ({ status }) => status === 200)).toEqual({ status: 200, away: [] });
  }, 420_000);

  test('a worker that starts first waits for Temporal, says so, and works when it is there', async () => {
    expect(await worker.stop()).toBe(0);
    await services.handles.temporal.kill('SIGKILL');
    const [record] = await handIn(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });
    worker = await startWorkerProcess(world, { untilReady: false });
    await eventually(
      () =>
        fetch(`${worker.address}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
    );
    expect(await ready()).toMatchObject({ status: 503, away: ['temporal', 'polling'] });
    await eventually(
      async () => worker.log(),
      (log) => log.includes('"event":"service-awaited"'),
    );
    await services.handles.temporal.restart();
    await eventually(unstarted, (count) => count === 0);
    expect(record).toBeDefined();
  });

  test('the worker survives losing Postgres and the store, tells of it, and goes on when they are back', async () => {
    await eventually(ready, ({ status }) => status === 200);
    await services.handles.store.kill('SIGKILL');
    expect(await ready()).toEqual({ status: 503, away: ['object-store'] });
    await services.handles.store.restart();
    await eventually(ready, ({ status }) => status === 200);
    await services.handles.postgres.kill('SIGKILL');
    expect((await ready()).away).toEqual(expect.arrayContaining(['database', 'gate-database']));
    expect((await fetch(`${worker.address}/healthz`)).status).toBe(200);
    await services.handles.postgres.restart();
    await eventually(ready, ({ status }) => status === 200);
    await handIn(world, { recordClass: recordClasses.callRecording, triggerAt: realNow(), count: 5 });
    await eventually(unstarted, (count) => count === 0);
  }, 240_000);

  test('stops in order when asked, not given up', async () => {
    expect(await worker.stop()).toBe(0);
    expect(worker.log()).toContain('"event":"worker-stopped"');
  });
});
