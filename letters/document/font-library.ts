/**
 * The fonts of a process, read when first needed and shared by all letters: which face has a character, and how a word
 * measures. Shaping is the dearest step of setting a text, so words are remembered, up to a limit.
 */
import { readFileSync } from 'node:fs';
import { visibleMark } from './clean-text.ts';
import { FACE_CHAINS, type FaceName, type FontWeight, faceScale, fontFile } from './font-faces.ts';
import { mirror, splitGraphemes } from './graphemes.ts';
import { type Font, openFont, packageFile } from './libraries.ts';
import { createPairShaper, type Direction, isPlainLatin, type ShapedGlyph, shapeWithFont } from './shape-text.ts';

/** Text in one face. Widths are in thousandths of the font size. */
export type ShapedRun = {
  readonly face: FaceName;
  readonly text: string;
  readonly glyphs: readonly ShapedGlyph[];
  readonly width: number;
  /** Of the face, against the size of the text; the width takes it into account, the glyphs do not. */
  readonly scale: number;
  /** Copying the glyphs gives the text back: each stands for one character, in order. */
  readonly faithful: boolean;
  /** The text is shown as visible marks because no font has it. */
  readonly missing: boolean;
};

/** A word: its runs in the order of the text, whatever its direction. */
export type MeasuredWord = { readonly runs: readonly ShapedRun[]; readonly width: number };

/** Fonts and measures of words, shared by all documents of a process. */
export type FontLibrary = {
  /** The parsed font file. Throws when it is not installed. */
  font(face: FaceName): Font;
  /** Cleaned text without line feeds, all in one direction. */
  measure(text: string, weight: FontWeight, direction: Direction): MeasuredWord;
};

/** About 30 MB at most. Longer words seldom come back. */
const REMEMBERED_WORDS = 20_000;
const LONGEST_REMEMBERED = 48;

/** Joiners, variation selectors and tags: they shape their neighbours and are nothing by themselves. */
const IGNORABLE = /^\p{Default_Ignorable_Code_Point}$/u;
/** Private use and noncharacters: what a font draws for them means nothing outside of it. */
const MEANINGLESS = /^[\p{Co}\p{Cn}\p{Cs}]$/u;

type Face = {
  readonly name: FaceName;
  readonly font: Font;
  readonly has: (character: string) => boolean;
  readonly shapePairs: (text: string) => readonly ShapedGlyph[];
};

function openFace(name: FaceName): Face {
  const font = openFont(readFileSync(packageFile(fontFile(name))));
  const known = new Map<string, boolean>();
  return {
    name,
    font,
    has: (character) => {
      let has = known.get(character);
      if (has === undefined) {
        has = !MEANINGLESS.test(character) && font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0);
        known.set(character, has);
      }
      return has;
    },
    shapePairs: createPairShaper(font),
  };
}

function toRun(face: Face, text: string, glyphs: readonly ShapedGlyph[], missing: boolean): ShapedRun {
  const scale = faceScale(face.name);
  let width = 0;
  let spelled = '';
  for (const glyph of glyphs) {
    width += glyph.advance * scale;
    // Programs disagree about what is to be copied of a glyph that stands for a sequence, such as a flag or a family.
    if (glyph.codePoints.length === 1) spelled += String.fromCodePoint(...glyph.codePoints);
  }
  return { face: face.name, text, glyphs, width, scale, faithful: spelled === text, missing };
}

/** A copy of its own: a slice would keep the whole text it was cut from in memory for as long as the word is remembered. */
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Creates the library; make one per process. */
export function createFontLibrary(): FontLibrary {
  const faces = new Map<FaceName, Face>();
  const words = new Map<string, MeasuredWord>();

  const openOnce = (name: FaceName): Face => {
    const face = faces.get(name) ?? openFace(name);
    faces.set(name, face);
    return face;
  };

  const faceFor = (grapheme: string, weight: FontWeight): Face | undefined => {
    for (const name of FACE_CHAINS[weight]) {
      const face = openOnce(name);
      if ([...grapheme].every((character) => IGNORABLE.test(character) || face.has(character))) return face;
    }
    return undefined;
  };

  const shapeMarks = (grapheme: string, weight: FontWeight): ShapedRun => {
    const face = openOnce(FACE_CHAINS[weight][0]);
    const marks = [...grapheme].map((character) => visibleMark(character.codePointAt(0) ?? 0)).join('');
    return toRun(face, grapheme, face.shapePairs(marks), true);
  };

  const shapeMixed = (text: string, weight: FontWeight, direction: Direction): ShapedRun[] => {
    const parts: { face: Face | undefined; text: string; drawn: string }[] = [];
    for (const grapheme of splitGraphemes(text)) {
      const drawn = direction === 'rtl' ? mirror(grapheme) : grapheme;
      const face = faceFor(drawn, weight);
      const last = parts.at(-1);
      if (last && face && last.face === face) {
        last.text += grapheme;
        last.drawn += drawn;
      } else {
        parts.push({ face, text: grapheme, drawn });
      }
    }
    return parts.map((part) => {
      const glyphs = part.face && shapeWithFont(part.face.font, part.drawn, direction);
      if (!part.face || !glyphs || glyphs.some((glyph) => glyph.id === 0)) return shapeMarks(part.text, weight);
      return toRun(part.face, part.text, glyphs, false);
    });
  };

  const shapeWord = (text: string, weight: FontWeight, direction: Direction): MeasuredWord => {
    const primary = openOnce(FACE_CHAINS[weight][0]);
    const isSimple = direction === 'ltr' && isPlainLatin(text) && [...text].every(primary.has);
    const runs = isSimple
      ? [toRun(primary, text, primary.shapePairs(text), false)]
      : shapeMixed(text, weight, direction);
    return { runs, width: runs.reduce((sum, run) => sum + run.width, 0) };
  };

  return {
    font: (name) => openOnce(name).font,
    measure: (text, weight, direction) => {
      if (text.length > LONGEST_REMEMBERED) return shapeWord(text, weight, direction);
      const key = `${weight}${direction}${text}`;
      let word = words.get(key);
      if (!word) {
        word = shapeWord(detached(text), weight, direction);
        if (words.size >= REMEMBERED_WORDS) words.clear();
        words.set(key, word);
      }
      return word;
    },
  };
}
