/**
 * Periods as a notice states them: ISO 8601 durations of years, months, weeks and days (`P5Y`, `P6M`, `P1D`). No hours: the law
 * counts these periods in days.
 */
import { failure, type Result, success, valueOrThrow } from '../result.ts';

/** A period in calendar units; weeks are seven days each. */
export type Period = { readonly years: number; readonly months: number; readonly days: number };

const pattern = /^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/;

/** Reads an ISO 8601 duration; weeks become seven days each; an empty or zero duration is refused. */
export const parsePeriod = (text: string): Result<Period> => {
  const match = pattern.exec(text);
  if (!match) return failure('a period is an ISO 8601 duration of years, months, weeks or days, such as P5Y or P6M');
  const [years, months, weeks, days] = [1, 2, 3, 4].map((index) => Number(match[index] ?? '0'));
  const period = { years: years ?? 0, months: months ?? 0, days: (weeks ?? 0) * 7 + (days ?? 0) };
  if (period.years + period.months + period.days === 0) return failure('a period is longer than nothing');
  return success(period);
};

/** Like `parsePeriod`, for text that was validated before; throws a `RangeError` otherwise. */
export const period = (text: string): Period => valueOrThrow(parsePeriod(text));

/** The number of days, for a period of weeks and days only (a lead); `undefined` if it has months or years. */
export const wholeDays = ({ years, months, days }: Period): number | undefined =>
  years === 0 && months === 0 ? days : undefined;

/** The fewest days a period can last, whatever month it starts in: a safe measure for comparing it with a lead. */
export const shortestDays = ({ years, months, days }: Period): number => {
  const allMonths = years * 12 + months;
  // A leap year in four at most, and at worst the period starts before a February of 28 days.
  return Math.floor(allMonths / 12) * 365 + (allMonths % 12 === 0 ? 0 : (allMonths % 12) * 30 - 2) + days;
};
