/**
 * The worker without its process: wires parts, workers, loops and the health server together and takes them apart again in order.
 * `main.ts` runs it once; tests run it inside their own process.
 */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { createErasureActivities, createProcedureActivities } from '../activities/index.ts';
import type { DeliveryMoment } from '../activities/request/delivery/delivery.ts';
import { checkDatabase } from '../storage/database/database.ts';
import { describeError } from '../storage/database/describe-error.ts';
import { proceduresQueue } from '../workflows/queues.ts';
import type { WorkerConfig } from './config.ts';
import { runBackgroundLoops } from './loops/background-loops.ts';
import { untilItWorks } from './loops/repeat.ts';
import { createHealthServer } from './observability/health.ts';
import { createWorkerMetrics, type WorkerMetrics } from './observability/metrics.ts';
import { observeGate } from './observability/observe-gate.ts';
import { type OpenPartsDeps, openParts, type WorkerParts } from './open-parts.ts';
import { openSignature } from './open-signature.ts';
import { outboxKinds } from './outbox/outbox-kinds.ts';
import { outboxLoops } from './outbox/run-outbox.ts';
import { workflowBundle } from './temporal/bundle-workflows.ts';
import { connectTemporal, type TemporalConnections } from './temporal/connect-temporal.ts';
import { createWorkers, type Workers } from './temporal/create-workers.ts';
import { prepareNamespace } from './temporal/register-namespace.ts';

/** What only the process or a test can hand in; settings come from the environment. */
export type RunWorkerDeps = OpenPartsDeps & {
  /** Metrics of Temporal's SDK as text, to be printed below ours. */
  readonly sdkMetrics?: () => Promise<string>;
  /** A bundle made before; absent: the configured file, or one bundled now. */
  readonly workflowBundle?: WorkflowBundleOption;
  /** Named moments of a letter's delivery, for tests that stop the process there. */
  readonly atDeliveryMoment?: (moment: DeliveryMoment) => Promise<void>;
  /** For tests: how large chunks and slices are. */
  readonly erasure?: { readonly chunkSize?: number; readonly chunksPerSlice?: number };
};

/** A worker that has begun; it polls once `ready` resolves. */
export type RunningWorker = {
  /** The port on which it answers /healthz, /readyz and /metrics. */
  readonly port: number;
  /** Resolves when both workers poll; `false` if it was stopped before that. */
  readonly ready: Promise<boolean>;
  /** Resolves when it has stopped; rejects with a `SealingError` for wrong keys, or when a worker failed and the process must be replaced. */
  readonly finished: Promise<void>;
  /** Finishes what was begun, within the grace time, and lets everything go. */
  readonly stop: () => Promise<void>;
};

/** How much longer than the grace time a worker may take before it is given up. */
const forceAfterGraceMs = 8_000;
const longestPauseMs = 10_000;

const listen = (server: Server, { host, port }: WorkerConfig['http']): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

type Stage = { temporal?: TemporalConnections; workers?: Workers; failed: boolean };

const polls = ({ workers }: Stage): boolean =>
  workers !== undefined && [workers.procedures, workers.erasure].every((worker) => worker.getState() === 'RUNNING');

const createServerOf = (parts: WorkerParts, metrics: WorkerMetrics, stage: Stage, deps: RunWorkerDeps): Server =>
  createHealthServer({
    alive: () => !stage.failed,
    checks: {
      database: () => checkDatabase(parts.db),
      'gate-database': () => checkDatabase(parts.gateDb),
      'object-store': () => parts.store.check(),
      // The namespace is read from Temporal's own database: a server that only listens does not pass.
      temporal: async () => {
        const { temporal } = stage;
        if (temporal === undefined) throw new Error('not connected yet');
        await temporal.client.withDeadline(Date.now() + 2_500, () =>
          temporal.client.workflowService.describeNamespace({ namespace: temporal.client.options.namespace }),
        );
      },
      polling: async () => {
        if (!polls(stage)) throw new Error('not polling yet');
      },
    },
    metrics: async () => ({
      contentType: metrics.registry.contentType,
      text: `${await metrics.registry.metrics()}\n${(await deps.sdkMetrics?.()) ?? ''}`,
    }),
  });

