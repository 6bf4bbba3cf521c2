// All records of the demonstration, in the order in which they are handed in. The same seed and start give the same records.

import type { Instant } from '../domain/time/instant.ts';
import { inpsRecords } from './synthetic-inps.ts';
import { milanoRecords } from './synthetic-milano.ts';
import { inventPeople, type Person } from './synthetic-people.ts';
import { chanceFrom } from './synthetic-random.ts';
import type { SyntheticRecord } from './synthetic-records.ts';

/** What a story follows from. `run` is part of every source id, so that a second run hands in new records. */
export type StoryInput = { readonly seed: string; readonly startAt: Instant; readonly run: string };

/** The people of a story and their records, in the order of their handing in. */
export type SyntheticStory = { readonly people: readonly Person[]; readonly records: readonly SyntheticRecord[] };

const peopleCount = 40;

/** The people of the story and everything their dealings with the two controllers leave behind. */
export const inventStory = ({ seed, startAt, run }: StoryInput): SyntheticStory => {
  const chance = chanceFrom(seed);
  const people = inventPeople(chance.for('people'), peopleCount);
  const records = [
    ...inpsRecords({ chance: chance.for('inps'), people, startAt, run }),
    ...milanoRecords({ chance: chance.for('milano'), people, startAt, run }),
  ].sort((one, other) => (one.handedInAt === other.handedInAt ? 0 : one.handedInAt < other.handedInAt ? -1 : 1));
  return { people, records };
};
