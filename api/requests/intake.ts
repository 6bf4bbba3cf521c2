/** `POST /controllers/{controller}/requests`: a message or contact becomes a case. The same message again is the same case. */
import { createRoute, z } from '@hono/zod-openapi';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import { intakeChannels } from '../../domain/request/course/events.ts';
import { identityLevels, requesterCapacities } from '../../domain/request/course/identity.ts';
import { receiptOf } from '../../domain/request/course/intake.ts';
import { optOutOf } from '../../domain/request/course/rights.ts';
import { pendingReviewOn } from '../../domain/request/decision/case-rules.ts';
import { normaliseSubjectIdentifier } from '../../domain/subject/subject-identifier.ts';
import { takeIn } from '../../storage/requests/take-in.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json, jsonBody } from '../http/answers.ts';
import { readJson } from '../http/bodies.ts';
import { type AddRoutes, callerOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, travelHeaders } from '../http/schemas.ts';
import { identifiersSchema, instantInput, rightKeySchema } from './body-parts.ts';
import { caseLine, caseLineSchema } from './case-view.ts';

const largestMessage = 1024 * 1024;
const line = z.string().trim().min(1).max(300);
/** An address that letters can be sent to: one, without a display name or anything a header could be made of. */
const address = line.refine((value) => normaliseSubjectIdentifier({ kind: 'email', value }).ok, {
  message: 'must be one e-mail address: a name, an @ and a domain',
});
/** Why a message cannot have been received when it says. */
const receiptFaults = {
  'too-early': 'lies before 25 May 2018: check the year',
  'in-the-future': 'lies ahead of our clock: a message is received before it is registered',
} as const;

const bodySchema = z
  .strictObject({
    channel: z.enum(intakeChannels),
    receivedAt: instantInput.openapi({
      description:
        'When it reached any official channel, read or not. Up to five minutes ahead of our clock it counts as received now',
    }),
    language: z.enum(['it', 'en']).default('it'),
    messageId: line.optional().openapi({ description: "The message's own id, where the channel gives one" }),
    requester: z.strictObject({
      name: line,
      email: address.optional(),
      pec: address.optional(),
      postalLines: z.array(line).max(8).optional(),
    }),
    capacity: z.enum(requesterCapacities).default('self'),
    subject: z
      .strictObject({ name: line })
      .optional()
      .openapi({ description: 'The data subject, where another person asks' }),
    identifiers: identifiersSchema.openapi({ description: "The data subject's, as far as known" }),
    identityLevel: z.enum(identityLevels).default('claimed'),
    rights: z.array(rightKeySchema).max(20).default([]).openapi({ description: 'As staff read them; triage confirms' }),
    subjectLine: line.optional(),
    text: z.string().max(500_000),
    reason: z.string().max(20_000).optional(),
  })
  .superRefine(({ capacity, subject }, context) => {
    if (capacity !== 'self' && subject === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['subject'],
        message: 'name the data subject for whom the requester asks',
      });
    }
  });

const answerSchema = caseLineSchema.extend({
  known: z.boolean().openapi({ description: 'This message was a case already' }),
  likelyDuplicates: z.array(
    z.object({ caseId: z.string(), reference: z.string(), receivedAt: z.string(), rights: z.array(z.string()) }),
  ),
});

/**
 * Takes a message in: 201 with the case's id, reference and deadline once the case and its suspension of erasure are on
 * record, 200 where the message is known, 409 where its id is known with another content. The worker starts the workflow;
 * Temporal need not be reachable.
 */
export const requestIntakeRoute: AddRoutes = (app, deps) => {
  const clock = controllerClock(deps.policies);

  app.openapi(
    createRoute({
      ...guarded(deps, 'receiveRequest'),
      tags: ['Rights requests'],
      summary: 'Take a rights request in',
      request: {
        params: controllerParameters,
        headers: travelHeaders,
        body: jsonBody(app, 'RightsRequestMessage', bodySchema),
      },
      responses: answers(
        { 200: json('Known already', answerSchema), 201: json('A case was opened', answerSchema) },
        'controller',
        'invalid-request',
        'message-differs',
        'opt-out-not-promised',
        'media-type-unsupported',
        'malformed-json',
        'invalid-encoding',
        'body-too-large',
      ),
    }),
    async (c) => {
      const policy = policyOf(c);
      const { actor, role } = callerOf(c);
      const now = c.get('now');
      const body = await readJson(c, { schema: bodySchema, limit: largestMessage, code: 'invalid-request' });
      const receipt = receiptOf(body.receivedAt, now);
      if (receipt.kind === 'impossible') {
        throw refusal('invalid-request', {
          detail: 'The case was not opened.',
          errors: [{ field: 'receivedAt', code: receipt.why, detail: receiptFaults[receipt.why] }],
        });
      }
      const unknownOptOut = body.rights.find((key) => {
        const id = optOutOf(key);
        return id !== undefined && !policy.optOuts.some((optOut) => optOut.id === id);
      });
      if (unknownOptOut !== undefined) throw refusal('opt-out-not-promised', { detail: 'The policy promises others.' });
      const { channel, receivedAt: statedReceivedAt, language, identityLevel, rights, identifiers, ...person } = body;
      const { kind, state, likelyDuplicates } = await takeIn(
        { db: deps.database, sealing: deps.sealing, compute: clock.compute },
        {
          controller: policy.controller,
          policyVersion: policy.version,
          timeZone: policy.timeZone,
          reviewOn: pendingReviewOn(policy, receipt.receivedAt),
          channel,
          receivedAt: receipt.receivedAt,
          statedReceivedAt,
          language,
          identityLevel,
          rights: [...new Set(rights)],
          person: { ...person, identifiers },
          subjects: identifiers.flatMap((identifier) => {
            const normal = normaliseSubjectIdentifier(identifier);
            return normal.ok ? [normal.value] : [];
          }),
          actor: { id: actor, role },
          now,
        },
      );
      if (kind === 'differs') {
        throw refusal('message-differs', {
          detail:
            'The message id is known with another content. If this is another message, hand it in under its own id or without one.',
          more: { caseId: state.caseId, reference: state.reference },
        });
      }
      c.header('etag', `"${state.revision}"`);
      c.header('location', `/controllers/${policy.controller}/requests/${state.caseId}`);
      const answer = {
        ...caseLine(state, now),
        known: kind === 'known',
        likelyDuplicates: likelyDuplicates.map((one) => ({ ...one, rights: [...one.rights] })),
      };
      return kind === 'opened' ? c.json(answer, 201) : c.json(answer, 200);
    },
  );
};
