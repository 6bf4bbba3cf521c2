/** `node commands/migrate.ts`: brings the database (DATABASE_URL, its owner's login) to the current schema. */
import { z } from 'zod';
import { openDatabase } from '../storage/database.ts';
import { MigrationError, migrateDatabase } from '../storage/migrate-database.ts';

const environment = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be the address of the database, postgres://...' }),
});

const settings = environment.safeParse(process.env);
if (!settings.success) {
  console.error(`The settings are wrong:\n${z.prettifyError(settings.error)}`);
  process.exit(2);
}

const db = openDatabase({ url: settings.data.DATABASE_URL, applicationName: 'oblio-migrate', maxConnections: 2 });
try {
  const outcomes = await migrateDatabase(db);
  for (const { name } of outcomes) console.log(`migrated  ${name}`);
  console.log(outcomes.length === 0 ? 'The schema is current.' : `The schema is current (${outcomes.length} applied).`);
} catch (error) {
  if (error instanceof MigrationError) {
    for (const { name, status } of error.outcomes) console.error(`${status.padEnd(12)} ${name}`);
  }
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
