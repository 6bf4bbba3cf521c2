/**
 * Who was notified under Art. 19: the notifications of a case, what staff record about them, and the work list of a controller. The person
 * learns it on request (Art. 19, second sentence) by a letter made from the same rows.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { recordId } from '../../domain/ids.ts';
import {
  listNotifications,
  listOpenNotifications,
  readNotification,
  readNotifiedRecords,
} from '../../storage/recipients/notifications.ts';
import { readOutcomeWords, recordByStaff } from '../../storage/recipients/record-outcome.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json, jsonBody } from '../http/answers.ts';
import { readJson } from '../http/bodies.ts';
import { type AddRoutes, type ApiContext, type ApiDeps, callerOf, policyOf } from '../http/context.ts';
import { cursorOf, pageOf, placeOf } from '../http/cursors.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, idParameter, idSchema, pageQuery, travelHeaders } from '../http/schemas.ts';
import { caseInPath, caseParameters } from '../requests/read.ts';
import {
  notificationSchema,
  outcomeBody,
  outcomeHeaders,
  recordsSchema,
  shownNotification,
} from './notification-view.ts';

const largestBody = 64 * 1024;

const statesWaitingFor = {
  machine: ['due'],
  dpo: ['by-hand', 'refused', 'undeliverable', 'unanswered'],
  recipient: ['told'],
} as const;

const audited = (deps: ApiDeps, c: ApiContext, id: string, why: string): Promise<void> => {
  return deps.database.transaction().execute((tx) =>
    appendEntryOf(c, tx, {
      action: 'recipients-read',
      target: { kind: 'case', id },
      why,
    }),
  );
};

const unknown = () =>
  refusal('notification-unknown', { detail: 'This rights request has no notification of this id.' });

const notificationInPath = async (deps: ApiDeps, caseId: string, notificationId: string) => {
  const found = await readNotification(deps.database, notificationId);
  if (found === undefined || found.caseId !== caseId) throw unknown();
  return found;
};

/**
 * The notifications of a case and of a controller, the records a recipient is notified of, and what staff record of notifying
 * it by hand (Art. 19). Auditors see states without staff's words.
 */
export const requestRecipientRoutes: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'listRecipients'),
      tags: ['Recipients'],
      summary: 'Who is notified of what was done under a rights request (Art. 19)',
      request: { params: caseParameters, headers: travelHeaders },
      responses: answers(
        {
          200: json(
            'All of them, the oldest first',
            z.object({ notifications: z.array(notificationSchema) }).openapi('RecipientNotificationList'),
          ),
        },
        'controller',
        'request-unknown',
      ),
    }),
    async (c) => {
      const { caseId } = c.req.valid('param');
      await caseInPath(deps, c, caseId);
      const { database: db, sealing } = deps;
      const [notifications, words] = await Promise.all([
        listNotifications(db, caseId),
        callerOf(c).role === 'auditor' ? new Map<string, string>() : readOutcomeWords({ db, sealing }, caseId),
      ]);
      await audited(deps, c, caseId, 'list');
      return c.json(
        { notifications: notifications.map((one) => shownNotification(deps, c, one, words.get(one.notificationId))) },
        200,
      );
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'readRecipientRecords'),
      tags: ['Recipients'],
      summary: 'Which records a recipient is notified of, for notifying it by hand',
      request: {
        params: caseParameters.extend({ notificationId: idParameter }),
        query: z.object({
          after: idParameter.optional().openapi({ description: '`nextAfter` of the page before' }),
          limit: z.coerce.number().int().min(1).max(5000).default(1000),
        }),
        headers: travelHeaders,
      },
      responses: answers(
        { 200: json("A page: the source system's ids as far as they are still noted, and Oblio's own", recordsSchema) },
        'controller',
        'request-unknown',
        'notification-unknown',
      ),
    }),
    async (c) => {
      const { caseId, notificationId } = c.req.valid('param');
      const { after, limit } = c.req.valid('query');
      await caseInPath(deps, c, caseId);
      const found = await notificationInPath(deps, caseId, notificationId);
      const page = await readNotifiedRecords({ db: deps.database, sealing: deps.sealing }, found, {
        ...(after === undefined ? {} : { after: recordId(after) }),
        limit: limit + 1,
      });
      await audited(deps, c, caseId, 'records');
      const records = page.slice(0, limit);
      const nextAfter = page.length > limit ? records.at(-1)?.recordId : undefined;
      return c.json({ records, ...(nextAfter === undefined ? {} : { nextAfter }) }, 200);
    },
  );
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
          throw unknown();
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
  app.openapi(
    createRoute({
      ...guarded(deps, 'listOpenNotifications'),
      tags: ['Recipients'],
      summary: "A controller's notifications to recipients that are not closed, the oldest first",
      request: {
        params: controllerParameters,
        query: pageQuery.extend({ waitingFor: z.enum(['machine', 'dpo', 'recipient']).optional() }),
        headers: travelHeaders,
      },
      responses: answers(
        {
          200: json(
            'A page',
            z
              .object({ notifications: z.array(notificationSchema), nextCursor: z.string().optional() })
              .openapi('OpenNotificationList'),
          ),
        },
        'controller',
      ),
    }),
    async (c) => {
      const { cursor, limit, waitingFor } = c.req.valid('query');
      const place = cursor === undefined ? undefined : placeOf(cursor);
      const page = await listOpenNotifications(deps.database, {
        controller: policyOf(c).controller,
        ...(waitingFor === undefined ? {} : { states: statesWaitingFor[waitingFor] }),
        ...(place === undefined ? {} : { after: { orderedAt: place.at, notificationId: place.id } }),
        limit: limit + 1,
      });
      await audited(deps, c, 'all', 'open');
      const { shown, ...next } = pageOf(page, limit, ({ orderedAt, notificationId }) =>
        cursorOf({ at: orderedAt, id: notificationId }),
      );
      return c.json({ notifications: shown.map((one) => shownNotification(deps, c, one)), ...next }, 200);
    },
  );
};
