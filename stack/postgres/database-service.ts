// The application's database: in the local cluster, or in one that DATABASE_URL names; either way with one login user per part of Oblio.

import { localHandle, type ServiceHandle } from '../process/service-handle.ts';
import { messageOf, StackError } from '../process/stack-error.ts';
import type { Credentials } from '../services/credentials.ts';
import type { RunningServices } from '../services/running-services.ts';
import type { StackSettings } from '../services/settings.ts';
import type { StartContext, Started } from '../services/start-context.ts';
import { databaseOwner, databaseRoles, ensureApplicationDatabase, ensureDatabaseUsers } from './database-users.ts';
import { postgresUrl, preparePostgres, withClient } from './postgres.ts';

const applicationDatabase = 'oblio';

type DatabaseAddresses = RunningServices['postgres'];

function passwordsOf(credentials: Credentials): { owner: string; api: string; worker: string; gate: string } {
  const { databaseOwner: owner, databaseApi: api, databaseWorker: worker, databaseGate: gate } = credentials;
  return { owner, api, worker, gate };
}

/** The addresses of a database of that name in the local cluster. */
function localAddresses(port: number, credentials: Credentials, database: string): DatabaseAddresses {
  const passwords = passwordsOf(credentials);
  const [api, worker, gate] = databaseRoles.map(({ login, part }) =>
    postgresUrl(port, login, passwords[part], database),
  );
  if (!api || !worker || !gate) throw new Error('A database role is missing.');
  return {
    superuserUrl: postgresUrl(port, 'postgres', credentials.postgresSuperuser, 'postgres'),
    ownerUrl: postgresUrl(port, databaseOwner, passwords.owner, database),
    apiUrl: api,
    workerUrl: worker,
    gateUrl: gate,
  };
}

/** Roles, login users and the application's database in the local cluster. */
async function ensureLocalDatabase(port: number, credentials: Credentials): Promise<DatabaseAddresses> {
  const addresses = localAddresses(port, credentials, applicationDatabase);
  if (addresses.superuserUrl) {
    await ensureDatabaseUsers(addresses.superuserUrl, passwordsOf(credentials));
    await ensureApplicationDatabase(addresses.superuserUrl, applicationDatabase);
  }
  return addresses;
}

function withUser(url: string, user: string, password: string): string {
  const address = new URL(url);
  address.username = user;
  address.password = encodeURIComponent(password);
  return address.href;
}

/** The user's own database: its login users are those configured, or are created with the rights DATABASE_URL has. */
async function ensureExternalDatabase(
  ownerUrl: string,
  settings: StackSettings,
  credentials: Credentials,
): Promise<DatabaseAddresses> {
  const {
    OBLIO_API_DATABASE_URL: apiUrl,
    OBLIO_WORKER_DATABASE_URL: workerUrl,
    OBLIO_GATE_DATABASE_URL: gateUrl,
  } = settings;
  if (apiUrl && workerUrl && gateUrl) return { ownerUrl, apiUrl, workerUrl, gateUrl };
  const passwords = passwordsOf(credentials);
  const [api, worker, gate] = databaseRoles.map(({ login, part }) => withUser(ownerUrl, login, passwords[part]));
  if (!api || !worker || !gate) throw new Error('A database role is missing.');
  const ours = await withClient(api, async () => true).catch(() => false);
  if (!ours) {
    try {
      await withClient(ownerUrl, async (client) => {
        const { rows } = await client.query('select rolname from pg_roles where rolname = any($1)', [
          databaseRoles.map(({ login }) => login),
        ]);
        if (rows.length > 0)
          throw new StackError(`${rows.map((row) => row.rolname).join(', ')} exists already with another password`);
      });
      await ensureDatabaseUsers(ownerUrl, { ...passwords, owner: undefined });
    } catch (error) {
      throw new StackError(
        `The login users of the API, the worker and the gate could not be created in the database that DATABASE_URL names: ${messageOf(error)}.\nGive that user CREATEROLE, or create the users yourself (members of the roles oblio_api, oblio_worker, oblio_gate) and set OBLIO_API_DATABASE_URL, OBLIO_WORKER_DATABASE_URL and OBLIO_GATE_DATABASE_URL.`,
      );
    }
  }
  return { ownerUrl, apiUrl: api, workerUrl: worker, gateUrl: gate };
}

/** Starts the embedded Postgres where it is needed, and makes the application's database ready. */
export async function startDatabase(context: StartContext): Promise<Started<DatabaseAddresses>> {
  const { settings, credentials, ports } = context;
  const external = settings.DATABASE_URL;
  const started: { handle?: ServiceHandle } = {};
  if (context.withPostgres) {
    const postgres = await preparePostgres({
      dataFolder: context.dataFolder,
      port: ports.postgres,
      superuserPassword: credentials.postgresSuperuser,
      maxConnections: context.maxConnections,
      durability: context.durability,
      log: context.log,
      onUnexpectedEnd: context.onUnexpectedEnd,
    });
    context.atStopLast(() => postgres.process.stop());
    await postgres.start();
    started.handle = localHandle(postgres.process, postgres.start);
    context.log(`Postgres answers at 127.0.0.1:${ports.postgres}`);
  }
  const description = external
    ? await ensureExternalDatabase(external, settings, credentials)
    : await ensureLocalDatabase(ports.postgres, credentials);
  return { description, ...started };
}
