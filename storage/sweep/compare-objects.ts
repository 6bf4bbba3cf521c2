/**
 * Compares the object store with the database in one walk over both, each in the order of keys, so that memory stays flat however
 * many objects there are. What differs at first sight is looked at again on both sides before it counts: records come and go
 * while the walk lasts.
 */

import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { given } from '../../domain/given.ts';
import { controllerId, type RecordId, recordClassId } from '../../domain/ids.ts';
import { type Finding, noFinding, withFindings } from '../../domain/sweep-report.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { classPrefix, recordOfKey } from '../objects/object-keys.ts';
import type { ObjectStore } from '../objects/object-store.ts';

/** A key with the versions that have content. */
type StoredKey = { readonly key: string; readonly versionIds: ReadonlySet<string> };
/** An object as its row has it. */
type ExpectedObject = {
  readonly id: string;
  readonly key: string;
  readonly state: 'uploading' | 'stored';
  readonly versionId: string | null;
};

const pageSize = 1_000;

/** Every key that has at least one version with content. */
async function* storedKeys(store: ObjectStore, prefix: string, progress: () => void): AsyncGenerator<StoredKey> {
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
type ClassPlace = { readonly controller: string; readonly record_class: string };

/** Objects of one class in the order of their keys: the text of a UUID sorts as the UUID does. */
async function* expectedObjects(
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
async function* differences(
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

/** The two places that are compared; neither is changed here but for the gate's list of leftovers. */
export type CompareObjectsDeps = { readonly db: Database; readonly store: ObjectStore };

/** What counts as now, and what is called while the walk goes on. */
export type CompareObjectsInput = {
  readonly now: Instant;
  /** Called between pages: says that the walk goes on. */
  readonly progress: () => void;
};

/** What is in one place and not in the other. */
export type ObjectFindings = {
  /** Objects in the store. */
  readonly objects: number;
  /** Keys in the store that no row here names: lost in a restore, or never ours. Reported, never touched. */
  readonly objectsWithoutRecord: Finding;
  /** Keys that remained of records proven gone: put on the gate's list. */
  readonly leftovers: Finding;
  /** Objects that the database has and the store has not. By object id. */
  readonly recordsWithoutObject: Finding;
};

/** Looks again at keys that nothing expected: gone meanwhile, expected meanwhile, a leftover, or a record that is unknown here. */
const lookAgainAtKeys = async (
  { db, store }: CompareObjectsDeps,
  keys: readonly string[],
): Promise<{ readonly unknown: readonly string[]; readonly leftover: readonly string[] }> => {
  const records = keys.map((key) => recordOfKey(key)).filter((id): id is RecordId => id !== undefined);
  const namesOf = async (query: RawBuilder<{ name: string }>): Promise<ReadonlySet<string>> =>
    new Set((await query.execute(db)).rows.map(({ name }) => name));
  // Files of a case become objects of its record when it closes; until then its own table names them.
  const expected = await namesOf(sql`
    SELECT object_key AS name FROM record_object WHERE object_key = ANY(${[...keys]}::text[])
    UNION ALL SELECT object_key FROM request_attachment WHERE object_key = ANY(${[...keys]}::text[])`);
  const provenGone = await namesOf(sql`
    SELECT item.record_id::text AS name FROM erasure_item AS item JOIN erasure_intent AS intent ON intent.id = item.intent_id
    WHERE item.record_id = ANY(${records}::uuid[]) AND intent.state = 'certified'`);
  const unknown: string[] = [];
  const leftover: string[] = [];
  for (const key of keys) {
    const record = recordOfKey(key) ?? '';
    if (expected.has(key)) continue;
    const { versions } = await store.listVersionsPage({ prefix: key, limit: 1 });
    if (!versions.some((version) => version.key === key)) continue;
    // What came after its record was proven gone may go. Anything else without a row may be all that a restored database lacks.
    if (provenGone.has(record)) leftover.push(key);
    else unknown.push(key);
  }
  return { unknown, leftover };
};

/** Looks again at objects that the store seemed to lack: erased with their record meanwhile, or really missing. */
const lookAgainAtObjects = async (
  { db, store }: CompareObjectsDeps,
  objects: readonly ExpectedObject[],
): Promise<readonly string[]> => {
  const { rows } = await sql<{ id: string; key: string; version: string }>`
    SELECT object.id::text AS id, object.object_key AS key, object.version_id AS version FROM record_object AS object
    WHERE object.id = ANY(${objects.map(({ id }) => id)}::uuid[]) AND object.state = 'stored'
      AND NOT EXISTS (
        SELECT FROM erasure_item AS item JOIN erasure_intent AS intent ON intent.id = item.intent_id
        WHERE item.record_id = object.record_id AND intent.state = 'written')
    ORDER BY object.id`.execute(db);
  const missing: string[] = [];
  for (const { id, key, version } of rows) {
    if ((await store.head({ key, versionId: version })) === undefined) missing.push(id);
  }
  return missing;
};

const noteLeftovers = async (db: Database, keys: readonly string[], now: Instant): Promise<void> => {
  await sql`
    INSERT INTO abandoned_object (object_key, controller, reason, noticed_at)
    SELECT key, split_part(key, '/', 1), 'record-erased-during-upload', ${toDate(now)} FROM unnest(${[...keys]}::text[]) AS key
    ON CONFLICT (object_key) WHERE gone_at IS NULL DO NOTHING`.execute(db);
};

const lookedAgainAtOnce = 200;

/** Walks over one part of the bucket and one class (or, without a class, over keys that no class expects). */
const compareClass = async (
  deps: CompareObjectsDeps,
  { prefix, place, now, progress }: CompareObjectsInput & { readonly prefix: string; readonly place: ClassPlace },
): Promise<ObjectFindings> => {
  let findings = { objects: 0, objectsWithoutRecord: noFinding, leftovers: noFinding, recordsWithoutObject: noFinding };
  let keys: string[] = [];
  let objects: ExpectedObject[] = [];
  const lookAgain = async (): Promise<void> => {
    progress();
    const { unknown, leftover } = await lookAgainAtKeys(deps, keys);
    await noteLeftovers(deps.db, leftover, now);
    findings = {
      ...findings,
      objectsWithoutRecord: withFindings(findings.objectsWithoutRecord, unknown.map(nameOf)),
      leftovers: withFindings(findings.leftovers, leftover.map(nameOf)),
      recordsWithoutObject: withFindings(findings.recordsWithoutObject, await lookAgainAtObjects(deps, objects)),
    };
    keys = [];
    objects = [];
  };
  const walk = differences(storedKeys(deps.store, prefix, progress), expectedObjects(deps.db, place, progress), () => {
    findings = { ...findings, objects: findings.objects + 1 };
  });
  for await (const difference of walk) {
    if (difference.kind === 'not-expected') keys.push(difference.key);
    else objects.push(difference.object);
    if (keys.length + objects.length >= lookedAgainAtOnce) await lookAgain();
  }
  await lookAgain();
  return findings;
};

const sum = (one: Finding, other: Finding): Finding => ({
  count: one.count + other.count,
  ids: withFindings(one, other.ids).ids,
});

/** Classes that have ever had a record here, and so may have objects. */
const classesOf = async (db: Database): Promise<readonly ClassPlace[]> =>
  // A loose scan of the index on controller and class: as many steps as there are classes, not records.
  (
    await sql<ClassPlace>`
      SELECT DISTINCT controller, record_class FROM (
        SELECT controller, class ->> 'id' AS record_class
        FROM policy_version, jsonb_array_elements(document -> 'recordClasses') AS class) AS named
      ORDER BY controller, record_class`.execute(db)
  ).rows;

const ownKey = /^[a-z0-9-]+\/[a-z0-9-]+\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/;

/** A key as a report may name it: one that Oblio did not make may say anything, also about a person (I7). */
const nameOf = (key: string): string =>
  ownKey.test(key) ? key : `foreign key, SHA-256 ${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

/** Keys whose first parts name no class that any policy ever had. */
const strangeKeys = async (
  { store }: CompareObjectsDeps,
  known: ReadonlySet<string>,
  progress: () => void,
): Promise<Finding> => {
  let found = noFinding;
  let after: { readonly key: string } | undefined;
  for (;;) {
    progress();
    const page = await store.listVersionsPage({ prefix: '', limit: pageSize, ...given({ after }) });
    const [first] = page.versions;
    if (first === undefined) return found;
    const prefix = first.key.split('/').slice(0, 2).join('/');
    if (known.has(`${prefix}/`)) {
      // The class was compared: go on behind its last key ("0" follows "/").
      after = { key: `${prefix}0` };
      continue;
    }
    const strange = page.versions.filter(({ key }) => !known.has(`${key.split('/').slice(0, 2).join('/')}/`));
    const keys = new Set(strange.filter((one) => !one.isDeleteMarker).map(({ key }) => key));
    found = withFindings(found, [...keys].map(nameOf));
    const last = page.versions.at(-1);
    if (page.next === undefined || last === undefined) return found;
    after = { key: last.key };
  }
};

/** Compares everything. Leftovers are put on the list of abandoned objects, which the gate clears. */
export const compareObjects = async (deps: CompareObjectsDeps, input: CompareObjectsInput): Promise<ObjectFindings> => {
  const places = await classesOf(deps.db);
  const prefixes = new Set<string>();
  let all: ObjectFindings = {
    objects: 0,
    objectsWithoutRecord: noFinding,
    leftovers: noFinding,
    recordsWithoutObject: noFinding,
  };
  for (const place of places) {
    const prefix = classPrefix({
      controller: controllerId(place.controller),
      recordClass: recordClassId(place.record_class),
    });
    prefixes.add(prefix);
    const found = await compareClass(deps, { ...input, prefix, place });
    all = {
      objects: all.objects + found.objects,
      objectsWithoutRecord: sum(all.objectsWithoutRecord, found.objectsWithoutRecord),
      leftovers: sum(all.leftovers, found.leftovers),
      recordsWithoutObject: sum(all.recordsWithoutObject, found.recordsWithoutObject),
    };
  }
  const strange = await strangeKeys(deps, prefixes, input.progress);
  return { ...all, objectsWithoutRecord: sum(all.objectsWithoutRecord, strange) };
};
