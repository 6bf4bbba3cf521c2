// The object store's bucket and users: on the local MinIO, or on a store that S3_ENDPOINT names.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Credentials } from './credentials.ts';
import type { StackSettings } from './external-services.ts';
import { ensureBucket, type KeyPair, prepareObjectStore, storeClient } from './object-store.ts';
import type { RunningServices } from './running-services.ts';
import { localHandle } from './service-handle.ts';
import { StackError } from './stack-error.ts';
import type { StartContext, Started } from './start-context.ts';
import { ensureStoreUsers, type StorePart, storeAccessKey, storeParts } from './store-users.ts';

/** The folder with the store users' policies, which the compose file uses too. */
export const storePoliciesFolder = fileURLToPath(new URL('../deploy/store-policies', import.meta.url));

/** The keys of each of the three users. */
export type StoreUsers = Record<StorePart, KeyPair>;

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

async function fingerprint(endpoint: string, users: StoreUsers): Promise<string> {
  const hash = createHash('sha256').update(endpoint).update(JSON.stringify(users));
  for (const part of storeParts) hash.update(await readFile(join(storePoliciesFolder, `${part}.json`)));
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
  const secrets = { api: credentials.storeApi, worker: credentials.storeWorker, gate: credentials.storeGate };
  const pair = (part: StorePart): KeyPair => ({ accessKey: storeAccessKey(part), secretKey: secrets[part] });
  const users: StoreUsers = { api: pair('api'), worker: pair('worker'), gate: pair('gate') };
  const stateFile = join(setup.dataFolder, 'store-users.sha256');
  const wanted = await fingerprint(setup.endpoint.replace(/^http:\/\/127\.0\.0\.1:\d+$/, 'local'), users);
  const done = existsSync(stateFile) && readFileSync(stateFile, 'utf8') === wanted;
  if (done && (await allUsersWork(setup.endpoint, region, bucket, users))) return users;
  const store = {
    mc: await setup.client(),
    endpoint: setup.endpoint,
    administrator: setup.administrator,
    dataFolder: setup.dataFolder,
  };
  await ensureStoreUsers(store, storePoliciesFolder, secrets);
  await writeFile(stateFile, wanted, { mode: 0o600 });
  return users;
}

/** Starts MinIO, or uses the store that is configured; either way with bucket and users. */
export async function startStore(context: StartContext): Promise<Started<RunningServices['objectStore']>> {
  const { settings, dataFolder, ports, credentials } = context;
  const region = settings.S3_REGION;
  const bucket = settings.S3_BUCKET;
  const client = async (): Promise<string> => context.program('mc').binary;
  if (settings.S3_ENDPOINT) {
    const endpoint = settings.S3_ENDPOINT;
    const administrator = configuredAdministrator(settings);
    const given = configuredStoreUsers(settings);
    if (!administrator && given) return { description: { endpoint, region, bucket, ...given } };
    if (!administrator) throw new StackError('The store has neither an administrator nor users.');
    if (given) await ensureBucket(endpoint, region, administrator, bucket);
    const users =
      given ?? (await ensureStore({ endpoint, administrator, client, dataFolder }, region, bucket, credentials));
    const clientBinary = given ? {} : { clientBinary: await client() };
    return { description: { endpoint, region, bucket, administrator, ...users, ...clientBinary } };
  }
  const administrator = { accessKey: 'oblio-administrator', secretKey: credentials.storeAdministrator };
  const store = await prepareObjectStore({
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
  const users = await ensureStore(
    { endpoint: store.endpoint, administrator, client, dataFolder },
    region,
    bucket,
    credentials,
  );
  context.log(`MinIO answers at ${store.endpoint}`);
  return {
    description: {
      endpoint: store.endpoint,
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
