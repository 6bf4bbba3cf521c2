// Temporal as Oblio uses it: the local server with its UI, or the one TEMPORAL_ADDRESS names; either way with the namespace.

import { postgresUrl } from '../postgres/postgres.ts';
import { localHandle } from '../process/service-handle.ts';
import type { RunningServices } from '../services/running-services.ts';
import type { StartContext, Started } from '../services/start-context.ts';
import { ensureNamespace } from './temporal-client.ts';
import { prepareTemporalOnPostgres } from './temporal-on-postgres.ts';
import { prepareTemporalOnSqlite } from './temporal-on-sqlite.ts';
import { temporalDatabases } from './temporal-schema.ts';
import { prepareTemporalUi } from './temporal-ui.ts';

/** What a local server adds to the description. */
type Local = Omit<RunningServices['temporal'], 'namespace' | 'taskQueuePrefix'>;

async function startUi(context: StartContext, temporalAddress: string): Promise<string> {
  const ui = await prepareTemporalUi({
    binary: context.program('temporal-ui').binary,
    dataFolder: context.dataFolder,
    port: context.ports.temporalUi,
    temporalAddress,
    namespace: context.settings.TEMPORAL_NAMESPACE,
    onUnexpectedEnd: context.onUnexpectedEnd,
  });
  context.atStop(() => ui.process.stop());
  await ui.start();
  context.log(`Temporal UI answers at ${ui.address}`);
  return ui.address;
}

/** The server on Postgres, which must answer already, and its UI: the shape of production. */
async function startOnPostgres(context: StartContext): Promise<Started<Local>> {
  const { ports, credentials, dataFolder } = context;
  const superuser = (database: string): string =>
    postgresUrl(ports.postgres, 'postgres', credentials.postgresSuperuser, database);
  const temporal = await prepareTemporalOnPostgres({
    server: context.program('temporal-server'),
    sqlTool: context.program('temporal-sql-tool'),
    dataFolder,
    postgresPort: ports.postgres,
    superuserUrl: superuser('postgres'),
    databasePassword: credentials.databaseTemporal,
    port: ports.temporal,
    internalPorts: context.internalPorts,
    historyShards: context.historyShards,
    timeTravel: context.timeTravel,
    log: context.log,
    onUnexpectedEnd: context.onUnexpectedEnd,
  });
  context.atStop(() => temporal.process.stop());
  await temporal.start();
  context.log(`Temporal answers at ${temporal.address}`);
  const ui = context.withTemporalUi ? { uiAddress: await startUi(context, temporal.address) } : {};
  const databaseUrls = { main: superuser(temporalDatabases.main), visibility: superuser(temporalDatabases.visibility) };
  return {
    description: { address: temporal.address, databaseUrls, ...ui },
    handle: localHandle(temporal.process, temporal.start),
  };
}

/** The server and its UI on a SQLite file, in one process. */
async function startOnSqlite(context: StartContext): Promise<Started<Local>> {
  const { ports, dataFolder, timeTravel, onUnexpectedEnd } = context;
  const temporal = await prepareTemporalOnSqlite({
    binary: context.program('temporal').binary,
    dataFolder,
    port: ports.temporal,
    uiPort: context.withTemporalUi ? ports.temporalUi : undefined,
    timeTravel,
    onUnexpectedEnd,
  });
  context.atStop(() => temporal.process.stop());
  await temporal.start();
  const { address, uiAddress, databaseFile } = temporal;
  context.log(`Temporal answers at ${address}${uiAddress ? `, its UI at ${uiAddress}` : ''}`);
  return {
    description: { address, databaseFile, ...(uiAddress ? { uiAddress } : {}) },
    handle: localHandle(temporal.process, temporal.start),
  };
}

/** Starts the server of this data folder, or uses the one configured, and makes the namespace ready. */
export async function startTemporal(context: StartContext): Promise<Started<RunningServices['temporal']>> {
  const { settings } = context;
  const namespace = settings.TEMPORAL_NAMESPACE;
  const taskQueuePrefix = settings.OBLIO_TASK_QUEUE_PREFIX;
  const started: Started<Local> = settings.TEMPORAL_ADDRESS
    ? { description: { address: settings.TEMPORAL_ADDRESS } }
    : await (context.chosen.temporal === 'postgres' ? startOnPostgres(context) : startOnSqlite(context));
  await ensureNamespace(started.description.address, namespace, settings.OBLIO_HISTORY_DAYS);
  return { ...started, description: { ...started.description, namespace, taskQueuePrefix } };
}
