/** Lists, also inside lists; and rows of a label and its value in two columns, to a screen reader a list of labelled items. */

import { flowLines, leadHeight } from '../flow-lines.ts';
import type { DefinitionsBlock, ListBlock, ListItem } from '../model.ts';
import type { Composition } from '../page-flow.ts';
import { drawText, type SetText, setRichText } from '../rich-text.ts';
import type { StructureElement } from '../structure-tree.ts';
import { GAPS, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

const LABEL_SHARE = 0.32;
const COLUMN_GAP = 12;

/** Sets the rows of labels and values. A row whose label or value is longer than the page goes on overleaf; no rows draw nothing. */
export function prepareDefinitions(composition: Composition, block: DefinitionsBlock): PreparedBlock {
  const { flow, structure } = composition;
  const width = PAGE.right - PAGE.left;
  const valueLeft = PAGE.left + width * LABEL_SHARE + COLUMN_GAP;
  const { leading } = STYLES.body;
  const rows = block.rows.map((row) => {
    const label = setRichText(composition, row.label, STYLES.label, width * LABEL_SHARE);
    const value = setRichText(composition, row.value, STYLES.body, PAGE.right - valueLeft);
    return { label, value, count: Math.max(label.lines.length, value.lines.length) };
  });
  return prepared({
    lead: leadHeight(rows[0]?.count ?? 0, leading),
    draw: async (keepAfter) => {
      if (rows.length === 0) return;
      const list = structure.open('L', structure.root, { listNumbering: 'None' });
      for (const [index, { label, value, count }] of rows.entries()) {
        const isLast = index + 1 === rows.length;
        const item = structure.open('LI', list);
        const labelElement = structure.open('Lbl', item);
        const body = structure.open('LBody', item);
        await flowLines(flow, {
          count,
          leading,
          keepAfter: isLast && keepAfter > 0 ? keepAfter + GAPS.paragraph : 0,
          draw: (from, to, y) => {
            if (from < label.lines.length) {
              drawText(composition, labelElement, label, { x: PAGE.left, y }, from, to);
            }
            if (from < value.lines.length) drawText(composition, body, value, { x: valueLeft, y }, from, to);
          },
        });
        structure.close(labelElement);
        structure.close(body);
        structure.close(item);
        flow.y += GAPS.listItem;
      }
      structure.close(list);
      flow.y += GAPS.paragraph - GAPS.listItem;
    },
  });
}

type Numbering = ListBlock['numbering'];

type PreparedItem = { readonly label: SetText; readonly text: SetText; readonly items: readonly PreparedItem[] };

const LIST_NUMBERING = { bullets: 'Disc', numbers: 'Decimal', letters: 'LowerAlpha' } as const;
const INDENT = 20;
/** Deeper lists stay where the fourth is, so that there is always room for the text. */
const DEEPEST = 4;
const STYLE = STYLES.body;

/** Sets the items with their numbers or bullets; a list without items draws nothing. */
export function prepareList(composition: Composition, block: ListBlock): PreparedBlock {
  const items = block.items.map((item, index) => prepareItem(composition, item, block.numbering, index, 1));
  const [first] = items;
  return prepared({
    lead: first ? leadHeight(first.text.lines.length, STYLE.leading) : 0,
    draw: async (keepAfter) => {
      if (items.length === 0) return;
      await drawList(composition, composition.structure.root, block.numbering, items, 1, keepAfter);
      composition.flow.y += GAPS.paragraph - GAPS.listItem;
    },
  });
}

function prepareItem(
  composition: Composition,
  item: ListItem,
  numbering: Numbering,
  index: number,
  depth: number,
): PreparedItem {
  const { text, items } = isNested(item) ? item : { text: item, items: [] };
  return {
    label: setRichText(composition, labelOf(numbering, index, depth), STYLE, INDENT),
    text: setRichText(composition, text, STYLE, PAGE.right - textLeft(depth)),
    items: items.map((inner, at) => prepareItem(composition, inner, 'bullets', at, depth + 1)),
  };
}

function isNested(item: ListItem): item is Extract<ListItem, { kind: 'item' }> {
  return typeof item === 'object' && 'kind' in item;
}

function textLeft(depth: number): number {
  return PAGE.left + Math.min(depth, DEEPEST) * INDENT;
}

function labelOf(numbering: Numbering, index: number, depth: number): string {
  if (numbering === 'bullets') return depth % 2 === 1 ? '•' : '–';
  return numbering === 'numbers' ? `${index + 1}.` : `${letters(index)})`;
}

/** a … z, aa, ab … */
function letters(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letters(Math.floor(index / 26) - 1) + letter;
}

async function drawList(
  composition: Composition,
  parent: StructureElement,
  numbering: Numbering,
  items: readonly PreparedItem[],
  depth: number,
  keepAfter: number,
): Promise<void> {
  const { structure } = composition;
  const list = structure.open('L', parent, { listNumbering: LIST_NUMBERING[numbering] });
  for (const [index, item] of items.entries()) {
    const isLast = index + 1 === items.length;
    await drawItem(composition, list, item, depth, isLast ? keepAfter : 0);
  }
  structure.close(list);
}

async function drawItem(
  composition: Composition,
  list: StructureElement,
  { label, text, items }: PreparedItem,
  depth: number,
  keepAfter: number,
): Promise<void> {
  const { flow, structure } = composition;
  const element = structure.open('LI', list);
  const labelElement = structure.open('Lbl', element);
  const body = structure.open('LBody', element);
  const x = textLeft(depth);
  await flowLines(flow, {
    count: Math.max(text.lines.length, 1),
    leading: STYLE.leading,
    keepAfter: keepAfter > 0 && items.length === 0 ? keepAfter + GAPS.paragraph : 0,
    draw: (from, to, y) => {
      if (from === 0) drawText(composition, labelElement, label, { x: x - INDENT + 4, y });
      if (from < text.lines.length) drawText(composition, body, text, { x, y }, from, to);
    },
  });
  structure.close(labelElement);
  flow.y += GAPS.listItem;
  if (items.length > 0) await drawList(composition, body, 'bullets', items, depth + 1, keepAfter);
  structure.close(body);
  structure.close(element);
}
