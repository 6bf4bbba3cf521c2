/** Calls from outside that cut a wait short: the same for every workflow that sleeps until something happens. */
import { condition } from '@temporalio/workflow';

/**
 * Remembers that somebody called. A call counts as heeded only when the workflow says so, before it reads the state of the
 * world: a call that comes in while it works is then never lost, but makes it look once more.
 */
export class Calls {
  #called = false;

  call(): void {
    this.#called = true;
  }

  /** Whether a call came that nothing has covered yet. */
  get pending(): boolean {
    return this.#called;
  }

  /** Everything called for until now is covered by what is read after this line. */
  heed(): void {
    this.#called = false;
  }

  /** Waits for a call, without end. */
  async next(): Promise<void> {
    await condition(() => this.#called);
  }

  /** Waits for a call, or for `timeoutMs` milliseconds of a durable timer that shows `summary` in the Temporal UI. */
  async nextOrAfter(timeoutMs: number, summary: string): Promise<void> {
    await condition(() => this.#called, timeoutMs, { summary });
  }
}
