/** I9: a command that is sent twice is carried out once, and a key belongs to one command. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controllerId } from '../../domain/ids.ts';
import { failure, success } from '../../domain/result.ts';
import { instant } from '../../domain/time/instant.ts';
import { digestOfRequest, findCommand, runOnce } from '../../storage/commands/run-once.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'commands' });
});
afterAll(() => world.close());

const now = instant('2026-11-30T10:00:00Z');
const command = (key: string, request: unknown = { hold: 1 }) =>
  ({
    about: 'holds',
    controller: controllerId('inps'),
    actor: 'lawyer',
    key,
    requestDigest: digestOfRequest(request),
  }) as const;

let carriedOut = 0;
const send = (key: string, request?: unknown, answer = 'placed') =>
  world
    .database('api')
    .transaction()
    .execute((tx) =>
      runOnce<string, string>(tx, {
        command: command(key, request),
        now,
        readAnswer: String,
        carryOut: async () => {
          carriedOut += 1;
          return answer === 'refused' ? failure('too-late') : success(`${answer} ${carriedOut}`);
        },
      }),
    );

test('a repetition gets the answer of the first, also when both come at once', async () => {
  const key = uuid();
  const [one, other] = await Promise.all([send(key), send(key)]);
  const first = one.kind === 'done' && !one.repeated ? one : other;
  expect(first).toMatchObject({ kind: 'done', repeated: false });
  const again = { kind: 'done', answer: first.kind === 'done' ? first.answer : '', repeated: true };
  expect(first === one ? other : one).toEqual(again);
  expect(await send(key)).toEqual(again);
  expect(await findCommand(world.database('api'), command(key))).toMatchObject({ kind: 'repeated' });
});

test('a key belongs to one command', async () => {
  const key = uuid();
  await send(key);
  expect(await send(key, { hold: 2 })).toEqual({ kind: 'key-taken' });
});

test('after a refusal the key is free', async () => {
  const key = uuid();
  expect(await send(key, undefined, 'refused')).toEqual({ kind: 'refused', reason: 'too-late' });
  expect(await findCommand(world.database('api'), command(key))).toEqual({ kind: 'new' });
  expect(await send(key)).toMatchObject({ kind: 'done', repeated: false });
});

test('a command kept by an earlier version is recognised', async () => {
  const key = uuid();
  // The digest as version 0.2 computed it: SHA-256 of canonical JSON.
  const digest = createHash('sha256').update('{"hold":1}').digest();
  await sql`INSERT INTO suspension_command (controller, actor, command_key, request_digest, answer, at)
    VALUES ('inps', 'lawyer', ${key}, ${digest}, '"placed before"', now())`.execute(world.database('api'));
  expect(await send(key)).toEqual({ kind: 'done', answer: 'placed before', repeated: true });
});
