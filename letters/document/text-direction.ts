/**
 * Text that runs right to left, alone or mixed with text that does not (UAX #9): in which direction each character runs and
 * in which order the pieces of a line stand on paper.
 */
import { bidi } from './libraries.ts';

/** Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms; the other right-to-left scripts. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

const ISOLATE = '\u2068';
const END_ISOLATE = '\u2069';

/** The directions of one paragraph. */
export type ResolvedDirection = {
  /** One level for each UTF-16 unit; odd runs right to left. Undefined where everything runs left to right. */
  readonly levels: Uint8Array | undefined;
  /** Direction of the paragraph as a whole: that of its first letter. */
  readonly base: 0 | 1;
};

/**
 * @param parts one line of text without line feeds, in parts that do not influence each other's order (FSI … PDI)
 */
export function resolveDirection(parts: readonly string[]): ResolvedDirection {
  if (!parts.some((part) => RIGHT_TO_LEFT.test(part))) return { levels: undefined, base: 0 };
  const isolated = parts.length > 1;
  const text = parts
    .map((part) => (isolated && RIGHT_TO_LEFT.test(part) ? ISOLATE + part + END_ISOLATE : part))
    .join('');
  const resolved = bidi.getEmbeddingLevels(text, 'auto');
  const base = (resolved.paragraphs[0]?.level ?? 0) % 2 === 1 ? 1 : 0;
  if (!isolated) return { levels: resolved.levels, base };
  // Cleaned text holds no isolates of its own, so those found are the ones put in above.
  const levels = resolved.levels.filter((_, index) => text[index] !== ISOLATE && text[index] !== END_ISOLATE);
  return { levels, base };
}

/**
 * Rule L2: from the highest level down to the lowest odd one, reverse every sequence at that level or above.
 * @returns the pieces as they stand on paper, from left to right
 */
export function visualOrder<Piece extends { readonly level: number }>(pieces: readonly Piece[]): readonly Piece[] {
  const highest = pieces.reduce((level, piece) => Math.max(level, piece.level), 0);
  if (highest === 0) return pieces;
  const ordered = [...pieces];
  for (let level = highest; level >= 1; level--) {
    let start = 0;
    while (start < ordered.length) {
      if ((ordered[start]?.level ?? 0) < level) {
        start++;
        continue;
      }
      let end = start;
      while (end < ordered.length && (ordered[end]?.level ?? 0) >= level) end++;
      ordered.splice(start, end - start, ...ordered.slice(start, end).reverse());
      start = end;
    }
  }
  return ordered;
}
