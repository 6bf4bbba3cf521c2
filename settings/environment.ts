/**
 * Settings from the environment: what API and worker share, and how the environment is read, once per process. What is wrong is
 * said all at once, by name and without values.
 */
import { z } from 'zod';

/** A URL with one of these protocols, colon included. */
export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

/** A port to listen on; 0 lets the system choose. */
export const port = (otherwise: number) => z.coerce.number().int().min(0).max(65_535).default(otherwise);

/** A whole number of something, at least one. */
export const positive = (otherwise: number) => z.coerce.number().int().positive().default(otherwise);

/** The settings that mean the same to API and worker, to be spread into the schema of each. */
export const sharedSettings = {
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
  /** Where the API is reached from outside, for links in letters and for recipients' acknowledgements. */
  OBLIO_PUBLIC_URL: url('http:', 'https:').optional(),
  OBLIO_KEYS_FILE: z.string().min(1),
  OBLIO_POLICIES: z.string().min(1).default('./policies'),
  OBLIO_TIME_TRAVEL: z.enum(['refused', 'allowed']).default('refused'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  OBLIO_SHUTDOWN_GRACE_SECONDS: positive(20),
};

/** Why a process cannot start; its message is for the person who set the environment and repeats no value of it. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

const whatIsWrong = (error: z.ZodError, given: Readonly<Record<string, string | undefined>>): string =>
  error.issues
    .map(({ path, message, code }) => {
      const name = path.join('.');
      // A rule about several settings names one of them, which may well be absent.
      return `  ${name}: ${given[name] === undefined && code !== 'custom' ? 'is missing' : message}`;
    })
    .join('\n');

/** Reads settings; throws `WrongSettings` that lists everything wrong or missing. An empty variable counts as absent. */
export const readSettings = <Schema extends z.ZodType>(
  schema: Schema,
  { environment, of }: { readonly environment: NodeJS.ProcessEnv; readonly of: string },
): z.output<Schema> => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) throw new WrongSettings(`${of} settings are wrong:\n${whatIsWrong(result.error, given)}`);
  return result.data;
};
