/**
 * The worker of a test world: in the test's own process (fast, can be watched and steered) or as a process of its own (can be
 * killed). Both run the same code as production, on the world's own database, bucket and namespace.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import { readWorkerConfig, type WorkerConfig } from '../../worker/config.ts';
import { createLog } from '../../worker/observability/logger.ts';
import { runWorker } from '../../worker/run-worker.ts';
import { workflowBundle } from '../../worker/temporal/bundle-workflows.ts';
import { connectClient } from '../../worker/temporal/connect-temporal.ts';
import type { World } from './world.ts';

let bundle: Promise<WorkflowBundleOption> | undefined;
/** The workflow bundle of the test run; of a world, with that world's clock. */
export const testBundle = (world?: World): Promise<WorkflowBundleOption> => {
  const own = world?.environment.OBLIO_WORKFLOW_BUNDLE;
  if (own !== undefined) return workflowBundle(own);
  bundle ??= workflowBundle(process.env.OBLIO_WORKFLOW_BUNDLE);
  return bundle;
};

let quiet = false;

/** Silences the SDK of this process: tests read the worker's own log. */
export const quietSdk = (): void => {
  if (quiet) return;
  quiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
};

/** A client of the world's namespace, closed with the world. */
export const worldClient = async (
  world: World,
): Promise<{ readonly client: Client; readonly connection: Connection; readonly queuePrefix: string }> => {
  const { address, namespace, queuePrefix } = readWorkerConfig(world.environment).temporal;
  const { client, connection } = await connectClient({ address, namespace, identity: 'test' });
  world.defer(() => connection.close());
  return { client, connection, queuePrefix };
};

export type TestWorker = {
  /** Everything the worker logged, one JSON object a line. */
  readonly log: () => string;
  readonly port: number;
  readonly stop: () => Promise<void>;
};

export type TestWorkerOptions = {
  readonly atGateStep?: (step: GateStep) => Promise<void>;
  readonly erasure?: { readonly chunkSize?: number; readonly chunksPerSlice?: number };
  readonly config?: Partial<WorkerConfig>;
  readonly environment?: Readonly<Record<string, string>>;
};

/** Starts the worker inside this process; stopped with the world at the latest. Resolves when it polls. */
export const startWorker = async (world: World, options: TestWorkerOptions = {}): Promise<TestWorker> => {
  quietSdk();
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  const config: WorkerConfig = {
    ...readWorkerConfig({
      ...world.environment,
      WORKER_PORT: '0',
      OBLIO_SHUTDOWN_GRACE_SECONDS: '5',
      ...options.environment,
    }),
    ...options.config,
  };
  const running = await runWorker(config, {
    log: createLog({ level: 'debug', process: 'worker', destination }),
    clock: world.clock.now,
    workflowBundle: await testBundle(world),
    ...(options.atGateStep === undefined ? {} : { atGateStep: options.atGateStep }),
    ...(options.erasure === undefined ? {} : { erasure: options.erasure }),
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= running.stop();
    return stopped;
  };
  world.defer(stop);
  if (!(await running.ready)) await running.finished;
  return { log: () => lines.join(''), port: running.port, stop };
};

export type WorkerProcess = {
  readonly log: () => string;
  readonly address: string;
  readonly pid: number;
  /** Ends it without a word, as `kill -9` does; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Asks it to stop; resolves with its exit code. */
  readonly stop: () => Promise<number | null>;
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<number | null>;
};

const waitUntilReady = async (address: string, child: ChildProcess, log: () => string): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The worker ended:\n${log()}`);
    const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(100);
  }
};

/** Starts the worker as a process, as `npm start` does; killed with the world at the latest. */
export const startWorkerProcess = async (
  world: World,
  {
    environment = {},
    untilReady = true,
  }: { environment?: Readonly<Record<string, string>>; untilReady?: boolean } = {},
): Promise<WorkerProcess> => {
  const child = spawn(process.execPath, ['worker/main.ts'], {
    env: {
      PATH: process.env.PATH,
      TZ: 'UTC',
      LOG_LEVEL: 'debug',
      ...(process.env.OBLIO_WORKFLOW_BUNDLE === undefined
        ? {}
        : { OBLIO_WORKFLOW_BUNDLE: process.env.OBLIO_WORKFLOW_BUNDLE }),
      ...world.environment,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const collect = (chunk: Buffer): void => {
    lines.push(chunk.toString('utf8'));
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const log = (): string => lines.join('');
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  world.defer(() => end('SIGKILL'));
  const port = environment.WORKER_PORT ?? world.environment.WORKER_PORT ?? '8081';
  const address = `http://127.0.0.1:${port}`;
  if (untilReady) await waitUntilReady(address, child, log);
  return {
    log,
    address,
    pid: child.pid ?? 0,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    ended,
  };
};

/** Waits until something holds, asking ten times a second; fails with what it last saw after `withinMs`. */
export const eventually = async <Value>(
  ask: () => Promise<Value>,
  holds: (value: Value) => boolean,
  withinMs = 180_000,
): Promise<Value> => {
  const endAt = performance.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (performance.now() > endAt) throw new Error(`Still not so after ${withinMs} ms: ${JSON.stringify(value)}`);
    await sleep(100);
  }
};

const textOf = (value: unknown): string => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, member]) => `${name}: ${textOf(member)}`)
      .join('\n');
  }
  return String(value);
};

const listWorkflows = async (client: Client): Promise<readonly { workflowId: string; runId: string }[]> => {
  const found: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) found.push({ workflowId, runId });
  return found;
};

/**
 * All that the server knows of the workflows of a world, as text with every payload decoded: ids, histories, memos, search
 * attributes, pending activities with their last failures, schedules. The server lists a workflow a moment after it runs: waits
 * until one whose id begins with `listed` is there.
 */
export const everythingTemporalKnows = async (client: Client, listed: string): Promise<string> => {
  const workflows = await eventually(
    () => listWorkflows(client),
    (all) => all.some(({ workflowId }) => workflowId.startsWith(listed)),
  );
  const parts: string[] = [];
  for (const { workflowId, runId } of workflows) {
    const handle = client.workflow.getHandle(workflowId, runId);
    parts.push(workflowId, textOf((await handle.describe()).raw), textOf(await handle.fetchHistory()));
  }
  for await (const schedule of client.schedule.list()) parts.push(textOf(schedule));
  return parts.join('\n');
};
