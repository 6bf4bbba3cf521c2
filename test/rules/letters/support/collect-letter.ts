/** Renders a letter into memory. */
import { Writable } from 'node:stream';
import { createFontLibrary } from '../../../../letters/document/font-library.ts';
import type { LetterDocument, RenderResult } from '../../../../letters/document/model.ts';
import { renderDocument } from '../../../../letters/document/render-document.ts';

/** One for all tests of a file, as there is one in a process. */
const library = createFontLibrary();

export type CollectedLetter = { readonly file: Buffer; readonly result: RenderResult };

export async function collectLetter(letter: LetterDocument): Promise<CollectedLetter> {
  const chunks: Buffer[] = [];
  const target = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const result = await renderDocument({ library }, letter, target);
  return { file: Buffer.concat(chunks), result };
}
