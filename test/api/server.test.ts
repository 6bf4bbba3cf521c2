/** The API as a process: settings, memory under large bodies, requests that are no HTTP, and an end that loses nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { importJWK, SignJWT } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anotherKeysFile } from '../support/keys-files.ts';
import { createWorld, type World } from '../support/world.ts';
import { recordPath, submissionOf } from './submissions.ts';

const root = join(import.meta.dirname, '..', '..');
const node = join(root, 'node_modules', '.bin', 'node');

type Server = {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly port: number;
  /** Everything it wrote. */
  readonly output: () => string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

const startServer = async (environment: Readonly<Record<string, string>>): Promise<Server> => {
  const child = spawn(node, ['api/server.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment, API_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'exit');
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const listening = /"port":(\d+),"msg":"listening"/.exec(output);
      if (listening) resolve(Number(listening[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(`The API ended before it listened:\n${output}`)));
  });
  return {
    child,
    origin: `http://127.0.0.1:${port}`,
    port,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null) {
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
};

let world: World;
let server: Server;
let source: string;
let dpo: string;
beforeAll(async () => {
  world = await createWorld({ label: 'api-server' });
  const { privateJwkFile, issuer, audience } = world.services.secrets;
  const jwk = JSON.parse(await readFile(privateJwkFile, 'utf8'));
  const key = await importJWK(jwk, 'ES256');
  const token = (claims: Record<string, unknown>): Promise<string> =>
    new SignJWT({ oblio_controllers: ['inps'], ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
      .setSubject('test-server')
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('1h')
      .sign(key);
  source = await token({ oblio_role: 'source', oblio_classes: ['*'] });
  dpo = await token({ oblio_role: 'dpo', oblio_authorised_for: ['call-recording'] });
  // A small heap: what is kept instead of passed on ends the process, and the collector cannot put its work off.
  server = await startServer({ ...world.environment, NODE_OPTIONS: '--max-old-space-size=128' });
});
afterAll(async () => {
  await server?.stop();
  await world?.close();
});

const residentBytes = async (): Promise<number> => {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  return Number(/^oblio_api_process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
};

/** Runs work and says how far the process's memory went up meanwhile, in bytes. */
const memoryGrowth = async (work: () => Promise<void>): Promise<number> => {
  const before = await residentBytes();
  let most = before;
  let working = true;
  const watching = (async () => {
    while (working) {
      most = Math.max(most, await residentBytes());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await work().finally(() => {
    working = false;
  });
  await watching;
  return most - before;
};

const register = async (recordClass: string, sourceId: string): Promise<string> => {
  const { controller, body } = submissionOf(recordClass);
  const path = recordPath(controller, recordClass, sourceId);
  const answer = await fetch(`${server.origin}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${source}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
  return path;
};

const mebibyte = Buffer.alloc(1024 * 1024, 'oblio');
/**
 * Gives way now and then: a process that computes for five seconds on end does not see that the server has closed an idle connection
 * meanwhile (its keep-alive is over), and sends its next call into it: "other side closed".
 */
const digestOfMebibytes = async (count: number): Promise<Buffer> => {
  const hash = createHash('sha256');
  for (let index = 0; index < count; index += 1) {
    hash.update(mebibyte);
    if (index % 16 === 15) await setImmediate();
  }
  return hash.digest();
};
const mebibytes = (count: number): Readable => Readable.from(Array.from({ length: count }, () => mebibyte));

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const upload = (path: string, count: number, sha256: Buffer, agent?: Agent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      `${server.origin}${path}`,
      {
        ...(agent === undefined ? {} : { agent }),
        method: 'PUT',
        headers: {
          authorization: `Bearer ${source}`,
          'content-type': 'audio/wav',
          'content-length': count * mebibyte.length,
          'content-digest': `sha-256=:${sha256.toString('base64')}:`,
        },
      },
      (incoming) => {
        Readable.from(incoming)
          .toArray()
          .then((chunks) =>
            resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) }),
          )
          .catch(reject);
      },
    );
    outgoing.on('error', reject);
    pipeline(mebibytes(count), outgoing).catch(() => undefined);
  });

describe('memory stays flat', () => {
  test('while 1 GiB goes in and comes out again', { timeout: 600_000 }, async () => {
    const path = await register('call-recording', 'gibibyte');
    const small = await digestOfMebibytes(32);
    expect((await upload(`${path}/objects/warm-up.wav`, 32, small)).status).toBe(201);
    const sha256 = await digestOfMebibytes(1024);
    const growth = await memoryGrowth(async () => {
      const stored = await upload(`${path}/objects/recording.wav`, 1024, sha256);
      expect(stored).toMatchObject({ status: 201, body: { size: 1024 ** 3, sha256: sha256.toString('hex') } });
    });
    const readGrowth = await memoryGrowth(async () => {
      const answer = await fetch(`${server.origin}${path}/objects/recording.wav?reason=prot.1`, {
        headers: { authorization: `Bearer ${dpo}` },
      });
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of answer.body ?? []) {
        hash.update(chunk);
        size += chunk.length;
      }
      expect([size, hash.digest('hex')]).toEqual([1024 ** 3, sha256.toString('hex')]);
    });
    expect(growth).toBeLessThan(128 * 1024 ** 2);
    expect(readGrowth).toBeLessThan(128 * 1024 ** 2);
  });

  test('while a quarter of a million lines come in, and a line without end', { timeout: 600_000 }, async () => {
    const block = Buffer.from('{\n'.repeat(10_000));
    async function* lines(blocks: number): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < blocks; index += 1) yield block;
      for (let index = 0; index < 64; index += 1) yield mebibyte;
      yield Buffer.from('\n{\n');
    }
    const send = async (blocks: number): Promise<ReadonlyMap<number, number>> => {
      const answer = await fetch(`${server.origin}/controllers/inps/records`, {
        method: 'POST',
        headers: { authorization: `Bearer ${source}`, 'content-type': 'application/x-ndjson' },
        body: Readable.toWeb(Readable.from(lines(blocks))) as ReadableStream,
        duplex: 'half',
      });
      const statuses = new Map<number, number>();
      let answered = 0;
      let rest = '';
      for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          answered += 1;
          const { status, line } = JSON.parse(part);
          if (line !== answered) throw new Error(`Line ${answered} was answered as ${line}`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }
      return statuses;
    };
    const growth = await memoryGrowth(async () => {
      expect([...(await send(25))]).toEqual([
        [400, 250_001],
        [413, 1],
      ]);
    });
    expect(growth).toBeLessThan(128 * 1024 ** 2);
  });
});

const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('"instance"')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(20_000, () => socket.destroy());
  });

describe('I12: what is no HTTP is answered as a problem too', () => {
  test.each([
    ['no HTTP at all', 'HELO oblio\r\n\r\n', 400, 'malformed-request'],
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b c\r\n\r\n', 400, 'malformed-request'],
    [
      'two lengths',
      'PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'malformed-request',
    ],
    [
      'a length and chunks',
      'PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'malformed-request',
    ],
    [
      'a header with a NUL',
      'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\u0000b\r\n\r\n',
      400,
      'malformed-request',
    ],
    [
      'headers without end',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
  ])('I12: %s', async (_, text, status, code) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code });
  });
});

describe('an upload over the wire', () => {
  test('that is refused early is answered although its body is still coming', { timeout: 120_000 }, async () => {
    const path = recordPath('inps', 'call-recording', 'never-registered');
    const answer = await upload(`${path}/objects/a.wav`, 16, await digestOfMebibytes(16));
    expect(answer).toMatchObject({ status: 404, body: { code: 'record-unknown' } });
  });

  test.each([1, 7])(
    'of %i MiB is what it announces or nothing, one after the other on one connection',
    async (count) => {
      const path = await register('call-recording', `one-after-the-other-${count}`);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const right = await digestOfMebibytes(count);
      const wrong = await digestOfMebibytes(count + 1);
      const send = (name: string, digest: Buffer): Promise<Answer> =>
        upload(`${path}/objects/${name}.wav`, count, digest, agent);
      expect(await send('first', wrong)).toMatchObject({ status: 422, body: { code: 'digest-mismatch' } });
      expect(await send('first', right)).toMatchObject({ status: 201, body: { sha256: right.toString('hex') } });
      expect(await send('first', right)).toMatchObject({ status: 200 });
      expect(await send('first', wrong)).toMatchObject({ status: 409 });
      expect(await send('second', right)).toMatchObject({ status: 201 });
      agent.destroy();
    },
  );

  test('that breaks off leaves no object, and the process goes on', async () => {
    const path = await register('call-recording', 'broken-off');
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `PUT ${path}/objects/a.wav HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${source}\r\nContent-Type: audio/wav\r\nContent-Length: ${8 * mebibyte.length}\r\nContent-Digest: sha-256=:${(await digestOfMebibytes(8)).toString('base64')}:\r\n\r\n`,
    );
    for (let sent = 0; sent < 7; sent += 1) socket.write(mebibyte);
    const state = async (): Promise<unknown> => {
      const { rows } = await sql<{ state: string }>`SELECT state FROM record_object WHERE name = 'a.wav'`.execute(
        world.database('owner'),
      );
      return rows;
    };
    await expect.poll(state).toEqual([{ state: 'uploading' }]);
    socket.destroy();
    expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
    expect((await upload(`${path}/objects/a.wav`, 8, await digestOfMebibytes(8))).status).toBe(201);
    expect(await state()).toEqual([{ state: 'stored' }]);
  });
});

test('I7: the process wrote no token, source id or identifier', () => {
  const output = server.output();
  for (const secret of [source, dpo, 'gibibyte', 'broken-off', 'RSSMRA80A01H501U', 'never-registered'])
    expect(output).not.toContain(secret);
  for (const line of output.trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
});

describe('the end of the process', () => {
  test('waits for what is under way, and says so', { timeout: 120_000 }, async () => {
    const own = await startServer(world.environment);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const line = (sourceId: string): Uint8Array =>
      new TextEncoder().encode(`${JSON.stringify({ recordClass: 'sms', sourceId, ...submissionOf('sms').body })}\n`);
    const answering = fetch(`${own.origin}/controllers/inps/records`, {
      method: 'POST',
      headers: { authorization: `Bearer ${source}`, 'content-type': 'application/x-ndjson' },
      body: readable,
      duplex: 'half',
    });
    await writer.write(line('ending-1'));
    const answer = await answering;
    own.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await writer.write(line('ending-2'));
    await writer.close();
    const statuses = (await answer.text())
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one).status);
    expect(statuses).toEqual([201, 201]);
    await once(own.child, 'exit');
    expect(own.child.exitCode).toBe(0);
    expect(own.output()).toContain('"msg":"stopped"');
  });
});

describe('the start of the process', () => {
  const run = async (
    environment: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number | null; readonly output: string }> => {
    const child = spawn(node, ['api/server.ts'], {
      cwd: root,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    await once(child, 'exit');
    return { code: child.exitCode, output };
  };

  test('tells everything that is wrong with the settings at once, by name, and repeats no value', async () => {
    const { code, output } = await run({
      OBLIO_API_DATABASE_URL: 'mysql://user:opal-secret@x/y',
      API_PORT: 'opal',
      OBLIO_TIME_TRAVEL: 'opal',
    });
    expect(code).toBe(1);
    for (const name of [
      'OBLIO_API_DATABASE_URL',
      'S3_ENDPOINT',
      'S3_API_ACCESS_KEY',
      'S3_API_SECRET_KEY',
      'OBLIO_KEYS_FILE',
      'OBLIO_JWKS_URL',
      'OBLIO_TOKEN_ISSUER',
      'OBLIO_TOKEN_AUDIENCE',
      'API_PORT',
      'OBLIO_TIME_TRAVEL',
    ]) {
      expect(output).toContain(`${name}:`);
    }
    expect(output).not.toContain('opal');
    expect(output).not.toContain(' at ');
  });

  test('I12: refuses another keys file than that of the database, names the keys that differ, and quotes none', async () => {
    const other = anotherKeysFile(world);
    const { code, output } = await run({ ...world.environment, API_PORT: '0', OBLIO_KEYS_FILE: other });
    expect(code).toBe(1);
    expect(output).toContain(`The keys file ${other} is not the one that this database was used with`);
    expect(output).toContain('identifierHashKey is another key');
    expect(output).toContain('sealingKeys.1 is another key');
    expect(output).not.toContain('listening');
    const { identifierHashKey } = JSON.parse(await readFile(other, 'utf8'));
    expect(output).not.toContain(identifierHashKey);
  });

  test('refuses a policy that was changed under its version, and says what to do', async () => {
    await sql`
      INSERT INTO policy_version (controller, version, digest, document, stored_at)
      VALUES ('inps', 99, '\\x00', '{}', now())`.execute(world.database('owner'));
    const { code, output } = await run(world.environment);
    expect(code).toBe(1);
    expect(output).toMatch(/inps\.yaml is version 3, but version 99 was in force/);
  });
});
