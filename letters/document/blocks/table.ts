/**
 * Tables: rows are read one at a time and may span pages, the header is repeated on each. pdfkit's own table cuts rows that
 * are taller than a page and repeats no header.
 */

import type { TableBlock, TableRow } from '../model.ts';
import type { Composition } from '../page-flow.ts';
import { pdfNumber } from '../pdf-source.ts';
import { drawText, drawTextAsArtifact, type SetText, setRichText } from '../rich-text.ts';
import type { StructureElement } from '../structure-tree.ts';
import { COLOURS, GAPS, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';
import {
  CELL_PADDING,
  type ColumnPlace,
  drawRule,
  drawSlice,
  placeColumns,
  type SetRow,
  setRow,
  TABLE_LEADING,
} from './table-row.ts';

/** Rows up to this share of a page are not split. */
const WHOLE_ROW_SHARE = 0.3;
/** Fewest lines of a split row to stand on a page. */
const FEWEST_LINES = 3;
const CAPTION_GAP = 4;

type Head = { readonly titles: readonly SetText[]; readonly height: number };

/**
 * Sets caption and header, which stay together with the first row; further rows are read as they are drawn. Throws where caption and
 * header take half a page or more, and on a row with another number of cells than the table has columns.
 */
export function prepareTable(composition: Composition, block: TableBlock): PreparedBlock {
  const { flow, structure } = composition;
  const columns = placeColumns(block);
  const caption = setRichText(composition, block.caption, STYLES.caption, PAGE.right - PAGE.left);
  const titles = block.columns.map((column, index) =>
    setRichText(composition, column.title, STYLES.tableHead, columns[index]?.width ?? 0),
  );
  const headLines = Math.max(1, ...titles.map((title) => title.lines.length));
  const head = { titles, height: headLines * TABLE_LEADING + 2 * CELL_PADDING };
  const firstRowHeight = FEWEST_LINES * TABLE_LEADING + 2 * CELL_PADDING;
  const lead = caption.height + CAPTION_GAP + head.height + firstRowHeight;
  return prepared({
    spaceAbove: GAPS.listItem,
    lead,
    draw: async () => {
      if (lead > (flow.bottom - PAGE.top) / 2)
        throw new Error('Caption and header of a table take half a page or more.');
      await flow.ensure(lead);
      const table = structure.open('Table', structure.root);
      drawCaption(composition, table, caption);
      drawHead(composition, columns, head, table);
      const body = structure.open('TBody', table);
      let rowCount = 0;
      for await (const row of block.rows) {
        rowCount++;
        checkRow(row, columns, rowCount);
        await drawRow(composition, { row, columns, head, body, hasRowHeader: block.rowHeader ?? false });
      }
      if (rowCount === 0) await drawEmptyRow(composition, columns, head, body, block.emptyText);
      structure.close(body);
      structure.close(table);
      flow.y += GAPS.table;
    },
  });
}

function checkRow(row: TableRow, columns: readonly ColumnPlace[], rowNumber: number): void {
  if (row.length === columns.length) return;
  throw new Error(`Row ${rowNumber} of a table has ${row.length} cells where the table has ${columns.length} columns.`);
}

function drawCaption(composition: Composition, table: StructureElement, caption: SetText): void {
  const { flow, structure } = composition;
  const element = structure.open('Caption', table);
  drawText(composition, element, caption, { x: PAGE.left, y: flow.y });
  structure.close(element);
  flow.y += caption.height + CAPTION_GAP;
}

/** Draws the header: as part of the table where it begins, as an artifact on the pages that follow. */
function drawHead(
  composition: Composition,
  columns: readonly ColumnPlace[],
  { titles, height }: Head,
  table: StructureElement | undefined,
): void {
  const { flow, structure, pdf } = composition;
  structure.artifact('Layout', () => {
    const area = [PAGE.left, flow.y, PAGE.right - PAGE.left, height].map(pdfNumber).join(' ');
    pdf.addContent(`${COLOURS.tint} ${area} re f`);
  });
  const places = columns.map(({ x, align }) => ({ x, align, y: flow.y + CELL_PADDING }));
  if (table) {
    const group = structure.open('THead', table);
    const row = structure.open('TR', group);
    titles.forEach((title, index) => {
      const cell = structure.open('TH', row, { scope: 'Column' });
      const place = places[index];
      if (place) drawText(composition, cell, title, place);
      structure.close(cell);
    });
    structure.close(row);
    structure.close(group);
  } else {
    drawTextAsArtifact(
      composition,
      'Pagination',
      titles.flatMap((text, index) => {
        const place = places[index];
        return place ? [{ text, place }] : [];
      }),
    );
  }
  drawRule(composition, flow.y + height);
  flow.y += height;
}

type RowToDraw = {
  readonly row: TableRow;
  readonly columns: readonly ColumnPlace[];
  readonly head: Head;
  readonly body: StructureElement;
  readonly hasRowHeader: boolean;
};

async function drawRow(composition: Composition, { row, columns, head, body, hasRowHeader }: RowToDraw): Promise<void> {
  const { structure } = composition;
  const set = setRow(composition, row, columns, hasRowHeader);
  const element = structure.open('TR', body);
  const cells = columns.map((_, index) =>
    hasRowHeader && index === 0 ? structure.open('TH', element, { scope: 'Row' }) : structure.open('TD', element),
  );
  await flowRow(composition, set, columns, head, cells);
  for (const cell of cells) structure.close(cell);
  structure.close(element);
}

async function flowRow(
  composition: Composition,
  set: SetRow,
  columns: readonly ColumnPlace[],
  head: Head,
  elements: readonly StructureElement[],
): Promise<void> {
  const { flow } = composition;
  const nextPage = async (): Promise<void> => {
    await flow.nextPage();
    drawHead(composition, columns, head, undefined);
  };
  const fitting = (): number => Math.floor((flow.remaining() - 2 * CELL_PADDING) / TABLE_LEADING);
  const wholeLines = (WHOLE_ROW_SHARE * (flow.bottom - PAGE.top)) / TABLE_LEADING;
  if (set.lineCount > fitting() && (set.lineCount <= wholeLines || fitting() < FEWEST_LINES)) await nextPage();
  let from = 0;
  while (from < set.lineCount) {
    const to = Math.min(set.lineCount, from + Math.max(1, fitting()));
    flow.y += drawSlice(composition, set, { columns, elements, y: flow.y, from, to });
    from = to;
    if (from < set.lineCount) await nextPage();
  }
}

async function drawEmptyRow(
  composition: Composition,
  columns: readonly ColumnPlace[],
  head: Head,
  body: StructureElement,
  text: string,
): Promise<void> {
  const { structure } = composition;
  const whole: ColumnPlace = {
    x: PAGE.left + CELL_PADDING,
    width: PAGE.right - PAGE.left - 2 * CELL_PADDING,
    align: 'start',
  };
  const row = structure.open('TR', body);
  const cell = structure.open('TD', row, columns.length > 1 ? { columnSpan: columns.length } : {});
  await flowRow(composition, setRow(composition, [text], [whole], false), [whole], head, [cell]);
  structure.close(cell);
  structure.close(row);
}
