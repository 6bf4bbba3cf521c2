/** Links: the address, the line under the text, and the area on the page that answers a click. */

import type { PlacedRun } from './paint-text.ts';
import { pdfNumber, pdfPointer, pdfSource, pdfText } from './pdf-source.ts';
import type { Press } from './press.ts';
import type { StructureElement } from './structure-tree.ts';
import { COLOURS, type TextStyle } from './text-style.ts';

const ALLOWED_PROTOCOLS = new Set(['https:', 'http:', 'mailto:']);
/** Beyond what browsers take, and far below the 32,767 bytes that PDF/A allows a string. */
const LONGEST_URL = 2000;

/** The address in ASCII, as PDF wants it. Throws on what is not a web or mail address. */
export function checkedUrl(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !ALLOWED_PROTOCOLS.has(url.protocol))
    throw new Error(`Not a web or mail address: ${address.slice(0, 200)}`);
  if (url.href.length > LONGEST_URL)
    throw new Error(`A link of ${url.href.length} characters is longer than ${LONGEST_URL}.`);
  return url.href;
}

/** Makes drawn runs a link: one area for each line they stand on. */
export function addLink(
  { pdf, structure }: Press,
  element: StructureElement,
  link: { readonly url: string; readonly description: string },
  runs: readonly PlacedRun[],
  style: TextStyle,
): void {
  const areas = areasOf(runs);
  if (areas.length === 0) return;
  structure.artifact('Layout', () => {
    const lines = areas.map(({ left, right, baseline }) => {
      const y = pdfNumber(baseline + style.size * 0.14);
      return `${pdfNumber(left)} ${y} m ${pdfNumber(right)} ${y} l`;
    });
    pdf.addContent(`${COLOURS.link.toUpperCase()} 0.6 w ${lines.join(' ')} S`);
  });
  for (const { left, right, baseline } of areas) {
    const annotation = pdf.ref();
    const key = structure.annotation(element, annotation);
    const bottom = pdf.page.height - baseline - style.size * 0.3;
    const area = [left, bottom, right, bottom + style.size * 1.2].map(pdfNumber).join(' ');
    annotation.data = pdfSource(
      `<< /Type /Annot /Subtype /Link /Rect [${area}] /Border [0 0 0] /F 4 /StructParent ${key} ` +
        `/P ${pdfPointer(pdf.page.dictionary.id)} /Contents ${pdfText(link.description)} ` +
        `/A << /Type /Action /S /URI /URI ${pdfText(link.url)} >> >>`,
    );
    annotation.end();
    pdf.page.annotations.push(annotation);
  }
}

type Area = { left: number; right: number; baseline: number };

function areasOf(runs: readonly PlacedRun[]): readonly Area[] {
  const areas: Area[] = [];
  const visible = runs.filter(({ run }) => run.text.trim() !== '');
  for (const { run, x, baseline, size } of visible) {
    const right = x + (run.width * size) / 1000;
    const area = areas.at(-1);
    if (area?.baseline === baseline) {
      area.left = Math.min(area.left, x);
      area.right = Math.max(area.right, right);
    } else {
      areas.push({ left: x, right, baseline });
    }
  }
  return areas;
}
