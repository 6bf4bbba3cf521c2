// How the Temporal server of a local stack is set up beyond deploy/temporal/server.yaml: its environment and its limits and switches.

import { join } from 'node:path';
import type { TemporalInternalPorts } from '../process/ports.ts';
import { projectRoot } from '../process/project.ts';

/** The server's configuration file, the same as in production; its values come from the environment. */
export const serverConfigurationFile = join(projectRoot, 'deploy', 'temporal', 'server.yaml');

/** What differs from stack to stack. */
export type TemporalConfiguration = {
  postgresPort: number;
  databasePassword: string;
  /** Fixed for ever once the databases have been used. */
  historyShards: number;
  port: number;
  internalPorts: TemporalInternalPorts;
  dynamicConfigurationFile: string;
};

/** The environment that fills the configuration file. */
export function serverEnvironment(options: TemporalConfiguration): Record<string, string> {
  const ports = options.internalPorts;
  return {
    TEMPORAL_POSTGRES: `127.0.0.1:${options.postgresPort}`,
    TEMPORAL_DATABASE_PASSWORD: options.databasePassword,
    TEMPORAL_HISTORY_SHARDS: String(options.historyShards),
    TEMPORAL_DYNAMIC_CONFIG: options.dynamicConfigurationFile,
    TEMPORAL_PORT: String(options.port),
    TEMPORAL_HTTP_PORT: String(ports.frontendHttp),
    TEMPORAL_FRONTEND_MEMBERSHIP_PORT: String(ports.frontendMembership),
    TEMPORAL_HISTORY_PORT: String(ports.history),
    TEMPORAL_HISTORY_MEMBERSHIP_PORT: String(ports.historyMembership),
    TEMPORAL_MATCHING_PORT: String(ports.matching),
    TEMPORAL_MATCHING_MEMBERSHIP_PORT: String(ports.matchingMembership),
    TEMPORAL_SYSTEM_WORKER_PORT: String(ports.systemWorker),
    TEMPORAL_SYSTEM_WORKER_MEMBERSHIP_PORT: String(ports.systemWorkerMembership),
    TEMPORAL_METRICS_PORT: String(ports.temporalMetrics),
  };
}

/** Limits and switches of the server on a local stack, on whichever database. */
export function dynamicSettings(options: { timeTravel: 'refused' | 'allowed' }): Record<string, unknown> {
  return {
    // Identifiers are VARCHAR(255) in the SQL schemas.
    'limit.maxIDLength': 255,
    // New namespaces and search attributes are usable within a second.
    'system.namespaceCacheRefreshInterval': '1s',
    'frontend.namespaceRPS.namespaceReplicationInducingAPIs': 100,
    'frontend.namespaceRPS.visibility': 200,
    'frontend.WorkflowTimeSkippingEnabled': options.timeTravel === 'allowed',
  };
}

/** The dynamic configuration of the server on Postgres, in the form of its file. */
export function dynamicConfiguration(options: { timeTravel: 'refused' | 'allowed'; historyShards: number }): object {
  const settings = dynamicSettings(options);
  if (options.historyShards < 16) {
    // A small cluster for tests: one partition finds the waiting worker at once.
    settings['matching.numTaskqueueReadPartitions'] = 1;
    settings['matching.numTaskqueueWritePartitions'] = 1;
  }
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [{ value, constraints: {} }]]));
}
