/**
 * The statutory clock of a rights request (Art. 12(3), 12(4); Reg. 1182/71 Art. 3), computed from the case's events each time and
 * never stored as a lone date. Runs in activities and commands; workflows keep the instants it gives.
 */
import { given } from '../../given.ts';
import { addDays, addPeriod, daysBetween, endOfDay, localDateAt } from '../../time/calendar.ts';
import type { Instant } from '../../time/instant.ts';
import { earlierDate, type LocalDate, laterDate } from '../../time/local-date.ts';
import { type HolidayCalendar, moveToWorkingDay, workingDayBefore } from '../../time/working-days.ts';
import type { ClockEvents, ClockStep, ComputedClock } from './clock.ts';

/** The events of a case, and the seat whose days and holidays count. */
export type ClockInput = {
  readonly events: ClockEvents;
  /** IANA name of the controller's zone: the day of receipt is the one it was there, wherever the sender was. */
  readonly timeZone: string;
  readonly calendar: HolidayCalendar;
};

/** A time in which the clock stood still, in local dates; several questions that overlap are one. Open while `to` is absent. */
export type CountedPause = { readonly from: LocalDate; readonly to?: LocalDate };

/** The clock, with what staff work to and why it is so. */
export type StatutoryDeadline = ComputedClock & {
  readonly receivedOn: LocalDate;
  /** Whether the extension counts: the person was informed inside the first month. Absent without one. */
  readonly extensionValid?: boolean;
  /** The questions that stopped the clock. */
  readonly pauses: readonly CountedPause[];
  /** The last day if a holiday of the municipality alone (29 June in Rome) did not move it: plan for this one. */
  readonly plannedLastDay?: LocalDate;
  /** Three working days before: by then the answer is delivered, not merely written. Absent while the clock stands still. */
  readonly deliverBy?: LocalDate;
  /** The same, before the end without pauses: the prudent day. */
  readonly unpausedDeliverBy: LocalDate;
  /** Twenty days after receipt ("without undue delay"), on a working day; moved by pauses. */
  readonly targetDay?: LocalDate;
  /** What led to the last day, in order. */
  readonly explanation: readonly ClockStep[];
};

const internalTargetDays = 20;
const deliveryMarginWorkingDays = 3;

type DatedPause = { readonly at: Instant; readonly from: LocalDate; readonly to?: LocalDate };
type Happening =
  | { readonly kind: 'pause'; readonly at: Instant; readonly pause: DatedPause }
  | { readonly kind: 'extension'; readonly at: Instant; readonly months: 1 | 2 };

/** Questions in order; those that touch or overlap become one, so that no day counts twice. */
const mergedPauses = ({ events, timeZone }: ClockInput, receivedOn: LocalDate): readonly DatedPause[] => {
  const dated = events.pauses
    .map(({ from, to }): DatedPause => {
      // The clock cannot stand still before it runs.
      const day = laterDate(localDateAt(from, timeZone), receivedOn);
      return { at: from, from: day, ...(to === undefined ? {} : { to: laterDate(localDateAt(to, timeZone), day) }) };
    })
    .sort((one, other) => (one.at < other.at ? -1 : 1));
  const merged: DatedPause[] = [];
  for (const pause of dated) {
    const last = merged.at(-1);
    if (last === undefined || (last.to !== undefined && pause.from > last.to)) {
      merged.push(pause);
    } else if (last.to !== undefined) {
      merged[merged.length - 1] = {
        at: last.at,
        from: last.from,
        ...(pause.to === undefined ? {} : { to: laterDate(last.to, pause.to) }),
      };
    }
  }
  return merged;
};

type Course = {
  /** Last day before it is moved to a working day. */
  readonly unmoved: LocalDate;
  readonly unmovedFirstMonth: LocalDate;
  readonly counted: readonly DatedPause[];
  readonly extensionValid: boolean | undefined;
  readonly steps: readonly ClockStep[];
};

