// The services of a stack: who may do what in them, what survives a crash of each, and what is left when their keeper is killed.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Client as StoreClient } from 'minio';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withClient } from '../../stack/postgres/postgres.ts';
import { remoteHandles } from '../../stack/process/control-server.ts';
import { drillNames } from '../../stack/process/service-handle.ts';
import { oblioEnvironment } from '../../stack/services/running-services.ts';
import { storeClient } from '../../stack/store/store-client.ts';
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

function storeAsApi(): StoreClient {
  const { endpoint, region, api } = stack.running.objectStore;
  return storeClient(endpoint, region, api);
}

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
  expect(await storeAsApi().bucketExists(running.objectStore.bucket)).toBe(true);
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
    await storeAsApi().putObject(stack.running.objectStore.bucket, 'kept', 'content');
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
    expect((await storeAsApi().statObject(stack.running.objectStore.bucket, 'kept')).size).toBe(7);
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
    expect((await storeAsApi().statObject(stack.running.objectStore.bucket, 'kept')).size).toBe(7);
  });

  it('an orderly stop ends with code 0, leaves no process and takes its description away', async () => {
    stack.keeper.kill('SIGTERM');
    expect(await stack.ended).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(folder)).not.toContain('services.json');
  });
});
