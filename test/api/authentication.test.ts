/** Bearer tokens: what is verified, and that what an issuer says is checked like any other input. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticate, issuerKeys } from '../../api/access/authentication.ts';
import { refused } from '../../api/http/problems.ts';
import { realNow } from '../support/world.ts';
import { audience, issuer } from './support.ts';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
let pair: KeyPair;
let stranger: KeyPair;
let jwks: { keys: object[] };
let served: { readonly url: URL; readonly close: () => void; up: boolean };

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true });
  stranger = await generateKeyPair('ES256');
  jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }] };
  const state = { up: true };
  const server = createServer((_, response) => {
    response.writeHead(state.up ? 200 : 500, { 'content-type': 'application/json' });
    response.end(state.up ? JSON.stringify(jwks) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  served = {
    url: new URL(`http://127.0.0.1:${port}/jwks.json`),
    close: () => server.close(),
    get up() {
      return state.up;
    },
    set up(up: boolean) {
      state.up = up;
    },
  };
});
afterAll(() => served.close());

const good = {
  sub: 'officer-7',
  iss: issuer,
  aud: audience,
  oblio_role: 'dpo',
  oblio_controllers: ['inps'],
  exp: Math.floor(Date.now() / 1000) + 3600,
};

const sign = (
  claims: Record<string, unknown>,
  { key = pair.privateKey, alg = 'ES256', kid = 'k' } = {},
): Promise<string> => new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);

const authenticator = async () =>
  createAuthenticate({ keys: await issuerKeys({ kind: 'url', url: served.url }), issuer, audience, clock: realNow });

const outcome = async (header: string | undefined): Promise<unknown> => {
  const authenticate = await authenticator();
  return authenticate(header).catch((error: unknown) => refused(error)?.problem.code ?? error);
};

describe('a token', () => {
  test('that is good is its caller', async () => {
    const claims = { ...good, oblio_classes: ['sms'], oblio_authorised_for: ['call-recording'] };
    expect(await outcome(`Bearer ${await sign(claims)}`)).toEqual({
      actor: 'officer-7',
      role: 'dpo',
      controllers: ['inps'],
      classes: ['sms'],
      authorisedFor: ['call-recording'],
    });
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNz', 'Bearer a b', 'Bearer a,b'])(
    'that is not there: %s',
    async (header) => {
      expect(await outcome(header)).toBe('token-missing');
    },
  );

  test.each<[string, object, string]>([
    ['expired', { exp: Math.floor(Date.now() / 1000) - 60 }, 'token-expired'],
    ['without expiry', { exp: undefined }, 'token-invalid'],
    ['not valid yet', { nbf: Math.floor(Date.now() / 1000) + 600 }, 'token-invalid'],
    ['of another issuer', { iss: 'https://elsewhere.test' }, 'token-invalid'],
    ['for another audience', { aud: 'another-api' }, 'token-invalid'],
    ['without a subject', { sub: undefined }, 'token-invalid'],
    ['whose subject is an e-mail address', { sub: 'maria.rossi@example.it' }, 'token-invalid'],
    ['whose subject is a name', { sub: 'Maria Rossi' }, 'token-invalid'],
    ['without a role', { oblio_role: undefined }, 'token-invalid'],
    ['with a role that does not exist', { oblio_role: 'admin' }, 'token-invalid'],
    ['with two roles', { oblio_role: ['dpo', 'legal'] }, 'token-invalid'],
    ['without controllers', { oblio_controllers: undefined }, 'token-invalid'],
    ['with a controller that is no list', { oblio_controllers: 'inps' }, 'token-invalid'],
    ['with classes that are no names', { oblio_classes: ['sms; DROP TABLE'] }, 'token-invalid'],
  ])('%s is refused', async (_, change, code) => {
    expect(await outcome(`Bearer ${await sign({ ...good, ...change })}`)).toBe(code);
  });

  test('a few seconds past its expiry still counts, for clocks that differ', async () => {
    const claims = { ...good, exp: Math.floor(Date.now() / 1000) - 2 };
    expect(await outcome(`Bearer ${await sign(claims)}`)).toMatchObject({ actor: 'officer-7' });
  });

  test('signed by a stranger, with a shared secret, not at all, or changed afterwards is refused', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(jwks.keys[0]));
    const bySecret = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'k' }).sign(secret);
    const token = await sign(good);
    const [header = '', , signature = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...good, oblio_role: 'legal' })).toString('base64url');
    for (const bad of [
      await sign(good, { key: stranger.privateKey }),
      await sign(good, { kid: 'another' }),
      bySecret,
      new UnsecuredJWT(good).encode(),
      `${header}.${forged}.${signature}`,
    ]) {
      expect(await outcome(`Bearer ${bad}`)).toBe('token-invalid');
    }
  });

  test('cannot be judged while the issuer’s keys cannot be read: that is a 503, not a refusal of the caller', async () => {
    served.up = false;
    try {
      expect(await outcome(`Bearer ${await sign(good)}`)).toBe('issuer-unavailable');
    } finally {
      served.up = true;
    }
    const nowhere = createAuthenticate({
      keys: await issuerKeys({ kind: 'url', url: new URL('http://127.0.0.1:9/jwks.json') }),
      issuer,
      audience,
      clock: realNow,
    });
    const error = await nowhere(`Bearer ${await sign(good)}`).catch((thrown: unknown) => thrown);
    expect(refused(error)?.problem.code).toBe('issuer-unavailable');
  });
});
