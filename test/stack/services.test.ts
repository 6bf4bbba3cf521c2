// The services of a stack: who may do what in them, what survives a crash of each, and what is left when their keeper is killed.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Client as StoreClient } from 'minio';
import { RETENTION_MODES } from 'minio/dist/esm/helpers.mjs';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hours } from '../../domain/time/duration.ts';
import { withClient } from '../../stack/postgres/postgres.ts';
import { remoteHandles } from '../../stack/process/control-server.ts';
import { drillNames } from '../../stack/process/service-handle.ts';
import { oblioEnvironment } from '../../stack/services/running-services.ts';
import { ensureBucket, storeClient } from '../../stack/store/store-client.ts';
import { type OwnStack, processesOf, startOwnStack } from './own-stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder('services');
const environment = { ...process.env, OBLIO_TEST_SERVICES: '' };
let stack: OwnStack;

beforeAll(async () => {
  stack = await startOwnStack(folder, environment);
}, 1_200_000);

afterAll(async () => {
  stack?.keeper.kill('SIGTERM');
  await stack?.ended;
});

function store(part: 'api' | 'worker' | 'gate' | 'administrator'): StoreClient {
  const { endpoint, region } = stack.running.objectStore;
  const keys = stack.running.objectStore[part];
  if (!keys) throw new Error(`no keys for ${part}`);
  return storeClient(endpoint, region, keys);
}

const denied = { code: 'AccessDenied' };

async function versionsOf(
  client: StoreClient,
  bucket: string,
  name: string,
): Promise<{ versionId: string; isDeleteMarker: boolean }[]> {
  const schema = z.object({
    name: z.string().optional(),
    versionId: z.string(),
    isDeleteMarker: z.boolean().default(false),
  });
  const found: { versionId: string; isDeleteMarker: boolean }[] = [];
  for await (const item of client.listObjects(bucket, name, true, { IncludeVersion: true }))
    found.push(schema.parse(item));
  return found;
}

