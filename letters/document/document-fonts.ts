/** The fonts of one document: its own subset of each face in use, and runs written as operands of the text operators. */

import type { FaceName } from './font-faces.ts';
import type { FontLibrary, ShapedRun } from './font-library.ts';
import type { EmbeddedFont, PdfDocument, PdfReference } from './libraries.ts';
import { pdfNumber } from './pdf-source.ts';
import type { ShapedGlyph } from './shape-text.ts';

/** A run in the form that the text operators of the page take. */
export type EncodedRun = {
  /** Resource name of the font. */
  readonly font: string;
  /** Elements of a `TJ` array at size 1, which holds no marks that are set off the line. */
  readonly glyphs: readonly EncodedGlyphs[];
  /** What is copied out of the file is the text. */
  readonly faithful: boolean;
};

/** Glyphs on one height above the baseline, in thousandths of the font size. */
export type EncodedGlyphs = { readonly rise: number; readonly operands: string };

/** The faces that a document embeds, each when a run first needs it. */
export type DocumentFonts = {
  encode(run: ShapedRun): EncodedRun;
  /** The font object behind a resource name that `encode` gave. */
  resource(font: string): PdfReference;
};

const REPLACEMENT_CHARACTER = 0xfffd;

/** The fonts of a document that is being written. A run is encoded once, however often it is drawn. */
export function createDocumentFonts(pdf: PdfDocument, library: FontLibrary): DocumentFonts {
  const embedded = new Map<FaceName, EmbeddedFont>();
  const references = new Map<string, PdfReference>();
  const encoded = new WeakMap<ShapedRun, EncodedRun>();

  const embed = (face: FaceName): EmbeddedFont => {
    const known = embedded.get(face);
    if (known) return known;
    const font = pdf.font(library.font(face), face)._font;
    embedded.set(face, font);
    references.set(font.id, font.ref());
    return font;
  };

  const encodeRun = (run: ShapedRun): EncodedRun => {
    const font = embed(run.face);
    let faithful = run.faithful;
    const includeGlyph = (glyph: ShapedGlyph): string => {
      const subsetId = font.subset.includeGlyph(glyph.id);
      font.widths[subsetId] ??= glyph.width;
      // PDF/A wants a character for every glyph, also where one character became several glyphs.
      font.unicode[subsetId] ??= glyph.codePoints.length > 0 ? glyph.codePoints : [REPLACEMENT_CHARACTER];
      // The file has one meaning per glyph: where the same glyph stood for something else before, the text must say so.
      if (!sameCodePoints(font.unicode[subsetId] ?? [], glyph.codePoints)) faithful = false;
      return subsetId.toString(16).padStart(4, '0');
    };
    return { font: font.id, glyphs: encodeGlyphs(run.glyphs, includeGlyph), faithful };
  };

  return {
    encode: (run) => {
      let result = encoded.get(run);
      if (!result) {
        result = encodeRun(run);
        encoded.set(run, result);
      }
      return result;
    },
    resource: (font) => {
      const reference = references.get(font);
      if (!reference) throw new Error(`Font ${font} is not part of this document.`);
      return reference;
    },
  };
}

function sameCodePoints(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((codePoint, index) => codePoint === right[index]);
}

function encodeGlyphs(glyphs: readonly ShapedGlyph[], toHex: (glyph: ShapedGlyph) => string): EncodedGlyphs[] {
  const groups: EncodedGlyphs[] = [];
  let rise = 0;
  let operands = '';
  let hex = '';
  /** Moves the pen; a positive number in a `TJ` array moves it back. */
  const move = (distance: number): void => {
    const rounded = pdfNumber(-distance);
    if (rounded === '0') return;
    if (hex) operands += `<${hex}>`;
    hex = '';
    operands += `${operands.endsWith('>') ? '' : ' '}${rounded}`;
  };
  const closeGroup = (): void => {
    if (hex) operands += `<${hex}>`;
    if (operands) groups.push({ rise, operands });
    operands = '';
    hex = '';
  };
  for (const glyph of glyphs) {
    if (glyph.offsetY !== rise) closeGroup();
    rise = glyph.offsetY;
    move(glyph.offsetX);
    hex += toHex(glyph);
    move(glyph.advance - glyph.width - glyph.offsetX);
  }
  closeGroup();
  return groups;
}
