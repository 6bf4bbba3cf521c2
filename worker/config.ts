/** The worker's settings, read from the environment once. */
import { z } from 'zod';
import { port, positive, readSettings, sharedSettings, url, WrongSettings } from '../settings/environment.ts';

const schema = z.object({
  ...sharedSettings,
  OBLIO_WORKER_DATABASE_URL: url('postgres:', 'postgresql:'),
  OBLIO_GATE_DATABASE_URL: url('postgres:', 'postgresql:'),
  S3_WORKER_ACCESS_KEY: z.string().min(1),
  S3_WORKER_SECRET_KEY: z.string().min(1),
  S3_GATE_ACCESS_KEY: z.string().min(1),
  S3_GATE_SECRET_KEY: z.string().min(1),
  SMTP_URL: url('smtp:', 'smtps:'),
  OBLIO_MAIL_FROM: z.string().regex(/@/, 'must be a mail address'),
  /** A mail server of its own for certified mail; absent: all mail goes the same way. */
  OBLIO_PEC_SMTP_URL: url('smtp:', 'smtps:').optional(),
  OBLIO_PEC_FROM: z.string().regex(/@/, 'must be a mail address').optional(),
  /** Letters go unsigned, are signed elsewhere and taken back, or are signed here with a certificate file (PKCS #12). */
  OBLIO_SIGNATURE: z.enum(['unsigned', 'external', 'local']).default('unsigned'),
  OBLIO_SIGNING_CERTIFICATE_FILE: z.string().min(1).optional(),
  OBLIO_SIGNING_PASSWORD_FILE: z.string().min(1).optional(),
  WORKER_HOST: z.string().min(1).default('127.0.0.1'),
  WORKER_PORT: port(8081),
  /** Prebuilt by `npm run build:bundle`; absent: bundled from source at start. */
  OBLIO_WORKFLOW_BUNDLE: z.string().min(1).optional(),
  /** Erasure activities a second over all workers of the queue: what Postgres and the store may be asked for. */
  OBLIO_ERASURES_PER_SECOND: positive(50),
  OBLIO_ERASURES_AT_ONCE: positive(8),
  /** Workflows kept ready in memory, about 100 KB each. */
  OBLIO_CACHED_WORKFLOWS: positive(1_000),
  /** Days for which Temporal keeps the history of a closed workflow, set when the namespace is made. */
  OBLIO_HISTORY_DAYS: positive(7),
});

/** How letters are signed. */
export type SignatureSettings =
  | { readonly kind: 'unsigned' | 'external' }
  | { readonly kind: 'local'; readonly certificateFile: string; readonly passwordFile: string };

/** The settings in the form the process uses, checked and with defaults filled in. Holds secrets: never logged. */
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
  /** Absent: letters bear no links. */
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
  const env = readSettings(schema, { environment, of: "The worker's" });
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
