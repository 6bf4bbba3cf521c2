/**
 * Sets text in lines of a given width. Nothing is ever left out: a word longer than the line is cut between characters, and
 * the pieces of all lines together are the text.
 */
import type { FontLibrary, ShapedRun } from './font-library.ts';
import { splitGraphemes } from './graphemes.ts';
import { type Chunk, chunkParagraph, type Fragment, type Stretch } from './stretches.ts';

/** A word, part of a word, or the space between two. Widths are in points. */
export type Piece = {
  readonly runs: readonly ShapedRun[];
  readonly width: number;
  /** Index of the fragment it comes from. */
  readonly fragment: number;
  /** Embedding level (UAX #9): odd runs right to left. */
  readonly level: number;
};

/** One line of set text; `width` in points, without a space that ends it. */
export type Line = {
  /** In the order of the text. A space that ends the line is one space and does not count for the width. */
  readonly pieces: readonly Piece[];
  readonly width: number;
  /** The paragraph runs right to left: its lines begin at the right. */
  readonly rightToLeft: boolean;
};

/** The text by its fragments, and the column it is set for. */
export type SetLinesInput = {
  readonly fragments: readonly Fragment[];
  /** Of the column, in points. */
  readonly width: number;
  /** Of the type, in points. */
  readonly size: number;
};

/** Sets paragraphs separated by line feeds. Text without any character gives no line. */
export function setLines(fonts: FontLibrary, { fragments, width, size }: SetLinesInput): Line[] {
  if (fragments.every((fragment) => fragment.text === '')) return [];
  const paragraphs = splitAtLineFeeds(fragments);
  return paragraphs.flatMap((paragraph, index) => {
    const { chunks, base } = chunkParagraph(paragraph);
    const builder = createLineBuilder(fonts, width, size, base);
    for (const chunk of chunks) builder.add(chunk);
    return builder.finish(index + 1 < paragraphs.length ? paragraph.at(-1)?.index : undefined);
  });
}

function isLong(word: readonly Stretch[]): boolean {
  return word.some((stretch) => stretch.text.length > LONGEST_PIECE);
}

function splitAtLineFeeds(fragments: readonly Fragment[]): Fragment[][] {
  const paragraphs: Fragment[][] = [[]];
  for (const fragment of fragments) {
    fragment.text.split('\n').forEach((text, part) => {
      if (part > 0) paragraphs.push([]);
      paragraphs.at(-1)?.push({ ...fragment, text });
    });
  }
  return paragraphs;
}

type LineBuilder = {
  add(chunk: Chunk): void;
  /** @param lineFeedIn the fragment that ends with a line feed here, if the text goes on */
  finish(lineFeedIn: number | undefined): Line[];
};

/** Text of more UTF-16 units is set in parts, also where its characters take no room, so that no part is unwieldy. */
const LONGEST_PIECE = 500;

function createLineBuilder(fonts: FontLibrary, lineWidth: number, size: number, base: 0 | 1): LineBuilder {
  const lines: Line[] = [];
  let pieces: Piece[] = [];
  let width = 0;
  let spaces: Piece | undefined;

  const measure = (stretch: Stretch): Piece => {
    const word = fonts.measure(stretch.text, stretch.weight, stretch.level % 2 === 1 ? 'rtl' : 'ltr');
    return { runs: word.runs, width: (word.width * size) / 1000, fragment: stretch.fragment, level: stretch.level };
  };
  const oneSpace = (fragment: number): Piece =>
    // At the end of a line a space takes the paragraph's direction (UAX #9, rule L1).
    measure({ text: ' ', weight: 'regular', fragment, level: base });

  const closeLine = (spaceIn: number | undefined): void => {
    // A screen reader and a copied text need the invisible space, or the words would run together.
    if (spaceIn !== undefined) pieces.push(oneSpace(spaceIn));
    lines.push({ pieces, width, rightToLeft: base === 1 });
    pieces = [];
    width = 0;
    spaces = undefined;
  };
  const append = (piece: Piece): void => {
    for (const added of spaces ? [spaces, piece] : [piece]) {
      pieces.push(added);
      width += added.width;
    }
    spaces = undefined;
  };
  const room = (): number => lineWidth - width - (spaces?.width ?? 0);

  const appendCut = (stretch: Stretch): void => {
    let held = '';
    let heldWidth = 0;
    for (const grapheme of splitGraphemes(stretch.text)) {
      const graphemeWidth = measure({ ...stretch, text: grapheme }).width;
      if (heldWidth + graphemeWidth > room() && (held !== '' || pieces.length > 0)) {
        if (held !== '') append(measure({ ...stretch, text: held }));
        closeLine(undefined);
        held = '';
        heldWidth = 0;
      }
      if (held.length + grapheme.length > LONGEST_PIECE) {
        append(measure({ ...stretch, text: held }));
        held = '';
        heldWidth = 0;
      }
      held += grapheme;
      heldWidth += graphemeWidth;
    }
    if (held !== '') append(measure({ ...stretch, text: held }));
  };

  return {
    add({ word, spaces: following }) {
      const measured = word.map(measure);
      const wordWidth = measured.reduce((sum, piece) => sum + piece.width, 0);
      if (wordWidth > room() && (pieces.length > 0 || spaces)) closeLine(spaces?.fragment);
      if (wordWidth > lineWidth || isLong(word)) word.forEach(appendCut);
      else measured.forEach(append);
      if (!following) return;
      if (spaces) append(measure(following));
      else spaces = measure(following);
    },
    finish(lineFeedIn) {
      closeLine(lineFeedIn ?? spaces?.fragment);
      return lines;
    },
  };
}
