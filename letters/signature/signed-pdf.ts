/**
 * Is a PDF the letter that was handed out, with nothing but signatures added (ETSI EN 319 142-1)? The letter's bytes must come first,
 * unchanged, and what follows may add objects of a signature but change nothing that is shown. Updates in a compressed form cannot be
 * read here, so they are refused rather than believed.
 */
import { detachedSigners, type Signer } from './cms-content.ts';

/** Why a returned file is refused. */
export const returnedFileFaults = {
  'not-signed': 'The file carries no signature.',
  'signature-broken': 'The signature is not one of this content.',
  'other-document': 'The file is not the letter that was handed out.',
  'not-covered': 'The signature does not cover the whole file.',
  'content-changed': 'Something besides the signature was added to or changed in the letter.',
  'cannot-be-checked': 'The file has a form in which it cannot be checked that nothing else was changed.',
} as const;

/** The code of a reason, as callers may test for it. */
export type ReturnedFileFault = keyof typeof returnedFileFaults;

const objectAt = /(?:^|[\r\n])\s*(\d+)\s+(\d+)\s+obj\b([\s\S]*?)\bendobj\b/g;

type UpdatedObject = { readonly number: number; readonly source: string };

const objectsOf = (source: string): readonly UpdatedObject[] =>
  [...source.matchAll(objectAt)].map(([, number = '', , body = '']) => ({ number: Number(number), source: body }));

/** A dictionary entry as it is written, with blanks evened out. */
const entry = (source: string, key: string): string | undefined => {
  const found = new RegExp(
    `/${key}\\s*(\\[[^\\]]*\\]|<<[\\s\\S]*?>>|\\d+\\s+\\d+\\s+R|/[^\\s/<>\\[\\]()]+|[\\d.+-]+)`,
  ).exec(source);
  return found?.[1]?.replaceAll(/\s+/g, ' ').trim();
};

const ofType = (source: string, type: string): boolean => new RegExp(`/Type\\s*/${type}\\b`).test(source);

/** What of a page decides what is seen and read; annotations may be added to it. */
const pageEntries = [
  'Contents',
  'Resources',
  'MediaBox',
  'CropBox',
  'Rotate',
  'Parent',
  'StructParents',
  'Group',
  'AA',
];
/** What of the catalogue does: the form and its permissions may be added. */
const catalogEntries = [
  'Pages',
  'StructTreeRoot',
  'MarkInfo',
  'Lang',
  'Names',
  'OpenAction',
  'AA',
  'Metadata',
  'OutputIntents',
];

const sameEntries = (before: string, after: string, keys: readonly string[]): boolean =>
  keys.every((key) => entry(before, key) === entry(after, key));

/** Whether an object of the letter may stand in the update as it does. */
const harmless = (before: string | undefined, after: string): boolean => {
  if (before === undefined) return true;
  if (ofType(before, 'Catalog')) return ofType(after, 'Catalog') && sameEntries(before, after, catalogEntries);
  if (ofType(before, 'Page')) return ofType(after, 'Page') && sameEntries(before, after, pageEntries);
  // Anything else must be what it was; a signature adds a kid to the structure tree at most.
  return before.replaceAll(/\s+/g, ' ').trim() === after.replaceAll(/\s+/g, ' ').trim();
};

/** A new object that draws or acts is none of a signature's. */
const forbiddenInNew = /\/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|SubmitForm|ImportData|GoToR)\b/;

const byteRanges = (source: string): readonly (readonly number[])[] =>
  [...source.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)].map((match) =>
    match.slice(1, 5).map(Number),
  );

type Signature = { readonly signature: Buffer; readonly content: Buffer; readonly end: number };

/** A signature with the bytes it covers: everything from the first byte to `end`, save its own value. */
const signatureAt = (
  returned: Buffer,
  [first = -1, length = 0, second = 0, rest = 0]: readonly number[],
): Signature | undefined => {
  const end = second + rest;
  if (first !== 0 || length >= second || end > returned.length) return undefined;
  const gap = returned.toString('latin1', length, second);
  if (!/^<([0-9A-Fa-f]{2})+>$/.test(gap)) return undefined;
  return {
    signature: Buffer.from(gap.slice(1, -1), 'hex'),
    content: Buffer.concat([returned.subarray(0, length), returned.subarray(second, end)]),
    end,
  };
};

/** Who signed the PDF, the first signature first; or what speaks against it. */
export type CheckedPdf =
  | { readonly kind: 'signed'; readonly signers: readonly Signer[] }
  | { readonly kind: 'refused'; readonly fault: ReturnedFileFault };

const refused = (fault: ReturnedFileFault): CheckedPdf => ({ kind: 'refused', fault });

/** Whether the file is the same letter, signed. */
export const checkSignedPdf = async (original: Buffer, returned: Buffer): Promise<CheckedPdf> => {
  if (returned.equals(original)) return refused('not-signed');
  if (returned.length < original.length || !returned.subarray(0, original.length).equals(original))
    return refused('other-document');
  // Bytes one by one: offsets in the text are offsets in the file.
  const update = returned.subarray(original.length).toString('latin1');
  const ranges = byteRanges(update);
  if (ranges.length === 0 || !/\/Type\s*\/Sig\b/.test(update)) return refused('not-signed');
  const signatures = ranges.map((range) => signatureAt(returned, range));
  if (!signatures.some((signature) => signature?.end === returned.length)) return refused('not-covered');
  if (/\/Type\s*\/(ObjStm|XRef)\b/.test(update)) return refused('cannot-be-checked');
  const letter = new Map(objectsOf(original.toString('latin1')).map(({ number, source }) => [number, source]));
  for (const { number, source } of objectsOf(update)) {
    const before = letter.get(number);
    if (!harmless(before, source)) return refused('content-changed');
    if (before === undefined && forbiddenInNew.test(source)) return refused('content-changed');
  }
  // Every signature, the ones that others were added to as well: each covers the file as it was then.
  const signers: Signer[] = [];
  for (const signature of signatures) {
    const found = signature && (await detachedSigners(signature.signature, signature.content));
    if (found === undefined) return refused('signature-broken');
    signers.push(...found);
  }
  return { kind: 'signed', signers };
};
