/** Releases: one person of the legal team asks, another confirms. What waited is erased right after. */
import { createRoute } from '@hono/zod-openapi';
import { fileHold } from '../../storage/hold-notices/file-hold.ts';
import { askForRelease, decideRequest } from '../../storage/suspensions/release-requests.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json, jsonBody } from '../http/answers.ts';
import { readJson } from '../http/bodies.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { actorOf, holdInPath } from './hold-in-path.ts';
import { holdReleased, holdRequestWaiting, holdUnknown } from './hold-refusals.ts';
import {
  commandHeaders,
  decisionBody,
  holdParameters,
  outcomeSchema,
  releaseBody,
  requestParameters,
} from './hold-schemas.ts';
import { largestHoldBody } from './place.ts';
import { runCommand } from './run-command.ts';

const bodyProblems = ['invalid-hold', 'malformed-json', 'media-type-unsupported', 'body-too-large'] as const;

/**
 * Asking for a release and deciding about it. 403 where the same person would do both; the bound that stood before the
 * hold holds again.
 */
export const releaseHoldRoutes: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'askForHoldRelease'),
      tags: ['Holds'],
      summary: 'Ask for the release of a hold',
      request: {
        params: holdParameters,
        headers: commandHeaders,
        body: jsonBody(app, 'AskForRelease', releaseBody),
      },
      responses: answers(
        {
          201: json('Asked; another person confirms or declines. Until then everything stays preserved', outcomeSchema),
        },
        'controller',
        'hold-unknown',
        'hold-released',
        'hold-request-waiting',
        'idempotency-key-reused',
        ...bodyProblems,
      ),
    }),
    async (c) => {
      const { id: suspensionId, controller } = await holdInPath(deps, c, c.req.valid('param').holdId);
      const { reason } = await readJson(c, { schema: releaseBody, limit: largestHoldBody, code: 'invalid-hold' });
      const outcome = await runCommand(deps, c, {
        commandKey: c.req.valid('header')['idempotency-key'],
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
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'decideHoldRelease'),
      tags: ['Holds'],
      summary: 'Confirm or decline what another person asked for',
      request: {
        params: requestParameters,
        headers: commandHeaders,
        body: jsonBody(app, 'DecideRelease', decisionBody),
      },
      responses: answers(
        { 200: json('`released`, `narrowed` or `declined`', outcomeSchema) },
        'controller',
        'hold-unknown',
        'hold-request-decided',
        'hold-preview-needed',
        'second-person-needed',
        'idempotency-key-reused',
        ...bodyProblems,
      ),
    }),
    async (c) => {
      const { holdId, requestId } = c.req.valid('param');
      const { id: suspensionId, controller } = await holdInPath(deps, c, holdId);
      const body = await readJson(c, { schema: decisionBody, limit: largestHoldBody, code: 'invalid-hold' });
      const { decision, reason: why, shownDigest } = body;
      const outcome = await runCommand(deps, c, {
        commandKey: c.req.valid('header')['idempotency-key'],
        request: body,
        answer: outcomeSchema,
        carryOut: async (tx) => {
          const decided = await decideRequest(tx, {
            requestId,
            suspensionId,
            controller,
            actor: actorOf(c),
            decision,
            ...(shownDigest === undefined ? {} : { shownDigest }),
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
    },
  );
};
