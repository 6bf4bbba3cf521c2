// A stack of a benchmark's own: services in a temporary folder, database at the current schema, API and worker on demand; all gone at the end.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { type Api, openApi } from '../../demo/api-calls.ts';
import { migrate, type OblioService, prepareOblio } from '../../stack/services/oblio-processes.ts';
import type { RunningServices } from '../../stack/services/running-services.ts';
import { startServices } from '../../stack/services/start-services.ts';

/** What a benchmark measures on; nothing else uses it. */
export type BenchStack = {
  readonly running: RunningServices;
  /** The owner's connections: for floors, and for looking. */
  readonly owner: Pool;
  readonly temporal: Client;
  /** Starts the API, or the worker, with settings besides those of the stack; answers when it is ready. */
  readonly start: (part: 'api' | 'worker', settings?: Readonly<Record<string, string>>) => Promise<OblioService>;
  readonly openApi: (service: OblioService) => Promise<Api>;
};

const quietly = (): void => {};

/** Opens a stack, has it used, and removes everything of it, whatever happens. */
export const withBenchStack = async (use: (stack: BenchStack) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'oblio-bench-'));
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next().catch(console.error);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  }
  const fail = (what: string) => (): void => console.error(`${what} ended unexpectedly; logs were in ${folder}/logs`);
  try {
    const services = await startServices({
      dataFolder: folder,
      ports: 'free',
      timeTravel: 'allowed',
      historyShards: 4,
      withTemporalUi: false,
      alsoNeeded: ['api', 'worker'],
      environment: process.env,
      log: quietly,
      onServiceEnd: fail('A service'),
    });
    stops.push(services.stop);
    const { running } = services;
    await migrate(running, process.env);
    const owner = new Pool({ connectionString: running.postgres.ownerUrl, max: 8 });
    stops.push(() => owner.end());
    const connection = await Connection.connect({ address: running.temporal.address });
    stops.push(() => connection.close());
    await use({
      running,
      owner,
      temporal: new Client({ connection, namespace: running.temporal.namespace }),
      start: async (part, settings = {}) => {
        const environment = { ...process.env, LOG_LEVEL: 'warn', ...settings };
        const service = prepareOblio(part, running, environment, fail(part));
        stops.push(() => service.process.stop());
        await service.start();
        return service;
      },
      openApi: ({ address }) => openApi(running, address),
    });
  } finally {
    await stop();
  }
};
