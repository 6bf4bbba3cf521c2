/**
 * Destroys what the object store holds of an intent's records: every version, every delete marker, the parts of unfinished uploads.
 * Run twice it destroys what is left. A version that the store refuses makes its record fail, by name of the store's code, and
 * nothing of that record's row is touched; a store that does not answer ends the attempt.
 */
import type { RecordId } from '../../domain/ids.ts';
import { inParallel } from '../database/in-parallel.ts';
import { recordOfKey } from '../objects/object-keys.ts';
import type { ObjectStore, StoredVersion } from '../objects/object-store.ts';
import { type DestroyingStore, removalBatch } from './destroying-store.ts';
import type { FoundVersions } from './find-versions.ts';
import type { IntentItems } from './intents.ts';

/** Records of which something would not go, by the store's code. */
export type FailedByRecord = ReadonlyMap<RecordId, string>;

/** What the store was seen to hold of the records, and the two clients: one lists, one removes. */
export type DestroyObjectsInput = {
  readonly store: ObjectStore;
  readonly destroyingStore: DestroyingStore;
  readonly found: FoundVersions;
  readonly uploadKeys: IntentItems['uploadKeys'];
  /** Called once, when part of the versions are gone. */
  readonly halfway: () => Promise<void>;
};

const removals = 4;

/** Batches as large as the store takes them, but enough of them to keep several requests going. */
const batched = (versions: readonly StoredVersion[]): readonly (readonly StoredVersion[])[] => {
  const size = Math.min(removalBatch, Math.max(1, Math.ceil(versions.length / removals)));
  return Array.from({ length: Math.ceil(versions.length / size) }, (_, index) =>
    versions.slice(index * size, (index + 1) * size),
  );
};

/**
 * Removes all of it and answers which records failed, by the store's code. Throws when the store does not answer: then
 * nothing is known, and all of it is done again.
 */
export const destroyObjects = async ({
  store,
  destroyingStore,
  found,
  uploadKeys,
  halfway,
}: DestroyObjectsInput): Promise<FailedByRecord> => {
  const failed = new Map<RecordId, string>();
  let halfwayReported = false;
  await inParallel(removals, batched([...found.values()].flat()), async (batch) => {
    for (const { key, code } of await destroyingStore.removeVersions(batch)) {
      const recordId = recordOfKey(key);
      if (recordId === undefined) throw new Error('The store answered about a key that it was not asked about');
      failed.set(recordId, code);
    }
    if (halfwayReported) return;
    halfwayReported = true;
    await halfway();
  });
  await inParallel(removals, uploadKeys, async ({ recordId, key }) => {
    for (const upload of await store.listUnfinishedUploads(key)) {
      const code = await destroyingStore.abortUpload(upload);
      if (code !== undefined) failed.set(recordId, code);
    }
  });
  return failed;
};
