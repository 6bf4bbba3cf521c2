/**
 * The API as an app without a port: a pure factory of its dependencies. `server.ts` is the process around it.
 *
 * Order around each route: request id, protective headers, observation, the request's now; then, per route, who is calling and
 * whether they may; then the form of the input; then the handler. Whatever is thrown on the way becomes a problem (RFC 9457).
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { describeError } from '../storage/database/describe-error.ts';
import { addRoute } from './access/add-route.ts';
import { methodsAt } from './access/authorisation.ts';
import { changeHoldRoutes } from './holds/change.ts';
import { custodyRoute } from './holds/custody.ts';
import { makeNoticeRoute } from './holds/make-notice.ts';
import { noticeRoutes } from './holds/notices.ts';
import { placeHoldRoutes } from './holds/place.ts';
import { readHoldRoutes } from './holds/read.ts';
import { releaseHoldRoutes } from './holds/release.ts';
import { json } from './http/answers.ts';
import type { AddRoutes, ApiContext, ApiDeps, ApiEnv } from './http/context.ts';
import { schemaFaults } from './http/field-faults.ts';
import { databaseUnavailable, isDatabaseAway } from './http/outages.ts';
import { problem, problemResponse, refusal, refused } from './http/problems.ts';
import { routeTemplate, withNow, withObservation, withProtectiveHeaders, withRequestId } from './http/request-edge.ts';
import { letterFileRoutes, readLetterRoute } from './letters/letter-files.ts';
import { letterPreviewRoute } from './letters/letter-previews.ts';
import { letterReceiptRoute } from './letters/letter-receipts.ts';
import { manageLinkRoutes } from './letters/manage-links.ts';
import { openLinkRoutes } from './letters/open-links.ts';
import { signedLetterRoute } from './letters/signed-letters.ts';
import { documentationRoutes } from './operations/documentation.ts';
import { operationRoutes } from './operations/operations.ts';
import { policyRoute } from './operations/policies.ts';
import { sweepRoutes } from './operations/sweeps.ts';
import { acknowledgementRoutes } from './recipients/acknowledgements.ts';
import { optOutRoutes } from './recipients/opt-outs.ts';
import { recipientRoutes } from './recipients/recipients.ts';
import { recordOutcomeRoute } from './recipients/record-outcome.ts';
import { certificateRoutes } from './records/certificates.ts';
import { putObjectRoute } from './records/put-object.ts';
import { readObjectRoute } from './records/read-object.ts';
import { readRecordRoutes } from './records/read-record.ts';
import { recordContentRoute } from './records/record-content.ts';
import { registerRecordRoute } from './records/register-record.ts';
import { registerRecordsRoute } from './records/register-records.ts';
import { unitRoute } from './records/units.ts';
import { redatingRoutes } from './redating/routes.ts';
import { requestAttachmentRoutes } from './requests/attachments.ts';
import { requestCommandRoute } from './requests/command.ts';
import { requestIntakeRoute } from './requests/intake.ts';
import { listRequestsRoute } from './requests/list-requests.ts';
import { manifestRoute } from './requests/manifest.ts';
import { manifestRecordsRoute } from './requests/manifest-records.ts';
import { namedRecordRoutes } from './requests/named-records.ts';
import { readRequestRoute } from './requests/read-request.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')));

/** The document of an app whose routes are all registered. */
const openApiDocument = (app: OpenAPIHono<ApiEnv>) => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Claims: sub (opaque id of the caller), oblio_role, oblio_controllers, for sources oblio_classes, for persons authorised for confidential classes oblio_authorised_for. On a local stack: `npm --silent run token -- --role dpo`',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Oblio',
      version,
      description:
        'Erases every record when its time is up and answers every rights request in time, completely and with proof. Errors are problem details (RFC 9457): act on `code`, show `detail` and `errors` to people.',
      license: { name: 'EUPL-1.2', url: 'https://eupl.eu/1.2/en/' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Records', description: 'What sources hand in, and what became of it' },
      { name: 'Objects', description: 'Audio and other files of records' },
      { name: 'Certificates', description: 'Proof of erasure' },
      { name: 'Units', description: 'Records that fall due together, and their workflow' },
      { name: 'Sweeps', description: 'The daily comparison of what should be with what is' },
      { name: 'Holds', description: 'Litigation holds and legal duties to keep: place, review, release by two' },
      { name: 'Opt-outs', description: 'What people refused to receive: asked before something is sent' },
      { name: 'Policies', description: 'The notices as data' },
      { name: 'Operations', description: 'Health and metrics' },
      { name: 'Documentation', description: 'This document' },
    ],
  });
};

