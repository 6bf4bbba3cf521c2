// Starts the services Oblio stands on, found or installed, and stops them again. Used by `npm start`, the tests, the demonstration and the benchmarks.

import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDatabase } from '../postgres/database-service.ts';
import type { Durability } from '../postgres/postgres.ts';
import { startControlServer } from '../process/control-server.ts';
import type { UnexpectedEnd } from '../process/managed-process.ts';
import {
  configuredPorts,
  freePorts,
  type PortName,
  rememberedInternalPorts,
  requireFreePorts,
} from '../process/ports.ts';
import { lockHolder, tryLock } from '../process/process-lock.mjs';
import type { DrillName, ServiceHandle } from '../process/service-handle.ts';
import { messageOf, StackError } from '../process/stack-error.ts';
import type { ProgramName } from '../programs/programs.ts';
import { type ResolvedProgram, resolvePrograms } from '../programs/resolve-programs.ts';
import { configuredAdministrator, configuredStoreUsers, startStore } from '../store/store-service.ts';
import { startTemporal } from '../temporal/temporal-service.ts';
import { type ChosenServices, chooseServices } from './chosen-services.ts';
import { loadCredentials } from './credentials.ts';
import { startMailCatcher } from './mail-catcher.ts';
import type { RunningServices } from './running-services.ts';
import { ensureSecrets } from './secrets.ts';
import { readSettings, type StackSettings } from './settings.ts';
import { absentHandle, type StartContext } from './start-context.ts';

/** What stack is started, and for whom. */
export type StartOptions = {
  /** Absolute path; everything the services keep is below it. */
  dataFolder: string;
  /** `default`: the documented ports with the settings applied; `free`: any that are free. */
  ports: 'default' | 'free';
  timeTravel: 'refused' | 'allowed';
  /** What Postgres must survive; a power failure too unless said otherwise. */
  durability?: Durability;
  /** 512 unless said otherwise here or by TEMPORAL_HISTORY_SHARDS; fixed for ever in a data folder. */
  historyShards?: number;
  withTemporalUi?: boolean;
  /** Opens the control port for drills by other processes. */
  withControl?: boolean;
  /** Ports the caller will need for processes of its own. */
  alsoNeeded?: readonly PortName[];
  maxConnections?: number;
  environment: NodeJS.ProcessEnv;
  log: (line: string) => void;
  /** A service ended without having been asked to. */
  onServiceEnd?: (end: UnexpectedEnd) => void;
  signal?: AbortSignal;
};

/** A running stack, with a handle for each service that drills may kill. */
export type Services = Record<DrillName, ServiceHandle> & {
  /** Plain JSON, to hand on to other processes. */
  running: RunningServices;
  /** Stops everything in order and frees the data folder. */
  stop(): Promise<void>;
};

function takeDataFolder(dataFolder: string): () => void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  // It may have been made with wider rights, and holds passwords and personal data.
  chmodSync(dataFolder, 0o700);
  const lock = join(dataFolder, 'lock');
  const release = tryLock(lock, 'running the services of this data folder');
  if (release) return release;
  const holder = lockHolder(lock);
  throw new StackError(
    `The data folder ${dataFolder} is in use${holder ? ` by process ${holder.pid}` : ''}. Stop that one first (Ctrl-C in its terminal${holder ? `, or kill ${holder.pid}` : ''}), or start this one with another folder (OBLIO_DATA) and other ports.`,
  );
}

/** What this stack runs itself, given what is configured to run elsewhere and what the data folder was begun with. */
function planOf(
  settings: StackSettings,
  chosen: ChosenServices,
  options: StartOptions,
): { programs: ProgramName[]; ports: PortName[]; postgres: boolean; ui: boolean } {
  const temporal = settings.TEMPORAL_ADDRESS ? undefined : chosen.temporal;
  const store = settings.S3_ENDPOINT ? undefined : chosen.store;
  const postgres = temporal === 'postgres' || !settings.DATABASE_URL;
  const ui = temporal !== undefined && options.withTemporalUi !== false;
  const programs: ProgramName[] = [];
  const ports: PortName[] = [...(options.alsoNeeded ?? [])];
  if (postgres) ports.push('postgres');
  if (store) ports.push('objectStore');
  if (store === 'seaweedfs') programs.push('weed');
  if (store === 'minio') {
    programs.push('minio', 'mc');
    ports.push('objectStoreConsole');
  }
  if (!store && !configuredStoreUsers(settings)) programs.push('mc');
  if (temporal) ports.push('temporal');
  if (temporal === 'sqlite') programs.push('temporal');
  if (temporal === 'postgres') programs.push('temporal-sql-tool', 'temporal-server');
  if (ui && temporal === 'postgres') programs.push('temporal-ui');
  if (ui) ports.push('temporalUi');
  if (!settings.SMTP_URL) ports.push('mail');
  return { programs, ports, postgres, ui };
}

async function startMail(context: StartContext): Promise<RunningServices['mail']> {
  const from = context.settings.OBLIO_MAIL_FROM;
  if (context.settings.SMTP_URL) return { smtpUrl: context.settings.SMTP_URL, from };
  const catcher = await startMailCatcher({ port: context.ports.mail, folder: join(context.dataFolder, 'mail') });
  context.atStop(catcher.stop);
  return { smtpUrl: catcher.smtpUrl, from, folder: catcher.folder };
}

