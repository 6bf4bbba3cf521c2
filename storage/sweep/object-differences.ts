/**
 * Two walks side by side, one over the store and one over the database, each in the order of keys: what one has and the other has
 * not. Memory stays flat however many objects there are.
 */
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { ObjectStore } from '../objects/object-store.ts';

/** A key with the versions that have content. */
export type StoredKey = { readonly key: string; readonly versionIds: ReadonlySet<string> };
/** An object as its row has it. */
export type ExpectedObject = {
  readonly id: string;
  readonly key: string;
  readonly state: 'uploading' | 'stored';
  readonly versionId: string | null;
};

const pageSize = 1_000;

/** Every key that has at least one version with content. */
export async function* storedKeys(store: ObjectStore, prefix: string, progress: () => void): AsyncGenerator<StoredKey> {
  let key: string | undefined;
  let versionIds = new Set<string>();
  for await (const page of store.listVersions({ prefix })) {
    progress();
    for (const version of page) {
      if (version.key !== key) {
        if (key !== undefined && versionIds.size > 0) yield { key, versionIds };
        key = version.key;
        versionIds = new Set();
      }
      if (!version.isDeleteMarker) versionIds.add(version.versionId);
    }
  }
  if (key !== undefined && versionIds.size > 0) yield { key, versionIds };
}

/** A record class as the database names it. */
export type ClassPlace = { readonly controller: string; readonly record_class: string };

/** Objects of one class in the order of their keys: the text of a UUID sorts as the UUID does. */
export async function* expectedObjects(
  db: Database,
  { controller, record_class }: ClassPlace,
  progress: () => void,
): AsyncGenerator<ExpectedObject> {
  let after = { record: '00000000-0000-0000-0000-000000000000', object: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    progress();
    const { rows } = await sql<ExpectedObject & { record: string }>`
      SELECT object.id::text AS id, object.record_id::text AS record, object.object_key AS key, object.state,
             object.version_id AS "versionId"
      FROM record_object AS object JOIN record ON record.id = object.record_id
      WHERE record.controller = ${controller} AND record.record_class = ${record_class}
        AND (object.record_id, object.id) > (${after.record}::uuid, ${after.object}::uuid)
      ORDER BY object.record_id, object.id LIMIT ${pageSize}`.execute(db);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = { record: last.record, object: last.id };
  }
}

/** What one side has and the other has not, as the two walks pass by each other. */
export async function* differences(
  stored: AsyncGenerator<StoredKey>,
  expected: AsyncGenerator<ExpectedObject>,
  count: () => void,
): AsyncGenerator<
  | { readonly kind: 'not-expected'; readonly key: string }
  | { readonly kind: 'not-stored'; readonly object: ExpectedObject }
> {
  let here = await stored.next();
  let there = await expected.next();
  while (here.done !== true || there.done !== true) {
    const [key, object] = [here.done === true ? undefined : here.value, there.done === true ? undefined : there.value];
    if (key !== undefined && (object === undefined || key.key < object.key)) {
      count();
      yield { kind: 'not-expected', key: key.key };
      here = await stored.next();
    } else if (object !== undefined && (key === undefined || object.key < key.key)) {
      if (object.state === 'stored') yield { kind: 'not-stored', object };
      there = await expected.next();
    } else if (key !== undefined && object !== undefined) {
      count();
      const lacks = object.state === 'stored' && object.versionId !== null && !key.versionIds.has(object.versionId);
      if (lacks) yield { kind: 'not-stored', object };
      here = await stored.next();
      there = await expected.next();
    }
  }
}
