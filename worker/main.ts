/**
 * The worker process: settings, log, signals, exit. Polls Temporal for procedures and erasures, starts the workflows of new units,
 * seals the audit trail, answers /healthz, /readyz and /metrics. The only file of the worker that reads the clock.
 */
import { Runtime } from '@temporalio/worker';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { PolicyError } from '../policies/load-policies.ts';
import { WrongSettings } from '../settings/environment.ts';
import { describeError } from '../storage/database/describe-error.ts';
import { SealingError } from '../storage/sealing/sealing.ts';
import { readWorkerConfig, type WorkerConfig } from './config.ts';
import { gateStepHook } from './gate-step-hook.ts';
import { createLog } from './observability/logger.ts';
import { type RunningWorker, runWorker } from './run-worker.ts';
import { sdkLogger } from './temporal/sdk-logger.ts';
import { sdkMetrics } from './temporal/sdk-metrics.ts';

/** Errors that tell the person at the keyboard what to mend, and quote nothing else. */
const isForPeople = (error: unknown): error is Error =>
  error instanceof WrongSettings || error instanceof PolicyError || error instanceof SealingError;

const run = async (config: WorkerConfig): Promise<void> => {
  const log = createLog({ level: config.logLevel, process: 'worker' });
  log.info('worker-starting', { namespace: config.temporal.namespace, address: config.temporal.address });
  const metrics = await sdkMetrics();
  // Signals are handled here: what they mean concerns more than Temporal's workers.
  Runtime.install({
    logger: sdkLogger(log),
    shutdownSignals: [],
    telemetryOptions: { metrics: metrics.exporter, logging: { forward: { level: 'WARN' } } },
  });
  const atGateStep = gateStepHook(process.env);
  const worker: RunningWorker = await runWorker(config, {
    log,
    clock: () => instantFromEpoch(Date.now()),
    sdkMetrics: metrics.read,
    ...(atGateStep === undefined ? {} : { atGateStep }),
  });

  const exit = (code: number): void => {
    log.info('worker-stopped', { count: code });
    // An activity that never returns must not keep the process: what it left is done again elsewhere.
    process.exit(code);
  };
  const stop = (signal: NodeJS.Signals): void => {
    log.info('worker-stopping', { signal });
    setTimeout(() => exit(1), (config.shutdownGraceSeconds + 12) * 1_000).unref();
    void worker.stop().then(() => exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await worker.finished.catch((error: unknown) => {
    if (isForPeople(error)) process.stderr.write(`${error.message}\n`);
    log.error('worker-failed', { error: describeError(error) });
    exit(1);
  });
};

const portTaken = (error: unknown): boolean => error instanceof Error && Reflect.get(error, 'code') === 'EADDRINUSE';

try {
  await run(readWorkerConfig(process.env));
} catch (error) {
  const told = isForPeople(error)
    ? error.message
    : portTaken(error)
      ? 'The port of the worker is taken: set WORKER_PORT to a free one.'
      : `The worker could not start: ${JSON.stringify(describeError(error))}`;
  process.stderr.write(`${told}\n`);
  process.exit(1);
}
