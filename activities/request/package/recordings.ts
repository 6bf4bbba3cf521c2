/**
 * Recordings of a package: their bytes as they were recorded, and those of which a review withheld segments, with silence there. The
 * latter are read twice, first to find out whether silence can be made at all, and which digest the result has: the data of the
 * package state it before the sound is written.
 */
import { createHash } from 'node:crypto';
import type { ControllerId, ObjectId, RecordId } from '../../../domain/ids.ts';
import type { AccessRedaction } from '../../../domain/request/decision/manifest.ts';
import { isWav } from '../../../letters/package/names.ts';
import { withheldSegments } from '../../../letters/package/package-record.ts';
import { type ByteRange, silenced, silentRanges } from '../../../letters/package/silence.ts';
import { createWavReader } from '../../../letters/package/wav.ts';
import type { Database } from '../../../storage/database/database.ts';
import type { FrozenObject, FrozenRecord } from '../../../storage/manifests/read-manifest.ts';
import type { ObjectStore } from '../../../storage/objects/object-store.ts';
import type { Reading } from '../../../storage/reading/admit-reading.ts';
import { admitObject, type ObjectReading, streamObject } from '../../../storage/reading/read-object.ts';

/** Thrown when a record is no longer what it was when the same attempt looked first. */
export class RecordsMovedError extends Error {
  override readonly name = 'RecordsMovedError';
}

/** Where objects and what is known of them are read. */
export type ObjectDeps = { readonly db: Database; readonly store: ObjectStore };

/** Where silence stands in a recording, and the SHA-256 of the result, in hexadecimal. */
export type Silence = { readonly ranges: readonly ByteRange[]; readonly value: number; readonly sha256: string };

const endedOtherwise = 'A file is not what was recorded of it';

/** Bytes on their way, compared at their end with what was recorded. */
export async function* verified(
  content: AsyncIterable<Uint8Array>,
  { size, sha256 }: { readonly size: number; readonly sha256: string },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let counted = 0;
  for await (const chunk of content) {
    counted += chunk.length;
    if (counted > size) throw new Error(endedOtherwise);
    hash.update(chunk);
    yield chunk;
  }
  if (counted !== size || hash.digest('hex') !== sha256) throw new Error(endedOtherwise);
}

/** The record whose files are asked for, and the admitted reading under which they are opened (I11). */
export type RecordFile = {
  readonly controller: ControllerId;
  readonly recordId: RecordId;
  readonly reading: Reading;
};

/** Asks whether a file may be read; what is under a restriction is on file with that. */
export const askForFile = (
  { db }: Pick<ObjectDeps, 'db'>,
  { controller, recordId, reading }: RecordFile,
  { name }: Pick<FrozenObject, 'name'>,
): Promise<ObjectReading> => db.transaction().execute((tx) => admitObject(tx, { controller, recordId, name, reading }));

/** The bytes of a file in the version that was frozen, verified on their way. */
export async function* frozenBytes(
  deps: ObjectDeps,
  opened: ObjectReading,
  frozen: FrozenObject,
): AsyncGenerator<Uint8Array> {
  if (opened.outcome !== 'admitted' || opened.admitted.object.versionId !== frozen.versionId) {
    throw new RecordsMovedError('A file of a record changed while the package was made');
  }
  yield* verified(await streamObject(deps, opened.admitted), frozen);
}

/** The bytes of a recording with silence in its places, verified before and after. */
export const silencedBytes = (
  content: AsyncIterable<Uint8Array>,
  { size }: FrozenObject,
  { ranges, value, sha256 }: Silence,
): AsyncIterable<Uint8Array> => verified(silenced(content, ranges, value), { size, sha256 });

const silenceFor = async (
  deps: ObjectDeps,
  file: RecordFile,
  {
    frozen,
    segments,
  }: { readonly frozen: FrozenObject; readonly segments: NonNullable<ReturnType<typeof withheldSegments>> },
): Promise<Silence | undefined> => {
  // Two walks: where the sound lies is certain only at the end of the first, when all of the file was understood.
  const reader = createWavReader(frozen.size);
  for await (const chunk of frozenBytes(deps, await askForFile(deps, file, frozen), frozen)) reader.push(chunk);
  const sound = reader.sound();
  const ranges = sound && silentRanges(sound, segments);
  if (sound === undefined || ranges === undefined) return undefined;
  const hash = createHash('sha256');
  const content = frozenBytes(deps, await askForFile(deps, file, frozen), frozen);
  for await (const chunk of silenced(content, ranges, sound.silence)) hash.update(chunk);
  return { ranges, value: sound.silence, sha256: hash.digest('hex') };
};

/**
 * The silences of a record, by object; of those that are missing the recording is withheld as a whole.
 * @param held the objects that are held as they were frozen
 */
export const silencesOf = async (
  deps: ObjectDeps,
  input: { readonly controller: ControllerId; readonly reading: Reading },
  {
    record,
    redactions,
    held,
  }: {
    readonly record: FrozenRecord;
    readonly redactions: readonly AccessRedaction[];
    readonly held: ReadonlySet<ObjectId>;
  },
): Promise<ReadonlyMap<ObjectId, Silence>> => {
  const silences = new Map<ObjectId, Silence>();
  for (const frozen of record.objects) {
    if (!isWav(frozen.mediaType) || !held.has(frozen.objectId)) continue;
    const segments = withheldSegments(frozen, { record: { files: record.objects }, redactions });
    if (segments === undefined) continue;
    const silence = await silenceFor(deps, { ...input, recordId: record.recordId }, { frozen, segments });
    if (silence !== undefined) silences.set(frozen.objectId, silence);
  }
  return silences;
};
