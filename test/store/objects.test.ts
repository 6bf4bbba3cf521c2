/** Objects: what is announced is what becomes an object and comes back byte for byte, whatever its size and key; memory stays flat. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controllerId, objectId, recordClassId, recordId } from '../../domain/ids.ts';
import { objectKey, recordOfKey, recordPrefix } from '../../storage/objects/object-keys.ts';
import { type ObjectStore, partBytes, UploadMismatchError } from '../../storage/objects/object-store.ts';
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

/** Oblio's own keys are made of letters, digits, hyphens and slashes; a store that mixes others up would mix these up some day. */
const oddKeys = [
  'with space',
  ' at both ends ',
  'plus+and%percent',
  '%2F and %252F',
  'ünïcödé/è/日本語/🔏',
  'quotes\'"and`ticks',
  'a&b=c?d#e;f,g:h@i!j$k*l(m)n[o]{p}|q^r~s',
  '.hidden/..two/...three',
  'UPPER and upper',
  `long/${'x'.repeat(200)}/${'y'.repeat(200)}`,
];
/**
 * The identifiers of all versions below a prefix, from the store's answer as it is: SeaweedFS does not encode the keys in it, as it is asked to, so
 * that the client cannot read those with a percent sign.
 */
const versionIdsBelow = async (prefix: string): Promise<readonly string[]> => {
  const query = `versions&prefix=${encodeURIComponent(prefix)}`;
  const request = { method: 'GET', bucketName: store.bucket, query };
  const answer = await world.storeClient('gate').makeRequestAsync(request, '', [200], '');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  return [
    ...Buffer.concat(chunks)
      .toString('utf8')
      .matchAll(/<VersionId>([^<]*)</g),
  ].map(([, id = '']) => id);
};
describe('read back', () => {
  test.each([
    ...oddKeys.flatMap((odd) => [0, 1_000].map((size) => ({ odd, size }))),
    { odd: 'ünïcödé + %20/è', size: partBytes + 1 },
  ])('$size bytes under the key "$odd", and under no other', async ({ odd, size }) => {
    const place = newKey();
    const key = `${place}/${odd}`;
    const content = randomBytes(size);
    const { versionId } = await store.put({
      key,
      body: pieces(content),
      size,
      sha256: sha256(content),
      mediaType: 'audio/wav',
    });
    expect(sha256(await read(key, versionId)).equals(sha256(content))).toBe(true);
    expect(await store.head({ key })).toEqual({ size, versionId });
    expect(await versionIdsBelow(`${place}/`)).toEqual([versionId]);
    await world.storeClient('gate').removeObject(store.bucket, key, { versionId });
    expect(await world.store('gate').head({ key, versionId })).toBeUndefined();
    await expect(read(key, versionId)).rejects.toMatchObject({ code: expect.stringMatching(/NoSuch(Key|Version)/) });
    expect(await versionIdsBelow(`${place}/`)).toEqual([]);
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
