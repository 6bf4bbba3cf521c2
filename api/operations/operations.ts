/** For operators and their tools: is it alive, can it work, what does it count. Open to anyone who reaches the port; nothing personal. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { guarded } from '../access/authorisation.ts';
import type { ApiDeps, ApiEnv } from '../http/context.ts';
import { createReadiness } from '../http/readiness.ts';
import { problemsOf } from '../http/schemas.ts';

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
export const operationRoutes = (deps: ApiDeps) => {
  const readiness = createReadiness(deps);
  return new OpenAPIHono<ApiEnv>()
    .openapi(
      createRoute({
        ...guarded(deps, 'health'),
        tags: ['Operations'],
        summary: 'Whether the process lives',
        responses: {
          200: {
            description: 'It does',
            content: { 'application/json': { schema: z.object({ status: z.literal('alive') }) } },
          },
          ...problemsOf('open'),
        },
      }),
      (c) => c.json({ status: 'alive' as const }, 200),
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'readiness'),
        tags: ['Operations'],
        summary: 'Whether it can take records in',
        description:
          'Asks Postgres, the object store and Temporal. Without Temporal it is degraded, not unready: records are taken in, and their workflows start when Temporal is back.',
        responses: {
          200: { description: 'Ready or degraded', content: { 'application/json': { schema: readinessSchema } } },
          503: { description: 'Not ready', content: { 'application/json': { schema: readinessSchema } } },
        },
      }),
      async (c) => {
        const answer = await readiness();
        return answer.status === 'not-ready' ? c.json(answer, 503) : c.json(answer, 200);
      },
    )
    .openapi(
      createRoute({
        ...guarded(deps, 'metrics'),
        tags: ['Operations'],
        summary: 'Metrics for Prometheus',
        responses: {
          200: { description: 'Text format', content: { 'text/plain': { schema: z.string() } } },
          ...problemsOf('open'),
        },
      }),
      async (c) =>
        c.text(await deps.metrics.registry.metrics(), 200, { 'content-type': deps.metrics.registry.contentType }),
    );
};
