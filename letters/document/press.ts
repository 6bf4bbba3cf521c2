/** What is needed to put text on the page while one document is being written. */
import type { DocumentFonts } from './document-fonts.ts';
import type { FontLibrary } from './font-library.ts';
import type { PdfDocument } from './libraries.ts';
import type { MissingCharacters } from './missing-characters.ts';
import type { StructureTree } from './structure-tree.ts';

/** The document that is being written, its fonts, its structure, and the count of what no font has. */
export type Press = {
  readonly pdf: PdfDocument;
  readonly library: FontLibrary;
  readonly fonts: DocumentFonts;
  readonly structure: StructureTree;
  readonly missing: MissingCharacters;
};