describe('users of the object store (least privilege)', () => {
  const bucket = (): string => stack.running.objectStore.bucket;

  it('the API may put and read objects, and neither delete, hold, retain nor administrate', async () => {
    const api = store('api');
    const { versionId } = await api.putObject(bucket(), 'api/one', 'content');
    expect((await api.statObject(bucket(), 'api/one')).size).toBe(7);
    await expect(api.statObject(bucket(), 'api/absent')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(api.removeObject(bucket(), 'api/one')).rejects.toMatchObject(denied);
    await expect(api.removeObject(bucket(), 'api/one', { versionId: versionId ?? '' })).rejects.toMatchObject(denied);
    await expect(
      api.setObjectLegalHold(bucket(), 'api/one', { versionId: versionId ?? '', status: 'ON' }),
    ).rejects.toMatchObject(denied);
    const retainUntilDate = new Date(Date.now() + 60_000).toISOString();
    await expect(
      api.putObjectRetention(bucket(), 'api/one', {
        mode: RETENTION_MODES.GOVERNANCE,
        versionId: versionId ?? '',
        retainUntilDate,
      }),
    ).rejects.toMatchObject(denied);
    await expect(
      api.setBucketLifecycle(bucket(), { Rule: [{ ID: 'x', Status: 'Enabled', Expiration: { Days: 1 } }] }),
    ).rejects.toMatchObject(denied);
    await expect(api.makeBucket('oblio-of-my-own')).rejects.toMatchObject(denied);
    await expect(api.removeBucket(bucket())).rejects.toMatchObject(denied);
  });

  it('neither the API nor the worker may take away parts of an unfinished upload, their own included; the gate does', async () => {
    for (const part of ['api', 'worker'] as const) {
      const key = `${part}/unfinished`;
      const uploadId = await store(part).initiateNewMultipartUpload(bucket(), key, {});
      await expect(store(part).abortMultipartUpload(bucket(), key, uploadId)).rejects.toMatchObject(denied);
      await expect(store('gate').abortMultipartUpload(bucket(), key, uploadId)).resolves.not.toThrow();
    }
  });

  it('the worker may read, list versions, put packages and set legal holds, and may not delete or retain', async () => {
    const worker = store('worker');
    const { versionId } = await worker.putObject(bucket(), 'worker/one', 'content');
    const [version] = await versionsOf(worker, bucket(), 'worker/one');
    expect(version?.versionId).toBe(versionId);
    await worker.setObjectLegalHold(bucket(), 'worker/one', { versionId: versionId ?? '', status: 'ON' });
    expect(await worker.getObjectLegalHold(bucket(), 'worker/one', { versionId: versionId ?? '' })).toEqual({
      Status: 'ON',
    });
    await worker.setObjectLegalHold(bucket(), 'worker/one', { versionId: versionId ?? '', status: 'OFF' });
    await expect(worker.removeObject(bucket(), 'worker/one')).rejects.toMatchObject(denied);
    await expect(worker.removeObject(bucket(), 'worker/one', { versionId: versionId ?? '' })).rejects.toMatchObject(
      denied,
    );
    const retainUntilDate = new Date(Date.now() + 60_000).toISOString();
    await expect(
      worker.putObjectRetention(bucket(), 'worker/one', {
        mode: RETENTION_MODES.GOVERNANCE,
        versionId: versionId ?? '',
        retainUntilDate,
      }),
    ).rejects.toMatchObject(denied);
  });

  it('the gate may delete objects with all versions and markers, and may not write, hold or lift a hold', async () => {
    const gate = store('gate');
    await store('api').putObject(bucket(), 'gate/one', 'first');
    await store('api').putObject(bucket(), 'gate/one', 'second');
    await gate.removeObject(bucket(), 'gate/one');
    const versions = await versionsOf(gate, bucket(), 'gate/one');
    expect(versions.map((version) => version.isDeleteMarker).sort()).toEqual([false, false, true]);
    for (const { versionId } of versions) await gate.removeObject(bucket(), 'gate/one', { versionId });
    expect(await versionsOf(gate, bucket(), 'gate/one')).toEqual([]);
    await expect(gate.putObject(bucket(), 'gate/two', 'content')).rejects.toMatchObject(denied);
  });

  it('I4: a held version is refused to the gate and to the administrator, by version and with governance bypass', async () => {
    const { versionId } = await store('api').putObject(bucket(), 'gate/held', 'content');
    const version = { versionId: versionId ?? '' };
    await store('worker').setObjectLegalHold(bucket(), 'gate/held', { ...version, status: 'ON' });
    for (const part of ['gate', 'administrator'] as const) {
      await expect(store(part).removeObject(bucket(), 'gate/held', version)).rejects.toThrow(/WORM protected|denied/i);
      await expect(
        store(part).removeObject(bucket(), 'gate/held', { ...version, governanceBypass: true }),
      ).rejects.toThrow(/WORM protected|denied/i);
    }
    await expect(
      store('gate').setObjectLegalHold(bucket(), 'gate/held', { ...version, status: 'OFF' }),
    ).rejects.toMatchObject(denied);
    await store('worker').setObjectLegalHold(bucket(), 'gate/held', { ...version, status: 'OFF' });
    await store('gate').removeObject(bucket(), 'gate/held', version);
    expect(await versionsOf(store('gate'), bucket(), 'gate/held')).toEqual([]);
  });

  it('the gate cannot pass over governance retention', async () => {
    const { versionId } = await store('api').putObject(bucket(), 'gate/retained', 'content');
    const retainUntilDate = new Date(Date.now() + hours(1)).toISOString();
    await store('administrator').putObjectRetention(bucket(), 'gate/retained', {
      mode: RETENTION_MODES.GOVERNANCE,
      versionId: versionId ?? '',
      retainUntilDate,
    });
    const removal = store('gate').removeObject(bucket(), 'gate/retained', {
      versionId: versionId ?? '',
      governanceBypass: true,
    });
    await expect(removal).rejects.toThrow(/WORM protected|denied/i);
  });

  it('no user of Oblio reaches a bucket that is not its own', async () => {
    const { endpoint, region, administrator } = stack.running.objectStore;
    if (!administrator) throw new Error('no administrator');
    await ensureBucket(endpoint, region, administrator, 'of-another-program');
    await store('administrator').putObject('of-another-program', 'one', 'content');
    for (const part of ['api', 'worker', 'gate'] as const) {
      await expect(store(part).getObject('of-another-program', 'one')).rejects.toMatchObject(denied);
      await expect(store(part).putObject('of-another-program', 'two', 'content')).rejects.toMatchObject(denied);
    }
  });
});

describe('users of the database (least privilege)', () => {
  const logins = () => {
    const { apiUrl, workerUrl, gateUrl } = stack.running.postgres;
    return [
      { url: apiUrl, group: 'oblio_api' },
      { url: workerUrl, group: 'oblio_worker' },
      { url: gateUrl, group: 'oblio_gate' },
    ];
  };

  it('each part of Oblio is a member of its own group and of nothing else, and is no superuser', async () => {
    for (const { url, group } of logins()) {
      const rows = await withClient(url, async (client) => {
        const sql = `select r.rolname, r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication as more
          from pg_roles r where pg_has_role(current_user, r.oid, 'member') and r.rolname <> current_user`;
        return (await client.query(sql)).rows;
      });
      expect(rows).toEqual([{ rolname: group, more: false }]);
    }
  });

  it('no part of Oblio, nor the owner, can create databases or tables it was not given, or read the databases of Temporal', async () => {
    for (const { url } of logins()) {
      await expect(withClient(url, (client) => client.query('create table smuggled (x int)'))).rejects.toThrow(
        'permission denied',
      );
      await expect(withClient(url, (client) => client.query('create database smuggled'))).rejects.toThrow(
        'permission denied',
      );
    }
    for (const url of [stack.running.postgres.ownerUrl, ...logins().map((login) => login.url)]) {
      const temporal = new URL(url);
      temporal.pathname = '/temporal';
      await expect(withClient(temporal.href, (client) => client.query('select 1'))).rejects.toThrow(
        // On SQLite there is none; its file belongs to the user who started the stack.
        stack.running.temporal.databaseFile ? 'does not exist' : 'permission denied for database',
      );
    }
  });

  it('only its owner may change the schema, and the extensions the migrations need are there for the owner', async () => {
    await withClient(stack.running.postgres.ownerUrl, async (client) => {
      await client.query('begin');
      for (const extension of ['pgcrypto', 'btree_gist', 'pg_trgm'])
        await client.query(`create extension if not exists ${extension}`);
      await client.query('create table owned (x int)');
      await client.query('rollback');
    });
  });

  it('each process gets its own credentials and no other part’s', () => {
    const { running } = stack;
    const secretsOf = (part: 'api' | 'worker' | 'migrate'): string[] =>
      Object.keys(oblioEnvironment(running, part)).filter((name) => /DATABASE_URL|SECRET_KEY/.test(name));
    expect(secretsOf('migrate')).toEqual(['DATABASE_URL']);
    expect(secretsOf('api').sort()).toEqual(['OBLIO_API_DATABASE_URL', 'S3_API_SECRET_KEY']);
    expect(secretsOf('worker').sort()).toEqual([
      'OBLIO_GATE_DATABASE_URL',
      'OBLIO_WORKER_DATABASE_URL',
      'S3_GATE_SECRET_KEY',
      'S3_WORKER_SECRET_KEY',
    ]);
  });
});

describe('I7: the services keep what they hold out of logs and lists of processes', () => {
  it('a failing statement leaves no value in the log of Postgres', async () => {
    const marker = 'RSSMRA85T10A562S';
    await withClient(stack.running.postgres.ownerUrl, async (client) => {
      await client.query('create table marked (value text primary key)');
      await client.query('insert into marked values ($1)', [marker]);
      await expect(client.query('insert into marked values ($1)', [marker])).rejects.toThrow('duplicate key');
      await expect(client.query(`insert into marked values ('${marker}')`)).rejects.toThrow('duplicate key');
      await expect(client.query('select $1::uuid', [marker])).rejects.toThrow('invalid input syntax');
      await expect(client.query(`select '${marker}'::int`)).rejects.toThrow('invalid input syntax');
      await expect(client.query(`selec '${marker}'`)).rejects.toThrow('syntax error');
      await client.query('drop table marked');
    });
    const logs = readdirSync(stack.running.logsFolder).map((name) =>
      readFileSync(join(stack.running.logsFolder, name), 'utf8'),
    );
    expect(logs.length).toBeGreaterThanOrEqual(3);
    expect(logs.filter((log) => log.includes(marker))).toEqual([]);
  });

  it('no password is visible in the list of processes, and its files are readable by their owner only', () => {
    const file = join(folder, 'credentials.json');
    const secrets = Object.values(z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8'))));
    expect(secrets.length).toBeGreaterThan(8);
    const ours = processesOf(folder);
    expect(ours.length).toBeGreaterThanOrEqual(4);
    for (const { commandLine } of ours) for (const secret of secrets) expect(commandLine).not.toContain(secret);
    for (const name of ['credentials.json', 'services.json', 'secrets/keys.json', 'secrets/issuer-private-key.json']) {
      expect(`${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`).toBe(`${name} 600`);
    }
    expect((statSync(folder).mode & 0o077).toString(8)).toBe('0');
  });
});

describe('the mail catcher', () => {
  it('keeps what it receives as files, and refuses the domains that stand for failing mailboxes', async () => {
    const { smtpUrl, from, folder: mails } = stack.running.mail;
    const transport = createTransport(smtpUrl);
    await transport.sendMail({
      from,
      to: 'someone@example.org',
      subject: 'Prova',
      text: 'Buongiorno, è tutto a posto.',
    });
    await expect(transport.sendMail({ from, to: 'x@refused.example', text: 'x' })).rejects.toMatchObject({
      responseCode: 550,
    });
    await expect(transport.sendMail({ from, to: 'x@unavailable.example', text: 'x' })).rejects.toMatchObject({
      responseCode: 451,
    });
    const files = readdirSync(mails ?? '').filter((name) => name.endsWith('.eml'));
    expect(files).toHaveLength(1);
    const kept = readFileSync(join(mails ?? '', files[0] ?? ''), 'utf8');
    expect(kept).toMatch(/^X-Envelope-From: oblio@oblio\.example\r\nX-Envelope-To: someone@example\.org\r\n/);
    expect(kept).toContain('Subject: Prova');
  });
});

async function everythingAnswers(): Promise<void> {
  const { running } = stack;
  await withClient(running.postgres.ownerUrl, (client) => client.query('select 1'));
  expect(await store('api').bucketExists(running.objectStore.bucket)).toBe(true);
  const connection = await Connection.connect({ address: running.temporal.address });
  try {
    await connection.workflowService.listWorkflowExecutions({ namespace: running.temporal.namespace, pageSize: 1 });
  } finally {
    await connection.close();
  }
}

describe('crash drills', () => {
  it('each service can be killed and started again by name, on the same port and data', async () => {
    await withClient(stack.running.postgres.ownerUrl, (client) => client.query('create table kept as select 42 as x'));
    await store('api').putObject(stack.running.objectStore.bucket, 'kept', 'content');
    const handles = remoteHandles(stack.running);
    for (const name of drillNames) {
      const before = await handles[name].pid();
      await handles[name].kill('SIGKILL');
      expect(await handles[name].pid()).toBeUndefined();
      await handles[name].restart();
      expect(await handles[name].pid()).not.toBe(before);
      await everythingAnswers();
    }
    const { rows } = await withClient(stack.running.postgres.ownerUrl, (client) => client.query('select x from kept'));
    expect(rows).toEqual([{ x: 42 }]);
    expect((await store('api').statObject(stack.running.objectStore.bucket, 'kept')).size).toBe(7);
  });

  it('the control port refuses a call without its token', async () => {
    const { control } = stack.running;
    const response = await fetch(`${control?.url}/postgres/kill?signal=SIGKILL`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
    });
    expect(response.status).toBe(401);
    await everythingAnswers();
  });

  it('a second start on the same data folder is refused and names the process that has it', async () => {
    await expect(startOwnStack(folder, environment)).rejects.toThrow(`is in use by process ${stack.keeper.pid}`);
    await everythingAnswers();
  });

  it('when the keeper is killed with SIGKILL no service is left behind, and the next start continues with the data', async () => {
    const names = processesOf(folder)
      .map(({ commandLine }) => commandLine)
      .join('\n');
    for (const name of ['postgres', 'weed', 'temporal']) expect(names).toContain(name);
    stack.keeper.kill('SIGKILL');
    await stack.ended;
    await expect.poll(() => processesOf(folder).map(({ commandLine }) => commandLine)).toEqual([]);
    stack = await startOwnStack(folder, environment);
    await everythingAnswers();
    const { rows } = await withClient(stack.running.postgres.ownerUrl, (client) => client.query('select x from kept'));
    expect(rows).toEqual([{ x: 42 }]);
    expect((await store('api').statObject(stack.running.objectStore.bucket, 'kept')).size).toBe(7);
  });

  it('an orderly stop ends with code 0, leaves no process and takes its description away', async () => {
    stack.keeper.kill('SIGTERM');
    expect(await stack.ended).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(folder)).not.toContain('services.json');
  });
});
