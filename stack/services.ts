// Starts the services Oblio stands on, found or installed, and stops them again. Used by `npm start`, the tests, the demonstration and the benchmarks.

import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startControlServer } from './control-server.ts';
import { loadCredentials } from './credentials.ts';
import { startDatabase } from './database-service.ts';
import { readSettings, type StackSettings } from './external-services.ts';
import { startMailCatcher } from './mail-catcher.ts';
import type { UnexpectedEnd } from './managed-process.ts';
import { configuredPorts, freePorts, type PortName, requireFreePorts } from './ports.ts';
import type { Durability } from './postgres.ts';
import { lockHolder, tryLock } from './process-lock.mjs';
import type { ProgramName } from './programs.ts';
import { type ResolvedProgram, resolvePrograms } from './resolve-programs.ts';
import type { RunningServices } from './running-services.ts';
import { ensureSecrets } from './secrets.ts';
import type { DrillName, ServiceHandle } from './service-handle.ts';
import { messageOf, StackError } from './stack-error.ts';
import { absentHandle, type StartContext } from './start-context.ts';
import { configuredAdministrator, configuredStoreUsers, startStore } from './store-service.ts';
import { startTemporal } from './temporal-service.ts';

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
  // It may have been made with wider permissions, and holds passwords and personal data.
  chmodSync(dataFolder, 0o700);
  const lock = join(dataFolder, 'lock');
  const release = tryLock(lock, 'running the services of this data folder');
  if (release) return release;
  const holder = lockHolder(lock);
  throw new StackError(
    `The data folder ${dataFolder} is in use${holder ? ` by process ${holder.pid}` : ''}. Stop that one first (Ctrl-C in its terminal${holder ? `, or kill ${holder.pid}` : ''}), or start this one with another folder (OBLIO_DATA) and other ports.`,
  );
}

/** What this stack runs itself, given what is configured to run elsewhere. */
function planOf(
  settings: StackSettings,
  options: StartOptions,
): { programs: ProgramName[]; ports: PortName[]; postgres: boolean; ui: boolean } {
  const temporal = !settings.TEMPORAL_ADDRESS;
  const store = !settings.S3_ENDPOINT;
  // Says what is missing before anything is started.
  if (!store) configuredAdministrator(settings);
  const postgres = temporal || !settings.DATABASE_URL;
  const ui = temporal && options.withTemporalUi !== false;
  const programs: ProgramName[] = [];
  const ports: PortName[] = [...(options.alsoNeeded ?? [])];
  if (postgres) ports.push('postgres');
  if (store) {
    programs.push('minio');
    ports.push('objectStore', 'objectStoreConsole');
  }
  if (store || !configuredStoreUsers(settings)) programs.push('mc');
  if (temporal) {
    programs.push('temporal-sql-tool', 'temporal-server');
    ports.push('temporal');
  }
  if (ui) {
    programs.push('temporal-ui');
    ports.push('temporalUi');
  }
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
  const plan = planOf(settings, options);
  const release = takeDataFolder(dataFolder);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    started = false;
    for (let stopOne = stops.pop(); stopOne; stopOne = stops.pop()) await stopOne();
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
    const programs: Partial<Record<ProgramName, ResolvedProgram>> = await resolvePrograms(plan.programs, {
      environment,
      log,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const ports = options.ports === 'free' ? await freePorts() : configuredPorts(environment);
    await requireFreePorts(ports, plan.ports);
    const secrets = await describeSecrets(dataFolder, settings);
    const context: StartContext = {
      dataFolder,
      settings,
      ports,
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
    };
    // Temporal needs Postgres; the others need no service. All that was begun is awaited before a failure is reported, so that all of it is stopped.
    const database = startDatabase(context);
    const store = startStore(context);
    const mail = startMail(context);
    const temporal = database.then(() => startTemporal(context));
    await Promise.allSettled([database, store, mail, temporal]);
    const handles: Record<DrillName, ServiceHandle> = {
      postgres: (await database).handle ?? absentHandle('postgres'),
      minio: (await store).handle ?? absentHandle('minio'),
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
