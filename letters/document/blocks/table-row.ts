/** The cells of one table row, set and drawn slice by slice: a row may be taller than a page. */

import type { InlinePart, RichText, TableBlock, TableRow } from '../model.ts';
import type { Composition } from '../page-flow.ts';
import { pdfNumber } from '../pdf-source.ts';
import { createMissingCharacters } from '../press.ts';
import { drawText, drawTextAsArtifact, type SetText, setRichText } from '../rich-text.ts';
import type { StructureElement } from '../structure-tree.ts';
import { COLOURS, PAGE, STYLES } from '../text-style.ts';

/** Where the text of a column stands: left edge and width inside the cell, in points. */
export type ColumnPlace = { readonly x: number; readonly width: number; readonly align: 'start' | 'end' };

/** Space around the text of a cell, in points. */
export const CELL_PADDING = 4;
/** Of all table text, so that the lines of neighbouring cells stand on one height. */
export const TABLE_LEADING = STYLES.tableCell.leading;

/** Where each column's text stands. */
export function placeColumns({ columns }: TableBlock): readonly ColumnPlace[] {
  const total = columns.reduce((sum, column) => sum + column.share, 0);
  if (columns.length === 0 || !columns.every((column) => column.share > 0)) {
    throw new Error('A table needs at least one column, and each column a share of the width above 0.');
  }
  let left: number = PAGE.left;
  return columns.map(({ share, align = 'start' }) => {
    const width = ((PAGE.right - PAGE.left) * share) / total;
    const place = { x: left + CELL_PADDING, width: width - 2 * CELL_PADDING, align };
    left += width;
    return place;
  });
}

/** A row whose cells are set in lines, ready to be drawn in slices. */
export type SetRow = {
  readonly cells: readonly SetText[];
  readonly lineCount: number;
  /** Repeats in the first column, on each further page, which row goes on there. */
  continuation(): SetText;
};

/** Longer names than this are not repeated overleaf. */
const LONGEST_REPEATED_NAME = 60;

/** Sets the cells of a row for their columns; the first is set as the row's name where the table says so. */
export function setRow(
  composition: Composition,
  row: TableRow,
  columns: readonly ColumnPlace[],
  hasRowHeader: boolean,
): SetRow {
  const cells = columns.map((column, index) => {
    const style = hasRowHeader && index === 0 ? STYLES.tableRowHead : STYLES.tableCell;
    return setRichText(composition, row[index] ?? '', style, column.width);
  });
  return {
    cells,
    lineCount: Math.max(1, ...cells.map((cell) => cell.lines.length)),
    continuation: () => {
      const name = plainText(row[0] ?? '');
      const note = `(${composition.words.continued})`;
      const text = name !== '' && name.length <= LONGEST_REPEATED_NAME ? `${name} ${note}` : note;
      // What is repeated was counted where it first stood.
      const press = { ...composition, missing: createMissingCharacters() };
      return setRichText(press, text, STYLES.tableNote, columns[0]?.width ?? 0);
    },
  };
}

function plainText(text: RichText): string {
  const textOf = (part: InlinePart): string => (typeof part === 'string' ? part : part.text);
  return typeof text === 'string' ? text : text.map(textOf).join('');
}

/** A line under a slice, across all columns. */
export function drawRule({ structure, pdf }: Composition, y: number): void {
  structure.artifact('Layout', () => {
    const line = `${pdfNumber(PAGE.left)} ${pdfNumber(y)} m ${pdfNumber(PAGE.right)} ${pdfNumber(y)} l S`;
    pdf.addContent(`${COLOURS.rule.toUpperCase()} 0.5 w ${line}`);
  });
}

/**
 * Which lines of a row are drawn (`from` included, `to` excluded), at which height of the page, and to which elements
 * of the structure they belong.
 */
export type SlicePlace = {
  readonly columns: readonly ColumnPlace[];
  readonly elements: readonly StructureElement[];
  readonly y: number;
  readonly from: number;
  readonly to: number;
};

/** Draws lines `from` to `to` of each cell. @returns height of the slice */
export function drawSlice(
  composition: Composition,
  row: SetRow,
  { columns, elements, y, from, to }: SlicePlace,
): number {
  const top = y + CELL_PADDING;
  let lineCount = to - from;
  if (from > 0) {
    const note = row.continuation();
    const nameGoesOn = (row.cells[0]?.lines.length ?? 0) > from;
    if (!nameGoesOn) {
      drawTextAsArtifact(composition, 'Pagination', [{ text: note, place: { x: columns[0]?.x ?? 0, y: top } }]);
      lineCount = Math.max(lineCount, note.lines.length);
    }
  }
  row.cells.forEach((cell, index) => {
    const column = columns[index];
    const element = elements[index];
    if (!column || !element || from >= cell.lines.length) return;
    drawText(
      composition,
      element,
      cell,
      { x: column.x, y: top, align: column.align },
      from,
      Math.min(to, cell.lines.length),
    );
  });
  const height = lineCount * TABLE_LEADING + 2 * CELL_PADDING;
  drawRule(composition, y + height);
  return height;
}
