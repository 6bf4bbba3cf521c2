/** Opens what the worker stands on: databases and stores with their own credentials, keys, policies. Connects to nothing yet. */

import type { Policy } from '../domain/policy/policy.ts';
import type { Instant } from '../domain/time/instant.ts';
import { loadPolicies } from '../policies/load-policies.ts';
import { type Database, openDatabase, statementTimeoutsMs } from '../storage/database/database.ts';
import { createErasureGate, type ErasureGate, type GateStep } from '../storage/erasure-gate/index.ts';
import { type ObjectStore, openObjectStore } from '../storage/objects/object-store.ts';
import type { StoreSettings } from '../storage/objects/store-client.ts';
import { createSealing, readKeysFile, type Sealing } from '../storage/sealing/sealing.ts';
import { type LegalHoldStore, openLegalHoldStore } from '../storage/suspensions/legal-hold-store.ts';
import { awaitKeys, type KeysWaiting } from './await-keys.ts';
import type { WorkerConfig } from './config.ts';
import type { Log } from './observability/logger.ts';

/** What the worker stands on, each part with its own least-privileged login; `close` lets all of it go. */
export type WorkerParts = {
  /** With the worker's login. */
  readonly db: Database;
  /** With the gate's login. */
  readonly gateDb: Database;
  readonly gate: ErasureGate;
  readonly store: ObjectStore;
  readonly legalHolds: LegalHoldStore;
  readonly sealing: Sealing;
  /** To be asked before anything else: whether the keys are those of the database; see `awaitKeys`. */
  readonly keysConfirmed: (waiting: KeysWaiting) => Promise<boolean>;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly close: () => Promise<void>;
};

/** The process's log and real clock, which its outermost edge hands in. */
export type OpenPartsDeps = {
  readonly log: Log;
  readonly clock: () => Instant;
  /** Named lines of the gate for tests that stop the process there. */
  readonly atGateStep?: (step: GateStep) => Promise<void>;
};

/** Throws for wrong keys or policies, with a message for the person who wrote them. */
export const openParts = async (config: WorkerConfig, deps: OpenPartsDeps): Promise<WorkerParts> => {
  const keys = await readKeysFile(config.keysFile);
  const policies = new Map(
    (await loadPolicies({ folder: config.policiesFolder })).map(({ policy }) => [policy.controller, policy] as const),
  );
  const onConnectionLost = (code: string): void => deps.log.warn('connection-lost', { service: 'database', code });
  const db = openDatabase({
    url: config.databases.workerUrl,
    applicationName: 'oblio-worker',
    maxConnections: 20,
    statementTimeoutMs: statementTimeoutsMs.worker,
    onConnectionLost,
  });
  // Each chunk keeps a connection for its lock and uses another for its transactions.
  const gateDb = openDatabase({
    url: config.databases.gateUrl,
    applicationName: 'oblio-gate',
    maxConnections: config.erasuresAtOnce * 2 + 2,
    statementTimeoutMs: statementTimeoutsMs.gate,
    onConnectionLost,
  });
  const storeOf = (credentials: { readonly accessKey: string; readonly secretKey: string }): StoreSettings => ({
    endpoint: config.store.endpoint,
    region: config.store.region,
    bucket: config.store.bucket,
    ...credentials,
  });
  const store = openObjectStore(storeOf(config.store.worker));
  return {
    db,
    gateDb,
    gate: createErasureGate({
      db: gateDb,
      store: storeOf(config.store.gate),
      clock: deps.clock,
      timeTravel: config.timeTravel,
      ...(deps.atGateStep === undefined ? {} : { atStep: deps.atGateStep }),
    }),
    store,
    legalHolds: openLegalHoldStore(storeOf(config.store.worker), store),
    sealing: createSealing(keys),
    keysConfirmed: (waiting) =>
      awaitKeys({ db, log: deps.log, clock: deps.clock }, { keys, keysFile: config.keysFile, ...waiting }),
    policies,
    close: async () => {
      await Promise.allSettled([db.destroy(), gateDb.destroy()]);
    },
  };
};
