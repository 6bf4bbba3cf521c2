/**
 * Which user of the store may do what: every operation that Oblio or an intruder could try, with the keys of each user. The policies in
 * deploy/store-policies are the only source of these rights, and only the gate may take anything away (I5).
 */
import { randomBytes } from 'node:crypto';
import type { Client } from 'minio';
import { RETENTION_MODES } from 'minio/dist/esm/helpers.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hours } from '../../domain/time/duration.ts';
import { ensureBucket, storeClient } from '../../stack/store/store-client.ts';
import { storeErrorCode } from '../../storage/objects/store-client.ts';
import { createWorld, type StorePart, type World } from '../support/world.ts';

let world: World;
let bucket = '';
/** A bucket that Oblio's users may know, for what changes a bucket as a whole. */
let spareBucket = '';
/** A bucket of another program in the same store. */
const strangersBucket = `of-another-program-${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  world = await createWorld({ label: 'rights' });
  const { endpoint, region, accessKey, secretKey, bucket: own } = world.storeSettings('admin');
  bucket = own;
  spareBucket = `${own}-spare`;
  for (const name of [spareBucket, strangersBucket])
    await ensureBucket(endpoint, region, { accessKey, secretKey }, name);
  await world.storeClient('admin').putObject(strangersBucket, 'one', 'content');
});
afterAll(() => world.close());

/** Something in the bucket that an operation is tried on: each try gets its own. */
type Target = { readonly key: string; readonly versionId: string; readonly uploadId: string };

let targets = 0;
const newTarget = async ({ retained }: { readonly retained: boolean }): Promise<Target> => {
  targets += 1;
  const key = `rights/${targets}/object`;
  const admin = world.storeClient('admin');
  const { versionId } = await admin.putObject(bucket, key, 'content');
  if (versionId === null) throw new Error('The bucket is not versioned');
  if (retained) {
    const retainUntilDate = new Date(Date.now() + hours(1)).toISOString();
    await admin.putObjectRetention(bucket, key, { mode: RETENTION_MODES.GOVERNANCE, versionId, retainUntilDate });
  }
  return { key, versionId, uploadId: await admin.initiateNewMultipartUpload(bucket, `${key}-in-parts`, {}) };
};

const readAll = async (body: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of body);
};

/** A query to the bucket as it goes over the wire, for what the client has no call for or hides behind others. */
const bucketRequest = async (
  client: Client,
  { method, query, body = '', name = bucket }: { method: string; query: string; body?: string; name?: string },
): Promise<void> => {
  const request = {
    method,
    bucketName: name,
    query,
    headers: body === '' ? {} : { 'Content-Type': 'application/xml' },
  };
  await readAll(await client.makeRequestAsync(request, body, [200, 204], ''));
};

const removedByList = async (client: Client, { key, versionId }: Target): Promise<void> => {
  // What was refused comes as a list in an answer of status 200.
  const refused = z
    .array(z.object({ Code: z.string() }))
    .parse(await client.removeObjects(bucket, [{ name: key, versionId }]));
  for (const { Code: code } of refused) throw Object.assign(new Error('refused'), { code });
};

type Operation = {
  readonly name: string;
  /** Who may. The administrator's answer is left out where stores differ in what they offer at all. */
  readonly allowed: readonly StorePart[];
  readonly allowedOnMinio?: readonly StorePart[];
  readonly alsoAdministrator?: false;
  readonly retained?: true;
  readonly attempt: (client: Client, target: Target) => unknown;
};

const everyone: readonly StorePart[] = ['api', 'worker', 'gate', 'admin'];
const writers: readonly StorePart[] = ['api', 'worker', 'admin'];
const remover: readonly StorePart[] = ['gate', 'admin'];
const administrator: readonly StorePart[] = ['admin'];
const part = Buffer.from('a part');

const operations: readonly Operation[] = [
  // Objects.
  {
    name: 'put an object',
    allowed: writers,
    attempt: (client, { key }) => client.putObject(bucket, `${key}-new`, 'x'),
  },
  {
    name: 'put a new version of an object',
    allowed: writers,
    attempt: (client, { key }) => client.putObject(bucket, key, 'x'),
  },
  {
    name: 'get an object',
    allowed: everyone,
    attempt: async (client, { key }) => readAll(await client.getObject(bucket, key)),
  },
  {
    name: 'get a version',
    allowed: everyone,
    attempt: async (client, { key, versionId }) => readAll(await client.getObject(bucket, key, { versionId })),
  },
  { name: 'head an object', allowed: everyone, attempt: (client, { key }) => client.statObject(bucket, key) },
  {
    name: 'list objects',
    allowed: everyone,
    attempt: (client) => bucketRequest(client, { method: 'GET', query: 'list-type=2&prefix=rights%2F1%2F' }),
  },
  {
    name: 'list versions and delete markers',
    allowed: ['worker', 'gate', 'admin'],
    // MinIO has one right for both listings. Nothing can be changed with it.
    allowedOnMinio: everyone,
    attempt: (client) => bucketRequest(client, { method: 'GET', query: 'versions&prefix=rights%2F1%2F' }),
  },
  // Removal.
  {
    name: 'delete a version',
    allowed: remover,
    attempt: (client, { key, versionId }) => client.removeObject(bucket, key, { versionId }),
  },
  {
    name: 'set a delete marker',
    allowed: remover,
    attempt: (client, { key }) => client.removeObject(bucket, key),
  },
  { name: 'delete a list of versions', allowed: remover, attempt: removedByList },
  // Locks.
  {
    name: 'read a legal hold',
    allowed: ['worker', 'gate', 'admin'],
    attempt: async (client, { key, versionId }) => {
      await world.storeClient('admin').setObjectLegalHold(bucket, key, { versionId, status: 'ON' });
      return client.getObjectLegalHold(bucket, key, { versionId });
    },
  },
  {
    name: 'set a legal hold',
    allowed: ['worker', 'admin'],
    attempt: (client, { key, versionId }) => client.setObjectLegalHold(bucket, key, { versionId, status: 'ON' }),
  },
  {
    name: 'lift a legal hold',
    allowed: ['worker', 'admin'],
    attempt: async (client, { key, versionId }) => {
      await world.storeClient('admin').setObjectLegalHold(bucket, key, { versionId, status: 'ON' });
      return client.setObjectLegalHold(bucket, key, { versionId, status: 'OFF' });
    },
  },
  {
    name: 'set a retention period',
    allowed: administrator,
    attempt: (client, { key, versionId }) =>
      client.putObjectRetention(bucket, key, {
        mode: RETENTION_MODES.GOVERNANCE,
        versionId,
        retainUntilDate: new Date(Date.now() + hours(1)).toISOString(),
      }),
  },
  {
    name: 'delete a retained version with the bypass header',
    allowed: administrator,
    retained: true,
    attempt: (client, { key, versionId }) => client.removeObject(bucket, key, { versionId, governanceBypass: true }),
  },
  // Uploads in parts.
  {
    name: 'begin an upload in parts',
    allowed: writers,
    attempt: (client, { key }) => client.initiateNewMultipartUpload(bucket, `${key}-begun`, {}),
  },
  {
    name: 'send a part',
    allowed: writers,
    attempt: (client, { key, uploadId: uploadID }) =>
      client.uploadPart(
        { bucketName: bucket, objectName: `${key}-in-parts`, uploadID, partNumber: 1, headers: {} },
        part,
      ),
  },
  {
    name: 'finish an upload in parts',
    allowed: writers,
    attempt: async (client, { key, uploadId: uploadID }) => {
      const place = { bucketName: bucket, objectName: `${key}-in-parts`, uploadID, partNumber: 1, headers: {} };
      const { etag } = await world.storeClient('admin').uploadPart(place, part);
      return client.completeMultipartUpload(bucket, `${key}-in-parts`, uploadID, [{ part: 1, etag }]);
    },
  },
  {
    name: 'abort an upload in parts',
    allowed: remover,
    attempt: (client, { key, uploadId }) => client.abortMultipartUpload(bucket, `${key}-in-parts`, uploadId),
  },
  {
    name: 'abort an upload in parts that it began',
    allowed: administrator,
    attempt: async (client, { key }) => {
      const own = await client.initiateNewMultipartUpload(bucket, `${key}-own`, {});
      return client.abortMultipartUpload(bucket, `${key}-own`, own);
    },
  },
  {
    name: 'list unfinished uploads',
    allowed: remover,
    attempt: (client, { key }) => client.listIncompleteUploadsQuery(bucket, `${key}-in-parts`, '', '', ''),
  },
  // The bucket as a whole.
  {
    name: 'read the versioning of the bucket',
    allowed: everyone,
    attempt: (client) => client.getBucketVersioning(bucket),
  },
  {
    name: 'read the lock of the bucket',
    allowed: everyone,
    attempt: (client) => client.getObjectLockConfig(bucket),
  },
  {
    name: 'suspend versioning',
    // On a bucket with a lock a store refuses it to its administrator too.
    allowed: [],
    alsoAdministrator: false,
    attempt: (client) => client.setBucketVersioning(spareBucket, { Status: 'Suspended' }),
  },
  {
    name: 'read the bucket policy',
    allowed: [],
    alsoAdministrator: false,
    attempt: (client) => client.getBucketPolicy(spareBucket),
  },
  {
    name: 'set a bucket policy',
    allowed: administrator,
    attempt: (client) =>
      client.setBucketPolicy(
        spareBucket,
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: ['*'] },
              Action: ['s3:GetBucketLocation'],
              Resource: [`arn:aws:s3:::${spareBucket}`],
            },
          ],
        }),
      ),
  },
  {
    name: 'remove the bucket policy',
    allowed: administrator,
    attempt: (client) => bucketRequest(client, { method: 'DELETE', query: 'policy', name: spareBucket }),
  },
  {
    name: 'let objects expire',
    allowed: administrator,
    attempt: (client) =>
      client.setBucketLifecycle(spareBucket, { Rule: [{ ID: 'x', Status: 'Enabled', Expiration: { Days: 1 } }] }),
  },
  {
    name: 'change the default lock of the bucket',
    allowed: administrator,
    attempt: (client) =>
      client.setObjectLockConfig(spareBucket, { mode: RETENTION_MODES.GOVERNANCE, unit: 'Days', validity: 1 }),
  },
  {
    name: 'make a bucket',
    allowed: administrator,
    attempt: (client, { versionId }) =>
      client.makeBucket(
        `oblio-new-${versionId
          .toLowerCase()
          .replaceAll(/[^a-z0-9]/g, '')
          .slice(-12)}-${targets}`,
      ),
  },
  {
    name: 'remove a bucket',
    allowed: [],
    alsoAdministrator: false,
    attempt: (client) => client.removeBucket(bucket),
  },
  // What is not Oblio's.
  {
    name: 'get an object of another program',
    allowed: administrator,
    attempt: async (client) => readAll(await client.getObject(strangersBucket, 'one')),
  },
  {
    name: 'put an object into the bucket of another program',
    allowed: administrator,
    attempt: (client) => client.putObject(strangersBucket, 'two', 'x'),
  },
  {
    name: 'delete an object of another program',
    allowed: administrator,
    attempt: async (client) => {
      await world.storeClient('admin').putObject(strangersBucket, 'three', 'x');
      await client.removeObject(strangersBucket, 'three');
    },
  },
  {
    name: 'list the bucket of another program',
    allowed: administrator,
    attempt: (client) => bucketRequest(client, { method: 'GET', query: 'list-type=2', name: strangersBucket }),
  },
  {
    name: 'copy an object of another program into its own bucket',
    allowed: administrator,
    attempt: (client, { key }) => client.copyObject(bucket, `${key}-copied`, `/${strangersBucket}/one`),
  },
];

/** `yes`, `no` where the store says that this user may not, or whatever else it says. */
const answerOf = async (attempt: () => unknown): Promise<string> => {
  try {
    await attempt();
    return 'yes';
  } catch (error) {
    const code = storeErrorCode(error);
    return code === 'AccessDenied' ? 'no' : code;
  }
};

describe('I5: who may', () => {
  test.each(operations)('$name', async ({ alsoAdministrator, retained = false, attempt, ...rights }) => {
    const onMinio = world.services.objectStore.kind === 'minio';
    const allowed = (onMinio ? rights.allowedOnMinio : undefined) ?? rights.allowed;
    const parts = everyone.filter((part) => part !== 'admin' || alsoAdministrator !== false);
    const answers: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const part of parts) {
      const target = await newTarget({ retained });
      answers[part] = await answerOf(() => attempt(world.storeClient(part), target));
      expected[part] = allowed.includes(part) ? 'yes' : 'no';
      // Refused is not only what the answer says: the version is still there.
      if (!allowed.includes(part)) {
        const { key, versionId } = target;
        expect(await world.store('admin').head({ key, versionId }), `after ${part}`).toMatchObject({ versionId });
      }
    }
    expect(answers).toEqual(expected);
  });

  test('keys that no user has open nothing', async () => {
    const { endpoint, region } = world.storeSettings('api');
    const stranger = storeClient(endpoint, region, {
      accessKey: 'oblio-gate',
      secretKey: 'not-the-secret-of-the-gate',
    });
    const { key } = await newTarget({ retained: false });
    expect(await answerOf(() => stranger.statObject(bucket, key))).not.toBe('yes');
    expect(await answerOf(() => stranger.putObject(bucket, 'rights/of-a-stranger', 'x'))).not.toBe('yes');
    expect(await world.store('admin').head({ key: 'rights/of-a-stranger' })).toBeUndefined();
  });

  test('a request without keys opens nothing', async () => {
    const { endpoint } = world.storeSettings('api');
    const { key } = await newTarget({ retained: false });
    for (const [method, path] of [
      ['GET', `/${bucket}/${key}`],
      ['GET', `/${bucket}?list-type=2`],
      ['PUT', `/${bucket}/${key}`],
      ['DELETE', `/${bucket}/${key}`],
    ] as const)
      expect((await fetch(`${endpoint}${path}`, { method })).status, `${method} ${path}`).toBe(403);
  });
});
