/**
 * The events of a case that make its statutory clock (Art. 12(3), Reg. 1182/71), as codes and dates. The arithmetic is in
 * `statutory-deadline.ts` and runs in activities; what the workflow keeps of it are instants (this file is light on purpose).
 */
import type { Instant } from '../../time/instant.ts';
import type { LocalDate } from '../../time/local-date.ts';

/** Why a deadline may be extended: the two reasons of Art. 12(3). Mere effort or routine volume is none (EDPB paras. 162-164). */
export const extensionReasons = ['complexity', 'number-of-requests'] as const;

/** One of the two reasons of Art. 12(3), as the extension's letter states it. */
export type ExtensionReason = (typeof extensionReasons)[number];

/** A time in which the clock stands still; open while `to` is absent. */
export type ClockPause = { readonly from: Instant; readonly to?: Instant };

/** What the clock is computed from. */
export type ClockEvents = {
  readonly receivedAt: Instant;
  /** When the receipt was put right, and what had been noted: they explain the clock and do not move it. */
  readonly corrections?: readonly { readonly at: Instant; readonly formerly: Instant }[];
  readonly pauses: readonly ClockPause[];
  /** Only an extension whose letter was delivered inside the first month counts. */
  readonly extension?: { readonly months: 1 | 2; readonly toldAt: Instant };
};

/** The clock of a case as the workflow knows it: computed by an activity, recomputed whenever an event of it changes. */
export type ComputedClock = {
  /** The last day for the answer; absent while the clock stands still. */
  readonly lastDay?: LocalDate;
  /** The exclusive end of the last day; absent while the clock stands still. */
  readonly dueAt?: Instant;
  /** Shown beside it: the end if no pause counted. The prudent date to work to. */
  readonly unpausedDueAt: Instant;
  readonly unpausedLastDay: LocalDate;
  /** The exclusive end of the first month: refusals and the extension's letter must have reached the person by then. */
  readonly firstMonthEndsAt?: Instant;
  readonly firstMonthLastDay?: LocalDate;
  /** The internal target (default 20 days after receipt), moved by pauses like the deadline. */
  readonly targetAt?: Instant;
};
