/** What is needed to put text on the page while one document is being written. */

import { visibleMark } from './clean-text.ts';
import type { DocumentFonts } from './document-fonts.ts';
import type { FontLibrary } from './font-library.ts';
import type { PdfDocument } from './libraries.ts';
import type { MissingCharacter } from './model.ts';
import type { StructureTree } from './structure-tree.ts';

/** A count of characters that no font has, over one document. */
type MissingCharacters = {
  add(codePoint: number): void;
  /** In the order of first appearance. */
  list(): readonly MissingCharacter[];
};

/** An empty count. */
export function createMissingCharacters(): MissingCharacters {
  const counts = new Map<number, number>();
  return {
    add: (codePoint) => {
      counts.set(codePoint, (counts.get(codePoint) ?? 0) + 1);
    },
    list: () => [...counts].map(([codePoint, count]) => ({ codePoint: visibleMark(codePoint).slice(1, -1), count })),
  };
}

/** The document that is being written, its fonts, its structure, and the count of what no font has. */
export type Press = {
  readonly pdf: PdfDocument;
  readonly library: FontLibrary;
  readonly fonts: DocumentFonts;
  readonly structure: StructureTree;
  readonly missing: MissingCharacters;
};
