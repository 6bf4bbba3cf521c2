/**
 * Object lock: what is under a legal hold or a retention period goes for no credential and in no way that S3 has, and is as free as before once
 * the hold is lifted (I4). Oblio sets legal holds; retention periods are an installation's own.
 */
import type { Client } from 'minio';
import { RETENTION_MODES } from 'minio/dist/esm/helpers.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hours } from '../../domain/time/duration.ts';
import { storeErrorCode } from '../../storage/objects/store-client.ts';
import { openLegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { createWorld, type StorePart, type World } from '../support/world.ts';

let world: World;
let bucket = '';
beforeAll(async () => {
  world = await createWorld({ label: 'locks' });
  ({ bucket } = world.storeSettings('admin'));
});
afterAll(() => world.close());

const everyone: readonly StorePart[] = ['api', 'worker', 'gate', 'admin'];
const content = 'what must not go';

type Version = { readonly key: string; readonly versionId: string };
let keys = 0;
const newVersion = async (key?: string): Promise<Version> => {
  keys += 1;
  const name = key ?? `locks/${keys}/object`;
  const { versionId } = await world.storeClient('admin').putObject(bucket, name, content);
  if (versionId === null) throw new Error('The bucket is not versioned');
  return { key: name, versionId };
};

const setHold = async ({ key, versionId }: Version, status: 'ON' | 'OFF'): Promise<void> => {
  await world.storeClient('worker').setObjectLegalHold(bucket, key, { versionId, status });
};

const contentOf = async ({ key, versionId }: Version): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of await world.store('gate').get({ key, versionId })) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
};

/** Stores name it differently; a request that goes through fails the test. */
const refused = /AccessDenied|ObjectLocked|InvalidRequest/;
const refusalOf = async (attempt: () => Promise<unknown>): Promise<string> => {
  try {
    return `not refused: ${JSON.stringify(await attempt())}`;
  } catch (error) {
    return storeErrorCode(error);
  }
};

/** Every way in which S3 removes one version. */
const removals: readonly {
  readonly name: string;
  readonly remove: (client: Client, version: Version) => Promise<unknown>;
}[] = [
  { name: 'by its version', remove: (client, { key, versionId }) => client.removeObject(bucket, key, { versionId }) },
  {
    name: 'by its version with the bypass header',
    remove: (client, { key, versionId }) => client.removeObject(bucket, key, { versionId, governanceBypass: true }),
  },
  {
    name: 'in a list',
    remove: async (client, { key, versionId }) => {
      const errors = z
        .array(z.object({ Code: z.string() }))
        .parse(await client.removeObjects(bucket, [{ name: key, versionId }]));
      for (const { Code: code } of errors) throw Object.assign(new Error('refused'), { code });
    },
  },
];

describe('I4: a version under legal hold', () => {
  test.each(removals)('is refused $name, to every user and to the administrator', async ({ remove }) => {
    const version = await newVersion();
    await setHold(version, 'ON');
    for (const part of everyone) {
      expect(await refusalOf(() => remove(world.storeClient(part), version)), part).toMatch(refused);
      expect(await contentOf(version), part).toBe(content);
    }
    await setHold(version, 'OFF');
    for (const part of ['api', 'worker'] as const)
      expect(await refusalOf(() => remove(world.storeClient(part), version)), part).toBe('AccessDenied');
    await remove(world.storeClient('gate'), version);
    expect(await world.store('gate').head(version)).toBeUndefined();
  });

  test('stays under a newer version and under a delete marker, which do not take its hold along', async () => {
    const held = await newVersion();
    await setHold(held, 'ON');
    const newer = await newVersion(held.key);
    await world.storeClient('gate').removeObject(bucket, held.key);
    expect(await refusalOf(() => world.storeClient('gate').removeObject(bucket, held.key, held))).toMatch(refused);
    await world.storeClient('gate').removeObject(bucket, newer.key, newer);
    const listed = (await world.store('gate').listVersionsPage({ prefix: held.key })).versions;
    expect(listed.map(({ isDeleteMarker }) => isDeleteMarker).sort()).toEqual([false, true]);
    expect(await contentOf(held)).toBe(content);
  });

  test('keeps its bucket, also from the administrator', async () => {
    const held = await newVersion();
    await setHold(held, 'ON');
    expect(await refusalOf(() => world.storeClient('admin').removeBucket(bucket))).toBe('BucketNotEmpty');
    expect(await contentOf(held)).toBe(content);
  });

  test('is set and lifted by what Oblio sets and lifts holds with, on every version of the key and nowhere else', async () => {
    const older = await newVersion();
    const newer = await newVersion(older.key);
    const neighbour = await newVersion(`${older.key}-neighbour`);
    const holds = openLegalHoldStore(world.storeSettings('worker'), world.store('worker'));
    const shown = async ({ key, versionId }: Version): Promise<string> => {
      // A version that never had a hold may also be answered with an error.
      const answer = await world
        .storeClient('gate')
        .getObjectLegalHold(bucket, key, { versionId })
        .catch(() => undefined);
      return z.object({ Status: z.string() }).safeParse(answer).data?.Status ?? 'OFF';
    };
    for (const on of [true, true, false, false]) {
      expect(await holds.setLegalHold({ key: older.key, on })).toBe(2);
      const status = on ? 'ON' : 'OFF';
      expect([await shown(older), await shown(newer), await shown(neighbour)]).toEqual([status, status, 'OFF']);
    }
  });
});

describe('a version under a retention period', () => {
  test.each([
    { mode: RETENTION_MODES.GOVERNANCE, who: ['api', 'worker', 'gate'] as const },
    { mode: RETENTION_MODES.COMPLIANCE, who: everyone },
  ])('$mode: is refused with the bypass header to those who may not pass over it', async ({ mode, who }) => {
    const version = await newVersion();
    const retainUntilDate = new Date(Date.now() + hours(1)).toISOString();
    await world
      .storeClient('admin')
      .putObjectRetention(bucket, version.key, { mode, versionId: version.versionId, retainUntilDate });
    for (const part of who)
      for (const { name, remove } of removals)
        expect(await refusalOf(() => remove(world.storeClient(part), version)), `${part} ${name}`).toMatch(refused);
    expect(await contentOf(version)).toBe(content);
  });
});

test('a bucket has its lock for good: versioning cannot be suspended by anyone', async () => {
  for (const part of everyone)
    expect(
      await refusalOf(() => world.storeClient(part).setBucketVersioning(bucket, { Status: 'Suspended' })),
      part,
    ).toMatch(/AccessDenied|InvalidBucketState/);
  expect(await world.storeClient('admin').getBucketVersioning(bucket)).toMatchObject({ Status: 'Enabled' });
});
