// The stack that the demonstration runs on: the one that `npm start` runs in this folder, or one that is started for it and stopped again.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolderOf, projectRoot, runningFileOf } from '../stack/process/project.ts';
import { type RunningServices, readRunningServices } from '../stack/services/running-services.ts';

/** The stack of this run, and where its API is. */
export type DemoStack = {
  readonly running: RunningServices;
  readonly apiAddress: string;
  /** Stops what was started for the demonstration; leaves a stack that ran before alone. */
  readonly stop: () => Promise<void>;
};

const isReady = async (apiAddress: string): Promise<boolean> => {
  try {
    return (await fetch(`${apiAddress}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false;
  }
};

const findRunning = async (file: string): Promise<Omit<DemoStack, 'stop'> | undefined> => {
  if (!existsSync(file)) return undefined;
  const running = readRunningServices(file);
  const { apiAddress } = running;
  return apiAddress !== undefined && (await isReady(apiAddress)) ? { running, apiAddress } : undefined;
};

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (ended(child)) return;
  const closed = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await closed;
};

const start = async (file: string): Promise<DemoStack> => {
  const child = spawn(process.execPath, ['stack/commands/start.ts'], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const stop = () => stopChild(child);
  for (;;) {
    if (ended(child)) throw new Error('The stack could not be started; what it printed above says why.');
    const found = await findRunning(file);
    if (found !== undefined) return { ...found, stop };
    await sleep(300);
  }
};

/** Finds or starts the stack. Throws if it does not allow time travel, since five years are to pass on it. */
export const openDemoStack = async (
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<DemoStack> => {
  const file = runningFileOf(dataFolderOf(environment));
  const found = await findRunning(file);
  if (found === undefined) say('No stack runs in this folder (npm start), so one is started for the demonstration.');
  const stack = found === undefined ? await start(file) : { ...found, stop: async () => {} };
  if (stack.running.timeTravel === 'allowed') return stack;
  await stack.stop();
  throw new Error(
    'This stack refuses time travel, and the demonstration cannot wait five years: use the one of npm start.',
  );
};
