/** All routes of holds. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps, ApiEnv } from '../http/context.ts';
import { changeHoldRoutes } from './change.ts';
import { custodyRoute } from './custody.ts';
import { holdBodies } from './hold-schemas.ts';
import { holdNoticeRoutes } from './notices.ts';
import { placeHoldRoutes } from './place.ts';
import { readHoldRoutes } from './read.ts';
import { releaseHoldRoutes } from './release.ts';

/** The routes of holds as one app, with their bodies registered for the OpenAPI document. */
export const holdRoutes = (deps: ApiDeps) => {
  const app = new OpenAPIHono<ApiEnv>();
  for (const [name, schema] of Object.entries(holdBodies)) app.openAPIRegistry.register(name, schema);
  for (const routes of [
    placeHoldRoutes(deps),
    changeHoldRoutes(deps),
    releaseHoldRoutes(deps),
    readHoldRoutes(deps),
    custodyRoute(deps),
    holdNoticeRoutes(deps),
  ]) {
    app.route('/', routes);
  }
  return app;
};
