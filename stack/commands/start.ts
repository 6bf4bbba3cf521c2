// `npm start`: services, migration, worker and API on this machine, until Ctrl-C. Time travel is allowed here: this is for trying out, not for production.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnexpectedEnd } from '../process/managed-process.ts';
import { dataFolderOf, runningFileOf } from '../process/project.ts';
import { explained, messageOf } from '../process/stack-error.ts';
import { migrate, prepareOblio } from '../services/oblio-processes.ts';
import type { RunningServices } from '../services/running-services.ts';
import { startServices } from '../services/start-services.ts';
import { firstCall } from './first-call.ts';

const started = performance.now();
const log = (line: string): void => console.log(line);
const environment = process.env;
const dataFolder = dataFolderOf(environment);
const runningFile = runningFileOf(dataFolder);
const stopping = new AbortController();
const stops: (() => Promise<void>)[] = [];
let exitCode = 0;
let stopped: Promise<void> | undefined;

/** Stops API, worker and services in this order, whatever has been started so far; once. */
function stopAll(): Promise<void> {
  stopped ??= (async () => {
    stopping.abort();
    for (let stop = stops.pop(); stop; stop = stops.pop())
      await stop().catch((error: unknown) => console.error(messageOf(error)));
  })();
  return stopped;
}

function onEnd(end: UnexpectedEnd): void {
  if (stopping.signal.aborted) return;
  exitCode = 1;
  console.error(
    `\n${end.name} ended unexpectedly (${end.signal ?? `code ${end.code}`}); stopping everything. The end of ${end.logFile}:\n${end.lastWords}`,
  );
  void stopAll().then(() => process.exit(exitCode));
}

function describe(running: RunningServices, apiAddress: string): string {
  const rows = [
    ['API', apiAddress],
    ['API documentation', `${apiAddress}/docs`],
    ['Temporal UI', running.temporal.uiAddress],
    ['Object store (S3)', running.objectStore.endpoint],
    ['MinIO console', running.objectStore.consoleAddress],
    ['Mail received', running.mail.folder ?? running.mail.smtpUrl],
    ['Logs', running.logsFolder],
    ['All addresses and passwords', runningFile],
  ];
  return rows
    .map(([title, value]) => (value ? `  ${title?.padEnd(28)} ${value}` : undefined))
    .filter(Boolean)
    .join('\n');
}

function aboutTime(running: RunningServices): string {
  return running.timeTravel === 'allowed'
    ? 'Time travel is allowed on this stack, so that years can pass in a demonstration. It is not a production setting:\ndocker-compose.yml is the production shape and refuses it. OBLIO_TIME_TRAVEL=refused switches it off here.'
    : 'Time travel is refused (OBLIO_TIME_TRAVEL).';
}

async function start(): Promise<void> {
  mkdirSync(join(dataFolder, 'logs'), { recursive: true, mode: 0o700 });
  const services = await startServices({
    dataFolder,
    ports: 'default',
    timeTravel: environment.OBLIO_TIME_TRAVEL === 'refused' ? 'refused' : 'allowed',
    withControl: true,
    alsoNeeded: ['api', 'worker'],
    environment,
    log,
    onServiceEnd: onEnd,
    signal: stopping.signal,
  });
  stops.push(services.stop);
  const { running } = services;
  if (stopping.signal.aborted) return;
  await migrate(running, environment);
  log('The database is at the current schema');
  const worker = prepareOblio('worker', running, environment, onEnd);
  const api = prepareOblio('api', running, environment, onEnd);
  if (stopping.signal.aborted) return;
  const starts = [worker, api].map(async ({ process: managed, start: startOne, address }) => {
    stops.push(() => managed.stop());
    stopping.signal.addEventListener('abort', () => void managed.stop());
    await startOne();
    log(`${managed.name} is ready at ${address}`);
  });
  await Promise.allSettled(starts);
  await Promise.all(starts);
  const pids = { ...running.pids, api: api.process.pid() ?? 0, worker: worker.process.pid() ?? 0 };
  const description: RunningServices = { ...running, pids, apiAddress: api.address, workerAddress: worker.address };
  stops.push(async () => rmSync(runningFile, { force: true }));
  writeFileSync(`${runningFile}.new`, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${runningFile}.new`, runningFile);
  log(
    `
Oblio runs (after ${Math.round((performance.now() - started) / 1000)} s). Its data stays in ${dataFolder}.

${describe(running, api.address)}

${aboutTime(running)}

A first call, to paste into another terminal in this folder:

${firstCall(api.address, new Date())}

Ctrl-C stops everything; the next start continues where this one was.`,
  );
}

const starting = start();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    log('\nStopping ...');
    stopping.abort();
    // A start in progress gives up by itself, and must have before what it began is stopped.
    void starting
      .catch(() => {})
      .then(stopAll)
      .then(() => {
        log('Stopped.');
        process.exit(exitCode);
      });
  });
}

try {
  await starting;
} catch (error) {
  if (!stopping.signal.aborted) {
    exitCode = 1;
    console.error(explained(error, dataFolder));
    await stopAll();
    process.exit(exitCode);
  }
}
