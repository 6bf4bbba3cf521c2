/**
 * What Prometheus sees of the worker. Labels are classes, outcomes and codes, never an id (I7). The figures that come from Postgres
 * are read in the background; those of Temporal's SDK are taken from its own exporter and printed on the same page.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Figures } from '../../storage/figures/figures.ts';

/** The counters the worker's parts add to, and the registry that prints them. */
export type WorkerMetrics = {
  readonly registry: Registry;
  /** Chunks by outcome: `gone`, `kept`, `failed`, `nothing`, `busy`, `refused`, `broke`. */
  readonly gateChunks: Counter<'outcome'>;
  readonly gateSeconds: Histogram;
  readonly recordsGone: Counter;
  /** Records that a store would not let go, by its code, and chunks that broke off. */
  readonly gateFailures: Counter<'code'>;
  readonly activityFailures: Counter<'activity' | 'type'>;
  readonly workflowsStarted: Counter<'workflow'>;
  readonly startsRefused: Counter<'workflow'>;
  readonly auditSealed: Counter;
  readonly loopFailures: Counter<'loop'>;
  /** Puts the figures from Postgres onto the page. */
  readonly show: (figures: Figures) => void;
};

/** Counts of findings in a sweep's report: every number one level down. */
const findingsOf = (report: unknown): readonly (readonly [string, number])[] => {
  const findings: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'counts') : undefined;
  if (typeof findings !== 'object' || findings === null) return [];
  return Object.entries(findings).flatMap(([kind, count]: [string, unknown]) =>
    typeof count === 'number' ? [[kind, count] as const] : [],
  );
};

/** Makes the instruments in a registry of their own. */
export const createWorkerMetrics = ({ process: withProcess }: { readonly process: boolean }): WorkerMetrics => {
  const registry = new Registry();
  const registers = [registry];
  if (withProcess) collectDefaultMetrics({ register: registry, prefix: 'oblio_worker_' });
  const perClass = ['controller', 'record_class'] as const;
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers });
  const open = gauge('oblio_records_open', 'Records that exist, by class', perClass);
  const due = gauge('oblio_records_due_within_day', 'Records due within 24 hours or due and not gone yet', perClass);
  const kept = gauge('oblio_records_kept_past_bound', 'Records past their bound that suspensions keep', perClass);
  const keptBy = gauge(
    'oblio_records_kept_past_bound_by',
    'The same by kind of suspension; a record kept by two kinds counts in both',
    [...perClass, 'kind'],
  );
  const perKind = ['controller', 'kind'] as const;
  const suspensions = gauge('oblio_suspensions_active', 'Suspensions in force, by kind', perKind);
  const reviews = gauge('oblio_suspension_reviews_overdue', 'Suspensions whose review date is over, by kind', perKind);
  const requests = gauge('oblio_requests_open', 'Rights requests that are not closed', ['controller']);
  const late = gauge('oblio_requests_overdue', 'Rights requests past the last day of an answer', ['controller']);
  const overdue = gauge('oblio_records_overdue', 'Records past their bound that nothing keeps', perClass);
  const toStart = gauge('oblio_units_to_start', 'Open units that no workflow was started for');
  const lag = gauge('oblio_erasure_lag_seconds', 'From the bound to proven gone, certificates of seven days', [
    'quantile',
  ]);
  const sweepAt = gauge('oblio_sweep_finished_timestamp_seconds', 'When the last sweep ended');
  const findings = gauge('oblio_sweep_findings', 'What the last sweep found, by kind', ['kind']);
  const show = (figures: Figures): void => {
    for (const instrument of [open, due, kept, keptBy, overdue, suspensions, reviews, requests, late, lag, findings]) {
      instrument.reset();
    }
    for (const figure of figures.classes) {
      const labels = { controller: figure.controller, record_class: figure.recordClass };
      open.set(labels, figure.open);
      due.set(labels, figure.dueWithinDay);
      kept.set(labels, figure.keptPastBound);
      for (const [kind, records] of figure.keptPastBoundBy) keptBy.set({ ...labels, kind }, records);
      overdue.set(labels, figure.overdue);
    }
    for (const { controller, kind, active, reviewsOverdue } of figures.suspensions) {
      suspensions.set({ controller, kind }, active);
      reviews.set({ controller, kind }, reviewsOverdue);
    }
    for (const figure of figures.requests) {
      requests.set({ controller: figure.controller }, figure.open);
      late.set({ controller: figure.controller }, figure.overdue);
    }
    toStart.set(figures.unitsToStart);
    if (figures.lag !== undefined) {
      lag.set({ quantile: '0.5' }, figures.lag.p50);
      lag.set({ quantile: '0.99' }, figures.lag.p99);
      lag.set({ quantile: '1' }, figures.lag.max);
    }
    if (figures.lastSweep !== undefined) {
      sweepAt.set(figures.lastSweep.finishedAt.getTime() / 1000);
      for (const [kind, count] of findingsOf(figures.lastSweep.report)) findings.set({ kind }, count);
    }
  };
  return {
    registry,
    gateChunks: new Counter({
      name: 'oblio_gate_chunks_total',
      help: 'Chunks that went through the erasure gate, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    gateSeconds: new Histogram({
      name: 'oblio_gate_chunk_duration_seconds',
      help: 'Time of a chunk from fence to certificate',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    recordsGone: new Counter({
      name: 'oblio_gate_records_gone_total',
      help: 'Records proven absent',
      registers,
    }),
    gateFailures: new Counter({
      name: 'oblio_gate_failures_total',
      help: 'Records that a store would not let go, by its code, and chunks that broke off',
      labelNames: ['code'],
      registers,
    }),
    activityFailures: new Counter({
      name: 'oblio_activity_failures_total',
      help: 'Activities that failed in a way that is not part of their contract',
      labelNames: ['activity', 'type'],
      registers,
    }),
    workflowsStarted: new Counter({
      name: 'oblio_workflows_started_total',
      help: 'Workflows started for new units and transcripts',
      labelNames: ['workflow'],
      registers,
    }),
    startsRefused: new Counter({
      name: 'oblio_workflow_starts_refused_total',
      help: 'Starts that Temporal answered and refused',
      labelNames: ['workflow'],
      registers,
    }),
    auditSealed: new Counter({ name: 'oblio_audit_entries_sealed_total', help: 'Audit entries sealed', registers }),
    loopFailures: new Counter({
      name: 'oblio_loop_failures_total',
      help: 'Failures of background loops',
      labelNames: ['loop'],
      registers,
    }),
    show,
  };
};
