/** Releases: one person of the legal team asks, another confirms. What waited is erased right after. */
import { given } from '../../domain/given.ts';
import { fileHold } from '../../storage/hold-notices/file-hold.ts';
import { askForRelease, decideRequest } from '../../storage/suspensions/release-requests.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { holdInPath, holdReleased, holdRequestWaiting, holdUnknown, runCommand } from './hold-commands.ts';
import {
  commandHeaders,
  decisionBody,
  holdParameters,
  outcomeSchema,
  releaseBody,
  requestParameters,
} from './hold-schemas.ts';
import { largestHoldBody } from './place.ts';

/** 403 where the same person would ask and confirm; after a release the bound that stood before the hold holds again. */
export const releaseHoldRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'askForHoldRelease', {
    summary: 'Ask for the release of a hold',
    params: holdParameters,
    headers: commandHeaders,
    json: { name: 'AskForRelease', schema: releaseBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: {
      201: json('Asked; another person confirms or declines. Until then everything stays preserved', outcomeSchema),
    },
    problems: ['hold-unknown', 'hold-released', 'hold-request-waiting', 'idempotency-key-reused'],
  })(async (c, readBody) => {
    const { id: suspensionId, controller } = await holdInPath(deps, c, c.req.valid('param').holdId);
    const { reason } = await readBody();
    const outcome = await runCommand(deps, c, {
      request: { reason },
      answer: outcomeSchema,
      carryOut: async (tx) => {
        const now = c.get('now');
        const asked = await askForRelease(tx, { suspensionId, controller, actor: actorOf(c), reason, now });
        switch (asked.kind) {
          case 'asked':
            return { outcome: 'second-person-needed' as const, requestId: asked.requestId };
          case 'asked-before':
            throw holdRequestWaiting();
          case 'released':
            throw holdReleased();
          case 'unknown':
          case 'scope-changed':
            throw holdUnknown();
        }
      },
    });
    return c.json(outcome, 201);
  });
  addRoute(app, deps, 'decideHoldRelease', {
    summary: 'Confirm or decline what another person asked for',
    params: requestParameters,
    headers: commandHeaders,
    json: { name: 'DecideRelease', schema: decisionBody, limit: largestHoldBody, code: 'invalid-hold' },
    answers: { 200: json('`released`, `narrowed` or `declined`', outcomeSchema) },
    problems: [
      'hold-unknown',
      'hold-request-decided',
      'hold-preview-needed',
      'second-person-needed',
      'idempotency-key-reused',
    ],
  })(async (c, readBody) => {
    const { holdId, requestId } = c.req.valid('param');
    const { id: suspensionId, controller } = await holdInPath(deps, c, holdId);
    const body = await readBody();
    const { decision, reason: why, shownDigest } = body;
    const outcome = await runCommand(deps, c, {
      request: body,
      answer: outcomeSchema,
      carryOut: async (tx) => {
        const decided = await decideRequest(tx, {
          requestId,
          suspensionId,
          controller,
          actor: actorOf(c),
          decision,
          ...given({ shownDigest }),
          why,
          now: c.get('now'),
        });
        switch (decided.kind) {
          case 'released':
            // Its notices have an end from now on.
            await fileHold(tx, deps.sealing, { suspensionId, policy: policyOf(c), releasedAt: decided.releasedAt });
            return { outcome: 'released' as const, releasedAt: decided.releasedAt };
          case 'narrowed':
            return { outcome: 'narrowed' as const, effectiveAt: decided.effectiveAt };
          case 'declined':
            return { outcome: 'declined' as const };
          case 'same-person':
            throw refusal('second-person-needed', { detail: 'Who asked cannot confirm; another person must.' });
          case 'decided-before':
            throw refusal('hold-request-decided', { detail: `The request was ${decided.state} before.` });
          case 'shown-differs':
            throw refusal('hold-preview-needed', {
              detail: 'Confirm with the digest of what was shown to the person who asked.',
              errors: [{ field: 'shownDigest', code: 'differs', detail: 'is not the digest of the request' }],
            });
          case 'scope-changed':
            throw refusal('hold-preview-needed', {
              detail: 'The scope changed after this was asked for: decline it and ask anew.',
            });
          case 'unknown':
            throw holdUnknown();
        }
      },
    });
    return c.json(outcome, 200);
  });
};
