/**
 * The events of a case that make its statutory clock (Art. 12(3), Reg. 1182/71), as codes and dates. The arithmetic is in
 * `statutory-deadline.ts` and runs in activities; what the workflow keeps of it are instants (this file is light on purpose).
 */
import type { Instant } from '../../time/instant.ts';
import type { LocalDate } from '../../time/local-date.ts';
import type { Holiday, RestDay } from '../../time/working-days.ts';

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

// The steps that explain a deadline: an event or a rule, a date, and what a text needs to say it. Codes and dates
// only, so that they may be shown anywhere; the wording is the reader's (letters, API documentation).

/** One step of the explanation, in the order in which it counts. */
export type ClockStep =
  /** The request reached the controller; that day is not counted, and never moved (Reg. 1182/71 Art. 3(1)). */
  | { readonly code: 'received'; readonly date: LocalDate; readonly at: Instant }
  /** What had been noted as the day of receipt until it was put right on this date: nothing runs from it any more. */
  | { readonly code: 'receipt-corrected'; readonly date: LocalDate; readonly formerly: LocalDate }
  /** One month later: the day of the same number, or the last of its month (Art. 3(2)(c)). */
  | { readonly code: 'month-ends'; readonly date: LocalDate; readonly lastOfMonth: boolean }
  /** A reasonable doubt about identity (or a request to specify) was put to the requester; days used so far stay used. */
  | { readonly code: 'question-asked'; readonly date: LocalDate; readonly daysUsed: number }
  /** The answer came: the days in between are added to the last day, before it is moved. */
  | {
      readonly code: 'question-answered';
      readonly date: LocalDate;
      readonly days: number;
      readonly unmovedLastDay: LocalDate;
    }
  /** A question asked after the last day stops nothing. */
  | { readonly code: 'asked-too-late'; readonly date: LocalDate; readonly lastDay: LocalDate }
  /** The person was informed of the extension inside the first month: counted from receipt (Art. 12(3)). */
  | { readonly code: 'extended'; readonly date: LocalDate; readonly months: 1 | 2; readonly unmovedLastDay: LocalDate }
  /** The person was informed of the extension after the first month: it does not count. */
  | { readonly code: 'extension-void'; readonly date: LocalDate; readonly firstMonthLastDay: LocalDate }
  /** A question is open: there is no last day until it is answered. */
  | { readonly code: 'stands-still'; readonly date: LocalDate; readonly unpausedLastDay: LocalDate }
  /** The last day was no working day and moved, once (Art. 3(4)). */
  | { readonly code: 'moved'; readonly date: LocalDate; readonly from: LocalDate; readonly because: readonly RestDay[] }
  /** The last day is a local holiday that law does not count (7 December in Milan): it stays. */
  | { readonly code: 'not-moved'; readonly date: LocalDate; readonly holiday: Holiday }
  /** A holiday of the municipality alone moved the last day: plan for the earlier one. */
  | { readonly code: 'plan-earlier'; readonly date: LocalDate; readonly lastDay: LocalDate }
  /** The last day for the answer, beside the one without any pause (12(3) itself knows none). */
  | { readonly code: 'last-day'; readonly date: LocalDate; readonly unpausedLastDay: LocalDate }
  /** The person must have been informed of a refusal, also a partial one, by then, extension or not (Art. 12(4)). */
  | { readonly code: 'refusal-told-by'; readonly date: LocalDate }
  /** By then the answer is delivered. */
  | { readonly code: 'deliver-by'; readonly date: LocalDate; readonly workingDays: number }
  /** The internal target: "without undue delay" binds beside the month. */
  | { readonly code: 'target'; readonly date: LocalDate; readonly days: number };
