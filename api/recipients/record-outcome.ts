/** What staff record about a recipient: notified by hand, acknowledged, or why it was impossible or disproportionate (Art. 19). */
import { createRoute, z } from '@hono/zod-openapi';
import { recordByStaff } from '../../storage/recipients/record-outcome.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json, jsonBody } from '../http/answers.ts';
import { readJson } from '../http/bodies.ts';
import { type AddRoutes, callerOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, idSchema } from '../http/schemas.ts';
import { caseInPath, caseParameters } from '../requests/case-in-path.ts';
import { outcomeBody, outcomeHeaders } from './notification-view.ts';
import { unknownNotification } from './recipients.ts';

const largestBody = 64 * 1024;

/** Records it once for each idempotency key (I9), and only on the revision that staff saw where they say which. */
export const recordOutcomeRoute: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'recordRecipientOutcome'),
      tags: ['Recipients'],
      summary: 'Record that a recipient was notified by hand, acknowledged, or could not be notified and why',
      request: {
        params: caseParameters.extend({ notificationId: idParameter }),
        headers: outcomeHeaders,
        body: jsonBody(app, 'RecipientOutcome', outcomeBody),
      },
      responses: answers(
        { 200: json('On file', z.object({ notificationId: idSchema, revision: z.int() })) },
        'controller',
        'request-unknown',
        'notification-unknown',
        'notification-settled',
        'changed-meanwhile',
        'idempotency-key-reused',
        'invalid-command',
        'malformed-json',
        'media-type-unsupported',
        'body-too-large',
      ),
    }),
    async (c) => {
      const { caseId, notificationId } = c.req.valid('param');
      const { 'idempotency-key': commandKey, 'if-match': match } = c.req.valid('header');
      await caseInPath(deps, c, caseId);
      const body = await readJson(c, { schema: outcomeBody, limit: largestBody, code: 'invalid-command' });
      const now = c.get('now');
      if (body.at !== undefined && body.at > now) {
        throw refusal('invalid-command', {
          detail: 'What has not happened yet cannot be recorded.',
          errors: [{ field: 'at', code: 'in-future', detail: 'must not be after now' }],
        });
      }
      const { actor, role } = callerOf(c);
      const result = await recordByStaff(
        { db: deps.database, sealing: deps.sealing },
        {
          notificationId,
          caseId,
          controller: policyOf(c).controller,
          record: body.record,
          ...(body.at === undefined ? {} : { at: body.at }),
          text: body.text,
          actor: { id: actor, role },
          commandKey,
          ...(match === undefined ? {} : { expectedRevision: Number(match.slice(1, -1)) }),
          now,
        },
      );
      switch (result.kind) {
        case 'recorded':
          return c.json({ notificationId, revision: result.revision }, 200);
        case 'unknown':
          throw unknownNotification();
        case 'not-possible':
          throw refusal('notification-settled', {
            detail: 'This cannot be recorded of the notification as it stands; read it again.',
          });
        case 'changed-meanwhile':
          throw refusal('changed-meanwhile', { detail: 'It has changed since it was read.' });
        case 'key-taken':
          throw refusal('idempotency-key-reused', { detail: 'This key came with another record before.' });
      }
    },
  );
};
