/**
 * The world of one test file: a migrated database, a bucket and a Temporal namespace of its own on the real services, opened with
 * the same least-privileged users as in production. `await using world = await createWorld(...)`, or `close()` in `afterAll`.
 */
import type { Client } from 'minio';
import type { Instant } from '../../domain/time/instant.ts';
import { type LoadedPolicy, loadPolicies } from '../../policies/load-policies.ts';
import type { RunningServices } from '../../stack/services/running-services.ts';
import { createTestEnvironment, testServices } from '../../stack/services/test-services.ts';
import { type Database, openDatabase, statementTimeoutsMs } from '../../storage/database/database.ts';
import { createErasureGate, type ErasureGate, type GateStep } from '../../storage/erasure-gate/index.ts';
import { type ObjectStore, openObjectStore } from '../../storage/objects/object-store.ts';
import { openStoreClient, type StoreSettings } from '../../storage/objects/store-client.ts';
import { storePolicy } from '../../storage/policies/policies.ts';
import { createSealing, readKeysFile, type Sealing } from '../../storage/sealing/sealing.ts';
import { templateDatabase } from './template-database.ts';
import { bundleWithClock, type WorldClock, worldClock } from './world-clock.ts';

export { realNow } from './world-clock.ts';

/** The parts of Oblio that log in to the database. */
export const databaseParts = ['owner', 'api', 'worker', 'gate'] as const;
export type DatabasePart = (typeof databaseParts)[number];
/** The users of the store; `admin` is the store's own administrator. */
export type StorePart = 'api' | 'worker' | 'gate' | 'admin';

export type CreateWorldInput = {
  /** Names the database and the bucket, for whoever looks into them while the test runs. */
  readonly label: string;
  /** A folder of policies (default: the repository's own), or policies themselves; they are stored in the database. */
  readonly policies?: string | readonly LoadedPolicy[];
  /** The services; default: those of the test run. */
  readonly services?: RunningServices;
  /** What the world's clock shows when it is created, for stories with fixed dates; absent: the real clock. */
  readonly today?: Instant;
};

export type World = AsyncDisposable & {
  /** Every variable of the processes, as `npm start` would set them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly services: RunningServices;
  /** Of API, worker, gate and workflows. */
  readonly clock: WorldClock;
  /** The database with the login of a part; opened when first asked for. */
  readonly database: (part: DatabasePart) => Database;
  /** The database as the cluster's superuser, for what no part may do (tampering, looking behind). */
  readonly superuser: () => Database;
  readonly store: (part: StorePart) => ObjectStore;
  readonly storeSettings: (part: StorePart) => StoreSettings;
  /** The raw client of the store, for what `storage` does not offer (flags, removals with the wrong user). */
  readonly storeClient: (part: StorePart) => Client;
  readonly sealing: Sealing;
  readonly policies: readonly LoadedPolicy[];
  /** A gate that may travel in time. */
  readonly gate: (options?: GateOptions) => ErasureGate;
  /** Runs when the world is closed, the last added first. */
  readonly defer: (cleanUp: () => Promise<unknown>) => void;
  readonly close: () => Promise<void>;
};

export type GateOptions = {
  readonly atStep?: (step: GateStep) => Promise<void>;
  readonly timeTravel?: 'refused' | 'allowed';
  readonly clock?: () => Instant;
};

const variable = (environment: Readonly<Record<string, string>>, name: string): string => {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`The test environment lacks ${name}`);
  return value;
};

const databaseVariables: Readonly<Record<DatabasePart, string>> = {
  owner: 'DATABASE_URL',
  api: 'OBLIO_API_DATABASE_URL',
  worker: 'OBLIO_WORKER_DATABASE_URL',
  gate: 'OBLIO_GATE_DATABASE_URL',
};

/** Creates the world: about a quarter of a second. */
export const createWorld = async (input: CreateWorldInput): Promise<World> => {
  const { label, policies: wanted = 'policies', services = testServices() } = input;
  const clock = worldClock(input.today);
  const {
    running,
    environment: given,
    drop,
  } = await createTestEnvironment(label, {
    running: services,
    template: await templateDatabase(services),
  });
  const environment = { ...given };
  const cleanUps: (() => Promise<unknown>)[] = [drop];
  const defer = (cleanUp: () => Promise<unknown>): void => {
    cleanUps.push(cleanUp);
  };
  const databases = new Map<string, Database>();
  const open = (name: string, url: string): Database => {
    const already = databases.get(name);
    if (already) return already;
    const limits: Readonly<Record<string, number | undefined>> = statementTimeoutsMs;
    const statementTimeoutMs = limits[name];
    const db = openDatabase({
      url,
      applicationName: `test-${name}`,
      maxConnections: 12,
      ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
    });
    databases.set(name, db);
    defer(() => db.destroy());
    return db;
  };
  const database = (part: DatabasePart): Database => open(part, variable(environment, databaseVariables[part]));
  const storeSettings = (part: StorePart): StoreSettings => ({
    endpoint: variable(environment, 'S3_ENDPOINT'),
    region: variable(environment, 'S3_REGION'),
    bucket: variable(environment, 'S3_BUCKET'),
    accessKey: variable(environment, `S3_${part.toUpperCase()}_ACCESS_KEY`),
    secretKey: variable(environment, `S3_${part.toUpperCase()}_SECRET_KEY`),
  });
  const close = async (): Promise<void> => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  };
  try {
    if (clock.aheadMs !== 0) {
      const bundle = await bundleWithClock(clock.aheadMs);
      defer(bundle.remove);
      environment.OBLIO_WORKFLOW_BUNDLE = bundle.path;
    }
    const policies = typeof wanted === 'string' ? await loadPolicies({ folder: wanted }) : wanted;
    for (const { policy, digest } of policies) {
      await storePolicy(database('api'), { policy, digest, now: clock.now(), actor: 'test' });
    }
    return {
      environment,
      services: running,
      clock,
      database,
      superuser: () => {
        const { superuserUrl } = running.postgres;
        if (superuserUrl === undefined) throw new Error('Only a Postgres of the stack has a superuser that tests know');
        const url = new URL(superuserUrl);
        url.pathname = new URL(variable(environment, 'DATABASE_URL')).pathname;
        return open('superuser', url.href);
      },
      store: (part) => openObjectStore(storeSettings(part)),
      storeSettings,
      storeClient: (part) => openStoreClient(storeSettings(part)),
      sealing: createSealing(await readKeysFile(variable(environment, 'OBLIO_KEYS_FILE'))),
      policies,
      gate: ({ atStep, timeTravel = 'allowed', clock: ownClock = clock.now } = {}) =>
        createErasureGate({
          db: database('gate'),
          store: storeSettings('gate'),
          clock: ownClock,
          timeTravel,
          ...(atStep === undefined ? {} : { atStep }),
        }),
      defer,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
