// Services that run elsewhere: what is configured is used, nothing of it is started here, and what is missing there is said.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preparePostgres, withClient } from '../../stack/postgres/postgres.ts';
import { freePort } from '../../stack/process/ports.ts';
import { resolvePrograms } from '../../stack/programs/resolve-programs.ts';
import type { RunningServices } from '../../stack/services/running-services.ts';
import { type Services, startServices } from '../../stack/services/start-services.ts';
import { testServices } from '../../stack/services/test-services.ts';
import { prepareMinio } from '../../stack/store/minio.ts';
import { ensureBucket, type KeyPair, storeClient } from '../../stack/store/store-client.ts';
import { temporaryFolder } from '../stack/temporary-folder.ts';

const folder = temporaryFolder('external');
const administrator: KeyPair = { accessKey: 'another-root', secretKey: 'another-secret' };
const stops: (() => Promise<void>)[] = [];
let databaseUrl: string;
let endpoint: string;

/** A Postgres and a store that know nothing of Oblio; Temporal is that of the test run. */
beforeAll(async () => {
  const quiet = { log: () => {}, onUnexpectedEnd: () => {} };
  const dataFolder = join(folder, 'elsewhere');
  mkdirSync(dataFolder);
  const postgres = await preparePostgres({
    ...quiet,
    dataFolder,
    port: await freePort(),
    superuserPassword: 'superuser-elsewhere',
    durability: 'killed-processes',
    maxConnections: 50,
  });
  stops.push(() => postgres.process.stop());
  await postgres.start();
  databaseUrl = postgres.superuserUrl;
  const { minio } = await resolvePrograms(['minio'], { environment: process.env, log: () => {} });
  const store = await prepareMinio({
    ...quiet,
    binary: minio.binary,
    dataFolder,
    port: await freePort(),
    consolePort: await freePort(),
    administrator,
    region: 'us-east-1',
  });
  stops.push(() => store.process.stop());
  await store.start();
  endpoint = store.endpoint;
}, 240_000);

afterAll(async () => {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
}, 60_000);

function startHere(name: string, environment: NodeJS.ProcessEnv): Promise<Services> {
  return startServices({
    dataFolder: join(folder, name),
    ports: 'free',
    timeTravel: 'refused',
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      OBLIO_CACHE: process.env.OBLIO_CACHE,
      ...environment,
    },
    log: () => {},
  });
}

const everythingElsewhere = (): NodeJS.ProcessEnv => ({
  DATABASE_URL: databaseUrl,
  TEMPORAL_ADDRESS: testServices().temporal.address,
  TEMPORAL_NAMESPACE: 'oblio-elsewhere',
  S3_ENDPOINT: endpoint,
  S3_ADMIN_ACCESS_KEY: administrator.accessKey,
  S3_ADMIN_SECRET_KEY: administrator.secretKey,
  S3_BUCKET: 'oblio-elsewhere',
  SMTP_URL: 'smtp://mail.example.org:587',
});

async function worksWith(running: RunningServices): Promise<void> {
  for (const url of [running.postgres.apiUrl, running.postgres.workerUrl, running.postgres.gateUrl]) {
    expect((await withClient(url, (client) => client.query('select 1 as x'))).rows).toEqual([{ x: 1 }]);
  }
  const { region, bucket, api, worker, gate } = running.objectStore;
  for (const user of [api, worker, gate])
    expect(await storeClient(running.objectStore.endpoint, region, user).bucketExists(bucket)).toBe(true);
}

describe('services that run elsewhere', () => {
  it('are used and completed with users, bucket and namespace; nothing is started here, and a second start finds everything', async () => {
    for (const time of ['first', 'second']) {
      const services = await startHere('here', everythingElsewhere());
      expect(services.running.pids, time).toEqual({});
      expect(services.running.postgres.superuserUrl).toBeUndefined();
      expect(services.running.mail).toEqual({ smtpUrl: 'smtp://mail.example.org:587', from: expect.any(String) });
      expect(services.running.temporal).toMatchObject({
        address: testServices().temporal.address,
        namespace: 'oblio-elsewhere',
      });
      await worksWith(services.running);
      await expect(services.postgres.kill('SIGKILL')).rejects.toThrow('runs elsewhere');
      await services.stop();
    }
  }, 120_000);

  it('keep the users they have: a stack that does not know their passwords is told to configure them, and can be', async () => {
    await expect(startHere('stranger', everythingElsewhere())).rejects.toThrow(
      /oblio_api_login.* exists already with another password.*set OBLIO_API_DATABASE_URL/s,
    );
    const known = await startHere('here', everythingElsewhere());
    const { postgres, objectStore } = known.running;
    await known.stop();
    const services = await startHere('stranger', {
      ...everythingElsewhere(),
      OBLIO_API_DATABASE_URL: postgres.apiUrl,
      OBLIO_WORKER_DATABASE_URL: postgres.workerUrl,
      OBLIO_GATE_DATABASE_URL: postgres.gateUrl,
      S3_API_ACCESS_KEY: objectStore.api.accessKey,
      S3_API_SECRET_KEY: objectStore.api.secretKey,
      S3_WORKER_ACCESS_KEY: objectStore.worker.accessKey,
      S3_WORKER_SECRET_KEY: objectStore.worker.secretKey,
      S3_GATE_ACCESS_KEY: objectStore.gate.accessKey,
      S3_GATE_SECRET_KEY: objectStore.gate.secretKey,
    });
    await worksWith(services.running);
    await services.stop();
  }, 120_000);

  it('a bucket without object lock is refused, since object lock cannot be added', async () => {
    const client = storeClient(endpoint, 'us-east-1', administrator);
    await client.makeBucket('oblio-unlocked');
    await expect(ensureBucket(endpoint, 'us-east-1', administrator, 'oblio-unlocked')).rejects.toThrow(
      'exists without object lock',
    );
  });

  it('a store without its administrator or its users is refused before anything is started', async () => {
    await expect(startHere('half', { S3_ENDPOINT: endpoint })).rejects.toThrow(
      'Set S3_ADMIN_ACCESS_KEY and S3_ADMIN_SECRET_KEY',
    );
  });
});
