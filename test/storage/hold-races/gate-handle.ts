/** The search's hold on the gate's process: start it, let an execution go one step on, kill it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UnitId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { EraseNextChunkResult, GateStep } from '../../../storage/erasure-gate/index.ts';
import type { FromGate, GateMutant, ToGate } from './gate-messages.ts';

export type Outcome =
  | { readonly kind: 'ended'; readonly result: EraseNextChunkResult; readonly closed: boolean }
  | { readonly kind: 'broke'; readonly code: string }
  | { readonly kind: 'killed' };

/** One call of the gate under way. */
export type Execution = {
  readonly id: number;
  /** Where it stands still, or `undefined` while it moves. */
  stoppedAt: GateStep | undefined;
  outcome: Outcome | undefined;
};

export type GateHandle = {
  readonly erase: (input: {
    readonly unitId: UnitId;
    readonly now: Instant;
    readonly limit: number;
    readonly cursor?: string;
  }) => Promise<Execution>;
  /** Lets an execution leave its step and waits until it stands still again, ends, or has waited long enough for a lock. */
  readonly step: (execution: Execution, patienceMs: number, freely?: boolean) => Promise<void>;
  /** `kill -9`. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export const createGateHandle = (environment: Readonly<Record<string, string>>, mutant?: GateMutant): GateHandle => {
  let child: Promise<ChildProcess> | undefined;
  let next = 1;
  const running = new Map<number, Execution>();
  let moved: (() => void)[] = [];
  const notify = (): void => {
    const calls = moved;
    moved = [];
    for (const call of calls) call();
  };
  const somethingMoves = (ms: number): Promise<unknown> =>
    Promise.race([new Promise<void>((resolve) => moved.push(resolve)), sleep(ms, undefined, { ref: false })]);

  const receive = (message: FromGate): void => {
    if (message.kind === 'ready') return;
    const execution = running.get(message.execution);
    if (execution === undefined) return;
    if (message.kind === 'stopped') {
      execution.stoppedAt = message.step;
    } else {
      execution.stoppedAt = undefined;
      execution.outcome = message;
      running.delete(execution.id);
    }
    notify();
  };

  const start = async (): Promise<ChildProcess> => {
    const fresh = fork(new URL('./gate-process.ts', import.meta.url).pathname, [], {
      env: { ...process.env, ...environment, NODE_OPTIONS: '', ...(mutant && { RACE_MUTANT: mutant }) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    fresh.on('message', receive);
    fresh.on('error', () => undefined);
    await once(fresh, 'message');
    return fresh;
  };
  const alive = (): Promise<ChildProcess> => {
    child ??= start();
    return child;
  };

  const settled = async (execution: Execution, patienceMs: number): Promise<void> => {
    const until = performance.now() + patienceMs;
    while (execution.stoppedAt === undefined && execution.outcome === undefined && performance.now() < until) {
      await somethingMoves(Math.max(1, until - performance.now()));
    }
  };

  const kill = async (): Promise<void> => {
    if (child === undefined) return;
    const dying = await child;
    child = undefined;
    dying.removeAllListeners('message');
    const gone = once(dying, 'exit');
    dying.kill('SIGKILL');
    await gone;
    for (const execution of running.values()) {
      execution.stoppedAt = undefined;
      execution.outcome = { kind: 'killed' };
    }
    running.clear();
    notify();
  };

  return {
    erase: async (input) => {
      const process_ = await alive();
      const execution: Execution = { id: next, stoppedAt: undefined, outcome: undefined };
      next += 1;
      running.set(execution.id, execution);
      process_.send({ kind: 'erase', execution: execution.id, ...input } satisfies ToGate);
      await settled(execution, 1_000);
      return execution;
    },
    step: async (execution, patienceMs, freely = false) => {
      if (execution.outcome !== undefined) return;
      if (execution.stoppedAt !== undefined) {
        execution.stoppedAt = undefined;
        (await alive()).send({ kind: 'go', execution: execution.id, freely } satisfies ToGate);
      }
      await settled(execution, patienceMs);
    },
    kill,
    stop: kill,
  };
};
