// The Temporal server of the local stack: its schema on the local Postgres, its configuration, its process and its namespaces.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { z } from 'zod';
import { ensureDatabase } from './database-users.ts';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from './managed-process.ts';
import type { InternalPorts } from './ports.ts';
import { withClient } from './postgres.ts';
import { messageOf, StackError } from './stack-error.ts';
import { dynamicConfiguration, staticConfiguration } from './temporal-configuration.ts';

export const temporalDatabases = { main: 'temporal', visibility: 'temporal_visibility' } as const;
const databaseUser = 'temporal';
const databases = [
  { name: temporalDatabases.main, schema: 'postgresql/v12/temporal' },
  { name: temporalDatabases.visibility, schema: 'postgresql/v12/visibility' },
] as const;

export type TemporalPlan = {
  server: { binary: string; version: string };
  sqlTool: { binary: string; version: string };
  dataFolder: string;
  postgresPort: number;
  superuserUrl: string;
  databasePassword: string;
  port: number;
  internalPorts: InternalPorts;
  historyShards: number;
  timeTravel: 'refused' | 'allowed';
  log: (line: string) => void;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

export type RunningTemporal = { process: ManagedProcess; address: string; start: () => Promise<void> };

const stateSchema = z.object({ historyShards: z.number().int().positive(), schemaOf: z.string() });

/** Brings both databases to the schema of this server version; remembers it, so that later starts skip the look. */
async function ensureSchema(plan: TemporalPlan): Promise<void> {
  const stateFile = join(plan.dataFolder, 'temporal.json');
  const state = existsSync(stateFile) ? stateSchema.parse(JSON.parse(readFileSync(stateFile, 'utf8'))) : undefined;
  if (state && state.historyShards !== plan.historyShards) {
    throw new StackError(
      `The Temporal databases in ${plan.dataFolder} were made with ${state.historyShards} history shards, a number that can never change; ${plan.historyShards} were asked for (TEMPORAL_HISTORY_SHARDS). Set it back, or use another data folder (OBLIO_DATA).`,
    );
  }
  if (state?.schemaOf === plan.sqlTool.version) return;
  plan.log('Temporal: preparing its databases');
  await withClient(plan.superuserUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [databaseUser]);
    const verb = rowCount ? 'alter' : 'create';
    await client.query(`${verb} role ${databaseUser} login password ${client.escapeLiteral(plan.databasePassword)}`);
    for (const { name } of databases) await ensureDatabase(client, name, databaseUser, []);
  });
  const run = async (...args: string[]): Promise<void> => {
    try {
      await promisify(execFile)(plan.sqlTool.binary, args, {
        env: {
          PATH: process.env.PATH,
          SQL_PLUGIN: 'postgres12',
          SQL_HOST: '127.0.0.1',
          SQL_PORT: String(plan.postgresPort),
          SQL_USER: databaseUser,
          SQL_PASSWORD: plan.databasePassword,
        },
        timeout: 120_000,
      });
    } catch (error) {
      throw new StackError(`The Temporal schema could not be prepared (${args.join(' ')}): ${messageOf(error)}`);
    }
  };
  for (const { name, schema } of databases) {
    const versioned = await withClient(
      plan.superuserUrl.replace(/\/postgres$/, `/${name}`),
      async (client) =>
        (await client.query("select to_regclass('schema_version') is not null as present")).rows[0]?.present === true,
    );
    if (!versioned) await run('--db', name, 'setup-schema', '-v', '0.0');
    await run('--db', name, 'update-schema', '--schema-name', schema);
  }
  await writeFile(stateFile, JSON.stringify({ historyShards: plan.historyShards, schemaOf: plan.sqlTool.version }));
}

/** Prepares schema, configuration and process; `start` starts the server and waits until it answers. */
export async function prepareTemporal(plan: TemporalPlan): Promise<RunningTemporal> {
  await ensureSchema(plan);
  const folder = join(plan.dataFolder, 'temporal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const dynamicConfigurationFile = join(folder, 'dynamic.yaml');
  const configurationFile = join(folder, 'server.yaml');
  await writeFile(dynamicConfigurationFile, JSON.stringify(dynamicConfiguration(plan), null, 2));
  const configuration = staticConfiguration({
    postgresPort: plan.postgresPort,
    databaseUser,
    databasePassword: plan.databasePassword,
    database: temporalDatabases.main,
    visibilityDatabase: temporalDatabases.visibility,
    historyShards: plan.historyShards,
    frontendPort: plan.port,
    internalPorts: plan.internalPorts,
    dynamicConfigurationFile,
    timeTravel: plan.timeTravel,
  });
  await writeFile(configurationFile, JSON.stringify(configuration, null, 2), { mode: 0o600 });
  const managed = manageProcess(
    {
      name: 'Temporal server',
      command: plan.server.binary,
      args: ['--config-file', configurationFile, '--allow-no-auth', 'start'],
      environment: { PATH: process.env.PATH, HOME: plan.dataFolder, TZ: 'UTC' },
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
    // Serving means more than listening: this call needs the history shards and the database.
    await waitUntilReady(managed, async () => temporalServes(address), 120_000, 200);
  };
  return { process: managed, address, start };
}

async function withTemporal<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: '3s' });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

async function temporalServes(address: string): Promise<boolean> {
  return withTemporal(address, async (connection) => {
    const deadline = Date.now() + 3_000;
    await connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
    await connection.withDeadline(deadline, () =>
      connection.workflowService.describeNamespace({ namespace: 'temporal-system' }),
    );
    const health = await connection.withDeadline(deadline, () =>
      connection.healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' }),
    );
    return health.status === 1;
  });
}

/**
 * Makes sure the namespace exists and can be used: closed workflows are kept for `retentionDays`.
 * Answers when the server really serves it, since it learns of new namespaces from a cache.
 */
export async function ensureNamespace(address: string, namespace: string, retentionDays: number): Promise<void> {
  await withTemporal(address, async (connection) => {
    try {
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs(`${retentionDays} days`),
      });
    } catch (error) {
      if (!/already exists|already registered/i.test(messageOf(error))) throw error;
    }
    for (let attempt = 0; ; attempt += 1) {
      try {
        await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
        return;
      } catch (error) {
        if (attempt > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  });
}
