/** Previews a hold and places it. When placing has answered, the gate honours the hold: there is no queue and no index behind it. */

import { v7 as uuid } from 'uuid';
import { suspensionId } from '../../domain/ids.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import { parseLocalDate } from '../../domain/time/local-date.ts';
import { scopeText } from '../../storage/suspensions/clause-rows.ts';
import { placeSuspension } from '../../storage/suspensions/place-suspension.ts';
import { previewScope } from '../../storage/suspensions/preview-scope.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, idSchema } from '../http/schemas.ts';
import { runCommand } from './hold-commands.ts';
import { commandHeaders, placeBody, placementSchema, previewSchema, scopeBody } from './hold-schemas.ts';
import { readScopeBody } from './scope-body.ts';

/** What the caller reads: the id under which every other route knows the hold. */
const placedSchema = placementSchema.extend({ holdId: idSchema }).openapi('PlacedHold');

/** A scope of a thousand clauses stays well below. */
export const largestHoldBody = 1024 * 1024;

/** The date of the next review: a day that has not passed yet at the seat. */
export const readReviewDay = (c: ApiContext, field: string, text: string) => {
  const parsed = parseLocalDate(text);
  const today = localDateAt(c.get('now'), policyOf(c).timeZone);
  if (!parsed.ok || parsed.value <= today) {
    throw refusal('invalid-hold', {
      detail: 'The review date is not as described.',
      errors: [{ field, code: 'not-in-future', detail: parsed.ok ? 'must be a day after today' : parsed.reason }],
    });
  }
  return parsed.value;
};

/** Placing answers 201 with what is preserved for certain, and what was past the point of no return, and when (I4). */
export const placeHoldRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'previewHold', {
    summary: 'What a scope covers, before it is placed',
    params: controllerParameters,
    json: { name: 'HoldScope', schema: scopeBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: { 200: json('Counts per class, and what comes too late', previewSchema) },
  })(async (c, readBody) => {
    const body = await readBody();
    const policy = policyOf(c);
    const { controller } = policy;
    const now = c.get('now');
    const scope = await readScopeBody(deps, policy, body.scope);
    await recordEntryOf(deps, c, {
      action: 'suspension-previewed',
      target: { kind: 'suspension', id: 'preview' },
      why: 'preview',
      detail: { clauses: scope.length },
    });
    const { classes, beingErased, erasedBefore, ...rest } = await previewScope(deps.database, {
      controller,
      scope,
      now,
    });
    return c.json(
      { ...rest, classes: [...classes], beingErased: [...beingErased], erasedBefore: [...erasedBefore] },
      200,
    );
  });
  addRoute(app, deps, 'placeHold', {
    summary: 'Place a hold',
    params: controllerParameters,
    headers: commandHeaders,
    json: { name: 'PlaceHold', schema: placeBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: {
      201: json(
        'In force. Everything in scope is preserved from `effectiveAt` on, also what arrives later, except what is listed as past the point of no return',
        placedSchema,
      ),
    },
    problems: ['idempotency-key-reused'],
  })(async (c, readBody) => {
    const body = await readBody();
    const policy = policyOf(c);
    const scope = await readScopeBody(deps, policy, body.scope);
    const { scope: _written, reviewOn, ...facts } = body;
    const placement = await runCommand(deps, c, {
      // Keyed: a digest of the identifiers themselves could be guessed back.
      request: { ...facts, reviewOn, scope: scopeText(scope) },
      answer: placementSchema,
      carryOut: async (tx) => {
        const { beingErased, erasedBefore, ...placed } = await placeSuspension(tx, {
          ...facts,
          suspensionId: suspensionId(uuid()),
          controller: policy.controller,
          scope,
          reviewOn: readReviewDay(c, 'reviewOn', reviewOn),
          actor: actorOf(c),
          now: c.get('now'),
        });
        return { ...placed, beingErased: [...beingErased], erasedBefore: [...erasedBefore] };
      },
    });
    const holdId = placement.suspensionId;
    c.header('location', `/controllers/${policy.controller}/holds/${holdId}`);
    return c.json({ holdId, ...placement }, 201);
  });
};
