/** The API process: settings, wiring, listening, and an end that lets requests finish. The only file of the API that reads the clock. */

import { pino } from 'pino';
import { given } from '../domain/given.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { PolicyError } from '../policies/load-policies.ts';
import { WrongSettings } from '../settings/environment.ts';
import { standardOutput } from '../settings/log-output.ts';
import { openDatabase, statementTimeoutsMs } from '../storage/database/database.ts';
import { describeError } from '../storage/database/describe-error.ts';
import { openObjectStore } from '../storage/objects/object-store.ts';
import { confirmKeys, wrongKeys } from '../storage/sealing/confirm-keys.ts';
import { createSealing, readKeysFile, SealingError } from '../storage/sealing/sealing.ts';
import { createAuthenticate, issuerKeys } from './access/authentication.ts';
import { createApp } from './app.ts';
import { type ApiConfig, readApiConfig } from './config.ts';
import { createHttpServer } from './http/http-server.ts';
import { createApiMetrics } from './http/metrics.ts';
import { policiesInForce } from './operations/policies.ts';
import { createTemporalAccess } from './operations/temporal-access.ts';

const clock = () => instantFromEpoch(Date.now());

const run = async (config: ApiConfig): Promise<void> => {
  const logger = pino(
    { level: config.logLevel, base: { process: 'api' }, timestamp: pino.stdTimeFunctions.isoTime },
    standardOutput(),
  );
  const database = openDatabase({
    url: config.database.url,
    applicationName: 'oblio-api',
    maxConnections: config.database.maxConnections,
    statementTimeoutMs: statementTimeoutsMs.api,
    onConnectionLost: (code) => logger.warn({ service: 'database', code }, 'a connection was lost'),
  });
  const oblioKeys = await readKeysFile(config.keysFile);
  const { faults, firstSeen } = await confirmKeys(database, { keys: oblioKeys, now: clock() });
  if (faults.length > 0) throw wrongKeys(config.keysFile, faults);
  if (firstSeen.length > 0) logger.info({ keys: firstSeen }, 'keys are used for the first time');
  const temporal = createTemporalAccess(config.temporal);
  const { keys, issuer, audience } = config.tokens;
  const app = createApp({
    database,
    objectStore: openObjectStore(config.store),
    policies: await policiesInForce(database, { folder: config.policiesFolder, now: clock() }),
    sealing: createSealing(oblioKeys),
    clock,
    authenticate: createAuthenticate({ keys: await issuerKeys(keys), issuer, audience, clock }),
    temporal: temporal.access,
    timeTravel: config.timeTravel,
    ...given({ publicUrl: config.publicUrl }),
    logger,
    metrics: createApiMetrics({ process: true }),
  });
  const server = createHttpServer({ fetch: app.fetch, logger });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.http.port, config.http.host, resolve);
  });
  const address = server.address();
  logger.info({ host: config.http.host, port: typeof address === 'object' ? address?.port : undefined }, 'listening');

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping: requests under way are finished, new ones refused');
    const force = setTimeout(() => server.closeAllConnections(), config.shutdownGraceSeconds * 1_000);
    // A connection that becomes idle from here on would otherwise be waited for until it times out.
    const idle = setInterval(() => server.closeIdleConnections(), 100);
    server.close(() => {
      clearTimeout(force);
      clearInterval(idle);
      void Promise.allSettled([database.destroy(), temporal.close()]).then(() => {
        logger.info('stopped');
        process.exitCode = 0;
      });
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
};

/** Errors whose message says what to correct and quotes nothing else. */
const isForPeople = (error: unknown): error is Error =>
  error instanceof WrongSettings || error instanceof PolicyError || error instanceof SealingError;

try {
  await run(readApiConfig(process.env));
} catch (error) {
  const message = isForPeople(error)
    ? error.message
    : `The API could not start: ${JSON.stringify(describeError(error))}`;
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
