/**
 * Who was notified under Art. 19: the notifications of a case and the work list of a controller. The person
 * learns it on request (Art. 19, second sentence) by a letter made from the same rows.
 */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { recordId } from '../../domain/ids.ts';
import {
  listNotifications,
  listOpenNotifications,
  readNotification,
  readNotifiedRecords,
} from '../../storage/recipients/notifications.ts';
import { readOutcomeWords } from '../../storage/recipients/record-outcome.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { cursorOf, pageOf, placeOf } from '../http/cursors.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, idParameter, pageQuery } from '../http/schemas.ts';
import { auditCase, caseInPath, caseParameters } from '../requests/case-in-path.ts';
import { notificationSchema, recordsSchema, shownNotification } from './notification-view.ts';

const statesWaitingFor = {
  machine: ['due'],
  dpo: ['by-hand', 'refused', 'undeliverable', 'unanswered'],
  recipient: ['told'],
} as const;

/** 404 for a notification that is not there or belongs to another case. */
export const unknownNotification = () =>
  refusal('notification-unknown', { detail: 'This rights request has no notification of this id.' });

const notificationInPath = async (deps: ApiDeps, caseId: string, notificationId: string) => {
  const found = await readNotification(deps.database, notificationId);
  if (found === undefined || found.caseId !== caseId) throw unknownNotification();
  return found;
};

/** Notifications of a case and of a controller, and the records of one. Auditors see states without staff's words. */
export const recipientRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'listRecipients', {
    summary: 'Who is notified of what was done under a rights request (Art. 19)',
    params: caseParameters,
    answers: {
      200: json(
        'All of them, the oldest first',
        z.object({ notifications: z.array(notificationSchema) }).openapi('RecipientNotificationList'),
      ),
    },
    problems: ['request-unknown'],
  })(async (c) => {
    const { caseId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const { database: db, sealing } = deps;
    const [notifications, words] = await Promise.all([
      listNotifications(db, caseId),
      callerOf(c).role === 'auditor' ? new Map<string, string>() : readOutcomeWords({ db, sealing }, caseId),
    ]);
    await auditCase(deps, c, { action: 'recipients-read', caseId, why: 'list' });
    return c.json(
      { notifications: notifications.map((one) => shownNotification(deps, c, one, words.get(one.notificationId))) },
      200,
    );
  });
  addRoute(app, deps, 'readRecipientRecords', {
    summary: 'Which records a recipient is notified of, for notifying it by hand',
    params: caseParameters.extend({ notificationId: idParameter }),
    query: z.object({
      after: idParameter.optional().openapi({ description: '`nextAfter` of the page before' }),
      limit: z.coerce.number().int().min(1).max(5000).default(1000),
    }),
    answers: {
      200: json("A page: the source system's ids as far as they are still noted, and Oblio's own", recordsSchema),
    },
    problems: ['request-unknown', 'notification-unknown'],
  })(async (c) => {
    const { caseId, notificationId } = c.req.valid('param');
    const { after, limit } = c.req.valid('query');
    await caseInPath(deps, c, caseId);
    const found = await notificationInPath(deps, caseId, notificationId);
    const page = await readNotifiedRecords({ db: deps.database, sealing: deps.sealing }, found, {
      ...(after === undefined ? {} : { after: recordId(after) }),
      limit: limit + 1,
    });
    await auditCase(deps, c, { action: 'recipients-read', caseId, why: 'records' });
    const records = page.slice(0, limit);
    const nextAfter = page.length > limit ? records.at(-1)?.recordId : undefined;
    return c.json({ records, ...given({ nextAfter }) }, 200);
  });
  addRoute(app, deps, 'listOpenNotifications', {
    summary: "A controller's notifications to recipients that are not closed, the oldest first",
    params: controllerParameters,
    query: pageQuery.extend({ waitingFor: z.enum(['machine', 'dpo', 'recipient']).optional() }),
    answers: {
      200: json(
        'A page',
        z
          .object({ notifications: z.array(notificationSchema), nextCursor: z.string().optional() })
          .openapi('OpenNotificationList'),
      ),
    },
  })(async (c) => {
    const { cursor, limit, waitingFor } = c.req.valid('query');
    const place = cursor === undefined ? undefined : placeOf(cursor);
    const page = await listOpenNotifications(deps.database, {
      controller: policyOf(c).controller,
      ...(waitingFor === undefined ? {} : { states: statesWaitingFor[waitingFor] }),
      ...(place === undefined ? {} : { after: { orderedAt: place.at, notificationId: place.id } }),
      limit: limit + 1,
    });
    await auditCase(deps, c, { action: 'recipients-read', caseId: 'all', why: 'open' });
    const { shown, ...next } = pageOf(page, limit, ({ orderedAt, notificationId }) =>
      cursorOf({ at: orderedAt, id: notificationId }),
    );
    return c.json({ notifications: shown.map((one) => shownNotification(deps, c, one)), ...next }, 200);
  });
};
