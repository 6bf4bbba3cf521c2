/**
 * May this identifier receive ...? Systems that send ask here before they do: for an opt-out of the notice, for a class whose processing
 * an objection stopped, for a consent that may have been withdrawn. The answer is yes or no, the same for an unknown person as for
 * one who refused nothing: a caller cannot learn from it whom the controller knows. The identifier comes in the body, never in the address.
 */
import { z } from '@hono/zod-openapi';
import type { ControllerId } from '../../domain/ids.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../domain/subject/subject-identifier.ts';
import { askRefusals, endRefusal, stoppedProcessing, withdrawnConsent } from '../../storage/execution/opt-outs.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, type ApiDeps, actorOf, policyOf } from '../http/context.ts';
import { type FieldFault, refusal } from '../http/problems.ts';
import { controllerParameters, instantSchema } from '../http/schemas.ts';

/** Identifiers of one call. */
const mostAsked = 1000;
const bodyLimit = 1024 * 1024;

const identifier = z
  .strictObject({ kind: z.enum(subjectIdentifierKinds), value: z.string().min(1).max(320) })
  .openapi('AskedIdentifier');
const questionSchema = z.strictObject({ identifier }).openapi('OptOutQuestion');
const questionsSchema = z
  .strictObject({ identifiers: z.array(identifier).min(1).max(mostAsked) })
  .openapi('OptOutQuestions');

const answerSchema = z
  .object({ allowed: z.boolean().openapi({ description: 'Whether nothing was refused under this identifier' }) })
  .openapi('OptOutAnswer');
const answersSchema = z.object({ answers: z.array(answerSchema) }).openapi('OptOutAnswers');

const endSchema = z
  .strictObject({
    identifier,
    reason: z.string().trim().min(3).max(2000).openapi({
      description: 'What the person said or wrote, and how it is known that it was this person; kept sealed',
    }),
  })
  .openapi('EndedOptOut');
const linesSchema = z
  .object({ lines: z.array(z.object({ from: instantSchema, until: instantSchema.optional(), ground: z.string() })) })
  .openapi('OptOutLines');

const parameters = controllerParameters.extend({
  optOut: z.string().openapi({
    description:
      'An opt-out of the policy; `processing.<record class>` for processing that an objection stopped; `consent.<record class>` for a withdrawn consent',
    example: 'satisfaction-surveys',
  }),
});

/** The name in the register, if the controller's policy knows it. */
const requireKnown = (c: ApiContext, optOut: string): void => {
  const { optOuts, recordClasses } = policyOf(c);
  const known =
    optOuts.some(({ id }) => id === optOut) ||
    recordClasses.some(({ id }) => optOut === stoppedProcessing(id) || optOut === withdrawnConsent(id));
  if (!known)
    throw refusal('opt-out-unknown', { detail: 'The policy of this controller has no such opt-out or class.' });
};

type Asked = { readonly field: string; readonly kind: (typeof subjectIdentifierKinds)[number]; readonly value: string };

/** The keyed hashes of identifiers; those that cannot be read are refused by their fields. */
const keysOf = (deps: ApiDeps, controller: ControllerId, asked: readonly Asked[]): readonly Buffer[] => {
  const errors: FieldFault[] = [];
  const keys: Buffer[] = [];
  for (const { field, kind, value } of asked) {
    const normal = normaliseSubjectIdentifier({ kind, value });
    if (normal.ok) keys.push(deps.sealing.subjectKey({ controller, ...normal.value }));
    else errors.push({ field, code: normal.reason.code, detail: normal.reason.reason });
  }
  if (errors.length > 0) throw refusal('invalid-question', { detail: 'Some identifiers cannot be read.', errors });
  return keys;
};

/** Answers in the order of the questions, and puts on file that so many were asked: neither who nor what came out. */
const ask = async (
  deps: ApiDeps,
  c: ApiContext,
  optOut: string,
  asked: readonly Asked[],
): Promise<readonly boolean[]> => {
  const { controller } = policyOf(c);
  const keys = keysOf(deps, controller, asked);
  return deps.database.transaction().execute(async (tx) => {
    const answers = await askRefusals(tx, { controller, refused: optOut, keys, now: c.get('now') });
    await appendEntryOf(c, tx, {
      action: 'opt-outs-asked',
      target: { kind: 'opt-out', id: optOut },
      why: 'before-sending',
      detail: { asked: keys.length },
    });
    return answers;
  });
};

const problems = [
  'opt-out-unknown',
  'invalid-question',
  'malformed-json',
  'invalid-encoding',
  'media-type-unsupported',
  'body-too-large',
  'body-too-slow',
] as const;

/** Staff write down that a person wants again what was refused; no other role can end a refusal. */
const endOptOut: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'endOptOut', {
    summary: 'A person wants it again: end a refusal',
    description:
      'From now on the question is answered with yes, for this identifier; the register keeps from when until when it was refused.',
    params: parameters,
    json: { name: 'EndedOptOut', schema: endSchema, limit: bodyLimit, code: 'invalid-question' },
    answers: {
      200: json(
        'What the register says of this identifier, oldest first; nothing where nothing was refused',
        linesSchema,
      ),
    },
    problems: [...problems],
  })(async (c, readBody) => {
    const { optOut } = c.req.valid('param');
    requireKnown(c, optOut);
    const body = await readBody();
    const { controller } = policyOf(c);
    const [key] = keysOf(deps, controller, [{ field: 'identifier.value', ...body.identifier }]);
    if (key === undefined) throw new Error('An identifier was left without a key');
    const lines = await endRefusal(
      { db: deps.database, sealing: deps.sealing },
      { controller, refused: optOut, key, reason: body.reason, actor: actorOf(c), now: c.get('now') },
    );
    return c.json({ lines: [...lines] }, 200);
  });
};

/** All routes: one identifier, up to a thousand, and the way back. */
export const optOutRoutes: AddRoutes = (app, deps) => {
  endOptOut(app, deps);
  addRoute(app, deps, 'askOptOut', {
    summary: 'May this identifier receive it?',
    description: 'Answers the same for an unknown person as for one who refused nothing.',
    params: parameters,
    json: { name: 'OptOutQuestion', schema: questionSchema, limit: bodyLimit, code: 'invalid-question' },
    answers: { 200: json('Yes or no', answerSchema) },
    problems: [...problems],
  })(async (c, readBody) => {
    const { optOut } = c.req.valid('param');
    requireKnown(c, optOut);
    const body = await readBody();
    const [allowed] = await ask(deps, c, optOut, [{ field: 'identifier.value', ...body.identifier }]);
    if (allowed === undefined) throw new Error('A question was left without an answer');
    return c.json({ allowed }, 200);
  });
  addRoute(app, deps, 'askOptOuts', {
    summary: 'May these identifiers receive it?',
    description: `Up to ${mostAsked} at once, answered in their order.`,
    params: parameters,
    json: { name: 'OptOutQuestions', schema: questionsSchema, limit: bodyLimit, code: 'invalid-question' },
    answers: { 200: json('Yes or no for each', answersSchema) },
    problems: [...problems],
  })(async (c, readBody) => {
    const { optOut } = c.req.valid('param');
    requireKnown(c, optOut);
    const body = await readBody();
    const answers = await ask(
      deps,
      c,
      optOut,
      body.identifiers.map((one, index) => ({ field: `identifiers.${index}.value`, ...one })),
    );
    return c.json({ answers: answers.map((allowed) => ({ allowed })) }, 200);
  });
};
