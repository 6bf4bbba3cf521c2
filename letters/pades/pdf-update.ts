/**
 * Appends objects to a finished PDF without touching a byte of it (an incremental update, ISO 32000-1 section 7.5.6), so that a person who
 * has the letter as it was registered can see that the signed one begins with it. Reads the files that our own letters are: plain
 * objects and a plain cross-reference table.
 */

/** A file that is not built as our letters are; the message says where. */
export class UnreadablePdf extends Error {}

/** What has to be known of a PDF to append to it. */
export type PdfEnd = {
  /** Number of the next new object. */
  readonly nextObject: number;
  readonly root: number;
  /** The trailer's lines that a new trailer repeats. */
  readonly info: string;
  readonly id: string;
  /** Where the last cross-reference table begins, in bytes. */
  readonly crossReferences: number;
};

const found = (text: string, pattern: RegExp, what: string): string => {
  const [, value] = pattern.exec(text) ?? [];
  if (value === undefined) throw new UnreadablePdf(`The PDF has no ${what} where a letter has it.`);
  return value;
};

/** Reads the end of a file. Throws `UnreadablePdf`. */
export const readPdfEnd = (file: Buffer): PdfEnd => {
  const start = file.lastIndexOf('trailer');
  if (start < 0) throw new UnreadablePdf('The PDF has no trailer where a letter has it.');
  const trailer = file.toString('latin1', start);
  return {
    nextObject: Number(found(trailer, /\/Size (\d+)/, 'object count')),
    root: Number(found(trailer, /\/Root (\d+) 0 R/, 'document catalogue')),
    info: found(trailer, /\/Info (\d+ 0 R)/, 'document information'),
    id: found(trailer, /\/ID (\[[^\]]*\])/, 'file identifier'),
    crossReferences: Number(found(trailer, /startxref\s+(\d+)/, 'cross-reference table')),
  };
};

/** The entries of a dictionary object, without the brackets around it. Throws `UnreadablePdf`. */
export const readDictionary = (file: Buffer, object: number): string => {
  const { crossReferences } = readPdfEnd(file);
  const table = file.toString('latin1', crossReferences, file.lastIndexOf('trailer'));
  const [first, ...entries] = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  const line = first?.startsWith('0 ') ? entries[object] : undefined;
  const offset = Number(found(line ?? '', /^(\d{10}) \d{5} n/, `object ${object}`));
  const text = file.toString('latin1', offset, file.indexOf('endobj', offset));
  return found(text, new RegExp(`^${object} 0 obj\\s*<<([\\s\\S]*)>>\\s*$`), `dictionary in object ${object}`);
};

/** One object to append: its number and what stands between `obj` and `endobj`. */
export type AppendedObject = { readonly object: number; readonly body: string };

/** The file with the objects appended; an object whose number exists takes the place of the old one for readers. */
export const appendObjects = (file: Buffer, objects: readonly AppendedObject[]): Buffer => {
  const end = readPdfEnd(file);
  const parts: Buffer[] = [file, Buffer.from('\n', 'latin1')];
  let length = file.length + 1;
  const offsets = new Map<number, number>();
  for (const { object, body } of objects) {
    const part = Buffer.from(`${object} 0 obj\n${body}\nendobj\n`, 'latin1');
    offsets.set(object, length);
    parts.push(part);
    length += part.length;
  }
  const table = [...offsets]
    .toSorted(([one], [other]) => one - other)
    .map(([object, offset]) => `${object} 1\n${String(offset).padStart(10, '0')} 00000 n \n`)
    .join('');
  const size = Math.max(end.nextObject, ...[...offsets.keys()].map((object) => object + 1));
  const trailer = `/Size ${size}\n/Root ${end.root} 0 R\n/Info ${end.info}\n/ID ${end.id}\n/Prev ${end.crossReferences}`;
  parts.push(Buffer.from(`xref\n${table}trailer\n<<\n${trailer}\n>>\nstartxref\n${length}\n%%EOF\n`, 'latin1'));
  return Buffer.concat(parts);
};
