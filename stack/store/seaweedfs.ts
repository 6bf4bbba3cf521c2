// SeaweedFS of a local stack: one process with master, volume, filer and S3 gateway over one folder, all on 127.0.0.1.
//
// Only the S3 port asks for credentials. The others trust whatever program of this machine reaches them, which is a difference from production:
// on a machine that other people log in to, use a store of your own (S3_ENDPOINT).

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ManagedProcess, manageProcess, type UnexpectedEnd, waitUntilReady } from '../process/managed-process.ts';
import type { StoreInternalPorts } from '../process/ports.ts';
import { writeState } from '../process/stored-state.ts';
import { type KeyPair, storeClient } from './store-client.ts';
import { readStorePolicy, type StoreUsers, storeParts } from './store-users.ts';

/** How SeaweedFS is started: which binary, on which ports, over which folder, for whom. */
export type SeaweedPlan = {
  binary: string;
  dataFolder: string;
  port: number;
  internalPorts: StoreInternalPorts;
  administrator: KeyPair;
  users: StoreUsers;
  region: string;
  onUnexpectedEnd: (end: UnexpectedEnd) => void;
};

/** The folder of a data folder in which SeaweedFS keeps everything. */
export const seaweedFolder = (dataFolder: string): string => join(dataFolder, 'seaweedfs');

/** The users and policies in the form that SeaweedFS reads at its start. What each user may do is its policy alone: no other action is given. */
export const seaweedIdentities = (administrator: KeyPair, users: StoreUsers): object => ({
  identities: [
    {
      name: administrator.accessKey,
      credentials: [administrator],
      actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
    },
    ...storeParts.map((part) => ({
      name: users[part].accessKey,
      credentials: [users[part]],
      actions: [],
      policyNames: [users[part].accessKey],
    })),
  ],
  policies: storeParts.map((part) => ({ name: users[part].accessKey, content: readStorePolicy(part) })),
});

/** The switches that are the same here and in docker-compose.yml. */
export const seaweedSwitches: readonly string[] = [
  '-master.telemetry=false',
  // A single master has no other to wait for. By default it waits ten seconds for one whenever there are data already.
  '-master.electionTimeout=500ms',
  '-master.heartbeatInterval=100ms',
  // Every bucket has volumes of its own. Small ones, since what is deleted is gone once its volume is written anew.
  '-master.volumeSizeLimitMB=256',
  '-volume.max=10000',
  '-volume.preStopSeconds=0',
  '-filer',
  '-filer.disableHttp',
  '-s3',
  '-s3.port.iceberg=0',
  '-s3.port.lance=0',
  '-s3.autoCreateBucket=false',
  '-s3.encryptVolumeData',
];

const serverArguments = (plan: SeaweedPlan, folder: string, identitiesFile: string): string[] => {
  const { internalPorts: inner } = plan;
  return [
    '-logtostderr=true',
    'server',
    `-dir=${join(folder, 'data')}`,
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    `-master.port=${inner.storeMaster}`,
    `-master.port.grpc=${inner.storeMasterGrpc}`,
    `-volume.port=${inner.storeVolume}`,
    `-volume.port.grpc=${inner.storeVolumeGrpc}`,
    `-filer.port=${inner.storeFiler}`,
    `-filer.port.grpc=${inner.storeFilerGrpc}`,
    `-s3.port=${plan.port}`,
    `-s3.port.grpc=${inner.storeS3Grpc}`,
    `-s3.config=${identitiesFile}`,
    ...seaweedSwitches,
  ];
};

/**
 * What SeaweedFS does once a minute, in the words of `weed shell`. What is deleted stays in its volume until that is written anew; by itself
 * SeaweedFS does so from 30 % of waste on, here as soon as there is any. And it keeps a log of all changes, with the names of objects, their
 * checksums and the keys that their bytes are encrypted with, for ever: replicas would read it, of which there are none here. A certificate
 * does not rest on any of it: it says what was read back absent through S3.
 */
export const seaweedMaintenance = [
  'lock',
  'fs.log.purge -daysAgo=0',
  'volume.vacuum -garbageThreshold=0.00001',
  'unlock',
];

/** Settings that are the same here and in docker-compose.yml. */
export const seaweedEnvironment: Readonly<Record<string, string>> = {
  // A bucket begins with one volume of 256 MB at most, not with seven.
  WEED_MASTER_VOLUME_GROWTH_COPY_1: '1',
  WEED_MASTER_MAINTENANCE_SLEEP_MINUTES: '1',
  WEED_MASTER_MAINTENANCE_SCRIPTS: seaweedMaintenance.join('\n'),
};

/** SeaweedFS once it answers; `start` starts it again on the same data. */
export type RunningSeaweed = {
  process: ManagedProcess;
  endpoint: string;
  /** The master's address for `weed shell`, the administrators' tool. */
  master: string;
  start: () => Promise<void>;
};

/** Writes down users and policies and prepares the process; `start` starts it and waits until it takes requests. */
export const prepareSeaweed = async (plan: SeaweedPlan): Promise<RunningSeaweed> => {
  const folder = seaweedFolder(plan.dataFolder);
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 });
  const identitiesFile = join(folder, 'identities.json');
  writeState(identitiesFile, seaweedIdentities(plan.administrator, plan.users));
  const managed = manageProcess(
    {
      name: 'SeaweedFS',
      command: plan.binary,
      args: serverArguments(plan, folder, identitiesFile),
      environment: {
        PATH: process.env.PATH,
        HOME: folder,
        TZ: 'UTC',
        ...seaweedEnvironment,
      },
      cwd: folder,
      logFile: join(plan.dataFolder, 'logs', 'seaweedfs.log'),
      stopSignal: 'SIGTERM',
      // It closes its volumes within a second and then waits for connections of its own parts, for ever at times. Nothing is lost by ending
      // it then: what it acknowledged is in its files, as after any crash.
      stopTimeoutMilliseconds: 2_000,
    },
    plan.onUnexpectedEnd,
  );
  const endpoint = `http://127.0.0.1:${plan.port}`;
  const administrator = storeClient(endpoint, plan.region, plan.administrator);
  const start = async (): Promise<void> => {
    managed.start();
    await waitUntilReady(
      managed,
      async () => {
        const within = AbortSignal.timeout(2_000);
        // A request without credentials is refused, which shows that users and policies are in force; then the administrator is served.
        if ((await fetch(endpoint, { signal: within })).status !== 403) return false;
        await administrator.listBuckets();
        return (await fetch(`http://127.0.0.1:${plan.internalPorts.storeMaster}/dir/assign`, { signal: within })).ok;
      },
      60_000,
    );
  };
  return {
    process: managed,
    endpoint,
    master: `127.0.0.1:${plan.internalPorts.storeMaster}.${plan.internalPorts.storeMasterGrpc}`,
    start,
  };
};
