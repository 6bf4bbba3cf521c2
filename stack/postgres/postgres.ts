// Postgres of the local stack: makes the cluster once, starts it on 127.0.0.1 only, and creates databases, owners and login users.

import { execFile } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import { messageOf, StackError } from '../process/stack-error.ts';
import {
  type PostgresBinaries,
  type PostgresIdentity,
  postgresBinaries,
  postgresIdentity,
} from './postgres-binaries.ts';

/**
 * What no committed transaction may be lost by. `killed-processes` is for throw-away data: Postgres leaves writing to the disk to the
 * operating system, which loses nothing when Postgres is killed, only when the machine goes down.
 */
export type Durability = 'power-failure' | 'killed-processes';

const durabilitySettings: Readonly<Record<Durability, Readonly<Record<string, string>>>> = {
  'power-failure': {},
  'killed-processes': { fsync: 'off', full_page_writes: 'off' },
};

/** How Postgres is started; the password is the superuser's, for making databases and users. */
export type PostgresPlan = {
  dataFolder: string;
  port: number;
  superuserPassword: string;
  maxConnections: number;
  durability: Durability;
  log: (line: string) => void;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** Messages and statements quote values; with these settings nothing of a record reaches the log (I7). */
export const privateLogSettings: Readonly<Record<string, string | number>> = {
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: 0,
  log_parameter_max_length_on_error: 0,
};

/** A connection address for a user of the local cluster. */
export function postgresUrl(port: number, user: string, password: string, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Runs statements on one connection and closes it. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 15_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  // No PG... variable of the user may reach the cluster, and its messages must be English and its clock UTC.
  return { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

async function makeCluster(
  binaries: PostgresBinaries,
  identity: PostgresIdentity,
  cluster: string,
  password: string,
): Promise<void> {
  const draft = `${cluster}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const passwordFile = join(draft, '..', 'postgres-password.new');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity.user) for (const path of [draft, passwordFile]) chownSync(path, identity.user.uid, identity.user.gid);
  const command = [
    ...identity.prefix,
    binaries.initdb,
    `--pgdata=${draft}`,
    '--auth=scram-sha-256',
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
  ];
  try {
    await promisify(execFile)('/bin/sh', ['-c', 'exec "$@"', 'initdb', ...command], {
      env: cleanEnvironment(),
      cwd: dirname(cluster),
      ...(identity.user ?? {}),
    });
  } catch (error) {
    throw new StackError(`The Postgres cluster in ${cluster} could not be made: ${messageOf(error)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  await rename(draft, cluster);
}

/** Removes the pid file of a dead postmaster whose number another program has meanwhile: Postgres would refuse to start. */
async function removeStalePidFile(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  if (!stdout.includes('postgres')) rmSync(file, { force: true });
}

/** Postgres once it answers. `superuserUrl` is a secret and no part of Oblio gets it. */
export type RunningPostgres = { process: ManagedProcess; superuserUrl: string; start: () => Promise<void> };

/** Makes the cluster if there is none, and prepares the process; `start` starts it and waits until it answers. */
export async function preparePostgres(plan: PostgresPlan): Promise<RunningPostgres> {
  const binaries = await postgresBinaries();
  const cluster = join(plan.dataFolder, 'postgres');
  const identity = await postgresIdentity(binaries, plan.dataFolder, cluster);
  if (!existsSync(cluster)) {
    plan.log('Postgres: making the cluster');
    await makeCluster(binaries, identity, cluster, plan.superuserPassword);
  }
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port: plan.port,
    unix_socket_directories: '',
    max_connections: plan.maxConnections,
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    ...durabilitySettings[plan.durability],
    ...privateLogSettings,
    timezone: 'UTC',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command = binaries.postgres, ...rest] = [...identity.prefix, binaries.postgres, '-D', cluster, ...args];
  const managed = manageProcess(
    {
      name: 'Postgres',
      command,
      args: rest,
      environment: cleanEnvironment(),
      cwd: cluster,
      logFile: join(plan.dataFolder, 'logs', 'postgres.log'),
      ...(identity.user ? { user: identity.user } : {}),
      stopSignal: 'SIGINT',
      stopTimeoutMilliseconds: 20_000,
      orphanSignal: 'SIGQUIT',
    },
    plan.onUnexpectedEnd,
  );
  const superuserUrl = postgresUrl(plan.port, 'postgres', plan.superuserPassword, 'postgres');
  const start = async (): Promise<void> => {
    // After SIGKILL the backends need a moment to notice that their postmaster is gone; until then a new one is refused.
    for (let attempt = 1; ; attempt += 1) {
      await removeStalePidFile(cluster);
      managed.start();
      try {
        await waitUntilReady(
          managed,
          async () => withClient(superuserUrl, async (client) => (await client.query('select 1')).rowCount === 1),
          60_000,
        );
        return;
      } catch (error) {
        if (
          attempt >= 20 ||
          !/pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(messageOf(error))
        )
          throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  };
  return { process: managed, superuserUrl, start };
}
