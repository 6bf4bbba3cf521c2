// The object store's bucket and users: on the SeaweedFS or the MinIO of this stack, or on a store that S3_ENDPOINT names.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localHandle } from '../process/service-handle.ts';
import { StackError } from '../process/stack-error.ts';
import type { Credentials } from '../services/credentials.ts';
import type { RunningServices } from '../services/running-services.ts';
import type { StackSettings } from '../services/settings.ts';
import type { StartContext, Started } from '../services/start-context.ts';
import { prepareMinio } from './minio.ts';
import { prepareSeaweed, seaweedFolder } from './seaweedfs.ts';
import { ensureBucket, type KeyPair, storeClient } from './store-client.ts';
import { ensureStoreUsers, readStorePolicy, type StoreUsers, storeAccessKey, storeParts } from './store-users.ts';

type StoreDescription = RunningServices['objectStore'];

/** Which store is prepared, and with whose rights. */
export type StoreSetup = {
  endpoint: string;
  administrator: KeyPair;
  /** The store's client; only asked for when users have to be created. */
  client: () => Promise<string>;
  dataFolder: string;
};

/** Users given by S3_API_..., S3_WORKER_... and S3_GATE_..., when all are. */
export function configuredStoreUsers(settings: StackSettings): StoreUsers | undefined {
  const pair = (accessKey: string | undefined, secretKey: string | undefined): KeyPair | undefined =>
    accessKey && secretKey ? { accessKey, secretKey } : undefined;
  const api = pair(settings.S3_API_ACCESS_KEY, settings.S3_API_SECRET_KEY);
  const worker = pair(settings.S3_WORKER_ACCESS_KEY, settings.S3_WORKER_SECRET_KEY);
  const gate = pair(settings.S3_GATE_ACCESS_KEY, settings.S3_GATE_SECRET_KEY);
  return api && worker && gate ? { api, worker, gate } : undefined;
}

/** The administrator of a store that runs elsewhere; says what is missing. */
export function configuredAdministrator(settings: StackSettings): KeyPair | undefined {
  const { S3_ADMIN_ACCESS_KEY: accessKey, S3_ADMIN_SECRET_KEY: secretKey } = settings;
  if (accessKey && secretKey) return { accessKey, secretKey };
  if (configuredStoreUsers(settings)) return undefined;
  throw new StackError(
    'S3_ENDPOINT names a store of your own. Set S3_ADMIN_ACCESS_KEY and S3_ADMIN_SECRET_KEY, so that the bucket and its three least-privileged users can be created (MinIO), or create them yourself and set S3_API_..., S3_WORKER_... and S3_GATE_ACCESS_KEY/_SECRET_KEY.',
  );
}

/** The three users of a store of this stack. */
function usersOf(credentials: Credentials): StoreUsers {
  return {
    api: { accessKey: storeAccessKey('api'), secretKey: credentials.storeApi },
    worker: { accessKey: storeAccessKey('worker'), secretKey: credentials.storeWorker },
    gate: { accessKey: storeAccessKey('gate'), secretKey: credentials.storeGate },
  };
}

function fingerprint(endpoint: string, users: StoreUsers): string {
  const hash = createHash('sha256').update(endpoint).update(JSON.stringify(users));
  for (const part of storeParts) hash.update(readStorePolicy(part));
  return hash.digest('hex');
}

async function allUsersWork(endpoint: string, region: string, bucket: string, users: StoreUsers): Promise<boolean> {
  const checks = storeParts.map(async (part) => storeClient(endpoint, region, users[part]).bucketExists(bucket));
  return (await Promise.allSettled(checks)).every((check) => check.status === 'fulfilled' && check.value);
}

/** Makes sure of bucket, users and policies. What was set up before and still works is not set up again. */
async function ensureStore(
  setup: StoreSetup,
  region: string,
  bucket: string,
  credentials: Credentials,
): Promise<StoreUsers> {
  await ensureBucket(setup.endpoint, region, setup.administrator, bucket);
  const users = usersOf(credentials);
  const stateFile = join(setup.dataFolder, 'store-users.sha256');
  const wanted = fingerprint(setup.endpoint.replace(/^http:\/\/127\.0\.0\.1:\d+$/, 'local'), users);
  const done = existsSync(stateFile) && readFileSync(stateFile, 'utf8') === wanted;
  if (done && (await allUsersWork(setup.endpoint, region, bucket, users))) return users;
  const store = {
    mc: await setup.client(),
    endpoint: setup.endpoint,
    administrator: setup.administrator,
    dataFolder: setup.dataFolder,
  };
  await ensureStoreUsers(store, users);
  await writeFile(stateFile, wanted, { mode: 0o600 });
  return users;
}

