// Chance that can be repeated: the same seed gives the same people, chats and dates in every run. Not for secrets.

/** A source of repeatable choices. */
export type Chance = {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** A whole number from `from` to `to`, both included. */
  readonly whole: (from: number, to: number) => number;
  /** One of the values; throws a `RangeError` if there is none. */
  readonly pick: <Value>(values: readonly Value[]) => Value;
  /** A chance of its own for a part of the data, so that more of one kind does not change all the others. */
  readonly for: (part: string) => Chance;
};

const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
};

/** Makes a source of choices from a seed (mulberry32). */
export const chanceFrom = (seed: string): Chance => {
  let state = hashOf(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    whole,
    pick: (values) => {
      const value = values[whole(0, values.length - 1)];
      if (value === undefined) throw new RangeError('There is nothing to pick from');
      return value;
    },
    for: (part) => chanceFrom(`${seed}/${part}`),
  };
};
