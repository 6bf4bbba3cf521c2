/** The files of a package in their order, each made when the one before is written; the lists of digests come last. */
import { createHash } from 'node:crypto';
import type { ControllerId } from '../../../domain/ids.ts';
import { indexPage, recordsOnPage, recordsPage, whenInWords } from '../../../letters/package/index-pages.ts';
import type { PackagedClass, PackagedFile, PackageFacts, WrittenFile } from '../../../letters/package/model.ts';
import { dataPath, isStoredAsIs, manifestName, pagePath, placesOf, sumsName } from '../../../letters/package/names.ts';
import { readmeText } from '../../../letters/package/readme.ts';
import { csvHead, csvRow, jsonLine } from '../../../letters/package/record-data.ts';
import { classSchema } from '../../../letters/package/schema.ts';
import {
  byteOrderMark,
  csvLines,
  packageManifest,
  sumsLines,
  transcriptText,
} from '../../../letters/package/text-files.ts';
import type { ZipEntry } from '../../../letters/package/zip-stream.ts';
import type { FrozenObject } from '../../../storage/manifests/read-manifest.ts';
import type { Reading } from '../../../storage/reading/admit-reading.ts';
import type { ObjectReading } from '../../../storage/reading/read-object.ts';
import {
  askForFile,
  frozenBytes,
  type ObjectDeps,
  RecordsMovedError,
  type Silence,
  silencedBytes,
  verified,
} from './recordings.ts';
import type { PackageSource, SourceRecord } from './source.ts';

/** The file of a letter. */
export type LetterPdf = { readonly size: number; readonly sha256: Buffer; readonly content: AsyncIterable<Uint8Array> };

/**
 * What the files are made of: facts for the cover, records from `source`, the letter if there is one, and the admitted
 * reading under which contents are opened (I11).
 */
export type PackageEntriesInput = {
  readonly controller: ControllerId;
  readonly facts: PackageFacts;
  readonly source: PackageSource;
  readonly letter: LetterPdf | undefined;
  readonly reading: Reading;
  /** Called with each file that is written. */
  readonly onFile: (files: number) => void;
};

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield bytes(text);
}

/** `data/<class>.json`: a list with a record on each line, so that it can be read whole or line by line. */
export async function* jsonOf(source: PackageSource, { recordClass }: PackagedClass, { variant }: PackageFacts) {
  let began = false;
  for await (const batch of source.read(recordClass)) {
    const lines = batch.map(({ record }) => jsonLine(record, variant)).join(',\n');
    yield bytes(`${began ? ',\n' : '[\n'}${lines}`);
    began = true;
  }
  yield bytes(began ? '\n]\n' : '[]\n');
}

/** `data/<class>.csv`, as spreadsheets load it. */
export async function* csvOf(source: PackageSource, one: PackagedClass, { variant, language }: PackageFacts) {
  yield bytes(byteOrderMark + csvLines([csvHead(one, variant)]));
  for await (const batch of source.read(one.recordClass)) {
    yield bytes(csvLines(batch.map(({ record }) => csvRow(one, record, variant, language))));
  }
}

/** One page after the other from one walk: each takes its rows from where the one before stopped. */
const pagesOf = (source: PackageSource, one: PackagedClass, facts: PackageFacts) => {
  const pages = Math.max(1, Math.ceil(one.records / recordsOnPage));
  const batches = source.read(one.recordClass);
  let waiting: SourceRecord[] = [];
  async function* content(page: number): AsyncGenerator<Uint8Array> {
    const { head, row, tail } = recordsPage({ facts, one, page, pages });
    yield bytes(head);
    for (let left = recordsOnPage; left > 0; ) {
      if (waiting.length === 0) {
        const next = await batches.next();
        if (next.done === true) break;
        waiting = [...next.value];
      }
      const those = waiting.splice(0, left);
      left -= those.length;
      yield bytes(those.map(({ record }) => row(record)).join(''));
    }
    // The last page asks once more: the source says at its end whether it was the same as before.
    if (page === pages && (waiting.length > 0 || (await batches.next()).done !== true)) {
      throw new RecordsMovedError('A class has more records than were counted');
    }
    yield bytes(tail);
  }
  return Array.from({ length: pages }, (_, index) => ({
    path: pagePath(facts.language, one.recordClass, index + 1),
    content: content(index + 1),
  }));
};

/** A file that goes into the package, and the decision whether it may be read. */
type FileToWrite = {
  readonly file: Extract<PackagedFile, { readonly path: string }>;
  readonly frozen: FrozenObject;
  readonly silence: Silence | undefined;
  /** Read once, by the first file that needs it. */
  readonly admission: () => Promise<ObjectReading>;
};

