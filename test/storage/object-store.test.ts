/** The object store: what is announced is what becomes an object, memory stays flat, listings are complete. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controllerId, objectId, recordClassId, recordId } from '../../domain/ids.ts';
import { inParallel } from '../../storage/database/in-parallel.ts';
import { objectKey, recordOfKey, recordPrefix } from '../../storage/objects/object-keys.ts';
import {
  type ObjectStore,
  openObjectStore,
  partBytes,
  UploadMismatchError,
} from '../../storage/objects/object-store.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let store: ObjectStore;
beforeAll(async () => {
  world = await createWorld({ label: 'store' });
  store = world.store('api');
});
afterAll(() => world.close());

async function* pieces(content: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}
const sha256 = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();
const read = async (key: string, versionId: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of await store.get({ key, versionId })) chunks.push(chunk);
  return Buffer.concat(chunks);
};
let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `test/store/${keys}`;
};

describe('putting', () => {
  test.each([0, 1, partBytes - 1, partBytes, partBytes + 1, 3 * partBytes + 17])(
    '%i bytes come back as they were',
    async (size) => {
      const content = randomBytes(size);
      const key = newKey();
      const put = await store.put({
        key,
        body: pieces(content),
        size,
        sha256: sha256(content),
        mediaType: 'audio/wav',
      });
      expect(put).toEqual({ versionId: expect.any(String), size, sha256: sha256(content) });
      expect((await read(key, put.versionId)).equals(content)).toBe(true);
      expect(await store.head({ key, versionId: put.versionId })).toEqual({ size, versionId: put.versionId });
    },
  );

  const wrong = [
    { what: 'shorter than announced', reason: 'size', announce: (content: Buffer) => ({ size: content.length + 1 }) },
    { what: 'longer than announced', reason: 'size', announce: (content: Buffer) => ({ size: content.length - 1 }) },
    { what: 'with another SHA-256', reason: 'sha256', announce: () => ({ sha256: randomBytes(32) }) },
    { what: 'beyond the limit', reason: 'too-large', announce: (content: Buffer) => ({ maxSize: content.length - 1 }) },
  ] as const;
  describe.each([1000, 2 * partBytes])('of %i bytes', (size) => {
    test.each(wrong)('a body $what never becomes an object', async ({ reason, announce }) => {
      const content = randomBytes(size);
      const key = newKey();
      const refusal = await store
        .put({ key, body: pieces(content), mediaType: 'audio/wav', ...announce(content) })
        .catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(UploadMismatchError);
      expect(refusal).toMatchObject({ reason });
      expect(await store.head({ key })).toBeUndefined();
    });
  });

  test('a body that breaks off leaves no object', async () => {
    const key = newKey();
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* pieces(randomBytes(3 * partBytes));
      throw new Error('the caller hung up');
    }
    await expect(store.put({ key, body: breaking(), mediaType: 'audio/wav' })).rejects.toThrow('the caller hung up');
    expect(await store.head({ key })).toBeUndefined();
    expect(await world.store('gate').listUnfinishedUploads(key)).toHaveLength(1);
  });

  test('memory stays flat while half a gibibyte goes through', async () => {
    const block = Buffer.alloc(1 << 20, 7);
    const blocks = 512;
    let highest = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < blocks; index += 1) {
        yield block;
        const { rss } = process.memoryUsage();
        highest = Math.max(highest, rss);
      }
    }
    const before = process.memoryUsage().rss;
    await store.put({ key: newKey(), body: large(), size: blocks << 20, mediaType: 'audio/wav' });
    expect(highest - before).toBeLessThan(256 << 20);
  });
});

describe('listing', () => {
  test('tells every version and delete marker once, across pages, in the order of keys', async () => {
    const admin = world.storeClient('admin');
    const { bucket } = world.storeSettings('admin');
    const prefix = 'test/listing/';
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
    const prefix = 'test/long-listing/';
    const wanted = Array.from({ length: 1003 }, (_, index) => `${prefix}${index}`);
    await inParallel(16, wanted, async (name) => {
      await admin.putObject(bucket, name, 'x');
    });
    const seen: string[] = [];
    for await (const page of world.store('gate').listVersions({ prefix })) seen.push(...page.map(({ key }) => key));
    expect(seen.sort()).toEqual(wanted.sort());
  });

  test('what is not there is undefined, and what cannot be asked is an error', async () => {
    expect(await store.head({ key: 'test/nowhere' })).toBeUndefined();
    const stranger = openObjectStore({ ...world.storeSettings('api'), secretKey: 'not the secret of anybody' });
    await expect(stranger.head({ key: 'test/nowhere' })).rejects.toThrow();
    await expect(stranger.check()).rejects.toThrow();
    await store.check();
  });
});

test('a key says which record it belongs to, and nothing else', () => {
  const place = {
    controller: controllerId('inps'),
    recordClass: recordClassId('chat'),
    recordId: recordId('0190f000-0000-7000-8000-000000000001'),
  };
  const key = objectKey({ ...place, objectId: objectId('0190f000-0000-7000-8000-000000000002') });
  expect(key).toBe('inps/chat/0190f000-0000-7000-8000-000000000001/0190f000-0000-7000-8000-000000000002');
  expect(key.startsWith(recordPrefix(place))).toBe(true);
  expect(recordOfKey(key)).toBe(place.recordId);
  expect(recordOfKey('inps/chat/something/else')).toBeUndefined();
});
