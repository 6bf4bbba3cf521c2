// What a running stack says about itself: addresses, users and files, as plain JSON; and the environment each process of Oblio gets from it.

import { readFileSync } from 'node:fs';
import { z } from 'zod';

const keyPair = z.object({ accessKey: z.string(), secretKey: z.string() });

/** The shape of a running stack's description, as written to `running.json` and `services.json`. */
const runningServicesSchema = z.object({
  /** The process that keeps the services alive. */
  pid: z.number().int(),
  startedAt: z.iso.datetime(),
  dataFolder: z.string(),
  logsFolder: z.string(),
  timeTravel: z.enum(['refused', 'allowed']),
  postgres: z.object({
    /** Only a cluster of our own has a superuser we know. */
    superuserUrl: z.string().optional(),
    ownerUrl: z.string(),
    apiUrl: z.string(),
    workerUrl: z.string(),
    gateUrl: z.string(),
  }),
  temporal: z.object({
    address: z.string(),
    namespace: z.string(),
    uiAddress: z.string().optional(),
    /** The SQLite file of the prebuilt server. */
    databaseFile: z.string().optional(),
    /** Addresses of Temporal's own databases (superuser), where it runs on our Postgres. */
    databaseUrls: z.object({ main: z.string(), visibility: z.string() }).optional(),
    taskQueuePrefix: z.string(),
  }),
  objectStore: z.object({
    kind: z.enum(['seaweedfs', 'minio', 'elsewhere']),
    endpoint: z.string(),
    consoleAddress: z.string().optional(),
    region: z.string(),
    bucket: z.string(),
    /** Where the store keeps its files, when it is ours. */
    folder: z.string().optional(),
    /** The MinIO client, when the stack found or built it. */
    clientBinary: z.string().optional(),
    /** The administrators' tool of our SeaweedFS: `weed shell -master=...`. */
    shell: z.object({ binary: z.string(), master: z.string() }).optional(),
    administrator: keyPair.optional(),
    api: keyPair,
    worker: keyPair,
    gate: keyPair,
  }),
  mail: z.object({
    smtpUrl: z.string(),
    from: z.string(),
    /** Where the catcher puts what it receives, when it is ours. */
    folder: z.string().optional(),
  }),
  secrets: z.object({
    keysFile: z.string(),
    jwksFile: z.string(),
    /** Keys of an issuer of the user's own, instead of the file. */
    jwksUrl: z.string().optional(),
    privateJwkFile: z.string(),
    issuer: z.string(),
    audience: z.string(),
  }),
  ports: z.object({ api: z.number().int(), worker: z.number().int() }),
  /** Where Oblio's own processes answer, when the stack runs them. */
  apiAddress: z.string().optional(),
  workerAddress: z.string().optional(),
  /** Process ids at the time of writing; a restarted service has another one. */
  pids: z.record(z.string(), z.number().int()),
  /** Kills and restarts single services on request, for drills. */
  control: z.object({ url: z.string(), token: z.string() }).optional(),
});

/** Description of a running stack. */
export type RunningServices = z.infer<typeof runningServicesSchema>;

/** Reads a description from a file; the error names the field. */
export function readRunningServices(file: string): RunningServices {
  const parsed = runningServicesSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} does not describe a running stack: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const fromSystem = ['PATH', 'HOME', 'LANG', 'LOG_LEVEL', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'NODE_OPTIONS'];

/** What a process of Oblio takes over from the person who starts it: system matters and Oblio's own settings, but no credentials. */
function inherited(environment: NodeJS.ProcessEnv): Record<string, string> {
  const taken = Object.entries(environment).filter(
    ([name]) => fromSystem.includes(name) || (name.startsWith('OBLIO_') && !name.endsWith('_DATABASE_URL')),
  );
  return Object.fromEntries(taken.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** A process of Oblio, by the settings and secrets it gets. */
export type OblioProcess = 'api' | 'worker' | 'migrate';

/** The configuration of one process: exactly what it needs and no other part's credentials. */
export function oblioEnvironment(running: RunningServices, part: OblioProcess): Record<string, string> {
  if (part === 'migrate') return { DATABASE_URL: running.postgres.ownerUrl };
  const { postgres, temporal, objectStore, mail, secrets, ports } = running;
  const shared = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    OBLIO_TASK_QUEUE_PREFIX: temporal.taskQueuePrefix,
    S3_ENDPOINT: objectStore.endpoint,
    S3_REGION: objectStore.region,
    S3_BUCKET: objectStore.bucket,
    OBLIO_KEYS_FILE: secrets.keysFile,
    OBLIO_TIME_TRAVEL: running.timeTravel,
    OBLIO_PUBLIC_URL: `http://127.0.0.1:${ports.api}`,
  };
  if (part === 'api') {
    return {
      ...shared,
      OBLIO_API_DATABASE_URL: postgres.apiUrl,
      S3_API_ACCESS_KEY: objectStore.api.accessKey,
      S3_API_SECRET_KEY: objectStore.api.secretKey,
      ...(secrets.jwksUrl ? { OBLIO_JWKS_URL: secrets.jwksUrl } : { OBLIO_JWKS_FILE: secrets.jwksFile }),
      OBLIO_TOKEN_ISSUER: secrets.issuer,
      OBLIO_TOKEN_AUDIENCE: secrets.audience,
      API_HOST: '127.0.0.1',
      API_PORT: String(ports.api),
      ...(temporal.uiAddress ? { TEMPORAL_UI_PORT: new URL(temporal.uiAddress).port } : {}),
    };
  }
  return {
    ...shared,
    OBLIO_WORKER_DATABASE_URL: postgres.workerUrl,
    OBLIO_GATE_DATABASE_URL: postgres.gateUrl,
    S3_WORKER_ACCESS_KEY: objectStore.worker.accessKey,
    S3_WORKER_SECRET_KEY: objectStore.worker.secretKey,
    S3_GATE_ACCESS_KEY: objectStore.gate.accessKey,
    S3_GATE_SECRET_KEY: objectStore.gate.secretKey,
    SMTP_URL: mail.smtpUrl,
    OBLIO_MAIL_FROM: mail.from,
    WORKER_PORT: String(ports.worker),
  };
}

/** The whole environment to start one process with. */
export function processEnvironment(
  running: RunningServices,
  part: OblioProcess,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  return { ...inherited(environment), ...oblioEnvironment(running, part) };
}
