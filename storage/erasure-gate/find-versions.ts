/**
 * Finds every version and delete marker that the store holds of a set of records. By listing, never from our own tables: proof
 * needs what is there, not what should be (I6).
 */
import type { ControllerId, RecordClassId, RecordId } from '../../domain/ids.ts';
import { inParallel } from '../database/in-parallel.ts';
import { classPrefix, recordOfKey, recordPrefix } from '../objects/object-keys.ts';
import type { ObjectStore, StoredVersion, VersionsMarker } from '../objects/object-store.ts';

/** Records of one class of one controller, which lie under one prefix each. */
export type FindVersionsInput = {
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  /** Any order; each once. */
  readonly recordIds: readonly RecordId[];
};

/** Versions by record; records of which the store has nothing are not in it. */
export type FoundVersions = ReadonlyMap<RecordId, readonly StoredVersion[]>;

/** Up to so many records, each is listed by a prefix of its own: one small request a record. */
const fewRecords = 256;
const listings = 4;

/** A page costs what it lists, so it begins small and grows as long as what it lists is wanted. */
const firstPage = 32;
const largestPage = 1000;

/**
 * Walks the class's listing from the first to the last of some sorted records. Where they lie close together a page lists many
 * at once; where others lie between, the walk jumps to the next one wanted.
 */
const walk = async (
  store: ObjectStore,
  place: { readonly controller: ControllerId; readonly recordClass: RecordClassId },
  sorted: readonly RecordId[],
  found: Map<RecordId, StoredVersion[]>,
): Promise<void> => {
  const wanted = new Set(sorted);
  const prefix = classPrefix(place);
  const prefixOf = (recordId: RecordId): string => recordPrefix({ ...place, recordId });
  let next = 0;
  let limit = firstPage;
  let after: VersionsMarker | undefined;
  for (;;) {
    const first = sorted[next];
    if (first === undefined) return;
    // Keys under a record sort behind its bare prefix, so a listing "after" that prefix begins with the record itself.
    const page = await store.listVersionsPage({ prefix, after: after ?? { key: prefixOf(first) }, limit });
    let hits = 0;
    for (const version of page.versions) {
      const recordId = recordOfKey(version.key);
      if (recordId === undefined || !wanted.has(recordId)) continue;
      hits += 1;
      const already = found.get(recordId);
      if (already) already.push(version);
      else found.set(recordId, [version]);
    }
    if (page.next === undefined) return;
    const reached = page.next;
    const stoppedIn = recordOfKey(reached.key);
    while (next < sorted.length) {
      const candidate = sorted[next];
      if (candidate === undefined || candidate === stoppedIn || prefixOf(candidate) > reached.key) break;
      next += 1;
    }
    after = sorted[next] === stoppedIn ? reached : undefined;
    limit = hits * 2 >= page.versions.length ? Math.min(limit * 8, largestPage) : firstPage;
  }
};

/** Lists what the store has of the records, several listings at a time. Throws the store's error if it does not answer. */
export const findVersions = async (
  store: ObjectStore,
  { controller, recordClass, recordIds }: FindVersionsInput,
): Promise<FoundVersions> => {
  const found = new Map<RecordId, StoredVersion[]>();
  const place = { controller, recordClass };
  if (recordIds.length <= fewRecords) {
    await inParallel(listings, recordIds, async (recordId) => {
      const versions: StoredVersion[] = [];
      for await (const page of store.listVersions({ prefix: recordPrefix({ ...place, recordId }) }))
        versions.push(...page);
      if (versions.length > 0) found.set(recordId, versions);
    });
    return found;
  }
  const sorted = [...recordIds].sort();
  const share = Math.ceil(sorted.length / listings);
  const slices = Array.from({ length: listings }, (_, index) => sorted.slice(index * share, (index + 1) * share));
  await inParallel(listings, slices, (slice) => walk(store, place, slice, found));
  return found;
};
