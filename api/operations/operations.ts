/** For operators and their tools: is it alive, can it work, what does it count. Open to anyone who reaches the port; nothing personal. */
import { z } from '@hono/zod-openapi';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import type { AddRoutes } from '../http/context.ts';
import { createReadiness } from '../http/readiness.ts';

const service = z.enum(['up', 'down']);
const readinessSchema = z
  .object({
    status: z.enum(['ready', 'degraded', 'not-ready']),
    services: z.object({ database: service, objectStore: service, temporal: service }),
  })
  .openapi('Readiness');

/**
 * `/healthz` (no service is asked), `/readyz` (the state of each service; 503 where records cannot be taken in) and
 * `/metrics` (Prometheus text).
 */
export const operationRoutes: AddRoutes = (app, deps) => {
  const readiness = createReadiness(deps);
  addRoute(app, deps, 'health', {
    tags: ['Operations'],
    summary: 'Whether the process lives',
    answers: { 200: json('It does', z.object({ status: z.literal('alive') })) },
  })((c) => c.json({ status: 'alive' as const }, 200));
  addRoute(app, deps, 'readiness', {
    tags: ['Operations'],
    summary: 'Whether it can take records in',
    description:
      'Asks Postgres, the object store and Temporal. Without Temporal it is degraded, not unready: records are taken in, and their workflows start when Temporal is back.',
    answers: { 200: json('Ready or degraded', readinessSchema), 503: json('Not ready', readinessSchema) },
  })(async (c) => {
    const answer = await readiness();
    return answer.status === 'not-ready' ? c.json(answer, 503) : c.json(answer, 200);
  });
  addRoute(app, deps, 'metrics', {
    tags: ['Operations'],
    summary: 'Metrics for Prometheus',
    answers: { 200: { description: 'Text format', content: { 'text/plain': { schema: z.string() } } } },
  })(async (c) =>
    c.text(await deps.metrics.registry.metrics(), 200, { 'content-type': deps.metrics.registry.contentType }),
  );
};
