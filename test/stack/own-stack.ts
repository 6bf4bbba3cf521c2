// A stack of one test file's own, kept by a process that the test may kill: what a drill does to it reaches no other test.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../stack/process/project.ts';
import { type RunningServices, readRunningServices } from '../../stack/services/running-services.ts';

export type OwnStack = {
  keeper: ChildProcess;
  running: RunningServices;
  output: () => string;
  ended: Promise<number | null>;
};

/** Starts `stack/commands/dev-services.ts` on the folder and waits until it describes itself. Fails with its output when it ends instead. */
export async function startOwnStack(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<OwnStack> {
  const file = join(folder, 'services.json');
  const keeper = spawn(process.execPath, [join(projectRoot, 'stack', 'commands', 'dev-services.ts'), folder], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [keeper.stdout, keeper.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => keeper.on('exit', (code) => resolve(code)));
  for (;;) {
    if (existsSync(file)) {
      const running = readRunningServices(file);
      if (running.pid === keeper.pid) return { keeper, running, output: () => output, ended };
    }
    if (keeper.exitCode !== null || keeper.signalCode !== null) {
      await ended;
      throw new Error(output);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function readProcess(pid: string, what: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** All living processes that have to do with the folder (by command line, environment or working folder), except this one (Linux). */
export function processesOf(folder: string): { pid: number; commandLine: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ pid, commandLine: readProcess(pid, 'cmdline') }))
    .filter(({ pid, commandLine }) =>
      [commandLine, readProcess(pid, 'environ'), workingFolder(pid)].some((text) => text.includes(folder)),
    )
    .map(({ pid, commandLine }) => ({ pid: Number(pid), commandLine }));
}
