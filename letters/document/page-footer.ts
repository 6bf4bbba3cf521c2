/**
 * The foot of each page: who writes on the left, `Pagina 3 di 12` on the right. The number of pages is known only at the end
 * and no page is kept until then: each footer leaves a small drawing open, which gets its text once the count is known.
 */

import type { PdfReference } from './libraries.ts';
import type { LayoutWords } from './model.ts';
import { placeLine, textOperators } from './paint-text.ts';
import { pdfNumber } from './pdf-source.ts';
import type { Press } from './press.ts';
import { drawTextAsArtifact, setRichText } from './rich-text.ts';
import { baselineOf, COLOURS, PAGE, STYLES } from './text-style.ts';

/** The foot of the pages of one document. */
export type PageFooter = {
  /** Where the room for blocks ends: the footer stands below. */
  readonly top: number;
  /** The last thing to be drawn on a page. */
  draw(): void;
  /** Writes the page numbers. */
  finish(): void;
};

/** A longer text belongs into the letter. */
const MOST_LINES = 5;
const NUMBER_WIDTH = 90;
const GAP = 16;
const RULE_ABOVE = 4;
const SPACE_ABOVE = 14;

/** Throws when the text takes more than five lines. */
export function createPageFooter(press: Press, text: string, words: LayoutWords): PageFooter {
  const { pdf, structure } = press;
  const style = STYLES.footer;
  const width = PAGE.right - PAGE.left;
  const set = setRichText(press, text, style, width - NUMBER_WIDTH - GAP);
  if (set.lines.length > MOST_LINES)
    throw new Error(`The text at the foot of the pages takes ${set.lines.length} lines.`);
  const height = Math.max(set.height, style.leading);
  const y = PAGE.footerEnd - height;
  const numbers: PdfReference[] = [];

  const drawNumber = (): void => {
    const number = pdf.ref();
    const name = `Page${numbers.length + 1}`;
    numbers.push(number);
    pdf.page.xobjects[name] = number;
    const down = pdfNumber(y + style.leading);
    structure.artifact('Pagination', () => {
      pdf.addContent(`q 1 0 0 -1 ${pdfNumber(PAGE.right - NUMBER_WIDTH)} ${down} cm /${name} Do Q`);
    });
  };

  const writeNumber = (number: PdfReference, page: number): void => {
    const label = setRichText(press, `${words.page} ${page} ${words.of} ${numbers.length}`, style, NUMBER_WIDTH);
    const fontsUsed = new Set<string>();
    const place = { x: 0, width: NUMBER_WIDTH, size: style.size, align: 'end' } as const;
    const runs = label.lines.flatMap((line, index) => {
      const baseline = style.leading * (index + 1) - baselineOf(style);
      return placeLine(line, { ...place, baseline }, () => style.colour);
    });
    const source = textOperators(runs, press.fonts, 1, (font) => fontsUsed.add(font));
    number.data = {
      Type: 'XObject',
      Subtype: 'Form',
      BBox: [0, -style.leading, NUMBER_WIDTH, style.leading * 2],
      Resources: { Font: Object.fromEntries([...fontsUsed].map((font) => [font, press.fonts.resource(font)])) },
    };
    number.end(source);
  };

  return {
    top: y - RULE_ABOVE - SPACE_ABOVE,
    draw: () => {
      structure.artifact('Pagination', () => {
        const ruleY = pdfNumber(y - RULE_ABOVE);
        const rule = `${pdfNumber(PAGE.left)} ${ruleY} m ${pdfNumber(PAGE.right)} ${ruleY} l S`;
        pdf.addContent(`${COLOURS.rule.toUpperCase()} 0.6 w ${rule}`);
      });
      drawTextAsArtifact(press, 'Pagination', [{ text: set, place: { x: PAGE.left, y } }]);
      drawNumber();
    },
    finish: () =>
      numbers.forEach((number, index) => {
        writeNumber(number, index + 1);
      }),
  };
}