/** Walks through the events in the order in which they happened. */
const course = (input: ClockInput): Course => {
  const { events, timeZone, calendar } = input;
  const receivedOn = localDateAt(events.receivedAt, timeZone);
  const moved = (date: LocalDate): LocalDate => moveToWorkingDay(calendar, date).date;
  const happenings: readonly Happening[] = [
    ...mergedPauses(input, receivedOn).map((pause): Happening => ({ kind: 'pause', at: pause.at, pause })),
    ...(events.extension
      ? [{ kind: 'extension', at: events.extension.toldAt, months: events.extension.months } as const]
      : []),
  ].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : one.kind === 'pause' ? -1 : 1));

  let unmovedFirstMonth = addPeriod(receivedOn, { years: 0, months: 1, days: 0 });
  let unmoved = unmovedFirstMonth;
  let pausedDays = 0;
  let extensionValid: boolean | undefined;
  const counted: DatedPause[] = [];
  const steps: ClockStep[] = [
    { code: 'received', date: receivedOn, at: events.receivedAt },
    ...(events.corrections ?? []).map(
      ({ at, formerly }): ClockStep => ({
        code: 'receipt-corrected',
        date: localDateAt(at, timeZone),
        formerly: localDateAt(formerly, timeZone),
      }),
    ),
    { code: 'month-ends', date: unmovedFirstMonth, lastOfMonth: unmovedFirstMonth.slice(8) !== receivedOn.slice(8) },
  ];

  for (const happening of happenings) {
    if (happening.kind === 'extension') {
      const toldOn = localDateAt(happening.at, timeZone);
      const standsStill = counted.some(({ from, to }) => from <= toldOn && (to === undefined || toldOn <= to));
      extensionValid = standsStill || toldOn <= moved(unmovedFirstMonth);
      if (extensionValid) {
        const extended = addPeriod(receivedOn, { years: 0, months: 1 + happening.months, days: 0 });
        unmoved = addDays(extended, pausedDays);
        steps.push({ code: 'extended', date: toldOn, months: happening.months, unmovedLastDay: unmoved });
      } else {
        steps.push({ code: 'extension-void', date: toldOn, firstMonthLastDay: moved(unmovedFirstMonth) });
      }
      continue;
    }
    const { pause } = happening;
    if (pause.from > moved(unmoved)) {
      steps.push({ code: 'asked-too-late', date: pause.from, lastDay: moved(unmoved) });
      continue;
    }
    counted.push(pause);
    steps.push({
      code: 'question-asked',
      date: pause.from,
      daysUsed: daysBetween(receivedOn, pause.from) - pausedDays,
    });
    if (pause.to === undefined) continue;
    const days = daysBetween(pause.from, pause.to);
    // A first month that has run out stays where it ended.
    if (pause.from <= moved(unmovedFirstMonth)) unmovedFirstMonth = addDays(unmovedFirstMonth, days);
    unmoved = addDays(unmoved, days);
    pausedDays += days;
    steps.push({ code: 'question-answered', date: pause.to, days, unmovedLastDay: unmoved });
  }
  return { unmoved, unmovedFirstMonth, counted, extensionValid, steps };
};

/** The same calendar without what only the municipality rests on. */
const countryOnly = (calendar: HolidayCalendar): HolidayCalendar => ({
  holidayOn: (date) => {
    const holiday = calendar.holidayOn(date);
    return holiday?.scope === 'country' ? holiday : undefined;
  },
});

/** The moves from an unmoved last day to the one that counts, explained. */
const moveSteps = (calendar: HolidayCalendar, unmoved: LocalDate, planned: LocalDate): readonly ClockStep[] => {
  const { date, because } = moveToWorkingDay(calendar, unmoved);
  const onTheDay = calendar.holidayOn(date);
  return [
    ...(because.length > 0 ? [{ code: 'moved', date, from: unmoved, because } as const] : []),
    ...(onTheDay && !onTheDay.legal ? [{ code: 'not-moved', date, holiday: onTheDay } as const] : []),
    ...(planned === date ? [] : [{ code: 'plan-earlier', date: planned, lastDay: date } as const]),
  ];
};

