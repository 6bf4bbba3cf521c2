/** A case and its clocks from its events: what the workflow, the case file and the tests all do in the same way. */

import type { ClockEvents, ComputedClock } from '../clock/clock.ts';
import { applyEvent } from './apply-event.ts';
import type { CaseState, RightCase } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import type { RightKey } from './rights.ts';

/** The events that make the clock of the message, or of one right with its own extension. */
export const clockEventsOf = (state: CaseState, right?: RightCase): ClockEvents => {
  const extension = right?.extension;
  const told = extension?.told;
  return {
    receivedAt: state.receivedAt,
    ...(state.receiptCorrections === undefined
      ? {}
      : { corrections: state.receiptCorrections.map(({ at, formerly }) => ({ at, formerly })) }),
    pauses: state.pauses,
    ...(extension === undefined || told === undefined || told.void
      ? {}
      : { extension: { months: extension.months, toldAt: told.at } }),
  };
};

/** Clocks of a case: of the message itself, and of each right. */
export type CaseClocks = {
  readonly base: ComputedClock;
  readonly rights: Readonly<Partial<Record<RightKey, ComputedClock>>>;
};

/** Computes all clocks of a case with the rule that is handed in (the calendar stays outside of workflows). */
export const clocksOf = (state: CaseState, compute: (events: ClockEvents) => ComputedClock): CaseClocks => ({
  base: compute(clockEventsOf(state)),
  rights: Object.fromEntries(state.rights.map((right) => [right.key, compute(clockEventsOf(state, right))])),
});

/** The case with its clocks; a clock of a right that the case does not have is left out. */
export const withClocks = (state: CaseState, clocks: CaseClocks): CaseState => ({
  ...state,
  clock: clocks.base,
  rights: state.rights.map((right) => {
    const clock = clocks.rights[right.key];
    return clock === undefined ? right : { ...right, clock };
  }),
});

/** The case after several events of one step. */
export const applyEvents = (state: CaseState | undefined, events: readonly CaseEvent[], meta: EventMeta): CaseState => {
  const after = events.reduce<CaseState | undefined>((before, event) => applyEvent(before, event, meta), state);
  if (after === undefined) throw new TypeError('A case begins with its receipt');
  return after;
};
