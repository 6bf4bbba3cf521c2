/** Keeps count of the characters that stand in a letter as marks, so that whoever sends it knows and can say so. */
import { visibleMark } from './clean-text.ts';
import type { MissingCharacter } from './model.ts';

export type MissingCharacters = {
  add(codePoint: number): void;
  /** In the order of first appearance. */
  list(): readonly MissingCharacter[];
};

export function createMissingCharacters(): MissingCharacters {
  const counts = new Map<number, number>();
  return {
    add: (codePoint) => {
      counts.set(codePoint, (counts.get(codePoint) ?? 0) + 1);
    },
    list: () => [...counts].map(([codePoint, count]) => ({ codePoint: visibleMark(codePoint).slice(1, -1), count })),
  };
}
