/**
 * The database that the databases of all test worlds are copied from: migrated once per cluster and state of the migrations, so that
 * a world costs a copy and not every migration again.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { ensureApplicationDatabase } from '../../stack/postgres/database-users.ts';
import { withClient } from '../../stack/postgres/postgres.ts';
import type { RunningServices } from '../../stack/services/running-services.ts';
import { openDatabase } from '../../storage/database/database.ts';
import { migrateDatabase } from '../../storage/database/migrate-database.ts';

const migrations = join(import.meta.dirname, '..', '..', 'migrations');

/** Other migrations, another template: services that outlive a test run may be used by several checkouts. */
const templateName = (): string => {
  const hash = createHash('sha256');
  for (const file of readdirSync(migrations).sort()) hash.update(file).update(readFileSync(join(migrations, file)));
  return `oblio_template_${hash.digest('hex').slice(0, 16)}`;
};

/** Any number that nothing else locks: test processes make the template one after the other. */
const lockNumber = 7_110_921;

const make = async ({ postgres }: RunningServices): Promise<string> => {
  const { superuserUrl } = postgres;
  if (superuserUrl === undefined)
    throw new Error('Tests need a Postgres of the stack, not one that DATABASE_URL names.');
  const name = templateName();
  // The lock ends with the connection.
  await withClient(superuserUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lockNumber]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    const draft = `${name}_draft`;
    // Of a run that was interrupted.
    await client.query(`drop database if exists ${escapeIdentifier(draft)} with (force)`);
    await ensureApplicationDatabase(superuserUrl, draft);
    const url = new URL(postgres.ownerUrl);
    url.pathname = `/${draft}`;
    const db = openDatabase({ url: url.href, applicationName: 'test-template', maxConnections: 1 });
    try {
      await migrateDatabase(db);
    } finally {
      await db.destroy();
    }
    await client.query(`alter database ${escapeIdentifier(draft)} rename to ${escapeIdentifier(name)}`);
  });
  return name;
};

const made = new Map<string, Promise<string>>();

/** The name of the migrated template in the cluster of these services; made when it is first asked for. */
export const templateDatabase = (services: RunningServices): Promise<string> => {
  const cluster = services.postgres.superuserUrl ?? '';
  const name = made.get(cluster) ?? make(services);
  made.set(cluster, name);
  return name;
};
