// Who may do what in the database: the owner that migrates, the group roles that migrations grant rights to, and one login user per process part.

import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { withClient } from './postgres.ts';

/** Group roles (no login, one set per cluster) and the login users that are members of them. */
export const databaseRoles = [
  { group: 'oblio_api', login: 'oblio_api_login', part: 'api' },
  { group: 'oblio_worker', login: 'oblio_worker_login', part: 'worker' },
  { group: 'oblio_gate', login: 'oblio_gate_login', part: 'gate' },
] as const;

/** The login that owns the schema; only migrations use it. */
export const databaseOwner = 'oblio_owner';
/** Without a password for the owner, the owner is a role that the stack does not manage. */
export type DatabasePasswords = { owner: string | undefined; api: string; worker: string; gate: string };

async function ensureRole(client: Client, name: string, attributes: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name]);
  if (!rowCount) await client.query(`create role ${escapeIdentifier(name)} ${attributes}`);
  else await client.query(`alter role ${escapeIdentifier(name)} ${attributes}`);
}

/** Makes sure the database exists, with this owner, closed to every role that is not named; a copy of `template` if it is made now. */
export async function ensureDatabase(
  client: Client,
  name: string,
  owner: string,
  mayConnect: readonly string[],
  template = 'template0',
): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  const database = escapeIdentifier(name);
  if (!rowCount) {
    const from = escapeIdentifier(template);
    await client.query(`create database ${database} owner ${escapeIdentifier(owner)} template ${from}`);
  }
  await client.query(`revoke all on database ${database} from public`);
  for (const role of mayConnect)
    await client.query(`grant connect on database ${database} to ${escapeIdentifier(role)}`);
}

/** Creates what is missing of roles and users, and sets the passwords. Runs as superuser or as a role with CREATEROLE. */
export async function ensureDatabaseUsers(url: string, passwords: DatabasePasswords): Promise<void> {
  await withClient(url, async (client) => {
    if (passwords.owner) await ensureRole(client, databaseOwner, `login password ${escapeLiteral(passwords.owner)}`);
    for (const { group, login, part } of databaseRoles) {
      await ensureRole(client, group, 'nologin');
      await ensureRole(client, login, `login password ${escapeLiteral(passwords[part])}`);
      await client.query(`grant ${escapeIdentifier(group)} to ${escapeIdentifier(login)}`);
    }
  });
}

/** Creates an application database of this name, owned by the owner and open to the three group roles; empty or a copy of another. */
export async function ensureApplicationDatabase(superuserUrl: string, name: string, template?: string): Promise<void> {
  await withClient(superuserUrl, (client) =>
    ensureDatabase(
      client,
      name,
      databaseOwner,
      databaseRoles.map((role) => role.group),
      template,
    ),
  );
}
