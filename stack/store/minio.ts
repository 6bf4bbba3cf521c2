// The object store of the local stack: MinIO on 127.0.0.1, its buckets with object lock.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import type { KeyPair } from './store-client.ts';

/** How MinIO is started: which binary, on which ports, over which folder. */
export type MinioPlan = {
  binary: string;
  dataFolder: string;
  port: number;
  consolePort: number;
  administrator: KeyPair;
  region: string;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** MinIO once it answers; `start` starts it again on the same data. */
export type RunningMinio = { process: ManagedProcess; endpoint: string; start: () => Promise<void> };

/** Prepares MinIO; `start` starts it and waits until it takes requests. */
export async function prepareMinio(plan: MinioPlan): Promise<RunningMinio> {
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
    // Ready is not the same as serving: only when users and policies are loaded is a request without credentials refused rather than put off.
    const serves = async (): Promise<boolean> =>
      (await status('/minio/health/cluster')) === 200 && (await status('/')) === 403;
    await waitUntilReady(managed, serves, 60_000);
  };
  return { process: managed, endpoint, start };
}
