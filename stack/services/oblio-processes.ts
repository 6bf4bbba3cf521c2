// Oblio's own processes on a local stack: the migration, the worker and the API, each with its own credentials only.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import { projectRoot } from '../process/project.ts';
import { StackError } from '../process/stack-error.ts';
import { type OblioProcess, processEnvironment, type RunningServices } from './running-services.ts';

/** The file each process runs. */
const entryFiles: Readonly<Record<OblioProcess, string>> = {
  migrate: 'commands/migrate.ts',
  worker: 'worker/main.ts',
  api: 'api/server.ts',
};

/** Brings the database to the current schema, or says why it cannot. */
export async function migrate(running: RunningServices, environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [entryFiles.migrate], {
    cwd: projectRoot,
    env: processEnvironment(running, 'migrate', environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new StackError(`The database could not be migrated:\n${output.trim()}`);
}

/**
 * Flags of Node. The worker moves large files through small, short-lived buffers: the young generation that V8 keeps by default
 * (three times 32 MB) holds little else than those that are used already.
 */
export const nodeFlags: Readonly<Record<'api' | 'worker', readonly string[]>> = {
  api: [],
  worker: ['--max-semi-space-size=8'],
};

/** The API or the worker once it answers, and its address. */
export type OblioService = { process: ManagedProcess; address: string; start: () => Promise<void> };

/** Prepares the worker or the API; `start` starts it and waits until its /readyz says that all it needs is there. */
export function prepareOblio(
  part: 'api' | 'worker',
  running: RunningServices,
  environment: NodeJS.ProcessEnv,
  onUnexpectedEnd: (end: UnexpectedEnd) => void,
): OblioService {
  let ready = false;
  const managed = manageProcess(
    {
      name: part === 'api' ? 'Oblio API' : 'Oblio worker',
      command: process.execPath,
      args: [...nodeFlags[part], entryFiles[part]],
      environment: processEnvironment(running, part, environment),
      cwd: projectRoot,
      logFile: join(running.logsFolder, `${part}.log`),
      stopSignal: 'SIGTERM',
      // The worker lets activities in flight come to an end first.
      stopTimeoutMilliseconds: 40_000,
    },
    (end) => {
      // While it starts, the caller that waits for it reports what happened.
      if (ready) onUnexpectedEnd(end);
    },
  );
  const address = `http://127.0.0.1:${running.ports[part]}`;
  const start = async (): Promise<void> => {
    managed.start();
    const answers = async (): Promise<boolean> =>
      (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok;
    ready = false;
    await waitUntilReady(managed, answers, 180_000, 200);
    ready = true;
  };
  return { process: managed, address, start };
}
