/** Versions and delete markers: all are listed, each can be removed by itself, and what was removed is in no listing and answers to no version. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inParallel } from '../../storage/database/in-parallel.ts';
import { openObjectStore, type StoredVersion } from '../../storage/objects/object-store.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let bucket = '';
beforeAll(async () => {
  world = await createWorld({ label: 'versions' });
  ({ bucket } = world.storeSettings('admin'));
});
afterAll(() => world.close());

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `versions/${keys}/object`;
};
const put = async (key: string, content: string): Promise<string> => {
  const { versionId } = await world.storeClient('api').putObject(bucket, key, content);
  if (versionId === null) throw new Error('The bucket is not versioned');
  return versionId;
};
const listed = async (prefix: string): Promise<readonly StoredVersion[]> => {
  const found: StoredVersion[] = [];
  for await (const page of world.store('gate').listVersions({ prefix })) found.push(...page);
  return found;
};
const contentOf = async (key: string, versionId?: string): Promise<string> => {
  const chunks: Buffer[] = [];
  const version = versionId === undefined ? {} : { versionId };
  for await (const chunk of await world.store('gate').get({ key, ...version })) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
};

describe('one object', () => {
  test('each put is a version of its own, and each reads back as it was put', async () => {
    const key = newKey();
    const ids = [await put(key, 'first'), await put(key, 'second'), await put(key, 'second')];
    expect(new Set(ids).size).toBe(3);
    expect(await Promise.all(ids.map((id) => contentOf(key, id)))).toEqual(['first', 'second', 'second']);
    expect(await contentOf(key)).toBe('second');
    const versions = await listed(key);
    expect(versions.map(({ versionId }) => versionId).sort()).toEqual([...ids].sort());
    expect(versions.filter(({ isLatest }) => isLatest).map(({ versionId }) => versionId)).toEqual([ids[2]]);
    expect(versions.map(({ size }) => size).sort()).toEqual([5, 6, 6]);
  });

  test('deleting by version removes that version and no other, and leaves no marker', async () => {
    const key = newKey();
    const [first, second, third] = [await put(key, 'first'), await put(key, 'second'), await put(key, 'third')];
    await world.storeClient('gate').removeObject(bucket, key, { versionId: second });
    expect((await listed(key)).map(({ versionId, isDeleteMarker }) => ({ versionId, isDeleteMarker }))).toEqual(
      expect.arrayContaining([first, third].map((versionId) => ({ versionId, isDeleteMarker: false }))),
    );
    expect(await listed(key)).toHaveLength(2);
    expect(await world.store('gate').head({ key, versionId: second })).toBeUndefined();
    expect(await contentOf(key, first)).toBe('first');
    // The latest one gone, the one before it is the latest.
    await world.storeClient('gate').removeObject(bucket, key, { versionId: third });
    expect(await contentOf(key)).toBe('first');
    await world.storeClient('gate').removeObject(bucket, key, { versionId: first });
    expect(await listed(key)).toEqual([]);
    expect(await world.store('gate').head({ key })).toBeUndefined();
  });

  test('deleting without a version leaves every version and puts a marker before them; without the marker the object is back', async () => {
    const key = newKey();
    const ids = [await put(key, 'first'), await put(key, 'second')];
    await world.storeClient('gate').removeObject(bucket, key);
    expect(await world.store('gate').head({ key })).toBeUndefined();
    expect(await contentOf(key, ids[0])).toBe('first');
    const [marker, ...rest] = (await listed(key)).filter(({ isDeleteMarker }) => isDeleteMarker);
    expect(rest).toEqual([]);
    expect(marker).toMatchObject({ isLatest: true });
    expect(await listed(key)).toHaveLength(3);
    await world.storeClient('gate').removeObject(bucket, key, { versionId: marker?.versionId ?? '' });
    expect(await contentOf(key)).toBe('second');
    expect(await listed(key)).toHaveLength(2);
  });

  test('a marker where there never was an object is listed and can be removed', async () => {
    const key = newKey();
    await world.storeClient('gate').removeObject(bucket, key);
    const markers = await listed(key);
    for (const { versionId, isDeleteMarker } of markers) {
      expect(isDeleteMarker).toBe(true);
      await world.storeClient('gate').removeObject(bucket, key, { versionId });
    }
    expect(await listed(key)).toEqual([]);
  });

  test('removing what is not there is no error and changes nothing', async () => {
    const key = newKey();
    const [gone, kept] = [await put(key, 'gone'), await put(key, 'kept')];
    for (let time = 0; time < 2; time += 1)
      await world.storeClient('gate').removeObject(bucket, key, { versionId: gone });
    expect((await listed(key)).map(({ versionId }) => versionId)).toEqual([kept]);
  });

  test('a list of versions is removed with one call', async () => {
    const key = newKey();
    const ids = [await put(key, 'first'), await put(key, 'second')];
    await world.storeClient('gate').removeObject(bucket, key);
    const all = (await listed(key)).map(({ versionId }) => ({ name: key, versionId }));
    expect(all).toHaveLength(ids.length + 1);
    expect(await world.storeClient('gate').removeObjects(bucket, all)).toEqual([]);
    expect(await listed(key)).toEqual([]);
  });
});

describe('listing', () => {
  test('tells every version and delete marker once, across pages, in the order of keys', async () => {
    const admin = world.storeClient('admin');
    const { bucket } = world.storeSettings('admin');
    const prefix = 'listing/';
    const names = Array.from({ length: 12 }, (_, index) => `${prefix}${String(index).padStart(2, '0')}/x`);
    for (const name of names)
      for (let version = 0; version < 3; version += 1) await admin.putObject(bucket, name, `${version}`);
    await admin.removeObject(bucket, names[3] ?? '');
    const seen: string[] = [];
    const keysSeen: string[] = [];
    let after: { key: string; versionId?: string } | undefined;
    for (;;) {
      const page = await world.store('gate').listVersionsPage({ prefix, limit: 5, ...(after && { after }) });
      expect(page.versions.length).toBeLessThanOrEqual(5);
      for (const { key, versionId } of page.versions) {
        seen.push(`${key} ${versionId}`);
        keysSeen.push(key);
      }
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(new Set(seen).size).toBe(12 * 3 + 1);
    expect(seen).toHaveLength(37);
    expect(keysSeen).toEqual([...keysSeen].sort());
  });

  test('I6: goes on behind its first page, which ends with a thousand', async () => {
    const admin = world.storeClient('admin');
    const { bucket } = world.storeSettings('admin');
    const prefix = 'long-listing/';
    const wanted = Array.from({ length: 1003 }, (_, index) => `${prefix}${index}`);
    await inParallel(16, wanted, async (name) => {
      await admin.putObject(bucket, name, 'x');
    });
    const seen: string[] = [];
    for await (const page of world.store('gate').listVersions({ prefix })) seen.push(...page.map(({ key }) => key));
    expect(seen.sort()).toEqual(wanted.sort());
  });

  test('what is not there is undefined, and what cannot be asked is an error', async () => {
    expect(await world.store('api').head({ key: 'nowhere' })).toBeUndefined();
    const stranger = openObjectStore({ ...world.storeSettings('api'), secretKey: 'not the secret of anybody' });
    await expect(stranger.head({ key: 'nowhere' })).rejects.toThrow();
    await expect(stranger.check()).rejects.toThrow();
    await world.store('api').check();
  });
});
