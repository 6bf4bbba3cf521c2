/** What the worker does besides polling: starts workflows that are due to start, seals the audit trail, reads figures. */
import type { Client } from '@temporalio/client';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { sealNextEntries } from '../../storage/audit/audit-trail.ts';
import type { Database } from '../../storage/database/database.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { readFigures } from '../../storage/figures/figures.ts';
import { tellNotifications } from '../../storage/recipients/tell-workflows.ts';
import { startTranscripts } from '../../storage/records/transcript-deliveries.ts';
import { runRedating, tellRedatedUnits } from '../../storage/redating/run-redating.ts';
import type { LegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { flagArrivedObjects } from '../../storage/suspensions/object-holds.ts';
import { tellWorkflows } from '../../storage/suspensions/tell-workflows.ts';
import { startUnits } from '../../storage/units/units.ts';
import { holdWorkflowType } from '../../workflows/hold/contract.ts';
import { notificationWorkflowType } from '../../workflows/notification/contract.ts';
import { requestWorkflowType } from '../../workflows/request/contract.ts';
import { retentionWorkflowType } from '../../workflows/retention/contract.ts';
import { transcriptWorkflowType } from '../../workflows/transcript/contract.ts';
import type { Log } from '../observability/logger.ts';
import type { WorkerMetrics } from '../observability/metrics.ts';
import { type RepeatInput, repeat } from './repeat.ts';
import { startWaitingRequests } from './request-starter.ts';
import { startRetention } from './start-retention.ts';
import { startTranscriptWorkflows } from './start-transcripts.ts';
import { tellHolds } from './tell-holds.ts';
import { tellNotificationWorkflows } from './tell-notifications.ts';
import { tellRedated } from './tell-redated.ts';

/** What the loops stand on. They end, each after the piece of work at hand, when `signal` is aborted. */
export type BackgroundLoopsDeps = {
  readonly db: Database;
  readonly legalHolds: LegalHoldStore;
  readonly client: Client;
  readonly queuePrefix: string;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly clock: () => Instant;
  readonly log: Log;
  readonly metrics: WorkerMetrics;
  readonly signal: AbortSignal;
};

/** Far below the minute within which everything must be started once Temporal is back (I1). */
const longestPauseMs = 5_000;
const startsAtATime = 200;
const sealsAtATime = 1_000;
const arrivalsAtATime = 200;
const shortestFiguresPauseMs = 15_000;

type Loop = Pick<RepeatInput, 'work' | 'idleMs'>;

const startingUnits = ({ db, client, queuePrefix, clock, log, metrics }: BackgroundLoopsDeps): Loop => {
  const onRefused = (unitId: string, error: unknown): void => {
    metrics.startsRefused.inc({ workflow: retentionWorkflowType });
    log.error('workflow-not-started', { unitId, error: describeError(error) });
  };
  return {
    idleMs: 500,
    work: async () => {
      const { taken, started } = await startUnits(db, {
        now: clock(),
        limit: startsAtATime,
        start: (units) => startRetention({ client, queuePrefix, onRefused }, units),
      });
      metrics.workflowsStarted.inc({ workflow: retentionWorkflowType }, started);
      if (started > 0) log.debug('workflows-started', { workflowType: retentionWorkflowType, count: started });
      return taken === startsAtATime && started > 0;
    },
  };
};

const startingTranscripts = ({ db, client, queuePrefix, clock, log, metrics }: BackgroundLoopsDeps): Loop => {
  const onRefused = (recordId: string, error: unknown): void => {
    metrics.startsRefused.inc({ workflow: transcriptWorkflowType });
    log.error('workflow-not-started', { recordId, error: describeError(error) });
  };
  return {
    idleMs: 500,
    work: async () => {
      const { taken, started } = await startTranscripts(db, {
        now: clock(),
        limit: startsAtATime,
        start: (transcripts) => startTranscriptWorkflows({ client, queuePrefix, onRefused }, transcripts),
      });
      metrics.workflowsStarted.inc({ workflow: transcriptWorkflowType }, started);
      if (started > 0) log.debug('workflows-started', { workflowType: transcriptWorkflowType, count: started });
      return taken === startsAtATime && started > 0;
    },
  };
};

const tellingHolds = ({ db, client, queuePrefix, log, metrics }: BackgroundLoopsDeps): Loop => {
  const onRefused = (suspensionId: string, error: unknown): void => {
    metrics.startsRefused.inc({ workflow: holdWorkflowType });
    log.error('workflow-not-told', { suspensionId, error: describeError(error) });
  };
  return {
    idleMs: 500,
    work: async () => {
      const { taken, told } = await tellWorkflows(db, {
        limit: startsAtATime,
        tell: (suspensions) => tellHolds({ client, queuePrefix, onRefused }, suspensions),
      });
      if (told > 0) log.debug('workflows-told', { workflowType: holdWorkflowType, count: told });
      return taken === startsAtATime && told > 0;
    },
  };
};

const startingRequests = ({ db, client, policies, queuePrefix, clock, log, metrics }: BackgroundLoopsDeps): Loop => {
  const onRefused = (caseId: string, error: unknown): void => {
    metrics.startsRefused.inc({ workflow: requestWorkflowType });
    log.error('workflow-not-started', { caseId, error: describeError(error) });
  };
  return {
    idleMs: 500,
    work: async () => {
      const { taken, started } = await startWaitingRequests(
        { db, client, policies, queuePrefix, onRefused },
        { now: clock(), limit: startsAtATime },
      );
      metrics.workflowsStarted.inc({ workflow: requestWorkflowType }, started);
      if (started > 0) log.debug('workflows-started', { workflowType: requestWorkflowType, count: started });
      return taken === startsAtATime && started > 0;
    },
  };
};

const tellingNotifications = ({ db, client, queuePrefix, log, metrics }: BackgroundLoopsDeps): Loop => {
  const onRefused = (notificationId: string, error: unknown): void => {
    metrics.startsRefused.inc({ workflow: notificationWorkflowType });
    log.error('workflow-not-told', { notificationId, error: describeError(error) });
  };
  return {
    idleMs: 500,
    work: async () => {
      const { taken, told } = await tellNotifications(db, {
        limit: startsAtATime,
        tell: (notifications) => tellNotificationWorkflows({ client, queuePrefix, onRefused }, notifications),
      });
      if (told > 0) log.debug('workflows-told', { workflowType: notificationWorkflowType, count: told });
      return taken === startsAtATime && told > 0;
    },
  };
};

/** Objects that arrived while a hold was in force get the store's flag within about a second. */
const flaggingArrivals = ({ db, legalHolds, clock, log }: BackgroundLoopsDeps): Loop => ({
  idleMs: 1_000,
  work: async () => {
    const { checked, flagged } = await flagArrivedObjects({ db, legalHolds }, { now: clock(), limit: arrivalsAtATime });
    if (flagged > 0) log.debug('objects-flagged', { count: flagged });
    return checked === arrivalsAtATime;
  },
});

const redating = ({ db, policies, clock, log }: BackgroundLoopsDeps): Loop => ({
  idleMs: 1_000,
  work: async () => {
    const step = await runRedating(db, { policyOf: (controller) => policies.get(controller), now: clock() });
    if (step.kind === 'idle') return false;
    log.info('records-redated', { redatingId: step.redatingId, state: step.kind, count: step.moved });
    return true;
  },
});

const tellingRedated = ({ db, client, log, metrics }: BackgroundLoopsDeps): Loop => {
  const onRefused = (unitId: string, error: unknown): void => {
    metrics.startsRefused.inc({ workflow: retentionWorkflowType });
    log.error('workflow-not-told', { unitId, error: describeError(error) });
  };
  return {
    idleMs: 500,
    work: async () => {
      const { taken, told } = await tellRedatedUnits(db, {
        limit: startsAtATime,
        tell: (units) => tellRedated({ client, onRefused }, units),
      });
      if (told > 0) log.debug('units-told-of-new-dates', { count: told });
      return taken === startsAtATime && told > 0;
    },
  };
};

const sealing = ({ db, clock, log, metrics }: BackgroundLoopsDeps): Loop => ({
  idleMs: 1_000,
  work: async () => {
    const { sealed } = await sealNextEntries(db, { now: clock(), limit: sealsAtATime });
    metrics.auditSealed.inc(sealed);
    if (sealed > 0) log.debug('audit-sealed', { count: sealed });
    return sealed === sealsAtATime;
  },
});

/** Counting costs the database at most a twentieth of one connection's time, however many records there are. */
const readingFigures = ({ db, clock, metrics }: BackgroundLoopsDeps): Loop => {
  let nextAt = 0;
  return {
    idleMs: 1_000,
    work: async () => {
      const startedAt = performance.now();
      if (startedAt < nextAt) return false;
      metrics.show(await readFigures(db, { now: clock() }));
      const now = performance.now();
      nextAt = now + Math.max(shortestFiguresPauseMs, 20 * (now - startedAt));
      return false;
    },
  };
};

/** Runs all loops until the signal; resolves when the last piece of work has ended. */
export const runBackgroundLoops = async (deps: BackgroundLoopsDeps): Promise<void> => {
  const loops: Readonly<Record<string, Loop>> = {
    'start-retention': startingUnits(deps),
    'start-transcripts': startingTranscripts(deps),
    'start-requests': startingRequests(deps),
    'tell-holds': tellingHolds(deps),
    'tell-notifications': tellingNotifications(deps),
    'flag-arrivals': flaggingArrivals(deps),
    redate: redating(deps),
    'tell-redated': tellingRedated(deps),
    'seal-audit-trail': sealing(deps),
    'read-figures': readingFigures(deps),
  };
  await Promise.all(
    Object.entries(loops).map(([loop, { work, idleMs }]) =>
      repeat({
        work,
        idleMs,
        longestPauseMs,
        signal: deps.signal,
        onFailure: (error, pauseMs) => {
          deps.metrics.loopFailures.inc({ loop });
          deps.log.warn('loop-failed', { loop, pauseMs, error: describeError(error) });
        },
      }),
    ),
  );
};
