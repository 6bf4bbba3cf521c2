/**
 * Working days as Reg. 1182/71 Art. 2(2) has them: every day that is neither Saturday, Sunday nor a public holiday the State has
 * designated. The rules are pure; which days are holidays comes from a `HolidayCalendar`.
 */
import { addDays, dayOfWeek } from './calendar.ts';
import type { LocalDate } from './local-date.ts';

/** A day on which people rest, and whether it counts. */
export type Holiday = {
  readonly date: LocalDate;
  readonly name: string;
  /** Whether the law of the State names it for this place: only then does it move a deadline (a patron saint's day does not). */
  readonly legal: boolean;
  /** `country`: everywhere in the State; `municipality`: at the seat only. */
  readonly scope: 'country' | 'municipality';
  /** The law that names it, or why it does not count. */
  readonly source: string;
};

/** A day on which the seat rests each year, beyond what the law of the State names for the whole country. */
export type LocalHoliday = {
  /** `MM-DD`. */
  readonly monthDay: string;
  readonly name: string;
  /** Whether the law of the State names it, so that it moves a deadline (Reg. 1182/71 Art. 2, 3(4)). */
  readonly legal: boolean;
  readonly source: string;
};

/** Where a controller sits: the country and municipality whose holidays count, and its tribunal (D.Lgs. 150/2011 art. 10). */
export type Seat = {
  readonly country: 'IT';
  /** For holidays that law counts only there (29 June in Rome: DPR 792/1985). */
  readonly municipality: string;
  readonly court: string;
  readonly localHolidays?: readonly LocalHoliday[];
};

/** The holidays of a seat. */
export type HolidayCalendar = {
  /** What a date is, if it is a holiday of any sort; the one that counts first. */
  readonly holidayOn: (date: LocalDate) => Holiday | undefined;
};

/** Why a day is no working day. */
export type RestDay =
  | { readonly date: LocalDate; readonly kind: 'saturday' | 'sunday' }
  | { readonly date: LocalDate; readonly kind: 'holiday'; readonly holiday: Holiday };

/** Why a date is no working day; `undefined` if it is one. */
export const restDay = (calendar: HolidayCalendar, date: LocalDate): RestDay | undefined => {
  const holiday = calendar.holidayOn(date);
  if (holiday?.legal) return { date, kind: 'holiday', holiday };
  const weekday = dayOfWeek(date);
  if (weekday === 6) return { date, kind: 'saturday' };
  if (weekday === 7) return { date, kind: 'sunday' };
  return undefined;
};

/** Whether a deadline may end on a date. */
export const isWorkingDay = (calendar: HolidayCalendar, date: LocalDate): boolean =>
  restDay(calendar, date) === undefined;

/** A date moved to the next working day if it is none itself (Reg. 1182/71 Art. 3(4)), and the days that moved it. */
export const moveToWorkingDay = (
  calendar: HolidayCalendar,
  date: LocalDate,
): { readonly date: LocalDate; readonly because: readonly RestDay[] } => {
  const because: RestDay[] = [];
  let day = date;
  for (let rest = restDay(calendar, day); rest !== undefined; rest = restDay(calendar, day)) {
    because.push(rest);
    day = addDays(day, 1);
  }
  return { date: day, because };
};

/** The n-th working day before a date, which is not counted itself; with 0 the last working day that is not after it. */
export const workingDayBefore = (calendar: HolidayCalendar, date: LocalDate, count: number): LocalDate => {
  let day = count === 0 ? date : addDays(date, -1);
  for (let left = count; ; day = addDays(day, -1)) {
    if (!isWorkingDay(calendar, day)) continue;
    if (left <= 1) return day;
    left -= 1;
  }
};