/** The store that S3_ENDPOINT names, completed with bucket and users as far as its administrator is configured. */
async function useConfiguredStore(context: StartContext, endpoint: string): Promise<StoreDescription> {
  const { settings, dataFolder, credentials } = context;
  const { S3_REGION: region, S3_BUCKET: bucket } = settings;
  const administrator = configuredAdministrator(settings);
  const given = configuredStoreUsers(settings);
  const kind = 'elsewhere' as const;
  if (!administrator && given) return { kind, endpoint, region, bucket, ...given };
  if (!administrator) throw new StackError('The store has neither an administrator nor users.');
  if (given) {
    await ensureBucket(endpoint, region, administrator, bucket);
    return { kind, endpoint, region, bucket, administrator, ...given };
  }
  const client = async (): Promise<string> => context.program('mc').binary;
  const users = await ensureStore({ endpoint, administrator, client, dataFolder }, region, bucket, credentials);
  return { kind, endpoint, region, bucket, administrator, ...users, clientBinary: await client() };
}

/** MinIO of this stack, for folders that were begun with it and to try Oblio with it. */
async function startMinio(context: StartContext, administrator: KeyPair): Promise<Started<StoreDescription>> {
  const { settings, dataFolder, ports, credentials } = context;
  const { S3_REGION: region, S3_BUCKET: bucket } = settings;
  const client = async (): Promise<string> => context.program('mc').binary;
  const store = await prepareMinio({
    binary: context.program('minio').binary,
    dataFolder,
    port: ports.objectStore,
    consolePort: ports.objectStoreConsole,
    administrator,
    region,
    onUnexpectedEnd: context.onUnexpectedEnd,
  });
  context.atStop(() => store.process.stop());
  await store.start();
  const { endpoint } = store;
  const users = await ensureStore({ endpoint, administrator, client, dataFolder }, region, bucket, credentials);
  context.log(`MinIO answers at ${endpoint}`);
  return {
    description: {
      kind: 'minio',
      endpoint,
      consoleAddress: `http://127.0.0.1:${ports.objectStoreConsole}`,
      region,
      bucket,
      folder: join(dataFolder, 'objects'),
      clientBinary: await client(),
      administrator,
      ...users,
    },
    handle: localHandle(store.process, store.start),
  };
}

/** SeaweedFS of this stack: its users and their policies are in force from its start on. */
async function startSeaweed(context: StartContext, administrator: KeyPair): Promise<Started<StoreDescription>> {
  const { settings, dataFolder, ports, credentials } = context;
  const { S3_REGION: region, S3_BUCKET: bucket } = settings;
  const users = usersOf(credentials);
  const { binary } = context.program('weed');
  const store = await prepareSeaweed({
    binary,
    dataFolder,
    port: ports.objectStore,
    internalPorts: context.internalPorts,
    administrator,
    users,
    region,
    onUnexpectedEnd: context.onUnexpectedEnd,
  });
  context.atStop(() => store.process.stop());
  await store.start();
  const { endpoint, master } = store;
  await ensureBucket(endpoint, region, administrator, bucket);
  context.log(`SeaweedFS answers at ${endpoint}`);
  return {
    description: {
      kind: 'seaweedfs',
      endpoint,
      region,
      bucket,
      folder: seaweedFolder(dataFolder),
      shell: { binary, master },
      administrator,
      ...users,
    },
    handle: localHandle(store.process, store.start),
  };
}

/** Starts the store of this data folder, or uses the one that is configured; either way with bucket and users. */
export async function startStore(context: StartContext): Promise<Started<StoreDescription>> {
  const { settings, credentials } = context;
  if (settings.S3_ENDPOINT) return { description: await useConfiguredStore(context, settings.S3_ENDPOINT) };
  const administrator = { accessKey: 'oblio-administrator', secretKey: credentials.storeAdministrator };
  return context.chosen.store === 'minio' ? startMinio(context, administrator) : startSeaweed(context, administrator);
}
