/** Headings: never alone at the foot of a page. */
import type { Composition } from '../composition.ts';
import { flowLines } from '../flow-lines.ts';
import type { HeadingBlock } from '../model.ts';
import { drawText, setRichText } from '../rich-text.ts';
import { GAPS, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

const TYPES = { 1: 'H1', 2: 'H2', 3: 'H3' } as const;
const HEADING_STYLES = { 1: STYLES.heading1, 2: STYLES.heading2, 3: STYLES.heading3 } as const;

/** Sets a heading, which keeps with what follows. One without text draws nothing. */
export function prepareHeading(composition: Composition, block: HeadingBlock): PreparedBlock {
  const { flow, structure } = composition;
  const style = HEADING_STYLES[block.level];
  const text = setRichText(composition, block.text, style, PAGE.right - PAGE.left);
  const count = text.lines.length;
  return prepared({
    spaceAbove: count > 0 ? GAPS.aboveHeading : 0,
    lead: text.height + GAPS.belowHeading,
    keepWithNext: true,
    draw: async () => {
      // A heading that says nothing would only be announced and leave the listener puzzled.
      if (count === 0) return;
      const element = structure.open(TYPES[block.level], structure.root);
      await flowLines(flow, {
        count,
        leading: style.leading,
        draw: (from, to, y) => drawText(composition, element, text, { x: PAGE.left, y }, from, to),
      });
      structure.close(element);
      flow.y += GAPS.belowHeading;
    },
  });
}
