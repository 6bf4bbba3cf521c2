/** For operators and their tools: is it alive, can it work, what does it count. Open to anyone who reaches the port; nothing personal. */
import { z } from '@hono/zod-openapi';
import { checkDatabase } from '../../storage/database/database.ts';
import { describeError } from '../../storage/database/describe-error.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import type { AddRoutes, ApiDeps } from '../http/context.ts';
import { askTemporal } from '../http/outages.ts';

// What the services say when they are asked, each with a deadline of its own. Asked again for every question, but not all at once.

/** Whether a service answered in time; why it did not is in the log of the process, not in the answer. */
type ServiceState = 'up' | 'down';

/** `ready`: all is well. `degraded`: records are taken in, procedures wait. `not-ready`: records cannot be taken in. */
type Readiness = {
  readonly status: 'ready' | 'degraded' | 'not-ready';
  readonly services: {
    readonly database: ServiceState;
    readonly objectStore: ServiceState;
    readonly temporal: ServiceState;
  };
};

const deadlineMs = 3_000;
/** Answers are kept this long, so that being asked often costs the services nothing. */
const keptMs = 1_000;

const within = async (asked: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The service did not answer in time')), deadlineMs);
  });
  await Promise.race([asked, late]).finally(() => clearTimeout(timer));
};

/** Makes the question. Temporal being away degrades and nothing more: the intent to start workflows waits in Postgres (I1). */
const createReadiness = (
  deps: Pick<ApiDeps, 'database' | 'objectStore' | 'temporal' | 'logger'>,
): (() => Promise<Readiness>) => {
  const state = async (service: string, asked: () => Promise<unknown>): Promise<ServiceState> => {
    try {
      await within(asked());
      return 'up';
    } catch (error) {
      deps.logger.warn({ service, error: describeError(error) }, 'a service does not answer');
      return 'down';
    }
  };
  const ask = async (): Promise<Readiness> => {
    const [database, objectStore, temporal] = await Promise.all([
      state('database', () => checkDatabase(deps.database)),
      state('objectStore', () => deps.objectStore.check()),
      state('temporal', () => askTemporal(deps, (client) => client.workflowService.getSystemInfo({}))),
    ]);
    const essential = database === 'up' && objectStore === 'up';
    return {
      status: !essential ? 'not-ready' : temporal === 'up' ? 'ready' : 'degraded',
      services: { database, objectStore, temporal },
    };
  };
  let kept: { readonly answer: Promise<Readiness>; readonly until: number } | undefined;
  return () => {
    if (kept === undefined || performance.now() >= kept.until) {
      kept = { answer: ask(), until: performance.now() + keptMs };
    }
    return kept.answer;
  };
};

const service = z.enum(['up', 'down']);
const readinessSchema = z
  .object({
    status: z.enum(['ready', 'degraded', 'not-ready']),
    services: z.object({ database: service, objectStore: service, temporal: service }),
  })
  .openapi('Readiness');

/** `/healthz` asks no service, `/readyz` answers 503 where records cannot be taken in, `/metrics` is Prometheus text. */
export const operationRoutes: AddRoutes = (app, deps) => {
  const readiness = createReadiness(deps);
  addRoute(app, deps, 'health', {
    summary: 'Whether the process lives',
    answers: { 200: json('It does', z.object({ status: z.literal('alive') })) },
  })((c) => c.json({ status: 'alive' as const }, 200));
  addRoute(app, deps, 'readiness', {
    summary: 'Whether it can take records in',
    description:
      'Asks Postgres, the object store and Temporal. Without Temporal it is degraded, not unready: records are taken in, and their workflows start when Temporal is back.',
    answers: { 200: json('Ready or degraded', readinessSchema), 503: json('Not ready', readinessSchema) },
  })(async (c) => {
    const answer = await readiness();
    return answer.status === 'not-ready' ? c.json(answer, 503) : c.json(answer, 200);
  });
  addRoute(app, deps, 'metrics', {
    summary: 'Metrics for Prometheus',
    answers: { 200: { description: 'Text format', content: { 'text/plain': { schema: z.string() } } } },
  })(async (c) =>
    c.text(await deps.metrics.registry.metrics(), 200, { 'content-type': deps.metrics.registry.contentType }),
  );
};
