/**
 * The four libraries this layer stands on, with the types of what it uses of them. They are loaded untyped on purpose:
 * - pdfkit: the published types lack what tagged PDF/A needs (parsed fonts, page dictionary, the embedded font's subset) and
 *   what they say of references is out of date;
 * - fontkit and linebreak publish no types;
 * - bidi-js: its types describe an ES module, the package is CommonJS (the factory is the module itself).
 */
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

const require = createRequire(import.meta.url);

/** An indirect object. `data` is written as a dictionary unless it carries its own `Symbol.toStringTag`. */
export type PdfReference = {
  readonly id: number;
  data: object;
  end(chunk?: string | Uint8Array): void;
};

/** The copy of a font that one document embeds. `widths` and `unicode` are indexed by the glyph's number in the subset. */
export type EmbeddedFont = {
  readonly id: string;
  readonly subset: { includeGlyph(glyphId: number): number };
  readonly widths: number[];
  readonly unicode: (readonly number[])[];
  ref(): PdfReference;
};

/** A page that is being drawn: its dictionary and what its resources name. */
export type PdfPage = {
  readonly height: number;
  readonly dictionary: PdfReference & { data: { StructParents?: number } };
  readonly fonts: Record<string, PdfReference>;
  readonly xobjects: Record<string, PdfReference>;
  readonly annotations: PdfReference[];
};

/** What a document is opened with; `null` for the font keeps pdfkit from embedding one of its own. */
export type PdfOptions = {
  readonly pdfVersion?: '1.7';
  readonly subset?: 'PDF/A-3a';
  readonly tagged?: boolean;
  readonly lang?: string;
  readonly displayTitle?: boolean;
  readonly size?: 'A4';
  readonly margin?: number;
  readonly autoFirstPage?: boolean;
  readonly font?: null;
  readonly info?: Readonly<Record<string, string | Date>>;
};

/** What the PDF says of a file inside it. */
export type PdfFileOptions = {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly relationship: string;
  readonly creationDate: Date;
  readonly modifiedDate: Date;
  readonly hidden: boolean;
};

/**
 * A document that is being written; a stream of its bytes. Names with an underscore are pdfkit's own and may change:
 * its version is fixed.
 */
export type PdfDocument = Readable & {
  readonly page: PdfPage;
  /** The font last chosen with `font()`. */
  readonly _font: EmbeddedFont;
  /** Writes the document information into the XMP packet; called once by `end()`. */
  _addInfo: () => void;
  readonly _root: { readonly data: { readonly Names: PdfReference & { data: { EmbeddedFiles?: object } } } };
  ref(data?: object): PdfReference;
  addPage(): PdfDocument;
  addContent(source: string): PdfDocument;
  appendXML(xml: string): void;
  font(font: Font, key: string, size?: number): PdfDocument;
  text(text: string): PdfDocument;
  getStructTreeRoot(): PdfReference;
  file(content: Uint8Array, options: PdfFileOptions): PdfReference;
  save(): PdfDocument;
  restore(): PdfDocument;
  translate(x: number, y: number): PdfDocument;
  scale(factor: number): PdfDocument;
  path(data: string): PdfDocument;
  fill(colour: string): PdfDocument;
  end(): void;
};

/** A drawing of a font and the characters it stands for. */
export type Glyph = { readonly id: number; readonly advanceWidth: number; readonly codePoints: readonly number[] };

/** How far a glyph moves the pen, and how far it stands from it, in units of the font. */
export type GlyphPosition = { readonly xAdvance: number; readonly xOffset: number; readonly yOffset: number };

/** Glyphs in the order they are drawn, with as many positions. */
export type GlyphRun = { readonly glyphs: readonly Glyph[]; readonly positions: readonly GlyphPosition[] };

/** A parsed font file. */
export type Font = {
  readonly unitsPerEm: number;
  /** Glyphs seen so far, each with the code points of its first use. */
  _glyphs: Record<number, Glyph>;
  hasGlyphForCodePoint(codePoint: number): boolean;
  layout(
    text: string,
    features: undefined,
    script: string | undefined,
    language: undefined,
    direction: 'ltr' | 'rtl',
  ): GlyphRun;
};

/** The bidirectional algorithm (UAX #9): one level for each UTF-16 unit. */
export type Bidi = {
  getEmbeddingLevels(
    text: string,
    baseDirection: 'ltr' | 'rtl' | 'auto',
  ): { readonly levels: Uint8Array; readonly paragraphs: readonly { readonly level: number }[] };
  getMirroredCharacter(character: string): string | null;
};

type LineBreaker = { nextBreak(): { readonly position: number } | null };

/** pdfkit's document under our own type of it. */
export const PDFDocument: new (options: PdfOptions) => PdfDocument = require('pdfkit');

const fontkit: { create(content: Uint8Array): Font } = require('fontkit');
const LineBreaker: new (text: string) => LineBreaker = require('linebreak');
const createBidi: () => Bidi = require('bidi-js');

/** Parses a font file; throws on what is none. */
export function openFont(content: Uint8Array): Font {
  return fontkit.create(content);
}

/** Where a line of text may end (UAX #14): positions in UTF-16 units, the last of them the text's length. */
export function breakPositions(text: string): number[] {
  const positions: number[] = [];
  const breaker = new LineBreaker(text);
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) positions.push(next.position);
  return positions;
}

/** The Unicode Bidirectional Algorithm (UAX #9). */
export const bidi: Bidi = createBidi();

/** Absolute path of a file inside an installed package. Throws when it is not there. */
export function packageFile(path: string): string {
  return require.resolve(path);
}
