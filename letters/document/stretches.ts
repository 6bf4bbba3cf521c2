/**
 * Text cut into stretches that can be measured as a whole: one weight, one direction, no place inside where a line may break
 * unless a word is longer than the line.
 */
import type { FontWeight } from './font-faces.ts';
import { splitGraphemes } from './graphemes.ts';
import { breakPositions } from './libraries.ts';
import { isPlainLatin } from './shape-text.ts';
import { resolveDirection } from './text-direction.ts';

/** A part of a paragraph's text, cleaned and without line feeds. `index` distinguishes the parts of the whole text. */
export type Fragment = { readonly text: string; readonly weight: FontWeight; readonly index: number };

/** Text of one fragment that runs in one direction (odd level: right to left). */
export type Stretch = {
  readonly text: string;
  readonly weight: FontWeight;
  readonly fragment: number;
  readonly level: number;
};

/** What stands between two places where a line may break: a word, then the spaces that follow it. Either may be empty. */
export type Chunk = { readonly word: readonly Stretch[]; readonly spaces: Stretch | undefined };

/** A paragraph as the chunks that lines are made of; joined they are its text. */
export type ChunkedParagraph = {
  readonly chunks: readonly Chunk[];
  /** 1 where the paragraph as a whole runs right to left. */
  readonly base: 0 | 1;
};

/** A no-break space is not one of them; cleaned text has no others. */
const TRAILING_SPACES = / +$/;

/** Cuts one paragraph (no line feeds) into its chunks; joined again they are the text. */
export function chunkParagraph(fragments: readonly Fragment[]): ChunkedParagraph {
  const text = fragments.map((fragment) => fragment.text).join('');
  const { levels, base } = resolveDirection(fragments.map((fragment) => fragment.text));
  const cut = createCutter(fragments, levels);
  const chunks: Chunk[] = [];
  let from = 0;
  for (const to of endsOfChunks(text)) {
    const trailing = TRAILING_SPACES.exec(text.slice(from, to));
    const wordEnd = trailing ? from + trailing.index : to;
    chunks.push({ word: cut(from, wordEnd), spaces: trailing ? joinSpaces(cut(wordEnd, to)) : undefined });
    from = to;
  }
  return { chunks, base };
}

/** Spaces need not be distinguished: those between two weights count as the first one's. */
function joinSpaces(stretches: readonly Stretch[]): Stretch | undefined {
  const [first] = stretches;
  return first && { ...first, text: stretches.map((stretch) => stretch.text).join('') };
}

function endsOfChunks(text: string): number[] {
  const positions = breakPositions(text);
  if (isPlainLatin(text)) return positions;
  // The breaker knows an older Unicode than the segmenter: never break inside what is one character to a reader.
  const boundaries = new Set<number>();
  let at = 0;
  for (const grapheme of splitGraphemes(text)) {
    at += grapheme.length;
    boundaries.add(at);
  }
  return positions.filter((position) => boundaries.has(position));
}

/** Cuts ranges of a paragraph where the fragment or the direction changes. Ranges must be asked for in ascending order. */
function createCutter(
  fragments: readonly Fragment[],
  levels: Uint8Array | undefined,
): (from: number, to: number) => Stretch[] {
  let current = 0;
  let currentStart = 0;
  return (from, to) => {
    const stretches: Stretch[] = [];
    let at = from;
    while (at < to) {
      const fragment = fragments[current];
      if (!fragment) throw new Error(`The text ends at ${currentStart}, but ${at} to ${to} was asked for.`);
      const end = currentStart + fragment.text.length;
      if (at >= end) {
        currentStart = end;
        current++;
        continue;
      }
      const level = levels?.[at] ?? 0;
      let stop = at + 1;
      const limit = Math.min(to, end);
      if (levels) while (stop < limit && levels[stop] === level) stop++;
      else stop = limit;
      const text = fragment.text.slice(at - currentStart, stop - currentStart);
      stretches.push({ text, weight: fragment.weight, fragment: fragment.index, level });
      at = stop;
    }
    return stretches;
  };
}
