/** The API of one test file: the app on a world of its own, called without a port, with tokens of an issuer of its own. */
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { pino } from 'pino';
import { createAuthenticate, type Role } from '../../api/access/authentication.ts';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/http/context.ts';
import { createApiMetrics } from '../../api/http/metrics.ts';
import { createTemporalAccess } from '../../api/operations/temporal-access.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { type CreateWorldInput, createWorld, realNow, type World } from '../support/world.ts';

export const issuer = 'https://issuer.test';
export const audience = 'oblio-test';

export type TokenInput = {
  readonly role: Role;
  readonly controllers?: readonly string[];
  readonly classes?: readonly string[];
  readonly authorisedFor?: readonly string[];
  readonly actor?: string;
  /** Claims that replace the usual ones. */
  readonly claims?: JWTPayload;
  readonly expiresIn?: string;
};

export type ApiResponse = {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON, or as text where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
};

export type CallInput = {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: NonNullable<RequestInit['body']>;
  readonly now?: Instant;
};

export type Api = {
  readonly world: World;
  readonly deps: ApiDeps;
  readonly app: ReturnType<typeof createApp>;
  /** Everything that was logged, a line each. */
  readonly logLines: string[];
  readonly token: (input: TokenInput) => Promise<string>;
  readonly call: (method: string, path: string, input?: CallInput) => Promise<ApiResponse>;
  /** The app with some dependencies replaced. */
  readonly variant: (replaced: Partial<ApiDeps>) => Pick<Api, 'call' | 'app'>;
  readonly close: () => Promise<void>;
};

const asRecord = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
};

const caller =
  (app: ReturnType<typeof createApp>): Api['call'] =>
  async (method, path, { token, headers, json, body, now } = {}) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(now === undefined ? {} : { 'oblio-now': now }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: asRecord(text), text };
  };

/** Makes world, issuer and app. Time travel is allowed unless a variant refuses it. */
export const createApi = async (input: CreateWorldInput): Promise<Api> => {
  const world = await createWorld(input);
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = 'test-key';
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256' }] });
  const logLines: string[] = [];
  const temporal = createTemporalAccess({
    address: world.environment.TEMPORAL_ADDRESS ?? '',
    namespace: world.environment.TEMPORAL_NAMESPACE ?? '',
    queuePrefix: 'oblio',
    uiUrl: 'http://127.0.0.1:8233',
  });
  const deps: ApiDeps = {
    database: world.database('api'),
    objectStore: world.store('api'),
    policies: new Map(world.policies.map(({ policy }) => [policy.controller, policy])),
    sealing: world.sealing,
    clock: realNow,
    authenticate: createAuthenticate({ keys, issuer, audience, clock: realNow }),
    temporal: temporal.access,
    timeTravel: 'allowed',
    logger: pino({ level: 'debug' }, { write: (line: string) => logLines.push(line) }),
    metrics: createApiMetrics({ process: false }),
  };
  const token = async ({ role, expiresIn = '1h', ...given }: TokenInput): Promise<string> =>
    new SignJWT({
      oblio_role: role,
      oblio_controllers: given.controllers ?? world.policies.map(({ policy }) => policy.controller),
      oblio_classes: given.classes ?? (role === 'source' ? ['*'] : []),
      oblio_authorised_for: given.authorisedFor ?? [],
      ...given.claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setSubject(given.actor ?? `test-${role}`)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(privateKey);
  const app = createApp(deps);
  return {
    world,
    deps,
    app,
    logLines,
    token,
    call: caller(app),
    variant: (replaced) => {
      const other = createApp({ ...deps, metrics: createApiMetrics({ process: false }), ...replaced });
      return { app: other, call: caller(other) };
    },
    close: async () => {
      await temporal.close();
      await world.close();
    },
  };
};
