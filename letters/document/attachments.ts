/** Files inside the PDF (PDF/A-3, ISO 19005-3, 6.8). */

import { cleanLine } from './clean-text.ts';
import type { PdfDocument } from './libraries.ts';
import type { Attachment } from './model.ts';
import { pdfPointer, pdfSource, pdfText } from './pdf-source.ts';

const SAFE_NAME = /^[a-z0-9][a-z0-9._-]{0,120}$/;
const MEDIA_TYPE = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/;

/** Embeds the files, dated with the document. Throws on unsafe or repeated names, and on what is no media type. */
export function attachFiles(pdf: PdfDocument, attachments: readonly Attachment[], createdAt: Date): void {
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
