/** Changes of a hold that is in force: another scope, a review. */
import { createRoute } from '@hono/zod-openapi';
import { previewScopeChange, widenScope } from '../../storage/suspensions/change-scope.ts';
import { scopeText } from '../../storage/suspensions/clause-rows.ts';
import { askForRelease } from '../../storage/suspensions/release-requests.ts';
import { reviewSuspension } from '../../storage/suspensions/review-suspension.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json, jsonBody } from '../http/answers.ts';
import { readJson } from '../http/bodies.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { travelHeaders } from '../http/schemas.ts';
import { actorOf, holdInPath } from './hold-in-path.ts';
import { holdReleased, holdRequestWaiting, holdScopeMoved, holdUnknown } from './hold-refusals.ts';
import {
  changeBody,
  changePreviewSchema,
  commandHeaders,
  holdParameters,
  outcomeSchema,
  reviewBody,
  scopeBody,
} from './hold-schemas.ts';
import { largestHoldBody, readReviewDay } from './place.ts';
import { runCommand } from './run-command.ts';
import { readScopeBody } from './scope-body.ts';

const bodyProblems = ['invalid-hold', 'malformed-json', 'media-type-unsupported', 'body-too-large'] as const;

/**
 * Previewing and changing a hold's scope, and reviewing a hold, for legal teams. What widens counts at once; what gives
 * records back needs its preview's digest and another person, or it waits (I4).
 */
export const changeHoldRoutes: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'previewHoldScope'),
      tags: ['Holds'],
      summary: 'What another scope would give back',
      request: {
        params: holdParameters,
        headers: travelHeaders,
        body: jsonBody(app, 'HoldScope', scopeBody),
      },
      responses: answers(
        { 200: json('Per class: what leaves the hold, and what of it becomes erasable', changePreviewSchema) },
        'controller',
        'hold-unknown',
        'hold-released',
        ...bodyProblems,
      ),
    }),
    async (c) => {
      const { id } = await holdInPath(deps, c, c.req.valid('param').holdId);
      const body = await readJson(c, { schema: scopeBody, limit: largestHoldBody, code: 'invalid-hold' });
      const scope = await readScopeBody(deps, policyOf(c), body.scope);
      const preview = await previewScopeChange(deps.database, { suspensionId: id, scope, now: c.get('now') });
      if (preview === undefined) throw holdReleased();
      return c.json({ ...preview, leaving: [...preview.leaving] }, 200);
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'changeHoldScope'),
      tags: ['Holds'],
      summary: 'Change the scope: wider at once, narrower with a second person',
      request: {
        params: holdParameters,
        headers: commandHeaders,
        body: jsonBody(app, 'ChangeHoldScope', changeBody),
      },
      responses: answers(
        {
          200: json(
            '`changed` (in force), `unchanged`, or `second-person-needed` with the request to be confirmed',
            outcomeSchema,
          ),
        },
        'controller',
        'hold-unknown',
        'hold-released',
        'hold-preview-needed',
        'hold-request-waiting',
        'idempotency-key-reused',
        ...bodyProblems,
      ),
    }),
    async (c) => {
      const { id: suspensionId, controller } = await holdInPath(deps, c, c.req.valid('param').holdId);
      const body = await readJson(c, { schema: changeBody, limit: largestHoldBody, code: 'invalid-hold' });
      const scope = await readScopeBody(deps, policyOf(c), body.scope);
      const { reason, shownDigest } = body;
      const now = c.get('now');
      const actor = actorOf(c);
      // Counted outside of the transaction that takes the fence: erasures do not wait for a count.
      const preview = await previewScopeChange(deps.database, { suspensionId, scope, now });
      const outcome = await runCommand(deps, c, {
        commandKey: c.req.valid('header')['idempotency-key'],
        request: { reason, shownDigest, scope: scopeText(scope) },
        answer: outcomeSchema,
        carryOut: async (tx) => {
          if (preview === undefined) throw holdReleased();
          if (preview.widens) {
            const widened = await widenScope(tx, { suspensionId, controller, scope, actor, why: reason, now });
            switch (widened.kind) {
              case 'changed': {
                const { effectiveAt, beingErased, erasedBefore } = widened;
                const lost = { beingErased: [...beingErased], erasedBefore: [...erasedBefore] };
                return { outcome: 'changed' as const, effectiveAt, ...lost };
              }
              case 'unchanged':
                return { outcome: 'unchanged' as const };
              case 'released':
                throw holdReleased();
              case 'unknown':
                throw holdUnknown();
              case 'narrows':
                throw holdScopeMoved();
            }
          }
          if (shownDigest !== preview.digest) {
            throw refusal('hold-preview-needed', {
              detail: 'This scope gives records back. Look at its preview and send the digest along.',
              errors: [{ field: 'shownDigest', code: 'differs', detail: 'is not the digest of what is shown now' }],
            });
          }
          const narrowTo = { scope, scopeRevision: preview.scopeRevision, shownDigest };
          const asked = await askForRelease(tx, { suspensionId, controller, actor, reason, now, narrowTo });
          switch (asked.kind) {
            case 'asked':
              return { outcome: 'second-person-needed' as const, requestId: asked.requestId };
            case 'asked-before':
              throw holdRequestWaiting();
            case 'released':
              throw holdReleased();
            case 'unknown':
              throw holdUnknown();
            case 'scope-changed':
              throw holdScopeMoved();
          }
        },
      });
      return c.json(outcome, 200);
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'reviewHold'),
      tags: ['Holds'],
      summary: 'Say that a hold is still needed, and until when',
      request: {
        params: holdParameters,
        headers: commandHeaders,
        body: jsonBody(app, 'ReviewHold', reviewBody),
      },
      responses: answers(
        { 200: json('Noted', outcomeSchema) },
        'controller',
        'hold-unknown',
        'hold-released',
        'idempotency-key-reused',
        ...bodyProblems,
      ),
    }),
    async (c) => {
      const { id: suspensionId, controller } = await holdInPath(deps, c, c.req.valid('param').holdId);
      const body = await readJson(c, { schema: reviewBody, limit: largestHoldBody, code: 'invalid-hold' });
      const outcome = await runCommand(deps, c, {
        commandKey: c.req.valid('header')['idempotency-key'],
        request: body,
        answer: outcomeSchema,
        carryOut: async (tx) => {
          const nextReviewOn = readReviewDay(c, 'nextReviewOn', body.nextReviewOn);
          const given = { suspensionId, controller, actor: actorOf(c), reason: body.reason, nextReviewOn };
          const reviewed = await reviewSuspension(tx, { ...given, now: c.get('now') });
          if (reviewed.kind === 'unknown') throw holdUnknown();
          if (reviewed.kind === 'released') throw holdReleased();
          return { outcome: 'reviewed' as const, nextReviewOn };
        },
      });
      return c.json(outcome, 200);
    },
  );
};
