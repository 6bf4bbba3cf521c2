/** `npm run token`: a token of the local issuer, and nothing else on standard output. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalJWKSet } from 'jose';
import { describe, expect, test } from 'vitest';
import { createAuthenticate } from '../../api/access/authentication.ts';
import { testServices } from '../../stack/services/test-services.ts';
import { realNow } from '../support/world.ts';

const root = join(import.meta.dirname, '..', '..');
const { privateJwkFile, jwksFile, issuer, audience } = testServices().secrets;

const run = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  promisify(execFile)(join(root, 'node_modules', '.bin', 'node'), ['commands/token.ts', ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, OBLIO_PRIVATE_JWK_FILE: privateJwkFile ?? '', ...environment },
  });

const callerOf = async (args: readonly string[]) => {
  const { stdout } = await run(args);
  expect(stdout).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n$/);
  const keys = createLocalJWKSet(JSON.parse(await readFile(jwksFile ?? '', 'utf8')));
  return createAuthenticate({ keys, issuer, audience, clock: realNow })(`Bearer ${stdout.trim()}`);
};

describe('the command', () => {
  test('makes a token that the API takes, for every controller of the policies', async () => {
    expect(await callerOf(['--role', 'dpo'])).toEqual({
      actor: 'local-dpo',
      role: 'dpo',
      controllers: ['comune-di-milano', 'inps'],
      classes: [],
      authorisedFor: [],
    });
  });

  test('makes it for what it is told', async () => {
    expect(
      await callerOf([
        '--role',
        'source',
        '--controller',
        'inps',
        '--class',
        'sms',
        '--class',
        'chat',
        '--actor',
        'gateway-1',
      ]),
    ).toMatchObject({ actor: 'gateway-1', role: 'source', controllers: ['inps'], classes: ['sms', 'chat'] });
    expect(await callerOf(['--role', 'source'])).toMatchObject({ classes: ['*'] });
    expect(await callerOf(['--role', 'dpo', '--authorised-for', 'call-recording'])).toMatchObject({
      authorisedFor: ['call-recording'],
    });
  });

  test.each([
    [[]],
    [['--role', 'king']],
    [['--role', 'dpo', '--actor', 'maria@example.it']],
    [['--role', 'dpo', '--power', 'all']],
    [['--role', 'dpo', '--controller', 'INPS!']],
  ])('says how it is used when called with %j', async (args) => {
    const failure = await run(args).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage:') });
  });

  test('says where tokens come from when there is no local issuer yet', async () => {
    const failure = await run(['--role', 'dpo'], { OBLIO_PRIVATE_JWK_FILE: '/nowhere/key.json' }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('npm start makes one') });
  });
});
