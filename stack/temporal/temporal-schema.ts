// Temporal's two databases on Postgres and their schema, by the server's own schema tool. Repeating it changes nothing.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureDatabase } from '../postgres/database-users.ts';
import { withClient } from '../postgres/postgres.ts';
import { messageOf, StackError } from '../process/stack-error.ts';

/** The names of Temporal's databases; neither holds anything that Postgres could not start again. */
export const temporalDatabases = { main: 'temporal', visibility: 'temporal_visibility' } as const;
const databaseUser = 'temporal';
const schemas = [
  { database: temporalDatabases.main, schema: 'postgresql/v12/temporal' },
  { database: temporalDatabases.visibility, schema: 'postgresql/v12/visibility' },
] as const;

/** With which tool and which rights the schema is made. */
export type TemporalSchemaPlan = {
  sqlTool: string;
  /** A connection that may create roles and databases. */
  superuserUrl: string;
  databasePassword: string;
};

/** Creates Temporal's user and databases where missing, and brings both to the schema of this version of the tool. */
export async function ensureTemporalSchema(plan: TemporalSchemaPlan): Promise<void> {
  await withClient(plan.superuserUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [databaseUser]);
    const verb = rowCount ? 'alter' : 'create';
    await client.query(`${verb} role ${databaseUser} login password ${client.escapeLiteral(plan.databasePassword)}`);
    for (const { database } of schemas) await ensureDatabase(client, database, databaseUser, []);
  });
  const { hostname, port } = new URL(plan.superuserUrl);
  const run = async (...args: string[]): Promise<void> => {
    try {
      await promisify(execFile)(plan.sqlTool, args, {
        env: {
          PATH: process.env.PATH,
          SQL_PLUGIN: 'postgres12',
          SQL_HOST: hostname,
          SQL_PORT: port || '5432',
          SQL_USER: databaseUser,
          SQL_PASSWORD: plan.databasePassword,
        },
        timeout: 120_000,
      });
    } catch (error) {
      throw new StackError(`The Temporal schema could not be prepared (${args.join(' ')}): ${messageOf(error)}`);
    }
  };
  for (const { database, schema } of schemas) {
    const address = new URL(plan.superuserUrl);
    address.pathname = `/${database}`;
    const versioned = await withClient(address.href, async (client) => {
      const { rows } = await client.query("select to_regclass('schema_version') is not null as present");
      return rows[0]?.present === true;
    });
    if (!versioned) await run('--db', database, 'setup-schema', '-v', '0.0');
    await run('--db', database, 'update-schema', '--schema-name', schema);
  }
}
