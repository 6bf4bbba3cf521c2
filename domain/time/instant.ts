/**
 * Points in time, always UTC. Light on purpose: workflows import this file. Turning instants into local dates and back is in
 * `calendar.ts`.
 */

import { failure, type Result, success, valueOrThrow } from '../result.ts';
import { calendarFault } from './local-date.ts';

declare const brand: unique symbol;

/** A point in time, `YYYY-MM-DDTHH:mm:ss.sssZ`; sorts as text, and is what `new Date(...)` and Postgres read as they stand. */
export type Instant = string & { readonly [brand]: 'Instant' };

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)$/;

/** Largest distance from UTC any zone has today (Line Islands). */
const widestOffsetMinutes = 14 * 60;

/**
 * Reads an ISO 8601 date and time with its offset (`Z` or `+01:00`); refuses times that do not exist and times without an
 * offset, which would be guessed. What is finer than a millisecond is cut off.
 */
export const parseInstant = (text: string): Result<Instant> => {
  const match = pattern.exec(text);
  if (!match) return failure('a time is written YYYY-MM-DDTHH:mm:ss with its offset from UTC (Z or +01:00)');
  const field = (index: number): number => Number(match[index] ?? '0');
  const [year, month, day, hour, minute, second] = [field(1), field(2), field(3), field(4), field(5), field(6)];
  const fault = calendarFault(year, month, day);
  if (fault !== undefined) return failure(`${text} is no time: ${fault}`);
  if (hour > 23 || minute > 59 || second > 59) {
    return failure(`${text} is no time: hours run to 23, minutes and seconds to 59`);
  }
  const offsetMinutes = field(10) * 60 + field(11);
  if (field(11) > 59 || offsetMinutes > widestOffsetMinutes) {
    return failure(`${text} is no time: no zone is further from UTC than 14 hours`);
  }
  // In the one form already: as nearly all come in, and as all are stored.
  if (match[8] === 'Z' && match[7]?.length === 3) return success(text as Instant);
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const atUtc = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  return success(instantFromEpoch(atUtc - (match[9] === '-' ? -1 : 1) * offsetMinutes * 60_000));
};

/** Like `parseInstant`, for text that is known to be right; throws a `RangeError` otherwise. */
export const instant = (text: string): Instant => valueOrThrow(parseInstant(text));

/** From milliseconds since 1970-01-01T00:00Z. */
export const instantFromEpoch = (epochMs: number): Instant => new Date(epochMs).toISOString() as Instant;

/** Milliseconds since 1970-01-01T00:00Z. */
export const epochMs = (at: Instant): number => Date.parse(at);

/** The instant a number of milliseconds later (earlier, if negative). */
export const instantPlus = (at: Instant, milliseconds: number): Instant => instantFromEpoch(epochMs(at) + milliseconds);

/** Milliseconds from one instant to another; negative when `to` is earlier. */
export const millisecondsBetween = (from: Instant, to: Instant): number => epochMs(to) - epochMs(from);
