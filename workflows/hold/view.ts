/** What an operator who opens a hold's workflow in the Temporal UI reads, in plain words and without a word about the matter (I7). */
import type { SearchAttributePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SuspensionId } from '../../domain/ids.ts';
import { epochMs, type Instant } from '../../domain/time/instant.ts';
import { readable } from '../retention/view.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import type { HoldSnapshot, HoldState, HoldStatus, HoldWalk, WalkProgress } from './contract.ts';

const total = (progress: WalkProgress): number =>
  Object.values(progress.records).reduce((sum, count) => sum + count, 0);

const perClass = (progress: WalkProgress): string =>
  Object.entries(progress.records)
    .map(([recordClass, count]) => `\n- ${recordClass}: **${count}** records`)
    .join('');

const doing: Readonly<Record<HoldWalk, (progress: WalkProgress) => string>> = {
  'free-overdue': (progress) =>
    `Gives back what is overdue, the longest overdue first: ${progress.units} units woken so far.`,
  lift: (progress) => `Takes the store's holds off what was given back: ${progress.objects} objects so far.`,
  wake: (progress) => `Wakes the units that were waiting: ${progress.units} so far.`,
  'tell-soon': (progress) =>
    `In force. Tells the units that fall due within a month by what they are kept: ${progress.units} so far.`,
  cover: (progress) =>
    `In force. Counts what it covers and puts the store's holds on: ${total(progress)} records, ${progress.objects} objects so far.${perClass(progress)}`,
  tell: (progress) => `In force. Tells units of one record by what they are kept: ${progress.units} so far.`,
  verify: (progress) =>
    `In force. Compares the store's holds with what must be held: ${progress.objects} objects so far.`,
};

/** The face of one hold's workflow: search attributes, details and query. */
export class HoldView {
  readonly #suspensionId: SuspensionId;
  #state: HoldState = 'applying';
  #hold: HoldSnapshot | undefined;
  #covered: WalkProgress | undefined;
  #remindersGiven = 0;

  constructor(suspensionId: SuspensionId) {
    this.#suspensionId = suspensionId;
  }

  /** The answer to the status query. */
  status(): HoldStatus {
    return {
      suspensionId: this.#suspensionId,
      state: this.#state,
      revision: this.#hold?.revision ?? 0,
      remindersGiven: this.#remindersGiven,
      ...(this.#hold && { reviewAt: this.#hold.reviewAt }),
      ...(this.#covered && { covered: this.#covered }),
    };
  }

  walking(hold: HoldSnapshot, walk: HoldWalk, progress: WalkProgress): void {
    const givesBack = walk === 'free-overdue' || walk === 'lift' || walk === 'wake';
    const state = givesBack ? 'lifting' : walk === 'verify' ? 'verifying' : 'applying';
    this.#show(hold, state, doing[walk](progress));
  }

  /** What the suspension covers, counted completely. */
  covers(progress: WalkProgress | undefined): void {
    this.#covered = progress;
  }

  inForce(hold: HoldSnapshot): void {
    this.#remindersGiven = 0;
    this.#show(
      hold,
      'in-force',
      `In force. ${this.#whatItCovers()}\n\nTo be reviewed on **${hold.reviewAt.slice(0, 10)}**.`,
    );
  }

  reviewDue(hold: HoldSnapshot, reminders: number, againAt: Instant): void {
    this.#remindersGiven = reminders;
    this.#show(
      hold,
      'review-due',
      `In force, and **its review is due** since ${readable(hold.reviewAt)}. Reminded ${reminders} times, next on ${readable(againAt)}. ${this.#whatItCovers()}`,
    );
  }

  released(hold: HoldSnapshot): void {
    this.#show(hold, 'released', 'Released. The store holds nothing for it any more, and what waited was woken.');
  }

  #whatItCovers(): string {
    const covered = this.#covered;
    if (covered === undefined) return '';
    return `When counted last it covered ${total(covered)} records; ${covered.objects} objects were flagged in the store.${perClass(covered)}`;
  }

  #show(hold: HoldSnapshot, state: HoldState, words: string): void {
    this.#hold = hold;
    this.#state = state;
    setCurrentDetails(`Suspension of kind **${hold.kind}** of controller **${hold.controller}**.\n\n${words}`);
    const known = workflowInfo().typedSearchAttributes;
    const wanted: SearchAttributePair[] = [
      { key: attributes.controller, value: hold.controller },
      { key: attributes.state, value: state },
      { key: attributes.dueAt, value: new Date(epochMs(hold.reviewAt)) },
    ];
    const changed = wanted.filter(({ key, value }) => {
      const before = known.get(key);
      return value instanceof Date && before instanceof Date ? value.getTime() !== before.getTime() : value !== before;
    });
    if (changed.length > 0) upsertSearchAttributes(changed);
  }
}
