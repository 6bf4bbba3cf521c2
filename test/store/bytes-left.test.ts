/**
 * What is left on the disk of what was deleted, on a store of its own: nothing of the bytes, as they lie there, once the store has cleaned up, and
 * what its bookkeeping keeps for longer is no more than docs/store.md says. `npm test` looks at SeaweedFS, `npm run test:production-shape` at MinIO.
 */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Client } from 'minio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort, type StoreInternalPorts, storeInternalNames } from '../../stack/process/ports.ts';
import { resolvePrograms } from '../../stack/programs/resolve-programs.ts';
import { prepareMinio } from '../../stack/store/minio.ts';
import { prepareSeaweed, seaweedMaintenance } from '../../stack/store/seaweedfs.ts';
import { ensureBucket, type KeyPair, storeClient } from '../../stack/store/store-client.ts';
import { openObjectStore } from '../../storage/objects/object-store.ts';
import { temporaryFolder } from '../stack/temporary-folder.ts';
import { eventually } from '../support/temporal.ts';

const kind = process.env.OBLIO_STORE === 'minio' ? 'minio' : 'seaweedfs';
const region = 'us-east-1';
const bucket = 'oblio-bytes-left';
const dataFolder = temporaryFolder('bytes-left');
const folder = join(dataFolder, kind === 'minio' ? 'objects' : 'seaweedfs');
const keyPair = (accessKey: string): KeyPair => ({ accessKey, secretKey: randomBytes(16).toString('hex') });
const administrator = keyPair('administrator');

type OwnStore = { readonly endpoint: string; readonly start: () => Promise<void>; readonly stop: () => Promise<void> };
let store: OwnStore;
let client: Client;
/** Runs commands of `weed shell`, the tool of SeaweedFS's administrators, and returns what it prints. */
let shell: (commands: readonly string[]) => Promise<string>;

