/**
 * The top of a letter's first page: letterhead, references on the left, recipient on the right.
 *
 * The recipient must show through the window of an envelope. Italian post wants the address at least 40 mm below the upper
 * edge and 15 mm from the others (D.M. 14 January 1992, table 8), and a sheet folded in three has 11 to 15 mm of play in a
 * DL or C6/5 envelope (110 or 114 mm high). With the usual window on the right (35 x 100 mm, 20 mm from below and from the
 * right), what shows wherever the sheet has slid is 56 to 79 mm from the top and 112 to 190 mm from the left.
 */

import { flowLines } from '../flow-lines.ts';
import type { LetterDocument, Letterhead, Recipient } from '../model.ts';
import type { Composition } from '../page-flow.ts';
import { pdfNumber } from '../pdf-source.ts';
import { drawText, type SetText, setRichText } from '../rich-text.ts';
import { COLOURS, GAPS, MILLIMETRE, PAGE, STYLES, type TextStyle } from '../text-style.ts';
import { drawFigure } from './figure.ts';

const WINDOW = { top: 56 * MILLIMETRE, left: 112 * MILLIMETRE, right: PAGE.right } as const;
const LETTERHEAD_TOP = 14 * MILLIMETRE;
const EMBLEM_HEIGHT = 46;
const EMBLEM_GAP = 12;
const RULE_GAP = 8;
/** Where the text begins at the earliest. */
const TEXT_TOP = 88 * MILLIMETRE;
/** A longer address shows in no window, and takes the whole width instead. */
const TALLEST_ADDRESS = 45 * MILLIMETRE;
const REFERENCE_LABEL_WIDTH = 78;

/**
 * Draws the top and leaves `flow.y` where the text begins. References or an address too tall for the window run on
 * below it instead of being cut.
 */
export async function drawLetterTop(composition: Composition, letter: LetterDocument): Promise<void> {
  if (letter.letterhead) await drawLetterhead(composition, letter.letterhead);
  const references = (letter.references ?? []).map((reference) => setReference(composition, reference));
  const address = letter.recipient && setAddress(composition, letter.recipient, WINDOW.right - WINDOW.left);
  if (references.length === 0 && !address) return;
  const { flow } = composition;
  flow.y = Math.max(flow.y, WINDOW.top);
  const tallest = Math.max(heightOf(references), address ? address.channel.height + address.lines.height : 0);
  if (tallest <= TALLEST_ADDRESS) {
    drawReferences(composition, references, flow.y);
    if (address) drawAddress(composition, address, flow.y);
    flow.y = Math.max(flow.y + tallest + GAPS.section, TEXT_TOP);
    return;
  }
  await flowReferences(composition, references);
  if (letter.recipient)
    await flowAddress(composition, setAddress(composition, letter.recipient, PAGE.right - PAGE.left));
}

async function drawLetterhead(composition: Composition, { emblem, name, lines }: Letterhead): Promise<void> {
  const { flow, structure, pdf } = composition;
  flow.y = LETTERHEAD_TOP;
  const emblemWidth = emblem ? (emblem.width / emblem.height) * EMBLEM_HEIGHT : 0;
  const left = emblem ? PAGE.left + emblemWidth + EMBLEM_GAP : PAGE.left;
  const texts = [
    setRichText(composition, name, STYLES.bodyName, PAGE.right - left),
    setRichText(composition, lines.join('\n'), STYLES.bodyLine, PAGE.right - left),
  ];
  if (emblem) drawFigure(composition, structure.root, emblem, { x: PAGE.left, y: flow.y, height: EMBLEM_HEIGHT });
  for (const text of texts) await flowParagraph(composition, text, left);
  flow.y = Math.max(flow.y, emblem ? LETTERHEAD_TOP + EMBLEM_HEIGHT : 0) + RULE_GAP;
  structure.artifact('Layout', () => {
    const rule = `${pdfNumber(PAGE.left)} ${pdfNumber(flow.y)} m ${pdfNumber(PAGE.right)} ${pdfNumber(flow.y)} l S`;
    pdf.addContent(`${COLOURS.heading.toUpperCase()} 1 w ${rule}`);
  });
  flow.y += GAPS.section;
}

async function flowParagraph(composition: Composition, text: SetText, x: number): Promise<void> {
  if (text.lines.length === 0) return;
  const { flow, structure } = composition;
  const element = structure.open('P', structure.root);
  await flowLines(flow, {
    count: text.lines.length,
    leading: text.style.leading,
    draw: (from, to, y) => drawText(composition, element, text, { x, y }, from, to),
  });
  structure.close(element);
}

type SetReference = { readonly label: SetText; readonly value: SetText; readonly height: number };

function setReference(
  composition: Composition,
  { label, value }: { readonly label: string; readonly value: string },
): SetReference {
  const set = (text: string, style: TextStyle, width: number): SetText => setRichText(composition, text, style, width);
  const labelText = set(label, STYLES.reference, REFERENCE_LABEL_WIDTH);
  const valueText = set(value, STYLES.referenceValue, WINDOW.left - PAGE.left - REFERENCE_LABEL_WIDTH - GAPS.section);
  return { label: labelText, value: valueText, height: Math.max(labelText.height, valueText.height) };
}

function heightOf(references: readonly SetReference[]): number {
  return references.reduce((sum, reference) => sum + reference.height, 0);
}

function drawReferences(composition: Composition, references: readonly SetReference[], top: number): void {
  if (references.length === 0) return;
  const { structure } = composition;
  const list = structure.open('L', structure.root, { listNumbering: 'None' });
  let y = top;
  for (const { label, value, height } of references) {
    const item = structure.open('LI', list);
    const labelElement = structure.open('Lbl', item);
    drawText(composition, labelElement, label, { x: PAGE.left, y });
    structure.close(labelElement);
    const body = structure.open('LBody', item);
    drawText(composition, body, value, { x: PAGE.left + REFERENCE_LABEL_WIDTH, y });
    structure.close(body);
    structure.close(item);
    y += height;
  }
  structure.close(list);
}

async function flowReferences(composition: Composition, references: readonly SetReference[]): Promise<void> {
  for (const { label, value } of references) {
    await flowParagraph(composition, label, PAGE.left);
    await flowParagraph(composition, value, PAGE.left + REFERENCE_LABEL_WIDTH);
  }
  composition.flow.y += GAPS.paragraph;
}

type SetAddress = { readonly channel: SetText; readonly lines: SetText };

function setAddress(composition: Composition, { channel, lines }: Recipient, width: number): SetAddress {
  return {
    channel: setRichText(composition, channel ?? '', STYLES.addressChannel, width),
    lines: setRichText(composition, lines.join('\n'), STYLES.address, width),
  };
}

function drawAddress(composition: Composition, { channel, lines }: SetAddress, top: number): void {
  const { structure } = composition;
  let y = top;
  for (const text of [channel, lines]) {
    if (text.lines.length === 0) continue;
    const element = structure.open('P', structure.root);
    drawText(composition, element, text, { x: WINDOW.left, y });
    structure.close(element);
    y += text.height;
  }
}

async function flowAddress(composition: Composition, { channel, lines }: SetAddress): Promise<void> {
  await flowParagraph(composition, channel, PAGE.left);
  await flowParagraph(composition, lines, PAGE.left);
  composition.flow.y += GAPS.section;
}
