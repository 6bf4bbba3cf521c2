/** All routes of rights requests. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { acknowledgementRoutes } from './acknowledgements.ts';
import { requestAttachmentRoutes } from './attachments.ts';
import { requestCommandRoute } from './command.ts';
import { requestIntakeRoute } from './intake.ts';
import { requestLetterRoutes } from './letters.ts';
import { requestLinkRoutes } from './links.ts';
import { requestManifestRoutes } from './manifest.ts';
import { namedRecordRoutes } from './named-records.ts';
import { requestReadRoutes } from './read.ts';
import { requestRecipientRoutes } from './recipients.ts';

export const requestRoutes = (deps: ApiDeps): OpenAPIHono<ApiEnv> => {
  const app = new OpenAPIHono<ApiEnv>();
  for (const routes of [
    requestIntakeRoute(deps),
    requestReadRoutes(deps),
    requestCommandRoute(deps),
    requestAttachmentRoutes(deps),
    requestLetterRoutes(deps),
    requestLinkRoutes(deps),
    requestRecipientRoutes(deps),
    acknowledgementRoutes(deps),
    requestManifestRoutes(deps),
    namedRecordRoutes(deps),
  ]) {
    app.route('/', routes);
  }
  return app;
};
