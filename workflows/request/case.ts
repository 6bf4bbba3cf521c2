/**
 * The case inside its workflow: the only writer of the case file. State changes after the database has them, one step at a time, so
 * that memory never runs ahead of Postgres.
 */
import { ActivityFailure, ApplicationFailure, condition, proxyActivities } from '@temporalio/workflow';
import { applyEvents, withClocks } from '../../domain/request/course/apply-event.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseRules } from '../../domain/request/course/commands.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import type { CaseEvent, EventMeta } from '../../domain/request/course/events.ts';
import type { Refusal } from '../../domain/request/course/refusals.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import type { CaseFileActivities, CaseSnapshot } from './contract.ts';
import { type CommandAnswer, type CommandInput, type RequestInput, refusedFailure } from './contract.ts';
import { caseFile } from './profiles.ts';

const { readCase, recordEvents } = proxyActivities<CaseFileActivities>(caseFile);

/** The time of the workflow task. */
export const now = (): Instant => instantFromEpoch(Date.now());

const refuse = (refusal: Refusal): ApplicationFailure =>
  ApplicationFailure.create({ type: refusedFailure, message: refusal.code, nonRetryable: true, details: [refusal] });

/** Whether an activity found another revision in Postgres than the one it was to build on. */
const movedOn = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === 'case-moved-on';

/**
 * The memory of one case and the only way to change it. One step at a time: a step is decided, written to Postgres and
 * then applied here; where Postgres is ahead (another run, a restart), it is read again and the step decided anew,
 * three times at most.
 */
export class RequestCase {
  #state: CaseState;
  #rules: CaseRules;
  #turn: Promise<void> = Promise.resolve();
  #changes = 0;
  #erasing = false;
  #changingIt = 0;

  constructor({ state, rules }: RequestInput) {
    this.#state = state;
    this.#rules = rules;
  }

  get state(): CaseState {
    return this.#state;
  }

  get rules(): CaseRules {
    return this.#rules;
  }

  /** Grows with each change, for waiting loops. */
  get changes(): number {
    return this.#changes;
  }

  /** Takes over what Postgres has now; the start's own copy may be older. */
  async reload(): Promise<void> {
    this.#takeOver(await readCase({ caseId: this.#state.caseId }));
  }

  /**
   * Throws the refusal of a command, if it is refused: the validator of the update. Reads only; what it cannot judge, because
   * Postgres is ahead of this memory, is judged when it is carried out.
   */
  validate({ command, meta, caseRevision }: CommandInput): void {
    if (this.#isBehind(caseRevision) || this.#applied(meta.commandId) !== undefined) return;
    const verdict = decideCommand(this.#state, command, meta, this.#rules);
    if (verdict.kind === 'refused') throw refuse(verdict.refusal);
  }

  /** Carries out a command that was valid when it arrived; decided again in its turn, because another one may have come first. */
  carryOut(input: CommandInput): Promise<CommandAnswer> {
    return input.command.kind === 'withdraw' || input.command.kind === 'confirm-reopening'
      ? this.#apartFromErasing(() => this.#decideInTurn(input))
      : this.#decideInTurn(input);
  }

  /**
   * Runs an erasure that was held back, with its report: while it runs no withdrawal or reopening is decided, and while one is being written
   * none begins. So a request that was taken back erases nothing, and one whose records are going cannot be taken back any more.
   */
  async whileErasing(erase: () => Promise<void>): Promise<void> {
    while (this.#changingIt > 0) await condition(() => this.#changingIt === 0);
    this.#erasing = true;
    try {
      await erase();
    } finally {
      this.#erasing = false;
    }
  }

  async #apartFromErasing<Value>(step: () => Promise<Value>): Promise<Value> {
    while (this.#erasing) await condition(() => !this.#erasing);
    this.#changingIt += 1;
    try {
      return await step();
    } finally {
      this.#changingIt -= 1;
    }
  }

  #decideInTurn({ command, meta, caseRevision }: CommandInput): Promise<CommandAnswer> {
    return this.#inTurn(async () => {
      if (this.#isBehind(caseRevision)) await this.reload();
      const before = this.#applied(meta.commandId);
      if (before !== undefined) return { revision: before, stage: this.#state.stage };
      for (let attempt = 1; ; attempt += 1) {
        const verdict = decideCommand(this.#state, command, meta, this.#rules);
        if (verdict.kind === 'refused') throw refuse(verdict.refusal);
        const { actor, role, at, commandId } = meta;
        try {
          await this.#write(verdict.events, { actor, role, at, commandId });
          return { revision: this.#state.revision, stage: this.#state.stage };
        } catch (error) {
          if (!movedOn(error) || attempt === 3) throw error;
          await this.reload();
        }
      }
    });
  }

  /** Records what the machine found or did, if `events` still has something to say about the state at that moment. */
  report(events: (state: CaseState) => readonly CaseEvent[], at: Instant = now()): Promise<void> {
    return this.#inTurn(async () => {
      for (let attempt = 1; ; attempt += 1) {
        const those = events(this.#state);
        if (those.length === 0) return;
        try {
          await this.#write(those, { actor: 'oblio', role: 'system', at });
          return;
        } catch (error) {
          if (!movedOn(error) || attempt === 3) throw error;
          await this.reload();
        }
      }
    });
  }

  #applied(commandId: string): number | undefined {
    return this.#state.recentCommands.find((command) => command.commandId === commandId)?.revision;
  }

  #isBehind(caseRevision: number | undefined): boolean {
    return caseRevision !== undefined && caseRevision > this.#state.revision;
  }

  /** Never goes back: what was read before a step was written is older than what this memory has after it. */
  #takeOver({ state, rules }: CaseSnapshot): void {
    if (state.revision < this.#state.revision) return;
    if (state.revision > this.#state.revision) this.#changes += 1;
    this.#state = state;
    this.#rules = rules;
  }

  async #write(events: readonly CaseEvent[], meta: EventMeta): Promise<void> {
    const { caseId, revision } = this.#state;
    const { clocks } = await recordEvents({ caseId, onRevision: revision, events, meta });
    // Read meanwhile, with these events in it.
    if (this.#state.revision > revision) return;
    this.#state = withClocks(applyEvents(this.#state, events, meta), clocks);
    this.#changes += 1;
  }

  async #inTurn<Value>(step: () => Promise<Value>): Promise<Value> {
    const before = this.#turn;
    let done: () => void = () => undefined;
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      return await step();
    } finally {
      done();
    }
  }
}
