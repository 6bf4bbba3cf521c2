// What the person who starts the stack has configured: services that run elsewhere, and names that differ from the defaults.

import { z } from 'zod';
import { StackError } from '../process/stack-error.ts';

const optional = z
  .string()
  .optional()
  .transform((value) => value || undefined);
const address = (protocols: string, example: string): z.ZodType<string | undefined, string | undefined> =>
  optional.refine((value) => value === undefined || new RegExp(`^(${protocols})://[^/]+`).test(value), {
    message: `must be an address like ${example}`,
  });
const postgresAddress = address('postgres|postgresql', 'postgres://user:password@host:5432/database');

const settingsSchema = z.object({
  DATABASE_URL: postgresAddress,
  OBLIO_API_DATABASE_URL: postgresAddress,
  OBLIO_WORKER_DATABASE_URL: postgresAddress,
  OBLIO_GATE_DATABASE_URL: postgresAddress,
  TEMPORAL_ADDRESS: optional.refine((value) => value === undefined || /^[^:/]+:\d+$/.test(value), {
    message: 'must be host:port, without a protocol',
  }),
  TEMPORAL_NAMESPACE: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/)
    .default('oblio'),
  /** Which Temporal a new data folder gets. */
  OBLIO_TEMPORAL_STORAGE: z.enum(['sqlite', 'postgres'], 'must be sqlite or postgres').optional(),
  TEMPORAL_HISTORY_SHARDS: z.coerce.number().int().min(1).max(16_384).optional(),
  /** Days for which Temporal keeps the history of a closed workflow. */
  OBLIO_HISTORY_DAYS: z.coerce.number().int().positive().default(7),
  OBLIO_TASK_QUEUE_PREFIX: z.string().min(1).default('oblio'),
  S3_ENDPOINT: address('http|https', 'https://store.example.org'),
  /** Which store a new data folder gets. */
  OBLIO_STORE: z.enum(['seaweedfs', 'minio'], 'must be seaweedfs or minio').optional(),
  S3_REGION: z.string().min(1).default('us-east-1'),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name')
    .default('oblio-records'),
  S3_ADMIN_ACCESS_KEY: optional,
  S3_ADMIN_SECRET_KEY: optional,
  S3_API_ACCESS_KEY: optional,
  S3_API_SECRET_KEY: optional,
  S3_WORKER_ACCESS_KEY: optional,
  S3_WORKER_SECRET_KEY: optional,
  S3_GATE_ACCESS_KEY: optional,
  S3_GATE_SECRET_KEY: optional,
  SMTP_URL: address('smtp|smtps', 'smtp://host:587'),
  OBLIO_MAIL_FROM: z.string().min(3).default('Oblio <oblio@oblio.example>'),
  OBLIO_KEYS_FILE: optional,
  OBLIO_JWKS_URL: optional,
  OBLIO_JWKS_FILE: optional,
  OBLIO_TOKEN_ISSUER: optional,
  OBLIO_TOKEN_AUDIENCE: optional,
});

/** The settings a stack reads, checked. */
export type StackSettings = z.infer<typeof settingsSchema>;

/** Reads the settings; the error names each wrong one and says what is expected. An empty variable counts as not set. */
export function readSettings(environment: NodeJS.ProcessEnv): StackSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new StackError(`Settings that cannot be used:\n${problems.join('\n')}`);
}