/**
 * The deadline of a request and how it came about. One month from receipt, ending on the day of the same number or the last of the month;
 * days of a counted pause added to that unmoved day; one extension counted from receipt, with the pauses; then moved once to the next
 * working day. A question asked after the last day and an extension of which the person is informed after the first month change nothing.
 */
export const statutoryDeadline = (input: ClockInput): StatutoryDeadline => {
  const { events, timeZone, calendar } = input;
  const receivedOn = localDateAt(events.receivedAt, timeZone);
  const moved = (date: LocalDate): LocalDate => moveToWorkingDay(calendar, date).date;
  const { unmoved, unmovedFirstMonth, counted, extensionValid, steps } = course(input);
  const open = counted.find(({ to }) => to === undefined);
  const firstMonthLastDay = moved(unmovedFirstMonth);
  const firstMonthStandsStill = open !== undefined && open.from <= firstMonthLastDay;

  const unpausedLastDay = moved(course({ ...input, events: { ...events, pauses: [] } }).unmoved);
  const deliveryBefore = (date: LocalDate): LocalDate => workingDayBefore(calendar, date, deliveryMarginWorkingDays);
  const unpausedDeliverBy = deliveryBefore(unpausedLastDay);

  const clock = {
    receivedOn,
    unpausedLastDay,
    unpausedDueAt: endOfDay(unpausedLastDay, timeZone),
    unpausedDeliverBy,
    pauses: counted.map(({ from, to }) => ({ from, ...given({ to }) })),
    ...given({ extensionValid }),
    ...(firstMonthStandsStill ? {} : { firstMonthLastDay, firstMonthEndsAt: endOfDay(firstMonthLastDay, timeZone) }),
  };
  if (open !== undefined) {
    return { ...clock, explanation: [...steps, { code: 'stands-still', date: open.from, unpausedLastDay }] };
  }

  const lastDay = moved(unmoved);
  const plannedLastDay = moveToWorkingDay(countryOnly(calendar), unmoved).date;
  const deliverBy = deliveryBefore(plannedLastDay);
  const pausedDays = counted.reduce((sum, { from, to }) => sum + (to === undefined ? 0 : daysBetween(from, to)), 0);
  const target = workingDayBefore(calendar, addDays(receivedOn, internalTargetDays + pausedDays), 0);
  const targetDay = earlierDate(target, deliverBy);
  return {
    ...clock,
    lastDay,
    dueAt: endOfDay(lastDay, timeZone),
    plannedLastDay,
    deliverBy,
    targetDay,
    targetAt: endOfDay(targetDay, timeZone),
    explanation: [
      ...steps,
      ...moveSteps(calendar, unmoved, plannedLastDay),
      { code: 'last-day', date: lastDay, unpausedLastDay },
      { code: 'refusal-told-by', date: firstMonthLastDay },
      { code: 'deliver-by', date: deliverBy, workingDays: deliveryMarginWorkingDays },
      { code: 'target', date: targetDay, days: internalTargetDays },
    ],
  };
};

/**
 * How many days of the time for the answer are used up on a date: those since receipt without the days the clock stood still. Five
 * days before a question and eighteen after its answer are twenty-three (IMY, Klarna), however long the question was open.
 */
export const daysUsed = (
  { receivedOn, pauses }: Pick<StatutoryDeadline, 'receivedOn' | 'pauses'>,
  on: LocalDate,
): number => {
  const paused = pauses
    .filter(({ from }) => from < on)
    .reduce((sum, { from, to }) => sum + daysBetween(from, to === undefined ? on : earlierDate(to, on)), 0);
  return daysBetween(receivedOn, on) - paused;
};
