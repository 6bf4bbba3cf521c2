/** The worker's settings, read from the environment once. What is wrong with them is said all at once, by name. */
import { z } from 'zod';

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

const positive = (otherwise: number) => z.coerce.number().int().positive().default(otherwise);

const schema = z.object({
  OBLIO_WORKER_DATABASE_URL: url('postgres:', 'postgresql:'),
  OBLIO_GATE_DATABASE_URL: url('postgres:', 'postgresql:'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, 'must be host:port')
    .default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('oblio'),
  OBLIO_TASK_QUEUE_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'must be lower-case letters, digits and hyphens')
    .default('oblio'),
  S3_ENDPOINT: url('http:', 'https:'),
  S3_REGION: z.string().min(1).default('us-east-1'),
  S3_BUCKET: z.string().min(3).default('oblio-records'),
  S3_WORKER_ACCESS_KEY: z.string().min(1),
  S3_WORKER_SECRET_KEY: z.string().min(1),
  S3_GATE_ACCESS_KEY: z.string().min(1),
  S3_GATE_SECRET_KEY: z.string().min(1),
  SMTP_URL: url('smtp:', 'smtps:'),
  OBLIO_MAIL_FROM: z.string().regex(/@/, 'must be a mail address'),
  /** Where the API is reached from outside, for links in letters and for recipients' acknowledgements; absent: no links. */
  OBLIO_PUBLIC_URL: url('http:', 'https:').optional(),
  /** A mail server of its own for certified mail; absent: all mail goes the same way. */
  OBLIO_PEC_SMTP_URL: url('smtp:', 'smtps:').optional(),
  OBLIO_PEC_FROM: z.string().regex(/@/, 'must be a mail address').optional(),
  /** Letters go unsigned, are signed elsewhere and taken back, or are signed here with a certificate file (PKCS #12). */
  OBLIO_SIGNATURE: z.enum(['unsigned', 'external', 'local']).default('unsigned'),
  OBLIO_SIGNING_CERTIFICATE_FILE: z.string().min(1).optional(),
  OBLIO_SIGNING_PASSWORD_FILE: z.string().min(1).optional(),
  OBLIO_KEYS_FILE: z.string().min(1),
  OBLIO_POLICIES: z.string().min(1).default('./policies'),
  OBLIO_TIME_TRAVEL: z.enum(['refused', 'allowed']).default('refused'),
  WORKER_HOST: z.string().min(1).default('127.0.0.1'),
  WORKER_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Prebuilt by `npm run build:bundle`; absent: bundled from source at start. */
  OBLIO_WORKFLOW_BUNDLE: z.string().min(1).optional(),
  /** Erasure activities a second over all workers of the queue: what Postgres and the store may be asked for. */
  OBLIO_ERASURES_PER_SECOND: positive(50),
  OBLIO_ERASURES_AT_ONCE: positive(8),
  /** Workflows kept ready in memory, about 100 KB each. */
  OBLIO_CACHED_WORKFLOWS: positive(1_000),
  OBLIO_SHUTDOWN_GRACE_SECONDS: positive(20),
  /** Days for which Temporal keeps the history of a closed workflow, set when the namespace is made. */
  OBLIO_HISTORY_DAYS: positive(7),
});

/** How letters are signed. */
export type SignatureSettings =
  | { readonly kind: 'unsigned' | 'external' }
  | { readonly kind: 'local'; readonly certificateFile: string; readonly passwordFile: string };

export type WorkerConfig = {
  readonly databases: { readonly workerUrl: string; readonly gateUrl: string };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly queuePrefix: string;
    readonly historyDays: number;
  };
  readonly store: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly worker: { readonly accessKey: string; readonly secretKey: string };
    readonly gate: { readonly accessKey: string; readonly secretKey: string };
  };
  readonly mail: { readonly smtpUrl: string; readonly from: string };
  readonly pecMail?: { readonly smtpUrl: string; readonly from: string };
  readonly signature: SignatureSettings;
  readonly publicUrl?: string;
  readonly keysFile: string;
  readonly policiesFolder: string;
  readonly timeTravel: 'refused' | 'allowed';
  readonly http: { readonly host: string; readonly port: number };
  readonly logLevel: z.output<typeof schema>['LOG_LEVEL'];
  readonly workflowBundle?: string;
  readonly erasuresPerSecond: number;
  readonly erasuresAtOnce: number;
  readonly cachedWorkflows: number;
  readonly shutdownGraceSeconds: number;
};

