/**
 * From characters to the glyphs of one font: which glyphs, how far each moves the pen, and which characters each stands for.
 * Lengths are in thousandths of the font size. The same text always gives the same answer, whatever was shaped before it.
 */
import type { Font, GlyphRun } from './libraries.ts';

/** In which direction a stretch is shaped; glyphs come in the order they are drawn. */
export type Direction = 'ltr' | 'rtl';

/** A glyph in its place, in thousandths of the font size. */
export type ShapedGlyph = {
  readonly id: number;
  /** Width of the glyph itself. */
  readonly width: number;
  /** How far the pen moves: the width with kerning. */
  readonly advance: number;
  /** Displacement of a mark from the pen. */
  readonly offsetX: number;
  readonly offsetY: number;
  /** The characters it stands for, in the order of the text. */
  readonly codePoints: readonly number[];
};

const SPACE = 0x20;

/** Shapes through the font's own layout tables. Glyphs come in the order in which they stand on paper, left to right. */
export function shapeWithFont(font: Font, text: string, direction: Direction): readonly ShapedGlyph[] {
  // fontkit keeps each glyph with the code points of its first use, shapes by them and reports them: without this, what one
  // letter says would change how the next one is shaped and what can be copied out of it.
  font._glyphs = {};
  const scale = 1000 / font.unitsPerEm;
  const { glyphs, positions } = layOut(font, text, direction);
  const shaped: ShapedGlyph[] = [];
  glyphs.forEach((glyph, index) => {
    const position = positions[index];
    if (!position) throw new Error(`The font gave ${glyphs.length} glyphs but no position for glyph ${index}.`);
    // A joiner or a variation selector that formed nothing comes back as a space without width: it would read as a space.
    if (position.xAdvance === 0 && glyph.codePoints[0] === SPACE) return;
    shaped.push({
      id: glyph.id,
      width: glyph.advanceWidth * scale,
      advance: position.xAdvance * scale,
      offsetX: position.xOffset * scale,
      offsetY: position.yOffset * scale,
      codePoints: glyph.codePoints,
    });
  });
  return shaped;
}

/** fontkit's shapers for scripts with syllables trip over sequences that are no syllable: those are laid out glyph by glyph. */
function layOut(font: Font, text: string, direction: Direction): GlyphRun {
  try {
    return font.layout(text, undefined, undefined, undefined, direction);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    font._glyphs = {};
    return font.layout(text, undefined, 'latn', undefined, direction);
  }
}

/**
 * A fast way for fonts and texts where each character is one glyph and only kerning between neighbours matters: Titillium
 * with Latin letters. The font's layout, which takes a tenth of a millisecond a word, is asked once per pair of characters.
 */
export function createPairShaper(font: Font): (text: string) => readonly ShapedGlyph[] {
  const alone = new Map<number, ShapedGlyph>();
  const kerned = new Map<number, ShapedGlyph>();
  const shapeOne = (text: string): ShapedGlyph => {
    const [glyph] = shapeWithFont(font, text, 'ltr');
    if (!glyph) throw new Error('A letter of the Latin alphabet has no glyph.');
    return glyph;
  };
  return (text) => {
    const shaped: ShapedGlyph[] = [];
    for (let index = 0; index < text.length; index++) {
      const isLast = index + 1 === text.length;
      const cache = isLast ? alone : kerned;
      const code = text.charCodeAt(index);
      const key = isLast ? code : code * 0x10000 + text.charCodeAt(index + 1);
      let glyph = cache.get(key);
      if (!glyph) {
        glyph = shapeOne(text.slice(index, index + 2));
        cache.set(key, glyph);
      }
      shaped.push(glyph);
    }
    return shaped;
  };
}

/** Whether the pair shaper may be used: letters, digits and punctuation of Western and Central European languages. */
export function isPlainLatin(text: string): boolean {
  return /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac]*$/.test(text);
}
