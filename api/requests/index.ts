/** All routes of rights requests. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps, ApiEnv } from '../http/context.ts';
import { letterFileRoutes } from '../letters/letter-files.ts';
import { letterPreviewRoute } from '../letters/letter-previews.ts';
import { letterReceiptRoute } from '../letters/letter-receipts.ts';
import { manageLinkRoutes } from '../letters/manage-links.ts';
import { openLinkRoutes } from '../letters/open-links.ts';
import { signedLetterRoute } from '../letters/signed-letters.ts';
import { acknowledgementRoutes } from '../recipients/acknowledgements.ts';
import { requestRecipientRoutes } from '../recipients/recipients.ts';
import { requestAttachmentRoutes } from './attachments.ts';
import { requestCommandRoute } from './command.ts';
import { requestIntakeRoute } from './intake.ts';
import { requestManifestRoutes } from './manifest.ts';
import { namedRecordRoutes } from './named-records.ts';
import { requestReadRoutes } from './read.ts';

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
