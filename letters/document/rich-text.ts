/** Text with links, foreign words and emphasis: set in lines, then drawn with the structure that goes with each part. */
import { cleanLine, cleanText, visibleMark } from './clean-text.ts';
import { addLink, checkedUrl } from './links.ts';
import { checkedLanguage } from './metadata.ts';
import type { InlinePart, RichText } from './model.ts';
import { type PlacedRun, placeLine, textOperators } from './paint-text.ts';
import type { Press } from './press.ts';
import { type Line, setLines } from './set-lines.ts';
import type { StructureElement } from './structure-tree.ts';
import { baselineOf, type Colour, type TextStyle } from './text-style.ts';

/** The element that a part of the text gets for itself. */
type Wrapper =
  | { readonly kind: 'link'; readonly url: string; readonly description: string }
  | { readonly kind: 'foreign'; readonly language: string };

/** Text set in lines of one column: `width` and `height` in points. */
export type SetText = {
  readonly lines: readonly Line[];
  readonly style: TextStyle;
  readonly width: number;
  readonly height: number;
  /** By fragment. */
  readonly wrappers: readonly (Wrapper | undefined)[];
  /** Element of the part that is being drawn, when it goes on with the next lines. */
  open: { readonly fragment: number; readonly element: StructureElement } | undefined;
};

/** Sets text for a column; counts the characters that no font has. Throws on a link that is none. */
export function setRichText(press: Press, text: RichText, style: TextStyle, width: number): SetText {
  const parts: readonly InlinePart[] = typeof text === 'string' ? [text] : text;
  const clean = (part: string): string => cleanText(part, press.missing.add);
  const fragments = parts.map((part, index) => {
    if (typeof part === 'string') return { text: clean(part), weight: style.weight, index };
    return { text: clean(part.text), weight: part.kind === 'strong' ? 'bold' : style.weight, index } as const;
  });
  const lines = setLines(press.library, { fragments, width, size: style.size });
  countMissing(press, lines);
  return { lines, style, width, height: lines.length * style.leading, wrappers: parts.map(wrapperOf), open: undefined };
}

function wrapperOf(part: InlinePart): Wrapper | undefined {
  if (typeof part === 'string' || part.kind === 'strong') return undefined;
  if (part.kind === 'foreign') return { kind: 'foreign', language: checkedLanguage(part.language) };
  const url = checkedUrl(part.url);
  return { kind: 'link', url, description: cleanLine(part.description) || cleanLine(part.text) || url };
}

function countMissing({ missing }: Press, lines: readonly Line[]): void {
  for (const line of lines) {
    for (const piece of line.pieces) {
      for (const run of piece.runs) {
        if (run.missing) for (const character of run.text) missing.add(character.codePointAt(0) ?? 0);
      }
    }
  }
}

/** Where a text stands: its upper left corner in points, and its flush side. */
export type TextPlace = { readonly x: number; readonly y: number; readonly align?: 'start' | 'end' };

/** Places some of the lines, the first of them with its top at `y`. */
function placeLines(text: SetText, from: number, to: number, { x, y, align = 'start' }: TextPlace): PlacedRun[] {
  const colourOf = (fragment: number): Colour =>
    text.wrappers[fragment]?.kind === 'link' ? 'link' : text.style.colour;
  return text.lines.slice(from, to).flatMap((line, index) => {
    const baseline = y + index * text.style.leading + baselineOf(text.style);
    return placeLine(line, { x, baseline, width: text.width, size: text.style.size, align }, colourOf);
  });
}

/** Draws lines as content of the element, on the current page. The last lines of a text must be drawn at the end. */
export function drawText(
  press: Press,
  element: StructureElement,
  text: SetText,
  place: TextPlace,
  from = 0,
  to = text.lines.length,
): void {
  const placed = placeLines(text, from, to, place);
  let start = 0;
  while (start < placed.length) {
    const fragment = placed[start]?.fragment ?? 0;
    const wrapper = text.wrappers[fragment];
    let end = start + 1;
    while (end < placed.length && sharesElement(text, fragment, placed[end]?.fragment ?? 0)) end++;
    const runs = placed.slice(start, end);
    const target = elementFor(press, element, text, fragment);
    drawRuns(press, target, runs);
    if (wrapper?.kind === 'link') addLink(press, target, wrapper, runs, text.style);
    start = end;
  }
  if (to >= text.lines.length) closeOpen(press, text);
}

function sharesElement(text: SetText, fragment: number, other: number): boolean {
  return fragment === other || (!text.wrappers[fragment] && !text.wrappers[other]);
}

function elementFor(press: Press, element: StructureElement, text: SetText, fragment: number): StructureElement {
  if (text.open?.fragment === fragment) return text.open.element;
  closeOpen(press, text);
  const wrapper = text.wrappers[fragment];
  if (!wrapper) return element;
  const opened =
    wrapper.kind === 'link'
      ? press.structure.open('Link', element)
      : press.structure.open('Span', element, { language: wrapper.language });
  text.open = { fragment, element: opened };
  return opened;
}

function closeOpen({ structure }: Press, text: SetText): void {
  if (text.open) structure.close(text.open.element);
  text.open = undefined;
}

/** Draws text that is no part of the structure: footers, headers repeated overleaf. */
export function drawTextAsArtifact(
  press: Press,
  type: 'Layout' | 'Pagination',
  texts: readonly { readonly text: SetText; readonly place: TextPlace }[],
): void {
  const placed = texts.flatMap(({ text, place }) => placeLines(text, 0, text.lines.length, place));
  if (placed.length > 0) press.structure.artifact(type, () => drawOperators(press, placed));
}

/** Far below the 32,767 bytes that PDF/A allows a string. */
const LONGEST_SPOKEN = 4000;

/** Draws runs; those whose glyphs do not spell their text get an element that says it. */
function drawRuns(press: Press, element: StructureElement, runs: readonly PlacedRun[]): void {
  const { structure, fonts } = press;
  const isPlain = (placed: PlacedRun): boolean => !placed.reversed && fonts.encode(placed.run).faithful;
  let start = 0;
  let length = 0;
  for (let end = 1; end <= runs.length; end++) {
    const first = runs[start];
    const next = runs[end];
    length += runs[end - 1]?.run.text.length ?? 0;
    if (!first || (next && isPlain(next) === isPlain(first) && (length < LONGEST_SPOKEN || isPlain(first)))) continue;
    length = 0;
    const group = runs.slice(start, end);
    start = end;
    if (isPlain(first)) {
      structure.content(element, () => drawOperators(press, group));
      continue;
    }
    const span = structure.open('Span', element, { actualText: group.map(({ run }) => sayable(run.text)).join('') });
    structure.content(span, () => drawOperators(press, group));
    structure.close(span);
  }
}

/** Text a screen reader can say: characters that mean nothing are said as the marks that stand on paper. */
function sayable(text: string): string {
  return text.replace(/[\p{Co}\p{Cn}\p{Cs}]/gu, (character) => visibleMark(character.codePointAt(0) ?? 0));
}

function drawOperators({ pdf, fonts }: Press, placed: readonly PlacedRun[]): void {
  pdf.addContent(
    textOperators(placed, fonts, -1, (font) => {
      pdf.page.fonts[font] ??= fonts.resource(font);
    }),
  );
}
