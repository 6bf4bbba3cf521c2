/**
 * Lengths of elapsed time, in milliseconds: `instantPlus(at, days(7))`. A day is 24 hours; what the law counts in calendar days, months
 * or years is a `Period` and needs a time zone (`calendar.ts`). Light on purpose: workflows import this file.
 */

/** A number of seconds, in milliseconds. */
export const seconds = (count: number): number => count * 1_000;

/** A number of minutes, in milliseconds. */
export const minutes = (count: number): number => count * 60_000;

/** A number of hours, in milliseconds. */
export const hours = (count: number): number => count * 3_600_000;

/** A number of days of 24 hours, in milliseconds. */
export const days = (count: number): number => count * 86_400_000;
