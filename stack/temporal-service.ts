// Temporal as Oblio uses it: the local server with its UI, or the one TEMPORAL_ADDRESS names; either way with the namespace.

import { join } from 'node:path';
import { rememberedInternalPorts } from './ports.ts';
import { postgresUrl } from './postgres.ts';
import type { RunningServices } from './running-services.ts';
import { localHandle } from './service-handle.ts';
import type { StartContext, Started } from './start-context.ts';
import { prepareTemporal } from './temporal.ts';
import { ensureNamespace } from './temporal-client.ts';
import { temporalDatabases } from './temporal-schema.ts';
import { prepareTemporalUi } from './temporal-ui.ts';

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

/** Starts the server (Postgres must answer already) and its UI, and makes the namespace ready. */
export async function startTemporal(context: StartContext): Promise<Started<RunningServices['temporal']>> {
  const { settings, ports, credentials, dataFolder } = context;
  const namespace = settings.TEMPORAL_NAMESPACE;
  const taskQueuePrefix = settings.OBLIO_TASK_QUEUE_PREFIX;
  if (settings.TEMPORAL_ADDRESS) {
    await ensureNamespace(settings.TEMPORAL_ADDRESS, namespace, settings.OBLIO_HISTORY_DAYS);
    return { description: { address: settings.TEMPORAL_ADDRESS, namespace, taskQueuePrefix } };
  }
  const superuser = (database: string): string =>
    postgresUrl(ports.postgres, 'postgres', credentials.postgresSuperuser, database);
  const temporal = await prepareTemporal({
    server: context.program('temporal-server'),
    sqlTool: context.program('temporal-sql-tool'),
    dataFolder,
    postgresPort: ports.postgres,
    superuserUrl: superuser('postgres'),
    databasePassword: credentials.databaseTemporal,
    port: ports.temporal,
    internalPorts: await rememberedInternalPorts(join(dataFolder, 'ports.json'), ports),
    historyShards: context.historyShards,
    timeTravel: context.timeTravel,
    log: context.log,
    onUnexpectedEnd: context.onUnexpectedEnd,
  });
  context.atStop(() => temporal.process.stop());
  await temporal.start();
  context.log(`Temporal answers at ${temporal.address}`);
  const ui = context.withTemporalUi ? { uiAddress: await startUi(context, temporal.address) } : {};
  await ensureNamespace(temporal.address, namespace, settings.OBLIO_HISTORY_DAYS);
  const databaseUrls = { main: superuser(temporalDatabases.main), visibility: superuser(temporalDatabases.visibility) };
  return {
    description: { address: temporal.address, namespace, taskQueuePrefix, databaseUrls, ...ui },
    handle: localHandle(temporal.process, temporal.start),
  };
}
