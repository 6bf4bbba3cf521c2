/** Blocks of running text: headings, paragraphs, quotations, and the signature that closes a letter. */

import { flowLines, leadHeight } from '../flow-lines.ts';
import type { HeadingBlock, ParagraphBlock, QuotationBlock, RichText, SignatureBlock } from '../model.ts';
import type { Composition } from '../page-flow.ts';
import { pdfNumber } from '../pdf-source.ts';
import { drawText, setRichText } from '../rich-text.ts';
import { COLOURS, GAPS, MILLIMETRE, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

const TYPES = { 1: 'H1', 2: 'H2', 3: 'H3' } as const;
const HEADING_STYLES = { 1: STYLES.heading1, 2: STYLES.heading2, 3: STYLES.heading3 } as const;

/** Sets a heading, which keeps with what follows: it is never alone at the foot of a page. One without text draws nothing. */
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

/** A longer paragraph is not kept whole for the sake of its last line. */
const LONGEST_ANNOUNCEMENT = 8;

/** Words that end in a colon announce what follows: a page does not end between the two. */
function introduces(text: RichText): boolean {
  const last = typeof text === 'string' ? text : text.at(-1);
  const words = typeof last === 'string' ? last : last?.text;
  return words?.trimEnd().endsWith(':') ?? false;
}

/** Sets running text. A short paragraph that announces what follows, ending in a colon, keeps with it. */
export function prepareParagraph(composition: Composition, block: ParagraphBlock): PreparedBlock {
  const { flow, structure } = composition;
  const style = block.size === 'small' ? STYLES.small : STYLES.body;
  const text = setRichText(composition, block.text, style, PAGE.right - PAGE.left);
  const count = text.lines.length;
  const announces = count > 0 && count <= LONGEST_ANNOUNCEMENT && introduces(block.text);
  return prepared({
    lead: announces ? count * style.leading + GAPS.paragraph : leadHeight(count, style.leading),
    keepWithNext: announces,
    draw: async (keepAfter) => {
      if (count === 0) return;
      const element = structure.open('P', structure.root);
      await flowLines(flow, {
        count,
        leading: style.leading,
        keepAfter: keepAfter > 0 ? keepAfter + GAPS.paragraph : 0,
        draw: (from, to, y) => drawText(composition, element, text, { x: PAGE.left, y }, from, to),
      });
      structure.close(element);
      flow.y += GAPS.paragraph;
    },
  });
}

const QUOTATION_INDENT = 16;

/** Sets a person's own words, indented, and with a bar beside them. */
export function prepareQuotation(composition: Composition, block: QuotationBlock): PreparedBlock {
  const { flow, structure, pdf } = composition;
  const style = STYLES.quotation;
  const text = setRichText(composition, block.text, style, PAGE.right - PAGE.left - QUOTATION_INDENT);
  const count = text.lines.length;
  const drawBar = (y: number, height: number): void => {
    const x = pdfNumber(PAGE.left + 4);
    structure.artifact('Layout', () => {
      pdf.addContent(`${COLOURS.rule.toUpperCase()} 2 w ${x} ${pdfNumber(y)} m ${x} ${pdfNumber(y + height)} l S`);
    });
  };
  return prepared({
    spaceAbove: GAPS.listItem,
    lead: leadHeight(count, style.leading),
    draw: async (keepAfter) => {
      if (count === 0) return;
      const quotation = structure.open('BlockQuote', structure.root);
      const element = structure.open('P', quotation);
      await flowLines(flow, {
        count,
        leading: style.leading,
        keepAfter: keepAfter > 0 ? keepAfter + GAPS.paragraph : 0,
        draw: (from, to, y) => {
          drawBar(y + 1.5, (to - from) * style.leading - 2);
          drawText(composition, element, text, { x: PAGE.left + QUOTATION_INDENT, y }, from, to);
        },
      });
      structure.close(element);
      structure.close(quotation);
      flow.y += GAPS.paragraph;
    },
  });
}