/** How many files ahead of the one that is being written the decision is asked for. */
const askAhead = 4;

const filesToWrite = (
  deps: ObjectDeps,
  { controller, reading }: PackageEntriesInput,
  batch: readonly SourceRecord[],
): readonly FileToWrite[] =>
  batch.flatMap(({ record: { recordId, files }, objects, silences }) =>
    files.flatMap((file): readonly FileToWrite[] => {
      const frozen = objects.find(({ name }) => name === file.name);
      if ((file.status !== 'included' && file.status !== 'redacted') || frozen === undefined) return [];
      const silence = silences.get(frozen.objectId);
      // Listed as redacted, and without silence: it would leave as it is.
      if ((file.status === 'redacted') !== (silence !== undefined)) throw new RangeError('A silence has no recording');
      let asked: Promise<ObjectReading> | undefined;
      const admission = (): Promise<ObjectReading> => {
        if (asked === undefined) {
          asked = askForFile(deps, { controller, recordId, reading }, frozen);
          // The file that needs it fails with it; here none may need it any more.
          asked.catch(() => undefined);
        }
        return asked;
      };
      return [{ file, frozen, silence, admission }];
    }),
  );

async function* objectBytes(deps: ObjectDeps, { frozen, silence, admission }: FileToWrite): AsyncGenerator<Uint8Array> {
  const content = frozenBytes(deps, await admission(), frozen);
  yield* silence === undefined ? content : silencedBytes(content, frozen, silence);
}

/** Everything, in order. Each entry is written completely before the next one is asked for. */
export async function* packageEntries(deps: ObjectDeps, input: PackageEntriesInput): AsyncGenerator<ZipEntry> {
  const { facts, source, letter, onFile } = input;
  const { language } = facts;
  const places = placesOf[language];
  const written: WrittenFile[] = [];
  // Of a file that is verified on its way the digest is known: it need not be computed twice.
  const entry = (
    path: string,
    content: AsyncIterable<Uint8Array>,
    options?: Partial<ZipEntry>,
    verifiedAs?: Pick<WrittenFile, 'sha256' | 'withheld'>,
  ): ZipEntry => ({
    path,
    compressed: true,
    ...options,
    content: (async function* () {
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of content) {
        size += chunk.length;
        if (verifiedAs === undefined) hash.update(chunk);
        yield chunk;
      }
      written.push({ path, size, ...(verifiedAs ?? { sha256: hash.digest('hex') }) });
      onFile(written.length);
    })(),
  });
  yield entry(places.index, once(indexPage(facts)));
  yield entry(places.readme, once(readmeText(facts)));
  if (letter !== undefined) {
    const recorded = { size: letter.size, sha256: letter.sha256.toString('hex') };
    yield entry(
      places.letter,
      verified(letter.content, recorded),
      { compressed: false, size: letter.size },
      { sha256: recorded.sha256 },
    );
  }
  for (const one of source.classes) {
    const { recordClass } = one;
    yield entry(dataPath(language, recordClass, 'schema.json'), once(classSchema(one, facts.variant, language)));
    yield entry(dataPath(language, recordClass, 'json'), jsonOf(source, one, facts));
    yield entry(dataPath(language, recordClass, 'csv'), csvOf(source, one, facts));
    for (const { path, content } of pagesOf(source, one, facts)) yield entry(path, content);
  }
  for (const one of facts.classes.filter(({ isConversation }) => isConversation)) {
    for await (const batch of source.read(one.recordClass)) {
      for (const { record } of batch) {
        const text = transcriptText(one, record, language, whenInWords(language, record.triggerAt, facts.timeZone));
        if (record.transcript !== undefined && text !== undefined) yield entry(record.transcript, once(text));
      }
    }
  }
  for (const { recordClass } of source.classes) {
    for await (const batch of source.read(recordClass, { words: false })) {
      const files = filesToWrite(deps, input, batch);
      for (const [index, one] of files.entries()) {
        for (const next of files.slice(index, index + askAhead)) void next.admission();
        const { path, size, sha256, mediaType } = one.file;
        yield entry(
          path,
          objectBytes(deps, one),
          { size, compressed: !isStoredAsIs(mediaType) },
          { sha256, ...(one.file.status === 'redacted' ? { withheld: one.file.withheld } : {}) },
        );
      }
    }
  }
  yield entry(manifestName, once(packageManifest(facts, written)));
  yield entry(sumsName, once(sumsLines(written)));
}
