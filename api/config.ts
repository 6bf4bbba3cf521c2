/** The API's settings, read from the environment once. */

import { z } from 'zod';
import { given } from '../domain/given.ts';
import { port, readSettings, sharedSettings, url } from '../settings/environment.ts';
import type { KeySource } from './access/authentication.ts';

const schema = z
  .object({
    ...sharedSettings,
    OBLIO_API_DATABASE_URL: url('postgres:', 'postgresql:'),
    OBLIO_API_DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(500).default(20),
    /** Where people see workflows; for a UI behind another address than the local stack's. */
    TEMPORAL_UI_URL: url('http:', 'https:').optional(),
    TEMPORAL_UI_PORT: port(8233),
    S3_API_ACCESS_KEY: z.string().min(1),
    S3_API_SECRET_KEY: z.string().min(1),
    OBLIO_JWKS_URL: url('http:', 'https:').optional(),
    OBLIO_JWKS_FILE: z.string().min(1).optional(),
    OBLIO_TOKEN_ISSUER: z.string().min(1),
    OBLIO_TOKEN_AUDIENCE: z.string().min(1),
    API_HOST: z.string().min(1).default('127.0.0.1'),
    API_PORT: port(8080),
  })
  .refine(({ OBLIO_JWKS_URL, OBLIO_JWKS_FILE }) => (OBLIO_JWKS_URL === undefined) !== (OBLIO_JWKS_FILE === undefined), {
    path: ['OBLIO_JWKS_URL'],
    message: 'set either OBLIO_JWKS_URL or OBLIO_JWKS_FILE',
    // Reported together with every other fault.
    when: () => true,
  });

type Environment = z.output<typeof schema>;

/** The settings in the form the process uses, checked and with defaults filled in. Holds secrets: never logged. */
export type ApiConfig = {
  readonly database: { readonly url: string; readonly maxConnections: number };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly queuePrefix: string;
    readonly uiUrl: string;
  };
  readonly store: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accessKey: string;
    readonly secretKey: string;
  };
  readonly tokens: { readonly keys: KeySource; readonly issuer: string; readonly audience: string };
  readonly keysFile: string;
  readonly policiesFolder: string;
  /** Absent: links bear the address under which the API was called. */
  readonly publicUrl?: string;
  readonly timeTravel: 'refused' | 'allowed';
  readonly http: { readonly host: string; readonly port: number };
  readonly logLevel: Environment['LOG_LEVEL'];
  readonly shutdownGraceSeconds: number;
};

const keySource = ({ OBLIO_JWKS_URL, OBLIO_JWKS_FILE }: Environment): KeySource =>
  OBLIO_JWKS_URL === undefined
    ? { kind: 'file', path: OBLIO_JWKS_FILE ?? '' }
    : { kind: 'url', url: new URL(OBLIO_JWKS_URL) };

/** Reads the settings; throws `WrongSettings` that lists everything wrong or missing. An empty variable counts as absent. */
export const readApiConfig = (environment: NodeJS.ProcessEnv): ApiConfig => {
  const env = readSettings(schema, { environment, of: "The API's" });
  return {
    database: { url: env.OBLIO_API_DATABASE_URL, maxConnections: env.OBLIO_API_DATABASE_CONNECTIONS },
    temporal: {
      address: env.TEMPORAL_ADDRESS,
      namespace: env.TEMPORAL_NAMESPACE,
      queuePrefix: env.OBLIO_TASK_QUEUE_PREFIX,
      uiUrl: (env.TEMPORAL_UI_URL ?? `http://127.0.0.1:${env.TEMPORAL_UI_PORT}`).replace(/\/$/, ''),
    },
    store: {
      endpoint: env.S3_ENDPOINT,
      region: env.S3_REGION,
      bucket: env.S3_BUCKET,
      accessKey: env.S3_API_ACCESS_KEY,
      secretKey: env.S3_API_SECRET_KEY,
    },
    tokens: { keys: keySource(env), issuer: env.OBLIO_TOKEN_ISSUER, audience: env.OBLIO_TOKEN_AUDIENCE },
    keysFile: env.OBLIO_KEYS_FILE,
    policiesFolder: env.OBLIO_POLICIES,
    ...given({ publicUrl: env.OBLIO_PUBLIC_URL }),
    timeTravel: env.OBLIO_TIME_TRAVEL,
    http: { host: env.API_HOST, port: env.API_PORT },
    logLevel: env.LOG_LEVEL,
    shutdownGraceSeconds: env.OBLIO_SHUTDOWN_GRACE_SECONDS,
  };
};
