/** Background loops: do a piece of work again and again, pause when there is none, back off while something is away. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends the pause of a loop that has nothing to do. A call that comes while the loop works is remembered: it looks once more. */
export class Wake {
  #called = false;
  #end: () => void = () => undefined;

  call(): void {
    this.#called = true;
    this.#end();
  }

  /** Takes up the calls until now: what is read after this line covers them. */
  takeUp(): void {
    this.#called = false;
  }

  /** Waits for a call, at most so long. */
  async within(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#called || signal.aborted) return;
    const waiting = new AbortController();
    this.#end = () => waiting.abort();
    const stop = (): void => waiting.abort();
    signal.addEventListener('abort', stop);
    await pause(ms, waiting.signal);
    signal.removeEventListener('abort', stop);
  }
}

/** A piece of work and how long to pause when there is none. */
export type Loop = {
  /** Returns whether there may be more to do at once. */
  readonly work: () => Promise<boolean>;
  readonly idleMs: number;
  /** Ends the pause before its time, but never that after a failure. */
  readonly wake?: Wake;
};

/** A loop, how it backs off and how it ends. */
export type RepeatInput = Loop & {
  /** Longest pause after failures, in milliseconds; the first is half a second, each further one twice the last. */
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
export const repeat = async ({
  work,
  idleMs,
  wake = new Wake(),
  longestPauseMs,
  onFailure,
  signal,
}: RepeatInput): Promise<void> => {
  let failures = 0;
  while (!signal.aborted) {
    try {
      wake.takeUp();
      const more = await work();
      failures = 0;
      if (!more) await wake.within(idleMs, signal);
    } catch (error) {
      const pauseMs = Math.min(500 * 2 ** failures, longestPauseMs);
      failures += 1;
      onFailure(error, pauseMs);
      await pause(pauseMs, signal);
    }
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
