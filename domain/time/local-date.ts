/**
 * Calendar dates without time or zone, as the law counts them. Light on purpose: workflows import this file. Arithmetic that
 * needs a calendar or a time zone is in `calendar.ts`.
 */
import { failure, type Result, success, valueOrThrow } from '../result.ts';

declare const brand: unique symbol;

/** A calendar date, `YYYY-MM-DD`; sorts as text. */
export type LocalDate = string & { readonly [brand]: 'LocalDate' };

const pattern = /^(\d{4})-(\d{2})-(\d{2})$/;

// Outside these years a date in this trade is a slip of the pen; inside, every computed date keeps its four digits.
const firstYear = 1900;
const lastYear = 2999;

/** Days of a month, 1 to 12, in the Gregorian calendar. */
export const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Why year, month and day are no date, or `undefined`. */
export const calendarFault = (year: number, month: number, day: number): string | undefined => {
  if (year < firstYear || year > lastYear) return `the year must be between ${firstYear} and ${lastYear}`;
  if (month < 1 || month > 12) return 'the month must be between 01 and 12';
  const days = daysInMonth(year, month);
  if (day < 1 || day > days) return `that month has the days 01 to ${days}`;
  return undefined;
};

/** Reads `YYYY-MM-DD`; refuses dates that do not exist, such as 2026-02-30. */
export const parseLocalDate = (text: string): Result<LocalDate> => {
  const match = pattern.exec(text);
  if (!match) return failure('a date is written YYYY-MM-DD');
  const fault = calendarFault(Number(match[1]), Number(match[2]), Number(match[3]));
  if (fault !== undefined) return failure(`${text} is no date: ${fault}`);
  return success(text as LocalDate);
};

/** Like `parseLocalDate`, for text that is known to be right; throws a `RangeError` otherwise. */
export const localDate = (text: string): LocalDate => valueOrThrow(parseLocalDate(text));

/** The later of two dates. */
export const laterDate = (one: LocalDate, other: LocalDate): LocalDate => (one >= other ? one : other);

/** The earlier of two dates. */
export const earlierDate = (one: LocalDate, other: LocalDate): LocalDate => (one <= other ? one : other);
