/** Signals that cut a wait short: the same for every workflow that sleeps until something happens. */
import { condition } from '@temporalio/workflow';

/**
 * Remembers that a signal came. It counts as taken up only when the workflow says so, before it reads Postgres: a signal that comes in
 * while the workflow works is never lost, but makes it look once more.
 */
export class Calls {
  #called = false;

  call(): void {
    this.#called = true;
  }

  /** Whether a signal came that has not been taken up yet. */
  get pending(): boolean {
    return this.#called;
  }

  /** Takes up the signals until now: what is read after this line covers them. */
  takeUp(): void {
    this.#called = false;
  }

  /** Waits for a signal, without end. */
  async next(): Promise<void> {
    await condition(() => this.#called);
  }

  /** Waits for a signal, or for `timeoutMs` milliseconds of a durable timer that shows `summary` in the Temporal UI. */
  async nextOrAfter(timeoutMs: number, summary: string): Promise<void> {
    await condition(() => this.#called, timeoutMs, { summary });
  }
}
