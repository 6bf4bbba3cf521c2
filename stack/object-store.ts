// The object store of the local stack: MinIO on 127.0.0.1, its buckets with object lock.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'minio';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from './managed-process.ts';
import { StackError } from './stack-error.ts';

/** A user of the store; `secretKey` is a secret. */
export type KeyPair = { accessKey: string; secretKey: string };

/** How MinIO is started: which binary, on which ports, over which folder. */
export type ObjectStorePlan = {
  binary: string;
  dataFolder: string;
  port: number;
  consolePort: number;
  administrator: KeyPair;
  region: string;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** MinIO once it answers; `start` starts it again on the same data. */
export type RunningObjectStore = { process: ManagedProcess; endpoint: string; start: () => Promise<void> };

/** Prepares MinIO; `start` starts it and waits until it takes requests. */
export async function prepareObjectStore(plan: ObjectStorePlan): Promise<RunningObjectStore> {
  const objects = join(plan.dataFolder, 'objects');
  const certificates = join(plan.dataFolder, 'minio-certificates');
  for (const folder of [objects, certificates]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const endpoint = `http://127.0.0.1:${plan.port}`;
  const managed = manageProcess(
    {
      name: 'MinIO',
      command: plan.binary,
      args: [
        'server',
        '--quiet',
        '--address',
        `127.0.0.1:${plan.port}`,
        '--console-address',
        `127.0.0.1:${plan.consolePort}`,
        '--certs-dir',
        certificates,
        objects,
      ],
      environment: {
        PATH: process.env.PATH,
        HOME: plan.dataFolder,
        MINIO_ROOT_USER: plan.administrator.accessKey,
        MINIO_ROOT_PASSWORD: plan.administrator.secretKey,
        MINIO_SITE_REGION: plan.region,
        MINIO_UPDATE: 'off',
        // What is deleted lies in the store's own waste basket until it is emptied: by default for up to five minutes.
        MINIO_API_DELETE_CLEANUP_INTERVAL: '10s',
      },
      cwd: plan.dataFolder,
      logFile: join(plan.dataFolder, 'logs', 'minio.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMilliseconds: 15_000,
    },
    plan.onUnexpectedEnd,
  );
  const start = async (): Promise<void> => {
    managed.start();
    const status = async (path: string): Promise<number> =>
      (await fetch(`${endpoint}${path}`, { signal: AbortSignal.timeout(2_000) })).status;
    // Ready is not the same as serving: only when users and policies are loaded is a stranger refused rather than put off.
    const serves = async (): Promise<boolean> =>
      (await status('/minio/health/cluster')) === 200 && (await status('/')) === 403;
    await waitUntilReady(managed, serves, 60_000);
  };
  return { process: managed, endpoint, start };
}

/** A client for the store's endpoint (`http://host:port` or `https://host`), path style. */
export function storeClient(endpoint: string, region: string, keys: KeyPair): Client {
  const url = new URL(endpoint);
  const useSSL = url.protocol === 'https:';
  return new Client({
    endPoint: url.hostname,
    port: url.port ? Number(url.port) : useSSL ? 443 : 80,
    useSSL,
    region,
    pathStyle: true,
    accessKey: keys.accessKey,
    secretKey: keys.secretKey,
  });
}

/** Makes sure the bucket exists with object lock, which brings versioning; says so when a bucket of that name has none. */
export async function ensureBucket(
  endpoint: string,
  region: string,
  administrator: KeyPair,
  name: string,
): Promise<void> {
  const client = storeClient(endpoint, region, administrator);
  if (!(await client.bucketExists(name))) {
    await client.makeBucket(name, region, { ObjectLocking: true });
    return;
  }
  try {
    await client.getObjectLockConfig(name);
  } catch {
    throw new StackError(
      `The bucket ${name} exists without object lock, which cannot be switched on later. Choose another name with S3_BUCKET.`,
    );
  }
}
