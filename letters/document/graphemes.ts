/** The smallest pieces of text that must stay together, and what a character looks like when it is written right to left. */
import { bidi } from './libraries.ts';

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** A base with more marks than this is cut, so that no piece of text outgrows what a PDF string may hold (32,767 bytes). */
const LONGEST_GRAPHEME = 64;

/** User-perceived characters (UAX #29): letter and accents, emoji sequence, flag. */
export function splitGraphemes(text: string): string[] {
  const graphemes: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    if (segment.length <= LONGEST_GRAPHEME) graphemes.push(segment);
    else graphemes.push(...cutLong(segment));
  }
  return graphemes;
}

function cutLong(grapheme: string): string[] {
  const characters = [...grapheme];
  const pieces: string[] = [];
  for (let from = 0; from < characters.length; from += LONGEST_GRAPHEME / 2) {
    pieces.push(characters.slice(from, from + LONGEST_GRAPHEME / 2).join(''));
  }
  return pieces;
}

/** Brackets and the like, turned round for right-to-left text (UAX #9, rule L4). */
export function mirror(grapheme: string): string {
  return bidi.getMirroredCharacter(grapheme) ?? grapheme;
}
