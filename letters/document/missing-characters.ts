/** Keeps count of the characters that stand in a letter as marks, so that the person who sends it knows and can say so. */
import { visibleMark } from './clean-text.ts';
import type { MissingCharacter } from './model.ts';

/** A count of characters that no font has, over one document. */
export type MissingCharacters = {
  add(codePoint: number): void;
  /** In the order of first appearance. */
  list(): readonly MissingCharacter[];
};

/** An empty count. */
export function createMissingCharacters(): MissingCharacters {
  const counts = new Map<number, number>();
  return {
    add: (codePoint) => {
      counts.set(codePoint, (counts.get(codePoint) ?? 0) + 1);
    },
    list: () => [...counts].map(([codePoint, count]) => ({ codePoint: visibleMark(codePoint).slice(1, -1), count })),
  };
}
