// Ports of the local services: the defaults and the settings that change them, free ones for tests, and who holds one that is taken.

import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { z } from 'zod';
import { StackError } from './stack-error.ts';
import { readState, writeState } from './stored-state.ts';

/** Every port that people connect to: default, setting and what it is for. */
export const portSettings = {
  postgres: { setting: 'POSTGRES_PORT', standard: 5438, title: 'Postgres' },
  temporal: { setting: 'TEMPORAL_PORT', standard: 7233, title: 'Temporal server' },
  temporalUi: { setting: 'TEMPORAL_UI_PORT', standard: 8233, title: 'Temporal UI' },
  objectStore: { setting: 'S3_PORT', standard: 9000, title: 'object store' },
  objectStoreConsole: { setting: 'S3_CONSOLE_PORT', standard: 9001, title: 'MinIO console' },
  mail: { setting: 'SMTP_PORT', standard: 2525, title: 'mail catcher' },
  api: { setting: 'API_PORT', standard: 8080, title: 'Oblio API' },
  worker: { setting: 'WORKER_PORT', standard: 8081, title: 'Oblio worker' },
} as const;

/** A port that people may choose. */
export type PortName = keyof typeof portSettings;

/** The ports that people and other programs connect to. */
export type PublicPorts = Record<PortName, number>;

const publicNames: readonly PortName[] = [
  'postgres',
  'temporal',
  'temporalUi',
  'objectStore',
  'objectStoreConsole',
  'mail',
  'api',
  'worker',
];

/** Ports between the parts of Temporal's server on Postgres, which no person types in. */
export const temporalInternalNames = [
  'frontendMembership',
  'frontendHttp',
  'history',
  'historyMembership',
  'matching',
  'matchingMembership',
  'systemWorker',
  'systemWorkerMembership',
  'temporalMetrics',
] as const;

/** Ports between the parts of SeaweedFS. */
export const storeInternalNames = [
  'storeMaster',
  'storeMasterGrpc',
  'storeVolume',
  'storeVolumeGrpc',
  'storeFiler',
  'storeFilerGrpc',
  'storeS3Grpc',
] as const;

type InternalName = (typeof temporalInternalNames)[number] | (typeof storeInternalNames)[number];

/** Ports that the services use among themselves. */
export type InternalPorts<Name extends InternalName = InternalName> = Record<Name, number>;
/** Ports between the parts of Temporal's server on Postgres. */
export type TemporalInternalPorts = InternalPorts<(typeof temporalInternalNames)[number]>;
/** Ports between the parts of SeaweedFS. */
export type StoreInternalPorts = InternalPorts<(typeof storeInternalNames)[number]>;

/** Whether 127.0.0.1 and the wildcard address are free at this port. */
export async function portIsFree(port: number): Promise<boolean> {
  const canListen = async (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
    });
  return (await canListen('127.0.0.1')) && (await canListen('0.0.0.0'));
}

/**
 * A free port below the range the system hands out to outgoing connections, so that it is still free at a restart. By hand, since `get-port`
 * falls back to a port of that range, and whether a port that was set or remembered is free is asked in any case.
 */
export async function freePort(taken: Set<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    if (taken.has(port) || !(await portIsFree(port))) continue;
    taken.add(port);
    return port;
  }
  throw new StackError('No free port was found between 20000 and 32000.');
}

async function linuxPortHolder(port: number): Promise<number | undefined> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      // State 0A is listening.
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A' && fields[9]) inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (inodes.has(target)) return Number(pid);
    }
  }
  return undefined;
}

/** Who listens at the port, in words, as far as this user may know. */
async function portHolder(port: number): Promise<string | undefined> {
  try {
    const run = promisify(execFile);
    let pid: number | undefined;
    if (process.platform === 'linux') pid = await linuxPortHolder(port);
    else pid = Number((await run('lsof', ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'])).stdout.trim().split('\n')[0]);
    if (!pid) return undefined;
    const { stdout } = await run('ps', ['-o', 'comm=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return `process ${pid}${stdout.trim() ? ` (${stdout.trim()})` : ''}`;
  } catch {
    return undefined;
  }
}

/** The error of a taken port: which, by whom if known, and what to set. */
export async function requireFreePorts(
  ports: PublicPorts,
  names: readonly PortName[],
  patienceMilliseconds = 3_000,
): Promise<void> {
  const problems: string[] = [];
  const patience = performance.now() + patienceMilliseconds;
  for (const name of names) {
    const { setting, title } = portSettings[name];
    const port = ports[name];
    let free = await portIsFree(port);
    // What a killed stack leaves behind ends by itself within moments.
    while (!free && performance.now() < patience) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      free = await portIsFree(port);
    }
    if (free) continue;
    const holder = await portHolder(port);
    problems.push(
      `Port ${port} (${title}) is taken${holder ? ` by ${holder}` : ''}. Stop that program, or choose another port with ${setting}, for example ${setting}=${await freePort()}.`,
    );
  }
  if (problems.length > 0) throw new StackError(problems.join('\n'));
}

/** The default ports with the user's settings applied. */
export function configuredPorts(environment: NodeJS.ProcessEnv): PublicPorts {
  const port = (name: PortName): number => {
    const { setting, standard } = portSettings[name];
    const value = environment[setting];
    if (value === undefined || value === '') return standard;
    if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > 65_535) {
      throw new StackError(`${setting}=${value} is not a port: a number from 1 to 65535 is needed.`);
    }
    return Number(value);
  };
  return Object.fromEntries(publicNames.map((name) => [name, port(name)])) as PublicPorts;
}

/** Free ports for everything, for tests. */
export async function freePorts(): Promise<PublicPorts> {
  const taken = new Set<number>();
  const ports: Partial<PublicPorts> = {};
  for (const name of publicNames) ports[name] = await freePort(taken);
  return ports as PublicPorts;
}

/** What the file remembers; nothing if it is damaged, since any free port does as well. */
function rememberedPorts(file: string): Record<string, number> | undefined {
  try {
    return readState(file, z.record(z.string(), z.number().int()), '');
  } catch (error) {
    if (error instanceof StackError) return undefined;
    throw error;
  }
}

/** Internal ports remembered in a file of the data folder; a port taken meanwhile is replaced. */
export async function rememberedInternalPorts(file: string, publicPorts: PublicPorts): Promise<InternalPorts> {
  const remembered = rememberedPorts(file);
  const taken = new Set<number>(Object.values(publicPorts));
  const ports: Partial<InternalPorts> = {};
  for (const name of [...temporalInternalNames, ...storeInternalNames]) {
    const known = remembered?.[name];
    if (known !== undefined && !taken.has(known) && (await portIsFree(known))) {
      taken.add(known);
      ports[name] = known;
    } else ports[name] = await freePort(taken);
  }
  writeState(file, ports);
  return ports as InternalPorts;
}
