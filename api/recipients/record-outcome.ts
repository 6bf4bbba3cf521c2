/** What staff record about a recipient: notified by hand, acknowledged, or why it was impossible or disproportionate (Art. 19). */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { recordByStaff } from '../../storage/recipients/record-outcome.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, idSchema } from '../http/schemas.ts';
import { caseInPath, caseParameters } from '../requests/case-in-path.ts';
import { outcomeBody, outcomeHeaders } from './notification-view.ts';
import { unknownNotification } from './recipients.ts';

/** Records it once for each idempotency key (I9), and only on the revision that staff saw where they say which. */
export const recordOutcomeRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'recordRecipientOutcome', {
    summary: 'Record that a recipient was notified by hand, acknowledged, or could not be notified and why',
    params: caseParameters.extend({ notificationId: idParameter }),
    headers: outcomeHeaders,
    json: { name: 'RecipientOutcome', schema: outcomeBody, code: 'invalid-command' },
    answers: { 200: json('On file', z.object({ notificationId: idSchema, revision: z.int() })) },
    problems: [
      'request-unknown',
      'notification-unknown',
      'notification-settled',
      'changed-meanwhile',
      'idempotency-key-reused',
    ],
  })(async (c, readBody) => {
    const { caseId, notificationId } = c.req.valid('param');
    const { 'idempotency-key': commandKey, 'if-match': expectedRevision } = c.req.valid('header');
    await caseInPath(deps, c, caseId);
    const body = await readBody();
    const now = c.get('now');
    if (body.at !== undefined && body.at > now) {
      throw refusal('invalid-command', {
        detail: 'What has not happened yet cannot be recorded.',
        errors: [{ field: 'at', code: 'in-future', detail: 'must not be after now' }],
      });
    }
    const result = await recordByStaff(
      { db: deps.database, sealing: deps.sealing },
      {
        notificationId,
        caseId,
        controller: policyOf(c).controller,
        record: body.record,
        ...given({ at: body.at }),
        text: body.text,
        actor: actorOf(c),
        commandKey,
        ...given({ expectedRevision }),
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
  });
};
