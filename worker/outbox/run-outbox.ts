/**
 * Empties the outbox: one loop for each kind of row, woken by Postgres when a row is written, and looking by itself every few seconds
 * should a notification be lost. What it cannot send goes on waiting in Postgres.
 */
import type { Client } from '@temporalio/client';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../../storage/database/database.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { listenToOutbox } from '../../storage/outbox/listen.ts';
import { type Loop, Wake } from '../loops/repeat.ts';
import type { Log } from '../observability/logger.ts';
import type { WorkerMetrics } from '../observability/metrics.ts';
import type { OutboxKind } from './outbox-kinds.ts';

/** What the outbox stands on. */
export type OutboxDeps = {
  readonly kinds: readonly OutboxKind[];
  readonly db: Database;
  /** Where to listen for rows that were written. */
  readonly databaseUrl: string;
  readonly client: Client;
  readonly clock: () => Instant;
  readonly log: Log;
  readonly metrics: Pick<WorkerMetrics, 'workflowsStarted' | 'startsRefused'>;
  readonly signal: AbortSignal;
  /** How long a row waits at most whose notification was lost. */
  readonly pollMs?: number;
  /** How many rows are sent in one transaction. */
  readonly limit?: number;
};

const usualLimit = 200;
/** A lost notification delays a start by this much at most; looking more often costs every idle worker (I1 asks that it comes, not when). */
const usualPollMs = 15_000;
const reconnectAfterMs = 250;

const draining = (kind: OutboxKind, wake: Wake, deps: OutboxDeps): Loop => {
  const { db, client, clock, log, metrics, pollMs = usualPollMs, limit = usualLimit } = deps;
  const { workflowType } = kind;
  const starts = kind.name.startsWith('start-');
  // Rows that cannot be sent keep no younger ones back: a pass goes on behind them and the next one begins again with the oldest. What is
  // written meanwhile before that place waits for the next look.
  let after: string | undefined;
  return {
    idleMs: pollMs,
    wake,
    work: async () => {
      const from = after;
      after = undefined;
      const drained = await kind.drain({
        db,
        client,
        now: clock(),
        limit,
        after: from,
        onRefused: ({ workflowId }, error) => {
          metrics.startsRefused.inc({ workflow: workflowType });
          log.error(starts ? 'workflow-not-started' : 'workflow-not-signalled', {
            workflowId,
            error: describeError(error),
          });
        },
      });
      const { taken, sent, lost } = drained;
      if (sent > 0) {
        if (starts) metrics.workflowsStarted.inc({ workflow: workflowType }, sent);
        log.debug(starts ? 'workflows-started' : 'workflows-signalled', { workflowType, count: sent });
      }
      if (lost !== undefined) throw lost.error;
      if (taken < limit) return false;
      after = drained.after;
      return true;
    },
  };
};

/** The loops of the outbox by name, the one that listens included. */
export const outboxLoops = (deps: OutboxDeps): Readonly<Record<string, Loop>> => {
  const loops = deps.kinds.map((kind) => ({ kind, wake: new Wake() }));
  const listening: Loop = {
    idleMs: reconnectAfterMs,
    work: async () => {
      await listenToOutbox({
        url: deps.databaseUrl,
        signal: deps.signal,
        onWritten: (table) => {
          for (const { kind, wake } of loops) if (table === undefined || kind.table === table) wake.call();
        },
        onLost: (code) => deps.log.warn('connection-lost', { service: 'database', code }),
      });
      return false;
    },
  };
  return {
    'listen-to-outbox': listening,
    ...Object.fromEntries(loops.map(({ kind, wake }) => [kind.name, draining(kind, wake, deps)])),
  };
};
