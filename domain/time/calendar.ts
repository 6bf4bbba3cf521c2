/**
 * Calendar arithmetic: local dates, time zones, periods. Stands on the Temporal polyfill (200 KB of source), so workflows do
 * not import it: what they need of it reaches them as instants.
 */
import { Temporal } from 'temporal-polyfill';
import { epochMs, type Instant, instantFromEpoch } from './instant.ts';
import { type LocalDate, localDate } from './local-date.ts';
import type { Period } from './period.ts';

const plain = (date: LocalDate): Temporal.PlainDate => Temporal.PlainDate.from(date);
const branded = (date: Temporal.PlainDate): LocalDate => localDate(date.toString());

/** Whether the runtime knows a IANA time zone of this name. */
export const isTimeZone = (name: string): boolean => {
  try {
    // Offsets such as +01:00 are accepted by the runtime but know no daylight saving time: a notice never means them.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

/** The date it is in a time zone at an instant. */
export const localDateAt = (at: Instant, timeZone: string): LocalDate =>
  branded(Temporal.Instant.fromEpochMilliseconds(epochMs(at)).toZonedDateTimeISO(timeZone).toPlainDate());

/** The first instant of a day in a time zone (not always midnight: some zones skip it). */
export const startOfDay = (date: LocalDate, timeZone: string): Instant =>
  instantFromEpoch(plain(date).toZonedDateTime(timeZone).epochMilliseconds);

/** The exclusive end of a day in a time zone: the first instant that is no longer part of it. */
export const endOfDay = (date: LocalDate, timeZone: string): Instant => startOfDay(addDays(date, 1), timeZone);

/** The date a number of days later (earlier, if negative). */
export const addDays = (date: LocalDate, days: number): LocalDate => branded(plain(date).add({ days }));

/**
 * The last day of a period that began on a day which is not counted: the day of the same number, or the last of its month
 * (Reg. 1182/71 Art. 3(2)(c); Civil Code art. 2963). Years and months first, then days.
 */
export const addPeriod = (date: LocalDate, period: Period): LocalDate =>
  branded(plain(date).add({ ...period }, { overflow: 'constrain' }));

/** Days from one date to another; negative when `to` is earlier. */
export const daysBetween = (from: LocalDate, to: LocalDate): number => plain(from).until(plain(to)).days;

/** 1 for Monday to 7 for Sunday. */
export const dayOfWeek = (date: LocalDate): number => plain(date).dayOfWeek;
