/**
 * Writes a letter as a PDF that conforms to PDF/A-3a (keeps for the archive) and PDF/UA-1 (readable with a screen reader). Pages
 * are handed on as they fill, so that memory does not grow with the letter.
 */
import type { Writable } from 'node:stream';
import { attachFiles } from './attachments.ts';
import { drawLetterTop } from './blocks/letter-top.ts';
import { createDocumentFonts } from './document-fonts.ts';
import { drawBlocks } from './draw-blocks.ts';
import { createFileOutput, type FileOutput } from './file-output.ts';
import type { FontLibrary } from './font-library.ts';
import { PDFDocument } from './libraries.ts';
import { describeDocument, documentOptions, readInformation } from './metadata.ts';
import { createMissingCharacters } from './missing-characters.ts';
import type { LetterDocument, RenderResult } from './model.ts';
import { createPageFlow } from './page-flow.ts';
import { createPageFooter } from './page-footer.ts';
import type { Press } from './press.ts';
import { createStructureTree } from './structure-tree.ts';

/**
 * The same letter always gives the same bytes. Characters that no font has stand in it as marks and are returned.
 * @param target ended when the letter is complete, destroyed when it cannot be written
 * @throws when the letter is not sound (see `model.ts`), when reading its blocks or rows fails, or when `target` does
 */
export async function renderDocument(
  { library }: { readonly library: FontLibrary },
  letter: LetterDocument,
  target: Writable,
): Promise<RenderResult> {
  const output = createFileOutput(target);
  try {
    return await render(library, letter, output);
  } catch (error) {
    target.destroy(error instanceof Error ? error : new Error('The letter could not be written.', { cause: error }));
    throw error;
  }
}

async function render(library: FontLibrary, letter: LetterDocument, output: FileOutput): Promise<RenderResult> {
  const information = readInformation(letter);
  const pdf = new PDFDocument(documentOptions(information));
  describeDocument(pdf, information);
  const press: Press = {
    pdf,
    library,
    fonts: createDocumentFonts(pdf, library),
    structure: createStructureTree(pdf),
    missing: createMissingCharacters(),
  };
  const footer = createPageFooter(press, letter.footer, letter.words);
  const flow = createPageFlow(press, footer, () => output.drain(pdf));
  const composition = { ...press, flow, words: letter.words };

  attachFiles(pdf, letter.attachments ?? [], information.createdAt);
  await drawLetterTop(composition, letter);
  await drawBlocks(composition, letter.blocks);

  flow.finish();
  footer.finish();
  press.structure.finish();
  pdf.end();
  const { bytes, sha256 } = await output.finish(pdf);
  return { pages: flow.page, bytes, sha256, missingCharacters: press.missing.list() };
}
