/** Rows of a label and its value, in two columns; to a screen reader a list of labelled items. */
import type { Composition } from '../composition.ts';
import { flowLines, leadHeight } from '../flow-lines.ts';
import type { DefinitionsBlock } from '../model.ts';
import { drawText, setRichText } from '../rich-text.ts';
import { GAPS, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

const LABEL_SHARE = 0.32;
const COLUMN_GAP = 12;

/** Sets the rows. A row whose label or value is longer than the page goes on overleaf; no rows draw nothing. */
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
