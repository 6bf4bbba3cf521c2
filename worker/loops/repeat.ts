/** Background loops: do a piece of work again and again, pause when there is none, back off while something is away. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A piece of work and how long to pause around it, in milliseconds. */
export type RepeatInput = {
  /** Returns whether there may be more to do at once. */
  readonly work: () => Promise<boolean>;
  readonly idleMs: number;
  /** Longest pause after failures; the first is half a second, each further one twice the last. */
  readonly longestPauseMs: number;
  readonly onFailure: (error: unknown, pauseMs: number) => void;
  /** Ends the loop after the piece of work at hand. */
  readonly signal: AbortSignal;
};

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

/** Runs until the signal; never rejects because of the work. */
export const repeat = async ({ work, idleMs, longestPauseMs, onFailure, signal }: RepeatInput): Promise<void> => {
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs = idleMs;
    try {
      if (await work()) pauseMs = 0;
      failures = 0;
    } catch (error) {
      pauseMs = Math.min(500 * 2 ** failures, longestPauseMs);
      failures += 1;
      onFailure(error, pauseMs);
    }
    if (pauseMs > 0) await pause(pauseMs, signal);
  }
};

/** Tries until it works or the signal comes; `undefined` if the signal came first. */
export const untilItWorks = async <Value>(
  attempt: () => Promise<Value>,
  { longestPauseMs, onFailure, signal }: Pick<RepeatInput, 'longestPauseMs' | 'onFailure' | 'signal'>,
): Promise<Value | undefined> => {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = Math.min(500 * 2 ** failures, longestPauseMs);
      onFailure(error, pauseMs);
      await pause(pauseMs, signal);
    }
  }
  return undefined;
};
