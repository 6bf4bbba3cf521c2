/** Paragraphs of running text, and quotations. */
import type { Composition } from '../composition.ts';
import { flowLines, leadHeight } from '../flow-lines.ts';
import type { ParagraphBlock, QuotationBlock, RichText } from '../model.ts';
import { pdfNumber } from '../pdf-source.ts';
import { drawText, setRichText } from '../rich-text.ts';
import { COLOURS, GAPS, PAGE, STYLES } from '../text-style.ts';
import { type PreparedBlock, prepared } from './prepared-block.ts';

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
