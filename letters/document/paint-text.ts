/** Draws set lines: where each run stands, and the PDF operators that put it there. */
import type { DocumentFonts } from './document-fonts.ts';
import type { ShapedRun } from './font-library.ts';
import { pdfNumber } from './pdf-source.ts';
import type { Line } from './set-lines.ts';
import { visualOrder } from './text-direction.ts';
import { COLOURS, type Colour } from './text-style.ts';

/** A run in its place. Lengths in points, from the top left corner of the page. */
export type PlacedRun = {
  readonly run: ShapedRun;
  readonly x: number;
  readonly baseline: number;
  readonly size: number;
  readonly colour: Colour;
  /** Index of the fragment of the text it belongs to. */
  readonly fragment: number;
  /** Stands in the reverse order of its text. */
  readonly reversed: boolean;
};

/** Where a set line stands, in points from the upper left corner of the page. */
export type LinePlace = {
  readonly x: number;
  readonly baseline: number;
  /** Of the column. */
  readonly width: number;
  readonly size: number;
  /** Which side the text is flush with, seen from where its language begins. */
  readonly align: 'start' | 'end';
};

/** Places a line's runs, in the order of the text. @param colourOf colour of a fragment */
export function placeLine(line: Line, place: LinePlace, colourOf: (fragment: number) => Colour): PlacedRun[] {
  const flushRight = line.rightToLeft === (place.align === 'start');
  const starts = new Map<object, number>();
  let x = flushRight ? place.x + place.width - line.width : place.x;
  const pieces = visualOrder(line.pieces);
  // The space that ends a right-to-left line stands at its left, outside of the measured width.
  const leading = line.rightToLeft ? line.pieces.at(-1) : undefined;
  if (leading && pieces[0] === leading && isSpace(leading.runs)) x -= leading.width;
  for (const piece of pieces) {
    starts.set(piece, x);
    x += piece.width;
  }
  const scale = place.size / 1000;
  return line.pieces.flatMap((piece) => {
    const reversed = piece.level % 2 === 1;
    let at = (starts.get(piece) ?? 0) + (reversed ? piece.width : 0);
    return piece.runs.map((run) => {
      const runWidth = run.width * scale;
      if (reversed) at -= runWidth;
      const placed: PlacedRun = {
        run,
        x: at,
        baseline: place.baseline,
        size: place.size,
        colour: colourOf(piece.fragment),
        fragment: piece.fragment,
        reversed,
      };
      if (!reversed) at += runWidth;
      return placed;
    });
  });
}

function isSpace(runs: readonly ShapedRun[]): boolean {
  return runs.every((run) => run.text.trim() === '');
}

/**
 * @param upward 1 where y grows upward (PDF's own way), -1 where the page was turned to grow downward (pdfkit's way)
 * @param useFont called with each font, which must be among the resources of where the operators go
 */
export function textOperators(
  placed: readonly PlacedRun[],
  fonts: DocumentFonts,
  upward: 1 | -1,
  useFont: (font: string) => void,
): string {
  let source = 'BT';
  let font = '';
  let colour: Colour | undefined;
  let end: { x: number; baseline: number } | undefined;
  let array = '';
  const show = (): void => {
    if (array) source += ` [${array}] TJ`;
    array = '';
  };
  for (const { run, x, baseline, size, colour: runColour } of placed) {
    const encoded = fonts.encode(run);
    const faceSize = size * run.scale;
    const wanted = `/${encoded.font} ${pdfNumber(faceSize)} Tf`;
    if (wanted !== font || runColour !== colour || !end || end.baseline !== baseline || Math.abs(end.x - x) > 0.01) {
      show();
      if (runColour !== colour) source += ` ${COLOURS[runColour]}`;
      if (wanted !== font) source += ` ${wanted}`;
      source += ` 1 0 0 ${upward} ${pdfNumber(x)} ${pdfNumber(baseline)} Tm`;
      font = wanted;
      colour = runColour;
      useFont(encoded.font);
    }
    for (const { rise, operands } of encoded.glyphs) {
      if (rise === 0) {
        array += operands;
        continue;
      }
      show();
      source += ` ${pdfNumber((rise * faceSize) / 1000)} Ts [${operands}] TJ 0 Ts`;
    }
    end = { x: x + (run.width * size) / 1000, baseline };
  }
  show();
  return `${source} ET`;
}
