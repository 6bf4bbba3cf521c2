/** All routes of rights requests. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { acknowledgementRoutes } from './acknowledgements.ts';
import { requestAttachmentRoutes } from './attachments.ts';
import { requestCommandRoute } from './command.ts';
import { requestIntakeRoute } from './intake.ts';
import { letterFileRoutes } from './letter-files.ts';
import { letterPreviewRoute } from './letter-previews.ts';
import { letterReceiptRoute } from './letter-receipts.ts';
import { manageLinkRoutes } from './manage-links.ts';
import { requestManifestRoutes } from './manifest.ts';
import { namedRecordRoutes } from './named-records.ts';
import { openLinkRoutes } from './open-links.ts';
import { requestReadRoutes } from './read.ts';
import { requestRecipientRoutes } from './recipients.ts';
import { signedLetterRoute } from './signed-letters.ts';

/** The routes of rights requests as one app, for `createApp` to mount. */
export const requestRoutes = (deps: ApiDeps): OpenAPIHono<ApiEnv> => {
  const app = new OpenAPIHono<ApiEnv>();
  for (const routes of [
    requestIntakeRoute(deps),
    requestReadRoutes(deps),
    requestCommandRoute(deps),
    requestAttachmentRoutes(deps),
    letterFileRoutes(deps),
    letterPreviewRoute(deps),
    signedLetterRoute(deps),
    letterReceiptRoute(deps),
    manageLinkRoutes(deps),
    openLinkRoutes(deps),
    requestRecipientRoutes(deps),
    acknowledgementRoutes(deps),
    requestManifestRoutes(deps),
    namedRecordRoutes(deps),
  ]) {
    app.route('/', routes);
  }
  return app;
};
