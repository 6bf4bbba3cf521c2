// What a source system of the demonstration hands in, and how its dates are found. The records themselves: synthetic-inps.ts, synthetic-milano.ts.

import type { SubjectIdentifierKind } from '../domain/subject/subject-identifier.ts';
import { days, minutes, seconds } from '../domain/time/duration.ts';
import { type Instant, instantPlus } from '../domain/time/instant.ts';
import type { Person } from './synthetic-people.ts';
import type { Chance } from './synthetic-random.ts';

/** The controllers whose policies the demonstration plays through. */
export type DemoController = 'inps' | 'comune-di-milano';

/** A file of an invented record. */
export type SyntheticObject = { readonly name: string; readonly mediaType: string; readonly bytes: Buffer };

/** A record as the API takes it, and when its source system hands it in. */
export type SyntheticRecord = {
  readonly controller: DemoController;
  readonly recordClass: string;
  readonly sourceId: string;
  readonly handedInAt: Instant;
  readonly triggerAt: Instant;
  readonly identifiers: readonly { readonly kind: SubjectIdentifierKind; readonly value: string }[];
  readonly fields: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly objects: readonly SyntheticObject[];
};

/** What all makers of records get. */
export type SyntheticInput = {
  readonly chance: Chance;
  readonly people: readonly Person[];
  /** When the story begins; nothing is handed in before. */
  readonly startAt: Instant;
  /** Part of every source id, so that the story can be told again on the same data. */
  readonly run: string;
};

/** A moment of a working day's daytime so many days from an instant (before it, if negative). */
export const daytime = (chance: Chance, from: Instant, daysLater: number): Instant => {
  const midnight = `${instantPlus(from, days(daysLater)).slice(0, 10)}T00:00:00.000Z` as Instant;
  return instantPlus(midnight, minutes(chance.whole(7 * 60, 16 * 60)) + seconds(chance.whole(0, 59)));
};

/** `count` numbers of days, evenly spread between two with some irregularity, in order. */
export const spreadDays = (chance: Chance, count: number, from: number, to: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => {
    const step = (to - from) / count;
    return Math.round(from + step * index + chance.next() * step * 0.8);
  });
