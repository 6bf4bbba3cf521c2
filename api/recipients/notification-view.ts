/** Notifications to recipients (Art. 19) as the API shows them, and what staff hand in about them. */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import {
  noticeKinds,
  notificationMeans,
  notificationStates,
  notificationWaitingFor,
  staffRecords,
  waitingForNotification,
} from '../../domain/recipient/notification.ts';
import type { StoredNotification } from '../../storage/recipients/notifications.ts';
import { notificationWorkflowId } from '../../workflows/notification/contract.ts';
import { type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { idempotencyKey, idSchema, ifMatch, instantSchema, travelHeaders } from '../http/schemas.ts';
import { instantInput } from '../requests/body-parts.ts';

/** One notification. */
export const notificationSchema = z
  .object({
    notificationId: idSchema,
    caseId: idSchema,
    recipient: z.string(),
    name: z.string(),
    right: z.string(),
    what: z.enum(noticeKinds),
    doneAt: instantSchema,
    state: z.enum(notificationStates),
    waitingFor: z.enum(notificationWaitingFor),
    means: z.enum(notificationMeans),
    recordClasses: z.array(z.string()),
    orderedAt: instantSchema,
    attempts: z.int(),
    lastProblem: z.string().optional().openapi({ description: 'What the last attempt met, as a code' }),
    told: z.object({ at: instantSchema, by: z.enum(notificationMeans) }).optional(),
    chased: z.int().openapi({ description: 'Reminders to the recipient' }),
    chasedAt: instantSchema.optional(),
    staffSince: instantSchema.optional().openapi({ description: 'Since when staff must look' }),
    acknowledged: z.object({ at: instantSchema, by: z.enum(['recipient', 'staff']) }).optional(),
    recordedBy: z.string().optional(),
    words: z.string().optional().openapi({ description: 'What staff wrote to their last record' }),
    revision: z.int(),
    workflow: z.object({ id: z.string(), url: z.string() }),
  })
  .openapi('RecipientNotification');

/** What staff record. */
export const outcomeBody = z
  .strictObject({
    record: z.enum(staffRecords),
    at: instantInput.optional().openapi({ description: 'When it was notified or acknowledged; absent: now' }),
    text: z.string().trim().min(3).max(2000).openapi({
      description: 'How it was notified or acknowledged; or why it was impossible or disproportionate (Art. 19)',
    }),
  })
  .openapi('RecipientOutcome');

/** A page of the records that a recipient is notified of. */
export const recordsSchema = z
  .object({
    records: z.array(z.object({ recordClass: z.string(), recordId: idSchema, sourceId: z.string().optional() })),
    nextAfter: idSchema.optional(),
  })
  .openapi('RecipientRecords');

/** Of what staff record: once per key, and only on what they saw. */
export const outcomeHeaders = travelHeaders.extend({
  'idempotency-key': idempotencyKey('Sent again with the same body it answers the same and records nothing twice'),
  'if-match': ifMatch('`revision` as it was read; refused with changed-meanwhile if it has moved on'),
});

/** A notification in words of the API. */
export const shownNotification = (
  deps: ApiDeps,
  c: ApiContext,
  { noticeId: _, controller: __, alerts: ___, recordClasses, ...rest }: StoredNotification,
  words?: string,
): z.output<typeof notificationSchema> => {
  const workflowId = notificationWorkflowId(rest.notificationId);
  const course = { ...rest, alerts: 0 };
  return {
    ...rest,
    recordClasses: [...recordClasses],
    name: policyOf(c).recipients.find(({ id }) => id === rest.recipient)?.name ?? rest.recipient,
    waitingFor: waitingForNotification(course),
    ...given({ words }),
    workflow: { id: workflowId, url: deps.temporal.workflowUrl(workflowId) },
  };
};
