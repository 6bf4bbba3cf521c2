/** What the worker does besides polling: empties the outbox, flags and re-dates records, seals the audit trail, reads figures. */
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { sealNextEntries } from '../../storage/audit/audit-trail.ts';
import type { Database } from '../../storage/database/database.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { readFigures } from '../../storage/figures/figures.ts';
import { runRedating } from '../../storage/redating/run-redating.ts';
import type { LegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { flagArrivedObjects } from '../../storage/suspensions/object-holds.ts';
import type { Log } from '../observability/logger.ts';
import type { WorkerMetrics } from '../observability/metrics.ts';
import { type Loop, repeat } from './repeat.ts';

/** What the loops stand on. They end, each after the piece of work at hand, when `signal` is aborted. */
export type BackgroundLoopsDeps = {
  readonly db: Database;
  readonly legalHolds: LegalHoldStore;
  /** The policies in force, by controller. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly clock: () => Instant;
  readonly log: Log;
  readonly metrics: WorkerMetrics;
  readonly signal: AbortSignal;
};

/** Far below the minute within which everything must be started once Temporal is back (I1). */
const longestPauseMs = 5_000;
const sealsAtATime = 1_000;
const arrivalsAtATime = 200;
const shortestFiguresPauseMs = 15_000;

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

/** Runs all loops until the signal, those of the outbox with them; resolves when the last piece of work has ended. */
export const runBackgroundLoops = async (
  deps: BackgroundLoopsDeps,
  outbox: Readonly<Record<string, Loop>>,
): Promise<void> => {
  const loops: Readonly<Record<string, Loop>> = {
    ...outbox,
    'flag-arrivals': flaggingArrivals(deps),
    redate: redating(deps),
    'seal-audit-trail': sealing(deps),
    'read-figures': readingFigures(deps),
  };
  await Promise.all(
    Object.entries(loops).map(([name, loop]) =>
      repeat({
        ...loop,
        longestPauseMs,
        signal: deps.signal,
        onFailure: (error, pauseMs) => {
          deps.metrics.loopFailures.inc({ loop: name });
          deps.log.warn('loop-failed', { loop: name, pauseMs, error: describeError(error) });
        },
      }),
    ),
  );
};
