// The real services for tests: started once per test run in a temporary folder, or reused from a running `stack/commands/dev-services.ts`.
// Each test file gets a database, a bucket and a Temporal namespace of its own.
//
// As vitest `globalSetup` (the default export) it starts the services and leaves the path of their description in OBLIO_TEST_SERVICES.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { ensureApplicationDatabase } from '../postgres/database-users.ts';
import { withClient } from '../postgres/postgres.ts';
import { freePort } from '../process/ports.ts';
import { ensureBucket } from '../store/store-client.ts';
import { ensureNamespace } from '../temporal/temporal-client.ts';
import { oblioEnvironment, type RunningServices, readRunningServices } from './running-services.ts';
import { startServices } from './start-services.ts';

const variable = 'OBLIO_TEST_SERVICES';
/** Set where the services end with the test run: what they keep need not be removed piece by piece. */
const throwAwayVariable = 'OBLIO_TEST_SERVICES_END_WITH_RUN';

/** The services of this test run. */
export function testServices(): RunningServices {
  const file = process.env[variable];
  if (!file) {
    throw new Error(
      `${variable} is not set: run tests with npm test, or start stack/commands/dev-services.ts and name its services.json.`,
    );
  }
  return readRunningServices(file);
}

/** Makes another bucket with object lock that the same three users may use; the name must begin with `oblio-`. */
async function createTestBucket(running: RunningServices, name: string): Promise<string> {
  const { endpoint, region, administrator } = running.objectStore;
  if (!administrator) throw new Error('The store has no administrator here, so no bucket can be made.');
  if (!name.startsWith('oblio-'))
    throw new Error('The store users may only touch buckets whose name begins with oblio-.');
  await ensureBucket(endpoint, region, administrator, name);
  return name;
}

/** A world of one test file: the same services, but nothing in common with other test files. */
export type TestEnvironment = {
  running: RunningServices;
  /** The variables of all processes together (owner, API, worker, gate and the store's administrator). */
  environment: Record<string, string>;
  /**
   * Removes the database where the services outlive the test run; the bucket stays with the store, which no user may empty, and the
   * namespace with the server. Services of one run are thrown away as a whole.
   */
  drop(): Promise<void>;
};

function inDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** Creates database (a copy of `template`), bucket and namespace under a name of their own, with free ports for API and worker. */
export async function createTestEnvironment(
  label: string,
  { running, template }: { readonly running: RunningServices; readonly template: string },
): Promise<TestEnvironment> {
  const { superuserUrl } = running.postgres;
  if (!superuserUrl) throw new Error('Tests need a Postgres of the stack, not one that DATABASE_URL names.');
  const unique = `${label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 30)}-${randomBytes(4).toString('hex')}`;
  const database = `oblio_${unique.replaceAll('-', '_')}`;
  const namespace = `oblio-${unique}`;
  const bucket = `oblio-${unique}`;
  await Promise.all([
    ensureApplicationDatabase(superuserUrl, database, template),
    createTestBucket(running, bucket),
    ensureNamespace(running.temporal.address, namespace, 1, '60s'),
  ]);
  const { postgres } = running;
  const own: RunningServices = {
    ...running,
    postgres: {
      superuserUrl,
      ownerUrl: inDatabase(postgres.ownerUrl, database),
      apiUrl: inDatabase(postgres.apiUrl, database),
      workerUrl: inDatabase(postgres.workerUrl, database),
      gateUrl: inDatabase(postgres.gateUrl, database),
    },
    temporal: { ...running.temporal, namespace },
    objectStore: { ...running.objectStore, bucket },
    ports: { api: await freePort(), worker: await freePort() },
  };
  const environment: Record<string, string> = {
    ...oblioEnvironment(own, 'migrate'),
    ...oblioEnvironment(own, 'api'),
    ...oblioEnvironment(own, 'worker'),
    S3_ADMIN_ACCESS_KEY: own.objectStore.administrator?.accessKey ?? '',
    S3_ADMIN_SECRET_KEY: own.objectStore.administrator?.secretKey ?? '',
    // Processes that a test starts load the modules that the run has compiled already.
    ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
  };
  const drop = async (): Promise<void> => {
    if (process.env[throwAwayVariable] !== undefined) return;
    await withClient(superuserUrl, (client) =>
      client.query(`drop database if exists ${escapeIdentifier(database)} with (force)`),
    );
  };
  return { running: own, environment, drop };
}

/** vitest globalSetup: starts the services unless a running stack is named, and stops what it started. */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env[variable]) return async () => {};
  const folder = mkdtempSync(join(tmpdir(), 'oblio-test-'));
  const services = await startServices({
    dataFolder: folder,
    ports: 'free',
    timeTravel: 'allowed',
    durability: 'killed-processes',
    historyShards: 4,
    withTemporalUi: false,
    withControl: true,
    environment: process.env,
    log: (line) => process.stdout.write(`${line}\n`),
    onServiceEnd: (end) => process.stderr.write(`${end.name} ended unexpectedly; see ${end.logFile}\n`),
  });
  const file = join(folder, 'services.json');
  writeFileSync(file, JSON.stringify(services.running), { mode: 0o600 });
  process.env[variable] = file;
  process.env[throwAwayVariable] = 'yes';
  return async () => {
    delete process.env[variable];
    delete process.env[throwAwayVariable];
    await services.stop();
    if (process.env.OBLIO_KEEP_TEST_SERVICES)
      process.stdout.write(`The services' data and logs are kept in ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
  };
}