const ownSeaweed = async (): Promise<OwnStore> => {
  const { weed } = await resolvePrograms(['weed'], { environment: process.env, log: () => {} });
  const taken = new Set<number>();
  const internalPorts: Partial<StoreInternalPorts> = {};
  for (const name of storeInternalNames) internalPorts[name] = await freePort(taken);
  const seaweed = await prepareSeaweed({
    binary: weed.binary,
    dataFolder,
    port: await freePort(taken),
    internalPorts: internalPorts as StoreInternalPorts,
    administrator,
    users: { api: keyPair('oblio-api'), worker: keyPair('oblio-worker'), gate: keyPair('oblio-gate') },
    region,
    onUnexpectedEnd: () => {},
  });
  shell = (commands) =>
    new Promise((resolve, reject) => {
      const child = spawn(weed.binary, ['shell', `-master=${seaweed.master}`], {
        cwd: dataFolder,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
      child.on('error', reject);
      child.on('close', () => resolve(output));
      child.stdin.end([...commands, 'exit', ''].join('\n'));
    });
  return { endpoint: seaweed.endpoint, start: seaweed.start, stop: () => seaweed.process.stop() };
};

const ownMinio = async (): Promise<OwnStore> => {
  const { minio } = await resolvePrograms(['minio'], { environment: process.env, log: () => {} });
  const own = await prepareMinio({
    binary: minio.binary,
    dataFolder,
    port: await freePort(),
    consolePort: await freePort(),
    administrator,
    region,
    onUnexpectedEnd: () => {},
  });
  return { endpoint: own.endpoint, start: own.start, stop: () => own.process.stop() };
};

beforeAll(async () => {
  mkdirSync(dataFolder, { recursive: true });
  store = kind === 'minio' ? await ownMinio() : await ownSeaweed();
  await store.start();
  await ensureBucket(store.endpoint, region, administrator, bucket);
  client = storeClient(store.endpoint, region, administrator);
}, 240_000);
afterAll(async () => {
  await store?.stop();
}, 60_000);

/** The files below the store's folder in whose path or content something occurs. */
const filesWith = (needle: Buffer): readonly string[] => {
  const found: string[] = [];
  const walk = (place: string): void => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const path = join(place, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (Buffer.from(path).includes(needle) || readFileSync(path).includes(needle))
        found.push(relative(folder, path));
    }
  };
  // What goes away while it is looked at is looked for again.
  for (;;) {
    found.length = 0;
    try {
      walk(folder);
      return found;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
};

/** What may be found on the disk of one object or upload: its bytes as they lie there, its name, and what would open its bytes. */
type Traces = { readonly bytes: Buffer; readonly name: Buffer; readonly cipherKeys: readonly Buffer[] };

const entry = z.object({ chunks: z.array(z.object({ cipherKey: z.string().min(40) })).min(1) });
/** The entry of SeaweedFS for a version: its chunks and their keys. */
const cipherKeysOf = async (path: string): Promise<readonly Buffer[]> => {
  const printed = await shell([`fs.meta.cat ${path}`]);
  const json = printed.slice(printed.indexOf('{'), printed.lastIndexOf('}') + 1);
  return entry.parse(JSON.parse(json)).chunks.map(({ cipherKey }) => Buffer.from(cipherKey, 'base64'));
};

/** The volumes of a bucket, and what lies in the middle of what was written to them last. */
const lastWritten = (sizeBefore: ReadonlyMap<string, number>, volumes: ReadonlyMap<string, number>): Buffer => {
  for (const [path, size] of volumes) {
    const before = sizeBefore.get(path) ?? 0;
    if (size > before + 1_000) return readFileSync(path).subarray(before + 500, before + 564);
  }
  throw new Error('Nothing was written to the volumes');
};
const volumesOfBucket = (): ReadonlyMap<string, number> => {
  const data = join(folder, 'data');
  const names = readdirSync(data).filter((name) => name.startsWith(`${bucket}_`) && name.endsWith('.dat'));
  return new Map(names.map((name) => [join(data, name), readFileSync(join(data, name)).length]));
};

/** Does something that writes `content` under a key, and says what to look for afterwards. */
const traced = async (content: Buffer, key: string, write: () => Promise<string>): Promise<Traces> => {
  const name = Buffer.from(key.split('/')[1] ?? '');
  if (kind === 'minio') {
    await write();
    return { bytes: content.subarray(500, 564), name, cipherKeys: [] };
  }
  const before = volumesOfBucket();
  const path = await write();
  return { bytes: lastWritten(before, volumesOfBucket()), name, cipherKeys: await cipherKeysOf(path) };
};

const newKey = (): string => `inps/${randomUUID()}/${randomUUID()}`;

const putVersion = async (key: string): Promise<Traces> => {
  const content = randomBytes(200_000);
  return traced(content, key, async () => {
    const { versionId } = await client.putObject(bucket, key, content);
    return `/buckets/${bucket}/${key}.versions/v_${versionId}`;
  });
};

const beginUpload = async (key: string): Promise<Traces> => {
  const content = randomBytes(200_000);
  return traced(content, key, async () => {
    const uploadID = await client.initiateNewMultipartUpload(bucket, key, {});
    const place = { bucketName: bucket, objectName: key, uploadID, partNumber: 1, headers: {} };
    await client.uploadPart(place, content);
    const uploads = `/buckets/${bucket}/.uploads/${uploadID}`;
    const part = kind === 'minio' ? '' : ((await shell([`fs.ls ${uploads}`])).match(/\S+\.part/)?.[0] ?? '');
    return `${uploads}/${part}`;
  });
};

test('I6: what was deleted is nowhere on the disk once the store has cleaned up, neither versions nor unfinished uploads', async () => {
  const key = newKey();
  const uploadKey = newKey();
  const traces = [await putVersion(key), await putVersion(key), await beginUpload(uploadKey)];
  // The search is able to find.
  expect(filesWith(Buffer.from(key.split('/')[1] ?? ''))).not.toEqual([]);
  for (const { bytes, cipherKeys } of traces) {
    expect(filesWith(bytes)).toHaveLength(1);
    for (const cipherKey of cipherKeys) expect(filesWith(cipherKey)).not.toEqual([]);
  }
  await client.removeObject(bucket, key);
  const objects = openObjectStore({ endpoint: store.endpoint, region, bucket, ...administrator });
  const { versions } = await objects.listVersionsPage({ prefix: key });
  expect(versions).toHaveLength(3);
  for (const { versionId } of versions) await client.removeObject(bucket, key, { versionId });
  for (const { uploadId } of await objects.listUnfinishedUploads(uploadKey))
    await client.abortMultipartUpload(bucket, uploadKey, uploadId);

  const name = Buffer.from(key.split('/')[1] ?? '');
  const inIndex = join('data', 'filerldb2');
  if (kind === 'seaweedfs') {
    // Its log of changes reaches a volume within a minute: only then can it be seen to go.
    await eventually(
      async () => filesWith(name).filter((path) => !path.startsWith(inIndex)),
      (found) => found.length > 0,
    );
  } else {
    // It empties its waste basket every ten seconds, but first only five minutes after its start; at a start it does so at once.
    await store.stop();
    await store.start();
  }
  const cleanUp = async (): Promise<void> => {
    if (kind === 'seaweedfs') await shell(seaweedMaintenance);
  };
  const left = async (needles: readonly Buffer[]): Promise<readonly string[]> => {
    await cleanUp();
    return [...new Set(needles.flatMap(filesWith))].sort();
  };
  const none = (found: readonly string[]): boolean => found.length === 0;
  await eventually(() => left(traces.map(({ bytes }) => bytes)), none);
  // The names of objects are ids; without their bytes the keys that opened these open nothing. SeaweedFS keeps both in its index until that is
  // compacted, and nowhere else.
  const elsewhere = async (): Promise<readonly string[]> => {
    const found = await left(traces.flatMap(({ name, cipherKeys }) => [name, ...cipherKeys]));
    return found.filter((path) => kind === 'minio' || !path.startsWith(inIndex));
  };
  await eventually(elsewhere, none);
}, 300_000);