const answerFor = (deps: ApiDeps, error: unknown, c: ApiContext): Response => {
  const requestId = c.get('requestId');
  const known = refused(error) ?? (isDatabaseAway(error) ? refused(databaseUnavailable()) : undefined);
  if (known !== undefined) return problemResponse(known, requestId);
  if (error instanceof HTTPException && error.status < 500) {
    // What the router itself refuses: a media type it was not promised, or a body it cannot read.
    const code = error.status === 415 ? 'media-type-unsupported' : 'malformed-request';
    return problemResponse(
      { problem: problem(code, { detail: 'The request cannot be read as this route describes it.' }) },
      requestId,
    );
  }
  deps.logger.error({ requestId, route: routeTemplate(c), error: describeError(error) }, 'unexpected error');
  return problemResponse(
    { problem: problem('unexpected', { detail: `Details are in the log under urn:uuid:${requestId}.` }) },
    requestId,
  );
};

/** Everything there is to call, file by file. */
const everyRoute: readonly AddRoutes[] = [
  registerRecordRoute,
  registerRecordsRoute,
  putObjectRoute,
  readRecordRoutes,
  recordContentRoute,
  readObjectRoute,
  certificateRoutes,
  unitRoute,
  sweepRoutes,
  placeHoldRoutes,
  changeHoldRoutes,
  releaseHoldRoutes,
  readHoldRoutes,
  custodyRoute,
  makeNoticeRoute,
  noticeRoutes,
  requestIntakeRoute,
  listRequestsRoute,
  readRequestRoute,
  readLetterRoute,
  requestCommandRoute,
  requestAttachmentRoutes,
  manifestRoute,
  manifestRecordsRoute,
  namedRecordRoutes,
  letterFileRoutes,
  letterPreviewRoute,
  signedLetterRoute,
  letterReceiptRoute,
  manageLinkRoutes,
  openLinkRoutes,
  recipientRoutes,
  recordOutcomeRoute,
  acknowledgementRoutes,
  optOutRoutes,
  policyRoute,
  redatingRoutes,
  operationRoutes,
  documentationRoutes,
];

/** Makes the app. It opens nothing, listens to nothing and reads no environment. */
export const createApp = (deps: ApiDeps): OpenAPIHono<ApiEnv> => {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      throw refusal('invalid-parameters', {
        detail: 'A parameter or header is not as described.',
        errors: schemaFaults(result.error),
      });
    },
  });
  app.use(withRequestId, withProtectiveHeaders, withObservation(deps), withNow(deps));
  app.onError((error, c) => answerFor(deps, error, c));
  app.notFound((c) => {
    const allowed = methodsAt(c.req.path);
    const known =
      allowed.length === 0
        ? refusal('route-unknown', { detail: 'See /docs for the routes of this API.' })
        : refusal('method-not-allowed', {
            detail: `Use ${allowed.join(' or ')}.`,
            headers: { allow: allowed.join(', ') },
          });
    return answerFor(deps, known, c);
  });
  for (const addRoutes of everyRoute) addRoutes(app, deps);
  const document = () => openApiDocument(app);
  let made: ReturnType<typeof document> | undefined;
  addRoute(app, deps, 'openapi', {
    summary: 'This document',
    answers: { 200: json('OpenAPI 3.1', z.object({ openapi: z.string() })) },
  })((c) => {
    made ??= document();
    return c.json(made, 200);
  });
  return app;
};
