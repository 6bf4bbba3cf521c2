/**
 * The place of a signature in a letter (ISO 32000-1 section 12.8; ETSI EN 319 142-1): an invisible field on the first page and a
 * dictionary with room for the signature. Invisible, because the letter already names its signatory, and because a field without
 * a face cannot cover text or break the order in which a screen reader reads.
 */
import type { Instant } from '../../domain/time/instant.ts';
import { appendObjects, readDictionary, readPdfEnd, UnreadablePdf } from './pdf-update.ts';

/** Bytes kept free for the signature with its certificates. */
const room = 24_576;
const emptyRange = '[0 ********** ********** **********]';

/** A file that is complete save for the signature itself. */
export type PreparedPdf = {
  readonly file: Buffer;
  /** First and last byte (exclusive) of the hexadecimal string that takes the signature, brackets included. */
  readonly gap: readonly [number, number];
};

const textString = (text: string): string => {
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le').swap16();
  return `<${utf16.toString('hex')}>`;
};

const dateString = (at: Instant): string => `(D:${at.slice(0, 19).replaceAll(/\D/g, '')}Z)`;

const firstPageOf = (file: Buffer, root: number): number => {
  const [, pages] = /\/Pages (\d+) 0 R/.exec(readDictionary(file, root)) ?? [];
  const [, first] = /\/Kids \[(\d+) 0 R/.exec(pages === undefined ? '' : readDictionary(file, Number(pages))) ?? [];
  if (first === undefined) throw new UnreadablePdf('The PDF has no first page where a letter has it.');
  return Number(first);
};

const withAnnotation = (page: string, field: number): string =>
  page.includes('/Annots [')
    ? page.replace('/Annots [', `/Annots [${field} 0 R `)
    : `${page.trimEnd()}\n/Annots [${field} 0 R]\n`;

/**
 * Appends the field and leaves room for the signature.
 * @throws `UnreadablePdf` where the file is no letter of ours or is signed already
 */
export const prepareSignature = (
  letter: Buffer,
  { signer, reason, at }: { readonly signer: string; readonly reason: string; readonly at: Instant },
): PreparedPdf => {
  const { root, nextObject: signature } = readPdfEnd(letter);
  const catalogue = readDictionary(letter, root);
  if (catalogue.includes('/AcroForm')) throw new UnreadablePdf('The PDF has a form or a signature already.');
  const field = signature + 1;
  const firstPage = firstPageOf(letter, root);
  const file = appendObjects(letter, [
    {
      object: signature,
      body: `<<\n/Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n/M ${dateString(at)}\n/Name ${textString(signer)}\n/Reason ${textString(reason)}\n/ByteRange ${emptyRange}\n/Contents <${'0'.repeat(room * 2)}>\n>>`,
    },
    {
      object: field,
      // Print and locked; a rectangle without area has no face (ISO 19005-3, 6.3.3).
      body: `<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T (firma1)\n/TU ${textString(reason)}\n/V ${signature} 0 R\n/F 132\n/Rect [0 0 0 0]\n/P ${firstPage} 0 R\n>>`,
    },
    { object: root, body: `<<${catalogue.trimEnd()}\n/AcroForm <<\n/Fields [${field} 0 R]\n/SigFlags 3\n>>\n>>` },
    { object: firstPage, body: `<<${withAnnotation(readDictionary(letter, firstPage), field)}>>` },
  ]);
  const start = file.indexOf('/Contents <', letter.length) + '/Contents '.length;
  const end = start + room * 2 + 2;
  const range = `[0 ${start} ${end} ${file.length - end}]`;
  file.write(range.padEnd(emptyRange.length), file.indexOf(emptyRange, letter.length), 'latin1');
  return { file, gap: [start, end] };
};

/** What the signature covers: everything but its own place. */
export const signedBytes = ({ file, gap: [start, end] }: PreparedPdf): Buffer =>
  Buffer.concat([file.subarray(0, start), file.subarray(end)]);

/** Puts the signature into its place. Throws where it is larger than the room. */
export const fillSignature = ({ file, gap: [start] }: PreparedPdf, signature: Buffer): Buffer => {
  if (signature.length > room)
    throw new RangeError(`A signature of ${signature.length} bytes is larger than its place.`);
  const filled = Buffer.from(file);
  filled.write(signature.toString('hex'), start + 1, 'latin1');
  return filled;
};