/** Why a process cannot start; its message is for the person who set the environment and repeats no value of it. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

const whatIsWrong = (error: z.ZodError, environment: NodeJS.ProcessEnv): string =>
  error.issues
    .map(({ path, message }) => {
      const name = path.join('.');
      return `  ${name}: ${environment[name] === undefined ? 'is missing' : message}`;
    })
    .join('\n');

const signatureOf = (env: z.output<typeof schema>): SignatureSettings => {
  const { OBLIO_SIGNATURE: kind, OBLIO_SIGNING_CERTIFICATE_FILE: certificateFile } = env;
  const { OBLIO_SIGNING_PASSWORD_FILE: passwordFile } = env;
  if (kind !== 'local') return { kind };
  if (certificateFile !== undefined && passwordFile !== undefined) return { kind, certificateFile, passwordFile };
  throw new WrongSettings(
    "The worker's settings are wrong:\n  OBLIO_SIGNATURE: local needs OBLIO_SIGNING_CERTIFICATE_FILE and OBLIO_SIGNING_PASSWORD_FILE",
  );
};

/** Reads the settings; throws `WrongSettings` that lists everything wrong or missing. An empty variable counts as absent. */
export const readWorkerConfig = (environment: NodeJS.ProcessEnv): WorkerConfig => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) throw new WrongSettings(`The worker's settings are wrong:\n${whatIsWrong(result.error, given)}`);
  const env = result.data;
  return {
    databases: { workerUrl: env.OBLIO_WORKER_DATABASE_URL, gateUrl: env.OBLIO_GATE_DATABASE_URL },
    temporal: {
      address: env.TEMPORAL_ADDRESS,
      namespace: env.TEMPORAL_NAMESPACE,
      queuePrefix: env.OBLIO_TASK_QUEUE_PREFIX,
      historyDays: env.OBLIO_HISTORY_DAYS,
    },
    store: {
      endpoint: env.S3_ENDPOINT,
      region: env.S3_REGION,
      bucket: env.S3_BUCKET,
      worker: { accessKey: env.S3_WORKER_ACCESS_KEY, secretKey: env.S3_WORKER_SECRET_KEY },
      gate: { accessKey: env.S3_GATE_ACCESS_KEY, secretKey: env.S3_GATE_SECRET_KEY },
    },
    mail: { smtpUrl: env.SMTP_URL, from: env.OBLIO_MAIL_FROM },
    ...(env.OBLIO_PEC_SMTP_URL === undefined
      ? {}
      : { pecMail: { smtpUrl: env.OBLIO_PEC_SMTP_URL, from: env.OBLIO_PEC_FROM ?? env.OBLIO_MAIL_FROM } }),
    signature: signatureOf(env),
    ...(env.OBLIO_PUBLIC_URL === undefined ? {} : { publicUrl: env.OBLIO_PUBLIC_URL }),
    keysFile: env.OBLIO_KEYS_FILE,
    policiesFolder: env.OBLIO_POLICIES,
    timeTravel: env.OBLIO_TIME_TRAVEL,
    http: { host: env.WORKER_HOST, port: env.WORKER_PORT },
    logLevel: env.LOG_LEVEL,
    ...(env.OBLIO_WORKFLOW_BUNDLE === undefined ? {} : { workflowBundle: env.OBLIO_WORKFLOW_BUNDLE }),
    erasuresPerSecond: env.OBLIO_ERASURES_PER_SECOND,
    erasuresAtOnce: env.OBLIO_ERASURES_AT_ONCE,
    cachedWorkflows: env.OBLIO_CACHED_WORKFLOWS,
    shutdownGraceSeconds: env.OBLIO_SHUTDOWN_GRACE_SECONDS,
  };
};
