// The Temporal server on the local Postgres, the shape of production: its schema, its configuration and its process.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import type { TemporalInternalPorts } from '../process/ports.ts';
import { StackError } from '../process/stack-error.ts';
import { readState, writeState } from '../process/stored-state.ts';
import { temporalServes } from './temporal-client.ts';
import { dynamicConfiguration, serverConfigurationFile, serverEnvironment } from './temporal-configuration.ts';
import { ensureTemporalSchema } from './temporal-schema.ts';

/** How the Temporal server is started; `historyShards` is fixed for ever once its databases were used. */
export type TemporalOnPostgresPlan = {
  server: { binary: string; version: string };
  sqlTool: { binary: string; version: string };
  dataFolder: string;
  postgresPort: number;
  superuserUrl: string;
  databasePassword: string;
  port: number;
  internalPorts: TemporalInternalPorts;
  historyShards: number;
  timeTravel: 'refused' | 'allowed';
  log: (line: string) => void;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** The server once it answers; `start` starts it again on the same data. */
export type RunningTemporalOnPostgres = { process: ManagedProcess; address: string; start: () => Promise<void> };

const stateSchema = z.object({ historyShards: z.number().int().positive(), schemaOf: z.string() });

/** Brings both databases to the schema of this server version; remembers it, so that later starts skip the look. */
async function ensureSchemaOnce(plan: TemporalOnPostgresPlan): Promise<void> {
  const stateFile = join(plan.dataFolder, 'temporal.json');
  const state = readState(
    stateFile,
    stateSchema,
    'Restore it: it says with how many history shards the Temporal databases were made, a number that can never change.',
  );
  if (state && state.historyShards !== plan.historyShards) {
    throw new StackError(
      `The Temporal databases in ${plan.dataFolder} were made with ${state.historyShards} history shards, a number that can never change; ${plan.historyShards} were asked for (TEMPORAL_HISTORY_SHARDS). Set it back, or use another data folder (OBLIO_DATA).`,
    );
  }
  if (state?.schemaOf === plan.sqlTool.version) return;
  plan.log('Temporal: preparing its databases');
  const { superuserUrl, databasePassword } = plan;
  await ensureTemporalSchema({ sqlTool: plan.sqlTool.binary, superuserUrl, databasePassword });
  writeState(stateFile, { historyShards: plan.historyShards, schemaOf: plan.sqlTool.version });
}

/** Prepares schema, configuration and process; `start` starts the server and waits until it answers. */
export async function prepareTemporalOnPostgres(plan: TemporalOnPostgresPlan): Promise<RunningTemporalOnPostgres> {
  await ensureSchemaOnce(plan);
  const folder = join(plan.dataFolder, 'temporal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const dynamicConfigurationFile = join(folder, 'dynamic.yaml');
  // JSON is YAML.
  await writeFile(dynamicConfigurationFile, JSON.stringify(dynamicConfiguration(plan), null, 2));
  const managed = manageProcess(
    {
      name: 'Temporal server',
      command: plan.server.binary,
      args: ['--config-file', serverConfigurationFile, '--allow-no-auth', 'start'],
      environment: {
        PATH: process.env.PATH,
        HOME: plan.dataFolder,
        TZ: 'UTC',
        ...serverEnvironment({ ...plan, dynamicConfigurationFile }),
      },
      cwd: folder,
      logFile: join(plan.dataFolder, 'logs', 'temporal.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMilliseconds: 20_000,
    },
    plan.onUnexpectedEnd,
  );
  const address = `127.0.0.1:${plan.port}`;
  const start = async (): Promise<void> => {
    managed.start();
    await waitUntilReady(managed, async () => temporalServes(address), 120_000, 200);
  };
  return { process: managed, address, start };
}
