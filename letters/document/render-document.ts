/**
 * Writes a letter as a PDF that conforms to PDF/A-3a (keeps for the archive) and PDF/UA-1 (readable with a screen reader). Pages
 * are handed on as they fill, so that memory does not grow with the letter.
 */
import type { Writable } from 'node:stream';
import { drawLetterTop } from './blocks/letter-top.ts';
import { cleanLine } from './clean-text.ts';
import { createDocumentFonts } from './document-fonts.ts';
import { drawBlocks } from './draw-blocks.ts';
import { createFileOutput, type FileOutput } from './file-output.ts';
import type { FontLibrary } from './font-library.ts';
import { PDFDocument, type PdfDocument } from './libraries.ts';
import { describeDocument, documentOptions, readInformation } from './metadata.ts';
import type { Attachment, LetterDocument, RenderResult } from './model.ts';
import { createPageFlow } from './page-flow.ts';
import { createPageFooter } from './page-footer.ts';
import { pdfPointer, pdfSource, pdfText } from './pdf-source.ts';
import { createMissingCharacters, type Press } from './press.ts';
import { createStructureTree } from './structure-tree.ts';

// Files inside the PDF (PDF/A-3, ISO 19005-3, 6.8).

const SAFE_NAME = /^[a-z0-9][a-z0-9._-]{0,120}$/;
const MEDIA_TYPE = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/;

/** Embeds the files, dated with the document. Throws on unsafe or repeated names, and on what is no media type. */
function attachFiles(pdf: PdfDocument, attachments: readonly Attachment[], createdAt: Date): void {
  if (attachments.length === 0) return;
  const names = new Map<string, number>();
  for (const { name, mediaType, description, relationship, content } of attachments) {
    if (!SAFE_NAME.test(name)) throw new Error(`Not a safe file name for an attachment: ${name.slice(0, 200)}`);
    if (names.has(name)) throw new Error(`Two attachments have the same name: ${name}`);
    if (!MEDIA_TYPE.test(mediaType)) throw new Error(`Not a media type: ${mediaType.slice(0, 200)}`);
    const specification = pdf.file(content, {
      name,
      type: mediaType,
      description: cleanLine(description),
      relationship,
      creationDate: createdAt,
      modifiedDate: createdAt,
      hidden: true,
    });
    names.set(name, specification.id);
  }
  // The names must be in the order of their bytes; pdfkit would sort them the way people do.
  const entries = [...names].sort(([left], [right]) => (left < right ? -1 : 1));
  pdf._root.data.Names.data.EmbeddedFiles = pdfSource(
    `<< /Names [${entries.map(([name, id]) => `${pdfText(name)} ${pdfPointer(id)}`).join(' ')}] >>`,
  );
}

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
