/**
 * `node commands/migrate.ts`: brings the database (DATABASE_URL, its owner's login) to the current schema and, where
 * TEMPORAL_ADDRESS is set, makes the Temporal namespace fit for Oblio. Both can be repeated; the worker sees to the namespace too.
 */
import { z } from 'zod';
import { openDatabase } from '../storage/database/database.ts';
import { MigrationError, migrateDatabase } from '../storage/database/migrate-database.ts';

const temporal = z.object({
  address: z.string().regex(/^[^\s/]+:\d{1,5}$/, 'TEMPORAL_ADDRESS must be host:port'),
  namespace: z.string().min(1).default('oblio'),
  queuePrefix: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'OBLIO_TASK_QUEUE_PREFIX must be lower-case letters, digits and hyphens')
    .default('oblio'),
  historyDays: z.coerce.number('OBLIO_HISTORY_DAYS must be a number').int().positive().default(7),
});

/** An empty variable counts as absent, as it does in Compose files. */
const text = (name: string): string | undefined => process.env[name] || undefined;

const settings = z
  .object({
    databaseUrl: z.url({
      protocol: /^postgres(ql)?$/,
      error: 'DATABASE_URL must be the address of the database, postgres://...',
    }),
    temporal: temporal.optional(),
  })
  .safeParse({
    databaseUrl: text('DATABASE_URL'),
    temporal: text('TEMPORAL_ADDRESS') && {
      address: text('TEMPORAL_ADDRESS'),
      namespace: text('TEMPORAL_NAMESPACE'),
      queuePrefix: text('OBLIO_TASK_QUEUE_PREFIX'),
      historyDays: text('OBLIO_HISTORY_DAYS'),
    },
  });
if (!settings.success) {
  console.error(`The settings are wrong:\n${z.prettifyError(settings.error)}`);
  process.exit(2);
}

const migrate = async (url: string): Promise<void> => {
  const db = openDatabase({ url, applicationName: 'oblio-migrate', maxConnections: 2 });
  try {
    const outcomes = await migrateDatabase(db);
    for (const { name } of outcomes) console.log(`migrated  ${name}`);
    const applied = outcomes.length === 0 ? '' : ` (${outcomes.length} applied)`;
    console.log(`The schema is current${applied}.`);
  } finally {
    await db.destroy();
  }
};

const prepareTemporal = async ({ address, ...input }: z.output<typeof temporal>): Promise<void> => {
  // The worker's modules are heavy and not needed to migrate a database.
  const [{ connectClient }, { prepareNamespace }] = await Promise.all([
    import('../worker/temporal/connect-temporal.ts'),
    import('../worker/temporal/register-namespace.ts'),
  ]);
  const { connection } = await connectClient({ address, namespace: input.namespace, identity: 'oblio-migrate' });
  try {
    const { namespaceRegistered, attributesRegistered } = await prepareNamespace(connection, input);
    console.log(
      `Temporal namespace ${input.namespace}: ${namespaceRegistered ? 'registered' : 'there'}, ${attributesRegistered.length} search attributes added.`,
    );
  } finally {
    await connection.close();
  }
};

try {
  await migrate(settings.data.databaseUrl);
  if (settings.data.temporal) await prepareTemporal(settings.data.temporal);
} catch (error) {
  if (error instanceof MigrationError) {
    for (const { name, status } of error.outcomes) console.error(`${status.padEnd(12)} ${name}`);
  }
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
