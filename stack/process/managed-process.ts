// One child process of the stack: started in a session of its own, logged to a file, stopped politely, and never left behind.
//
// A service must die with the process that started it, even when that one is killed with SIGKILL and can do nothing any more. So each service
// is started by a shell that first leaves a watcher behind and then becomes the service: the watcher waits on a pipe from the parent, and
// when the pipe ends without a word, the parent is gone and the watcher ends the service. A session of its own keeps Ctrl-C at the
// terminal from reaching the services before the stack stops them in order.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackError } from './stack-error.ts';

/** The signals by which a process may be ended, in drills also without warning. */
export type EndSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGQUIT';

/** How to run one service. */
export type ProcessPlan = {
  name: string;
  command: string;
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  /** The user and group to become; only root can. */
  user?: { uid: number; gid: number };
  /** The signal that asks for an orderly stop, and how long it may take before SIGKILL. */
  stopSignal: EndSignal;
  stopTimeoutMilliseconds: number;
  /** What the watcher sends when the parent is gone. */
  orphanSignal?: EndSignal;
};

/** How a service came to its end without having been stopped. */
export type UnexpectedEnd = {
  name: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  logFile: string;
  /** What it logged last. */
  lastWords: string;
};

/** A child process that cannot outlive its parent; it may be started again after it ended. */
export type ManagedProcess = {
  readonly name: string;
  readonly logFile: string;
  /** The last lines it logged since it was started. */
  lastWords(): string;
  /** Process id while it runs. */
  pid(): number | undefined;
  /** Starts it; the promise is for the process, not for its readiness. */
  start(): void;
  /** Sends a signal and waits for the end, which is then not reported as a crash. */
  kill(signal: EndSignal): Promise<void>;
  /** Asks for an orderly stop; SIGKILL after the time allowed. */
  stop(): Promise<void>;
  /** Why it ended, if it has since the last start. */
  ended(): { code: number | null; signal: NodeJS.Signals | null } | undefined;
};

/**
 * Arguments for /bin/sh that run a command which must not outlive its parent. Start it with `detached: true` and standard input as a pipe;
 * write a line into the pipe when the command has ended, so that the watcher goes without a kill.
 */
export function watchedArguments(
  name: string,
  orphanSignal: EndSignal,
  command: string,
  args: readonly string[],
): string[] {
  const signal = orphanSignal.slice('SIG'.length);
  const script = [
    'exec 3<&0',
    // $$ stays the number of the outer shell, which becomes the command and leads the process group.
    `( ( read -r word <&3 || kill -s ${signal} -- -$$ ) >/dev/null 2>&1 & )`,
    'exec "$@" 3<&- </dev/null',
  ];
  return ['-c', script.join('\n'), name, command, ...args];
}

const mostLines = 12;
const mostCharacters = 400;

/**
 * The last lines of a log from a position on, for a message: what earlier runs wrote would only hide what this one said. Long lines
 * are cut.
 */
function tailOf(logFile: string, from: number): string {
  try {
    const lines = readFileSync(logFile).subarray(from).toString('utf8').trimEnd().split('\n').slice(-mostLines);
    return lines
      .map((line) => (line.length > mostCharacters ? `${line.slice(0, mostCharacters)} ...` : line))
      .join('\n');
  } catch {
    return '(no log)';
  }
}

/** Prepares a service; `onUnexpectedEnd` is called when it ends without having been asked to. */
export function manageProcess(plan: ProcessPlan, onUnexpectedEnd: (end: UnexpectedEnd) => void): ManagedProcess {
  let child: ChildProcess | undefined;
  let asked = false;
  let logFrom = 0;
  let lastEnd: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  let whenEnded: Promise<void> = Promise.resolve();

  const lastWords = (): string => tailOf(plan.logFile, logFrom);

  const start = (): void => {
    if (child) throw new Error(`${plan.name} is already running.`);
    mkdirSync(dirname(plan.logFile), { recursive: true });
    const log = openSync(plan.logFile, 'a', 0o600);
    logFrom = fstatSync(log).size;
    asked = false;
    lastEnd = undefined;
    const started = spawn(
      '/bin/sh',
      watchedArguments(plan.name, plan.orphanSignal ?? 'SIGKILL', plan.command, plan.args),
      {
        cwd: plan.cwd,
        env: plan.environment,
        stdio: ['pipe', log, log],
        detached: true,
        ...(plan.user ?? {}),
      },
    );
    closeSync(log);
    child = started;
    // The pipe may break when the watcher is gone: the service is gone then too, and its end is reported below.
    started.stdin?.on('error', () => {});
    whenEnded = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (lastEnd) return;
        lastEnd = { code, signal };
        // Tells the watcher that nothing is left to end.
        started.stdin?.end('over\n');
        child = undefined;
        resolve();
        if (!asked) onUnexpectedEnd({ name: plan.name, code, signal, logFile: plan.logFile, lastWords: lastWords() });
      };
      started.on('exit', end);
      started.on('error', () => end(null, null));
    });
  };

  const kill = async (signal: EndSignal): Promise<void> => {
    if (!child) return;
    asked = true;
    child.kill(signal);
    await whenEnded;
  };

  const stop = async (): Promise<void> => {
    const running = child;
    if (!running) return;
    const timer = setTimeout(() => running.kill('SIGKILL'), plan.stopTimeoutMilliseconds);
    try {
      await kill(plan.stopSignal);
    } finally {
      clearTimeout(timer);
    }
  };

  const { name, logFile } = plan;
  return { name, logFile, lastWords, pid: () => child?.pid, start, kill, stop, ended: () => lastEnd };
}

/**
 * Waits until a service answers; asks again every `intervalMilliseconds`.
 * Fails at once when its process ends meanwhile, and after the time allowed: both with the end of its log.
 */
export async function waitUntilReady(
  service: Pick<ManagedProcess, 'name' | 'logFile' | 'lastWords' | 'ended'>,
  answers: () => Promise<boolean>,
  timeoutMilliseconds: number,
  intervalMilliseconds = 100,
): Promise<void> {
  const deadline = performance.now() + timeoutMilliseconds;
  for (;;) {
    if (await answers().catch(() => false)) return;
    const end = service.ended();
    if (end) {
      const how = end.signal ? `was ended by ${end.signal}` : `ended with code ${end.code}`;
      throw new StackError(
        `${service.name} ${how} while starting. The end of ${service.logFile}:\n${service.lastWords()}`,
      );
    }
    if (performance.now() > deadline) {
      throw new StackError(
        `${service.name} did not answer within ${timeoutMilliseconds / 1000} s. The end of ${service.logFile}:\n${service.lastWords()}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMilliseconds));
  }
}
