// Command, run once per deployment and again after each upgrade: prepares a Postgres and a store for Oblio and Temporal. Repeating it changes nothing.
// It alone knows the administrators; every other process gets a user that may do what it has to. Used by docker-compose.yml.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  databaseOwner,
  databaseRoles,
  ensureApplicationDatabase,
  ensureDatabaseUsers,
} from '../postgres/database-users.ts';
import { withClient } from '../postgres/postgres.ts';
import { messageOf, StackError } from '../process/stack-error.ts';
import { resolvePrograms } from '../programs/resolve-programs.ts';
import { ensureBucket, storeClient } from '../store/store-client.ts';
import { type StoreUsers, storeAccessKey, storeParts } from '../store/store-users.ts';
import { ensureTemporalSchema } from '../temporal/temporal-schema.ts';

const secret = z.string().min(16, 'must have 16 characters or more');
const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/[^:]+:[^@]+@[^/]+\/\w+$/, 'must be like postgres://user:password@host:5432/database');
const settingsSchema = z.object({
  POSTGRES_ADMIN_URL: postgresUrl,
  DATABASE_URL: postgresUrl,
  OBLIO_API_DATABASE_URL: postgresUrl,
  OBLIO_WORKER_DATABASE_URL: postgresUrl,
  OBLIO_GATE_DATABASE_URL: postgresUrl,
  TEMPORAL_DATABASE_PASSWORD: secret,
  S3_ENDPOINT: z.url(),
  S3_REGION: z.string().default('us-east-1'),
  S3_BUCKET: z.string().default('oblio-records'),
  S3_ADMIN_ACCESS_KEY: z.string().min(3),
  S3_ADMIN_SECRET_KEY: secret,
  S3_API_ACCESS_KEY: z.literal(storeAccessKey('api')),
  S3_API_SECRET_KEY: secret,
  S3_WORKER_ACCESS_KEY: z.literal(storeAccessKey('worker')),
  S3_WORKER_SECRET_KEY: secret,
  S3_GATE_ACCESS_KEY: z.literal(storeAccessKey('gate')),
  S3_GATE_SECRET_KEY: secret,
});
type Settings = z.infer<typeof settingsSchema>;

/** The password in an address, whose user must be the one the roles are made for. */
function passwordIn(name: string, url: string, user: string): string {
  const address = new URL(url);
  if (address.username !== user) throw new StackError(`${name} must name the user ${user}.`);
  const password = decodeURIComponent(address.password);
  if (password.length < 16) throw new StackError(`The password in ${name} must have 16 characters or more.`);
  return password;
}

/** Services that start at the same moment need some time: tries again for a minute. */
async function whenItAnswers(what: string, action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await action();
      return;
    } catch (error) {
      if (attempt === 60) throw new StackError(`${what} does not answer: ${messageOf(error)}`);
      await sleep(1_000);
    }
  }
}

async function prepareDatabases(settings: Settings, sqlTool: string): Promise<void> {
  const admin = settings.POSTGRES_ADMIN_URL;
  await whenItAnswers('Postgres', () => withClient(admin, (client) => client.query('select 1')));
  const [api, worker, gate] = databaseRoles.map(({ login, part }) => {
    const name = `OBLIO_${part.toUpperCase()}_DATABASE_URL` as const;
    const url = {
      api: settings.OBLIO_API_DATABASE_URL,
      worker: settings.OBLIO_WORKER_DATABASE_URL,
      gate: settings.OBLIO_GATE_DATABASE_URL,
    }[part];
    return passwordIn(name, url, login);
  });
  if (!api || !worker || !gate) throw new Error('A database role is missing.');
  const owner = passwordIn('DATABASE_URL', settings.DATABASE_URL, databaseOwner);
  await ensureDatabaseUsers(admin, { owner, api, worker, gate });
  await ensureApplicationDatabase(admin, new URL(settings.DATABASE_URL).pathname.slice(1));
  await ensureTemporalSchema({ sqlTool, superuserUrl: admin, databasePassword: settings.TEMPORAL_DATABASE_PASSWORD });
}

async function prepareStore(settings: Settings): Promise<void> {
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET: bucket } = settings;
  const administrator = { accessKey: settings.S3_ADMIN_ACCESS_KEY, secretKey: settings.S3_ADMIN_SECRET_KEY };
  await whenItAnswers('The store', () => storeClient(endpoint, region, administrator).listBuckets());
  await ensureBucket(endpoint, region, administrator, bucket);
  const users: StoreUsers = {
    api: { accessKey: storeAccessKey('api'), secretKey: settings.S3_API_SECRET_KEY },
    worker: { accessKey: storeAccessKey('worker'), secretKey: settings.S3_WORKER_SECRET_KEY },
    gate: { accessKey: storeAccessKey('gate'), secretKey: settings.S3_GATE_SECRET_KEY },
  };
  for (const part of storeParts) {
    const sees = storeClient(endpoint, region, users[part]).bucketExists(bucket);
    if (!(await sees.catch(() => false)))
      throw new StackError(
        `The store user ${users[part].accessKey} does not see the bucket ${bucket}: make it, with the policy deploy/store-policies/${part}.json, as docs/store.md says.`,
      );
  }
}

try {
  const parsed = settingsSchema.safeParse(process.env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new StackError(`Settings that cannot be used:\n${problems.join('\n')}`);
  }
  const log = (line: string): void => console.log(line);
  const programs = await resolvePrograms(['temporal-sql-tool'], { environment: process.env, log });
  await prepareDatabases(parsed.data, programs['temporal-sql-tool'].binary);
  log('Postgres has the users and databases of Oblio and Temporal, and the schema of Temporal.');
  await prepareStore(parsed.data);
  log(`The store has the bucket ${parsed.data.S3_BUCKET} with object lock and its three users.`);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
