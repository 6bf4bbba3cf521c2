/** Changes of a hold that is in force: another scope, a review. */
import { previewScopeChange, widenScope } from '../../storage/suspensions/change-scope.ts';
import { scopeText } from '../../storage/suspensions/clause-rows.ts';
import { askForRelease } from '../../storage/suspensions/release-requests.ts';
import { reviewSuspension } from '../../storage/suspensions/review-suspension.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import {
  holdInPath,
  holdReleased,
  holdRequestWaiting,
  holdScopeMoved,
  holdUnknown,
  runCommand,
} from './hold-commands.ts';
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
import { readScopeBody } from './scope-body.ts';

/** What widens a scope counts at once; what gives records back needs its preview's digest and another person, or it waits (I4). */
export const changeHoldRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'previewHoldScope', {
    summary: 'What another scope would give back',
    params: holdParameters,
    json: { name: 'HoldScope', schema: scopeBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: { 200: json('Per class: what leaves the hold, and what of it becomes erasable', changePreviewSchema) },
    problems: ['hold-unknown', 'hold-released'],
  })(async (c, readBody) => {
    const { id } = await holdInPath(deps, c, c.req.valid('param').holdId);
    const body = await readBody();
    const scope = await readScopeBody(deps, policyOf(c), body.scope);
    const preview = await previewScopeChange(deps.database, { suspensionId: id, scope, now: c.get('now') });
    if (preview === undefined) throw holdReleased();
    return c.json({ ...preview, leaving: [...preview.leaving] }, 200);
  });
  addRoute(app, deps, 'changeHoldScope', {
    summary: 'Change the scope: wider at once, narrower with a second person',
    params: holdParameters,
    headers: commandHeaders,
    json: { name: 'ChangeHoldScope', schema: changeBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: {
      200: json(
        '`changed` (in force), `unchanged`, or `second-person-needed` with the request to be confirmed',
        outcomeSchema,
      ),
    },
    problems: [
      'hold-unknown',
      'hold-released',
      'hold-preview-needed',
      'hold-request-waiting',
      'idempotency-key-reused',
    ],
  })(async (c, readBody) => {
    const { id: suspensionId, controller } = await holdInPath(deps, c, c.req.valid('param').holdId);
    const body = await readBody();
    const scope = await readScopeBody(deps, policyOf(c), body.scope);
    const { reason, shownDigest } = body;
    const now = c.get('now');
    const actor = actorOf(c);
    // Counted outside of the transaction that takes the fence: erasures do not wait for a count.
    const preview = await previewScopeChange(deps.database, { suspensionId, scope, now });
    const outcome = await runCommand(deps, c, {
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
  });
  addRoute(app, deps, 'reviewHold', {
    summary: 'Say that a hold is still needed, and until when',
    params: holdParameters,
    headers: commandHeaders,
    json: { name: 'ReviewHold', schema: reviewBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: { 200: json('Noted', outcomeSchema) },
    problems: ['hold-unknown', 'hold-released', 'idempotency-key-reused'],
  })(async (c, readBody) => {
    const { id: suspensionId, controller } = await holdInPath(deps, c, c.req.valid('param').holdId);
    const body = await readBody();
    const outcome = await runCommand(deps, c, {
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
  });
};
