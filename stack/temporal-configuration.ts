// The Temporal server's configuration files: the static one (stores, ports) and the dynamic one (limits and switches), as data.

import type { InternalPorts } from './ports.ts';

export type TemporalConfiguration = {
  postgresPort: number;
  databaseUser: string;
  databasePassword: string;
  database: string;
  visibilityDatabase: string;
  /** Fixed for ever once the databases have been used. */
  historyShards: number;
  frontendPort: number;
  internalPorts: InternalPorts;
  dynamicConfigurationFile: string;
  timeTravel: 'refused' | 'allowed';
};

/** The server's static configuration; JSON is YAML, so it is written as JSON. */
export function staticConfiguration(options: TemporalConfiguration): object {
  const ports = options.internalPorts;
  const store = (databaseName: string, maxConns: number): object => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${options.postgresPort}`,
      connectProtocol: 'tcp',
      user: options.databaseUser,
      password: options.databasePassword,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  });
  const service = (grpcPort: number, membershipPort: number, more: object = {}): object => ({
    rpc: { grpcPort, membershipPort, bindOnLocalHost: true, ...more },
  });
  const archival = { state: 'disabled', enableRead: false };
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'main',
      visibilityStore: 'visibility',
      numHistoryShards: options.historyShards,
      datastores: { main: store(options.database, 20), visibility: store(options.visibilityDatabase, 10) },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' },
      metrics: {
        prometheus: { framework: 'tally', timerType: 'histogram', listenAddress: `127.0.0.1:${ports.temporalMetrics}` },
      },
    },
    services: {
      frontend: service(options.frontendPort, ports.frontendMembership, { httpPort: ports.frontendHttp }),
      history: service(ports.history, ports.historyMembership),
      matching: service(ports.matching, ports.matchingMembership),
      worker: service(ports.systemWorker, ports.systemWorkerMembership),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${options.frontendPort}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    // Archives would copy histories to places nobody erases.
    archival: { history: archival, visibility: archival },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    dynamicConfigClient: { filepath: options.dynamicConfigurationFile, pollInterval: '10s' },
  };
}

/** The server's dynamic configuration for a local stack. */
export function dynamicConfiguration(options: Pick<TemporalConfiguration, 'timeTravel' | 'historyShards'>): object {
  const settings: Record<string, unknown> = {
    // Identifiers are VARCHAR(255) in the SQL schemas.
    'limit.maxIDLength': 255,
    // New namespaces and search attributes are usable within a second.
    'system.namespaceCacheRefreshInterval': '1s',
    'frontend.namespaceRPS.namespaceReplicationInducingAPIs': 100,
    'frontend.namespaceRPS.visibility': 200,
    'frontend.WorkflowTimeSkippingEnabled': options.timeTravel === 'allowed',
  };
  if (options.historyShards < 16) {
    // A small cluster for tests: one partition finds the waiting worker at once.
    settings['matching.numTaskqueueReadPartitions'] = 1;
    settings['matching.numTaskqueueWritePartitions'] = 1;
  }
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [{ value, constraints: {} }]]));
}
