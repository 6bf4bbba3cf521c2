/** Uploads in parts that were begun and not finished: nobody sees an object, the gate finds them, and removed they leave nothing. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partBytes } from '../../storage/objects/object-store.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let bucket = '';
beforeAll(async () => {
  world = await createWorld({ label: 'uploads' });
  ({ bucket } = world.storeSettings('admin'));
});
afterAll(() => world.close());

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `uploads/${keys}/object`;
};
const uploadIds = async (key: string): Promise<readonly string[]> =>
  (await world.store('gate').listUnfinishedUploads(key)).map(({ uploadId }) => uploadId).sort();
const begin = (key: string): Promise<string> => world.storeClient('api').initiateNewMultipartUpload(bucket, key, {});
const sendPart = async (key: string, uploadID: string, partNumber: number, content: Buffer): Promise<string> => {
  const place = { bucketName: bucket, objectName: key, uploadID, partNumber, headers: {} };
  return (await world.storeClient('api').uploadPart(place, content)).etag;
};

test('an upload that breaks off through Oblio is listed under its key, is no object, and is gone once it is aborted', async () => {
  const key = newKey();
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield randomBytes(2 * partBytes + 1);
    throw new Error('the caller hung up');
  }
  await expect(world.store('api').put({ key, body: breaking(), mediaType: 'audio/wav' })).rejects.toThrow(
    'the caller hung up',
  );
  const [upload, ...others] = await world.store('gate').listUnfinishedUploads(key);
  expect(others).toEqual([]);
  expect(upload).toMatchObject({ key, uploadId: expect.any(String), begunAt: expect.any(Date) });
  expect(Math.abs((upload?.begunAt.getTime() ?? 0) - Date.now())).toBeLessThan(120_000);
  expect(await world.store('gate').head({ key })).toBeUndefined();
  expect((await world.store('gate').listVersionsPage({ prefix: key })).versions).toEqual([]);
  await world.storeClient('gate').abortMultipartUpload(bucket, key, upload?.uploadId ?? '');
  expect(await uploadIds(key)).toEqual([]);
  expect((await world.store('gate').listVersionsPage({ prefix: key })).versions).toEqual([]);
});

test('several uploads under one key are all listed, none of a neighbour’s, and each is removed by itself', async () => {
  const key = newKey();
  const ids = [await begin(key), await begin(key), await begin(key)].sort();
  const neighbour = await begin(`${key}-neighbour`);
  expect(await uploadIds(key)).toEqual(ids);
  const [first = '', ...rest] = ids;
  await world.storeClient('gate').abortMultipartUpload(bucket, key, first);
  expect(await uploadIds(key)).toEqual(rest);
  expect(await uploadIds(`${key}-neighbour`)).toEqual([neighbour]);
});

test('what was aborted cannot be finished any more, nor sent further', async () => {
  const key = newKey();
  const uploadId = await begin(key);
  const etag = await sendPart(key, uploadId, 1, Buffer.from('a part'));
  await world.storeClient('gate').abortMultipartUpload(bucket, key, uploadId);
  await expect(
    world.storeClient('api').completeMultipartUpload(bucket, key, uploadId, [{ part: 1, etag }]),
  ).rejects.toMatchObject({ code: 'NoSuchUpload' });
  await expect(sendPart(key, uploadId, 2, Buffer.from('a part'))).rejects.toMatchObject({ code: 'NoSuchUpload' });
  expect(await world.store('gate').head({ key })).toBeUndefined();
});

test('a finished upload is one version and no longer listed as unfinished', async () => {
  const key = newKey();
  const uploadId = await begin(key);
  const etags = [
    await sendPart(key, uploadId, 1, randomBytes(partBytes)),
    await sendPart(key, uploadId, 2, Buffer.from('end')),
  ];
  const { versionId } = await world.storeClient('api').completeMultipartUpload(
    bucket,
    key,
    uploadId,
    etags.map((etag, index) => ({ part: index + 1, etag })),
  );
  expect(await uploadIds(key)).toEqual([]);
  expect((await world.store('gate').listVersionsPage({ prefix: key })).versions).toEqual([
    { key, versionId, isDeleteMarker: false, isLatest: true, size: partBytes + 3 },
  ]);
});
