/**
 * What happens to every request before and after its route: a request id, the request's `now`, headers that protect the answer,
 * one log line and the metrics. Logs and metrics know the route's template, never the path itself (I7).
 */
import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { isUuid } from '../../domain/ids.ts';
import { instant, parseInstant } from '../../domain/time/instant.ts';
import type { ApiContext, ApiDeps, ApiEnv } from './context.ts';
import { refusal } from './problems.ts';

/** The template of the route that a request matched (`/units/:id`), or `unmatched`. */
export const routeTemplate = (c: ApiContext): string =>
  matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path ?? 'unmatched';

/**
 * Gives the request its id: the caller's own if it is a UUID (anything else could carry personal data into the log), else a new
 * one. It is in the answer's header, in every problem's `instance` and in every log line.
 */
export const withRequestId: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const given = c.req.header('x-request-id')?.toLowerCase();
  const requestId = given !== undefined && isUuid(given) ? given : randomUUID();
  c.set('requestId', requestId);
  await next();
  c.res.headers.set('x-request-id', requestId);
};

/** Answers are for their caller alone: not cached, not sniffed, not framed, no referrer. */
export const withProtectiveHeaders: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  headers.set('referrer-policy', 'no-referrer');
  if (!headers.has('content-security-policy')) {
    headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  }
};

// Dates run to the year 2999: what begins before this has room for its periods and deadlines.
const endOfTravel = instant('2900-01-01T00:00:00Z');

/**
 * Sets the request's `now`. The header `Oblio-Now` moves it where the installation allows time travel (local stack, tests); in
 * production it is refused, so that no caller can back-date an audit entry or bring an erasure forward.
 */
export const withNow =
  (deps: ApiDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const travelled = c.req.header('oblio-now');
    if (travelled === undefined) {
      c.set('now', deps.clock());
      return next();
    }
    if (deps.timeTravel !== 'allowed') {
      throw refusal('time-travel-refused', {
        detail: 'The header Oblio-Now is accepted only where OBLIO_TIME_TRAVEL is "allowed".',
        errors: [{ field: 'Oblio-Now', code: 'refused', detail: 'time travel is not allowed here' }],
      });
    }
    const parsed = parseInstant(travelled);
    if (!parsed.ok) {
      throw refusal('invalid-parameters', {
        detail: 'The header Oblio-Now holds no time.',
        errors: [{ field: 'Oblio-Now', code: 'invalid-instant', detail: 'a time is written YYYY-MM-DDTHH:mm:ssZ' }],
      });
    }
    if (parsed.value >= endOfTravel) {
      throw refusal('invalid-parameters', {
        detail: 'The header Oblio-Now lies too far ahead.',
        errors: [{ field: 'Oblio-Now', code: 'too-far-ahead', detail: `time travel ends before ${endOfTravel}` }],
      });
    }
    c.set('now', parsed.value);
    return next();
  };

/** One log line and one observation a request, when its answer's headers are known. */
export const withObservation =
  (deps: ApiDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const startedAt = performance.now();
    await next();
    const route = routeTemplate(c);
    const durationMs = performance.now() - startedAt;
    const status = c.res.status;
    deps.metrics.requests.observe({ method: c.req.method, route, status: String(status) }, durationMs / 1000);
    const caller = c.get('caller');
    const line = {
      requestId: c.get('requestId'),
      method: c.req.method,
      route,
      status,
      durationMs: Math.round(durationMs),
      ...(caller === undefined ? {} : { actor: caller.actor, role: caller.role }),
    };
    if (status >= 500) deps.logger.error(line, 'request failed');
    else deps.logger.info(line, 'request');
  };
