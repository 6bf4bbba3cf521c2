/** Instants of the domain as the driver reads and writes them. */
import { epochMs, type Instant, instantFromEpoch } from '../../domain/time/instant.ts';

/** For a `timestamptz` column. */
export const toDate = (at: Instant): Date => new Date(epochMs(at));

/** From a `timestamptz` column; what is finer than a millisecond was cut off by the driver. */
export const fromDate = (date: Date): Instant => instantFromEpoch(date.getTime());

/** From a nullable column. */
export const fromDateOrUndefined = (date: Date | null): Instant | undefined =>
  date === null ? undefined : fromDate(date);
