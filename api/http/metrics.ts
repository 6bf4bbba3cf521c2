/**
 * What Prometheus sees of the API. Labels are route templates, classes and outcomes: never a path that was really asked for, since
 * a mistaken caller may have put personal data into one (I7).
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The API's instruments; `registry` is what `/metrics` prints. */
export type ApiMetrics = {
  readonly registry: Registry;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly open: Gauge<'route'>;
  /** Records answered, by class and outcome (`registered`, `unchanged`, `differs`, `erased`, `refused`). */
  readonly records: Counter<'controller' | 'record_class' | 'outcome'>;
  readonly objectBytes: Counter<'controller' | 'record_class' | 'direction'>;
};

/** Makes the instruments in a registry of their own. */
export const createApiMetrics = ({ process: withProcess }: { readonly process: boolean }): ApiMetrics => {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry, prefix: 'oblio_api_' });
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'oblio_api_request_duration_seconds',
      help: 'Time from a request to the end of its answer, by route template',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers,
    }),
    open: new Gauge({
      name: 'oblio_api_requests_open',
      help: 'Requests being answered now, by route template',
      labelNames: ['route'],
      registers,
    }),
    records: new Counter({
      name: 'oblio_api_records_total',
      help: 'Records handed in, by class and outcome',
      labelNames: ['controller', 'record_class', 'outcome'],
      registers,
    }),
    objectBytes: new Counter({
      name: 'oblio_api_object_bytes_total',
      help: 'Bytes of objects stored and read',
      labelNames: ['controller', 'record_class', 'direction'],
      registers,
    }),
  };
};
