/** The closing formula and who signs: together on one page, with the end of the text they close. */
import type { Composition } from '../composition.ts';
import { flowLines } from '../flow-lines.ts';
import type { SignatureBlock } from '../model.ts';
import { drawText, setRichText } from '../rich-text.ts';
import { GAPS, MILLIMETRE, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

/** Where Italian letters are signed: on the right. */
const SIGNATURE_LEFT = 112 * MILLIMETRE;

/** Sets the closing formula with name and office, and holds them together with the end of the text above. */
export function prepareSignature(composition: Composition, block: SignatureBlock): PreparedBlock {
  const { flow, structure } = composition;
  const { leading } = STYLES.body;
  const closing = setRichText(composition, block.closing, STYLES.body, PAGE.right - PAGE.left);
  const lines = setRichText(composition, block.lines.join('\n'), STYLES.body, PAGE.right - SIGNATURE_LEFT);
  const height = closing.height + GAPS.section + lines.height;
  return prepared({
    spaceAbove: GAPS.listItem,
    lead: height,
    keepWithPrevious: height + GAPS.listItem,
    draw: async () => {
      for (const { text, x, gap } of [
        { text: closing, x: PAGE.left, gap: GAPS.section },
        { text: lines, x: SIGNATURE_LEFT, gap: GAPS.paragraph },
      ]) {
        if (text.lines.length === 0) continue;
        const element = structure.open('P', structure.root);
        await flowLines(flow, {
          count: text.lines.length,
          leading,
          draw: (from, to, y) => drawText(composition, element, text, { x, y }, from, to),
        });
        structure.close(element);
        flow.y += gap;
      }
    },
  });
}
