/**
 * The worker's small HTTP server: /healthz (the process lives and polls), /readyz (each service answers, now), /metrics. It tells
 * the truth at the moment it is asked; answers hold names of services and nothing of theirs.
 */
import { createServer, type Server } from 'node:http';

/** `true` if a service answers; throws or rejects if it does not. */
export type Check = () => Promise<unknown>;

/** What the three pages ask; each is asked anew for every call. */
export type HealthDeps = {
  /** Whether the workers poll; a worker that has failed cannot come back in this process. */
  readonly alive: () => boolean;
  /** By the name under which /readyz tells of it. */
  readonly checks: Readonly<Record<string, Check>>;
  /** The page of /metrics. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
};

/** How long a service may take to answer before it counts as away. */
const checkWithinMs = 3_000;

const answersInTime = async (check: Check): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), checkWithinMs);
  });
  try {
    return await Promise.race([check().then(() => true), late]);
  } catch {
    // What went wrong is in the log of the part that uses the service; here only the fact counts.
    return false;
  } finally {
    clearTimeout(timer);
  }
};

/** Asks all services at once. */
export const readiness = async (
  checks: HealthDeps['checks'],
): Promise<{ readonly ready: boolean; readonly services: Readonly<Record<string, 'answers' | 'away'>> }> => {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await answersInTime(check)] as const),
  );
  return {
    ready: entries.every(([, answers]) => answers),
    services: Object.fromEntries(entries.map(([name, answers]) => [name, answers ? 'answers' : 'away'])),
  };
};

type Answer = { readonly status: number; readonly contentType: string; readonly body: string };

const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

const answer = async (deps: HealthDeps, method: string, path: string): Promise<Answer> => {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { title: 'Only GET is answered here' });
  switch (path) {
    case '/healthz':
      return deps.alive() ? json(200, { status: 'alive' }) : json(503, { status: 'not polling' });
    case '/readyz': {
      const { ready, services } = await readiness(deps.checks);
      const polling = deps.alive();
      return json(ready && polling ? 200 : 503, {
        status: ready && polling ? 'ready' : 'not ready',
        polling,
        services,
      });
    }
    case '/metrics': {
      const { contentType, text } = await deps.metrics();
      return { status: 200, contentType, body: text };
    }
    default:
      return json(404, { title: 'There is /healthz, /readyz and /metrics' });
  }
};

/** Makes the server; the caller listens and closes. */
export const createHealthServer = (deps: HealthDeps): Server =>
  createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://worker').pathname;
    answer(deps, request.method ?? 'GET', path).then(
      ({ status, contentType, body }) => response.writeHead(status, { 'content-type': contentType }).end(body),
      () => response.writeHead(500, { 'content-type': 'application/json' }).end('{"title":"The page failed"}'),
    );
  });