/** Starts the worker; resolves as soon as its health server listens, before any service has answered. */
export const runWorker = async (config: WorkerConfig, deps: RunWorkerDeps): Promise<RunningWorker> => {
  const { log, clock } = deps;
  const { address, namespace, queuePrefix, historyDays } = config.temporal;
  const parts = await openParts(config, deps);
  const metrics = createWorkerMetrics({ process: deps.sdkMetrics !== undefined });
  const stopping = new AbortController();
  const stage: Stage = { failed: false };
  const server = createServerOf(parts, metrics, stage, deps);
  const port = await listen(server, config.http);
  const identity = `oblio-worker-${randomUUID().slice(0, 8)}`;

  const connect = async (): Promise<TemporalConnections> => {
    const temporal = await connectTemporal({ address, namespace, identity });
    try {
      const prepared = await prepareNamespace(temporal.connection, { namespace, historyDays, queuePrefix });
      if (prepared.namespaceRegistered) log.info('namespace-registered', { namespace });
      const count = prepared.attributesRegistered.length;
      if (count > 0) log.info('search-attributes-registered', { namespace, count });
      if (prepared.sweepScheduled) log.info('sweep-scheduled', { namespace });
      return temporal;
    } catch (error) {
      await temporal.close();
      throw error;
    }
  };

  const work = async (temporal: TemporalConnections, ready: (polling: boolean) => void): Promise<void> => {
    const gate = observeGate(parts.gate, metrics);
    const workers = await createWorkers({
      connection: temporal.native,
      namespace,
      queuePrefix,
      identity,
      workflowBundle: deps.workflowBundle ?? (await workflowBundle(config.workflowBundle)),
      procedureActivities: createProcedureActivities({
        ...parts,
        clock,
        temporal: temporal.client,
        mail: config.mail,
        plainHttp: config.timeTravel === 'allowed',
        ...(config.pecMail === undefined ? {} : { pecMail: config.pecMail }),
        signature: await openSignature(config.signature),
        ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
        ...(deps.atDeliveryMoment === undefined ? {} : { atDeliveryMoment: deps.atDeliveryMoment }),
      }),
      erasureActivities: createErasureActivities({
        ...deps.erasure,
        db: parts.gateDb,
        gate,
        cases: { ...parts, temporal: temporal.client },
        stopping: stopping.signal,
      }),
      erasuresPerSecond: config.erasuresPerSecond,
      erasuresAtOnce: config.erasuresAtOnce,
      cachedWorkflows: config.cachedWorkflows,
      shutdownGraceMs: config.shutdownGraceSeconds * 1_000,
      shutdownForceMs: config.shutdownGraceSeconds * 1_000 + forceAfterGraceMs,
      reportFailure: ({ correlationId, type, activityType, workflowId, attempt, error }) => {
        metrics.activityFailures.inc({ activity: activityType, type });
        log.error('activity-failed', {
          correlationId,
          failureType: type,
          activityType,
          attempt,
          error,
          ...(workflowId === undefined ? {} : { workflowId }),
        });
      },
    });
    stage.workers = workers;
    const shutDown = (): void => {
      for (const worker of [workers.procedures, workers.erasure])
        if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    stopping.signal.addEventListener('abort', shutDown);
    const running = [workers.procedures, workers.erasure].map((worker) => worker.run());
    if (stopping.signal.aborted) shutDown();
    const background = { ...parts, clock, log, metrics, signal: stopping.signal };
    const loops = runBackgroundLoops(
      background,
      outboxLoops({
        ...background,
        kinds: outboxKinds(parts.policies, proceduresQueue(queuePrefix)),
        databaseUrl: config.databases.workerUrl,
        client: temporal.client,
      }),
    );
    log.info('worker-ready', { namespace, port });
    ready(true);
    try {
      await Promise.all(running);
    } finally {
      // One failed: the other and the loops end as well.
      stopping.abort();
      await Promise.allSettled([...running, loops]);
    }
  };

  const { promise: ready, resolve: resolveReady } = Promise.withResolvers<boolean>();
  const finished = (async () => {
    try {
      if (!(await parts.keysConfirmed({ longestPauseMs, signal: stopping.signal }))) return;
      const temporal = await untilItWorks(connect, {
        longestPauseMs,
        signal: stopping.signal,
        onFailure: (error, pauseMs) =>
          log.warn('service-awaited', { service: 'temporal', address, pauseMs, error: describeError(error) }),
      });
      if (temporal === undefined) return;
      stage.temporal = temporal;
      try {
        await work(temporal, resolveReady);
      } finally {
        delete stage.temporal;
        await temporal.close();
      }
    } catch (error) {
      stage.failed = true;
      throw error;
    } finally {
      resolveReady(false);
      await parts.close();
    }
  })();
  // The caller that awaits it sees the failure; none may await it yet.
  finished.catch(() => undefined);
  return {
    port,
    ready,
    finished,
    stop: async () => {
      stopping.abort();
      await Promise.allSettled([finished]);
      await close(server);
    },
  };
};
