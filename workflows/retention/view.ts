/**
 * What an operator who opens a retention workflow in the Temporal UI reads: what this unit is, what it waits for, until when
 * and why. In plain words, without a word about a person (I7).
 */
import { setCurrentDetails } from '@temporalio/workflow';
import type { UnitId } from '../../domain/ids.ts';
import { epochMs } from '../../domain/time/instant.ts';
import { readable, showAttributes } from '../operator-view.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import type { RetentionSoFar, RetentionState, RetentionStatus, UnitSnapshot } from './contract.ts';

const unitInWords = (unit: UnitSnapshot): string =>
  unit.unitSize === 'record'
    ? `One record of class **${unit.recordClass}** of controller **${unit.controller}**.`
    : `All records of class **${unit.recordClass}** of controller **${unit.controller}** that fall due together.`;

/** The face of one retention workflow: its state in search attributes, details and query. */
export class RetentionView {
  readonly #unitId: UnitId;
  #state: RetentionState = 'waiting';
  #unit: UnitSnapshot | undefined;
  #keptBy: readonly string[] = [];
  #soFar: RetentionSoFar;

  constructor(unitId: UnitId, soFar: RetentionSoFar) {
    this.#unitId = unitId;
    this.#soFar = soFar;
  }

  /** The answer to the status query. */
  status(): RetentionStatus {
    const { recordsGone, certificates, failuresInARow } = this.#soFar;
    const counts = { recordsGone, certificates, failuresInARow };
    if (this.#unit === undefined) return { unitId: this.#unitId, state: this.#state, keptBy: this.#keptBy, ...counts };
    const { controller, recordClass, unitSize, dueAt, boundAt } = this.#unit;
    return {
      unitId: this.#unitId,
      state: this.#state,
      controller,
      recordClass,
      unitSize,
      dueAt,
      boundAt,
      keptBy: this.#keptBy,
      ...counts,
    };
  }

  /** What was done so far, for the status query. */
  progress(soFar: RetentionSoFar): void {
    this.#soFar = soFar;
  }

  waiting(unit: UnitSnapshot): void {
    const bound = `It must be gone before **${readable(unit.boundAt)}**, the end of its retention period.`;
    const keepers =
      unit.keptBy.length === 0 ? '' : ` Today suspensions would keep it beyond that (${unit.keptBy.join(', ')}).`;
    this.#show(
      unit,
      'waiting',
      `Waits until **${readable(unit.dueAt)}**, then erases. ${bound}${keepers}`,
      unit.keptBy,
    );
  }

  due(unit: UnitSnapshot): void {
    this.#show(unit, 'due', 'Its time is up: waiting for its turn on the erasure queue.');
  }

  erasing(unit: UnitSnapshot): void {
    this.#show(unit, 'erasing', `Is being erased, chunk by chunk: ${this.#soFar.recordsGone} records proven gone.`);
  }

  kept(unit: UnitSnapshot, kept: number, keptBy: readonly string[]): void {
    this.#show(
      unit,
      'kept',
      `Its time was up on ${readable(unit.dueAt)}, but ${kept === 1 ? 'one record is' : `${kept} records are`} kept by suspensions (${keptBy.join(', ')}). Waits without a timer: the release wakes it, and the daily sweep if that was lost. The original bound is **${readable(unit.boundAt)}**.`,
      keptBy,
    );
  }

  /** `why` is a code from a closed list, never a message from outside. */
  failed(unit: UnitSnapshot, why: string, againAt: string, keptBy: readonly string[] = []): void {
    this.#show(
      unit,
      'failed',
      `Could not be erased (**${why}**, ${this.#soFar.failuresInARow} times in a row). Tries again at **${readable(againAt)}**, or at once when it is woken. It must be gone before **${readable(unit.boundAt)}**.`,
      keptBy,
    );
  }

  erased(unit: UnitSnapshot): void {
    this.#show(
      unit,
      'erased',
      `Nothing is left of it: ${this.#soFar.recordsGone} records proven gone, ${this.#soFar.certificates} certificates.`,
    );
  }

  #show(unit: UnitSnapshot, state: RetentionState, words: string, keptBy: readonly string[] = []): void {
    this.#unit = unit;
    this.#state = state;
    this.#keptBy = keptBy;
    setCurrentDetails(`${unitInWords(unit)}\n\n${words}`);
    showAttributes([
      { key: attributes.controller, value: unit.controller },
      { key: attributes.recordClass, value: unit.recordClass },
      { key: attributes.state, value: state },
      { key: attributes.dueAt, value: new Date(epochMs(unit.dueAt)) },
      { key: attributes.keptBy, value: keptBy.length === 0 ? null : [...keptBy] },
    ]);
  }
}