async function describeSecrets(dataFolder: string, settings: StackSettings): Promise<RunningServices['secrets']> {
  const made = await ensureSecrets(dataFolder);
  return {
    keysFile: settings.OBLIO_KEYS_FILE ?? made.keysFile,
    jwksFile: settings.OBLIO_JWKS_FILE ?? made.jwksFile,
    ...(settings.OBLIO_JWKS_URL ? { jwksUrl: settings.OBLIO_JWKS_URL } : {}),
    privateJwkFile: made.privateJwkFile,
    issuer: settings.OBLIO_TOKEN_ISSUER ?? made.issuer,
    audience: settings.OBLIO_TOKEN_AUDIENCE ?? made.audience,
  };
}

/** Starts what is not configured to run elsewhere. Throws StackError with what to do; whatever was started by then is stopped. */
export async function startServices(options: StartOptions): Promise<Services> {
  const { dataFolder, environment, log } = options;
  const settings = readSettings(environment);
  // Says what is missing before anything is started.
  if (settings.S3_ENDPOINT) configuredAdministrator(settings);
  const release = takeDataFolder(dataFolder);
  const stops: (() => Promise<void>)[] = [];
  let stopPostgres: (() => Promise<void>) | undefined;
  const stop = async (): Promise<void> => {
    started = false;
    // Postgres stops last, since Temporal may stand on it; the others stop side by side.
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()));
    await stopPostgres?.();
    release();
  };
  let started = false;
  const interrupted = (): boolean => options.signal?.aborted === true;
  // What is waited for ends, and the waiting with it.
  const interrupt = (): void => {
    stop().catch((error: unknown) => log(messageOf(error)));
  };
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const resolving = { environment, log, ...(options.signal ? { signal: options.signal } : {}) };
    const chosen = await chooseServices(
      dataFolder,
      { store: settings.OBLIO_STORE, temporal: settings.OBLIO_TEMPORAL_STORAGE },
      { store: !settings.S3_ENDPOINT, temporal: !settings.TEMPORAL_ADDRESS },
      resolving,
    );
    const plan = planOf(settings, chosen, options);
    // The programs are looked for, and fetched if need be, while Postgres is made ready.
    const resolved = resolvePrograms(plan.programs, resolving);
    resolved.catch(() => {});
    const ports = options.ports === 'free' ? await freePorts() : configuredPorts(environment);
    await requireFreePorts(ports, plan.ports);
    const secrets = await describeSecrets(dataFolder, settings);
    let programs: Partial<Record<ProgramName, ResolvedProgram>> = {};
    const context: StartContext = {
      dataFolder,
      settings,
      ports,
      internalPorts: await rememberedInternalPorts(join(dataFolder, 'ports.json'), ports),
      chosen,
      credentials: loadCredentials(dataFolder),
      timeTravel: options.timeTravel,
      durability: options.durability ?? 'power-failure',
      historyShards: options.historyShards ?? settings.TEMPORAL_HISTORY_SHARDS ?? 512,
      maxConnections: options.maxConnections ?? 300,
      withPostgres: plan.postgres,
      withTemporalUi: plan.ui,
      program: (name) => {
        const program = programs[name];
        if (!program) throw new Error(`${name} was not looked for.`);
        return program;
      },
      log,
      onUnexpectedEnd: (end) => {
        if (started) options.onServiceEnd?.(end);
      },
      atStop: (stopOne) => {
        if (interrupted()) throw new StackError('Interrupted while starting.');
        stops.push(stopOne);
      },
      atStopLast: (stopOne) => {
        if (interrupted()) throw new StackError('Interrupted while starting.');
        stopPostgres = stopOne;
      },
    };
    const database = startDatabase(context);
    const mail = startMail(context);
    const withPrograms = resolved.then((found) => {
      programs = found;
    });
    const store = withPrograms.then(() => startStore(context));
    const temporal = withPrograms
      .then(() => (chosen.temporal === 'postgres' ? database : undefined))
      .then(() => startTemporal(context));
    // All that was begun is awaited before a failure is reported, so that all of it is stopped.
    await Promise.allSettled([database, store, mail, temporal]);
    const handles: Record<DrillName, ServiceHandle> = {
      postgres: (await database).handle ?? absentHandle('postgres'),
      store: (await store).handle ?? absentHandle('store'),
      temporal: (await temporal).handle ?? absentHandle('temporal'),
    };
    const pids: Record<string, number> = {};
    for (const [name, handle] of Object.entries(handles)) {
      const pid = await handle.pid();
      if (pid !== undefined) pids[name] = pid;
    }
    const control = options.withControl ? await startControlServer(handles) : undefined;
    if (control) stops.push(control.stop);
    const running: RunningServices = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      dataFolder,
      logsFolder: join(dataFolder, 'logs'),
      timeTravel: options.timeTravel,
      postgres: (await database).description,
      temporal: (await temporal).description,
      objectStore: (await store).description,
      mail: await mail,
      secrets,
      ports: { api: ports.api, worker: ports.worker },
      pids,
      ...(control ? { control: { url: control.url, token: control.token } } : {}),
    };
    options.signal?.removeEventListener('abort', interrupt);
    if (interrupted()) throw new StackError('Interrupted while starting.');
    started = true;
    return { ...handles, running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
