/**
 * Applying a changed policy to records that exist: what would move is shown, then asked for with the digest of what was shown. Where
 * records would have to go earlier than promised, another person confirms. The worker carries it out; the list says how far it is.
 */

import { z } from '@hono/zod-openapi';
import type { AuditAction, AuditDetail } from '../../domain/audit.ts';
import { given } from '../../domain/given.ts';
import { assertNever } from '../../domain/result.ts';
import { minutes } from '../../domain/time/duration.ts';
import { allowStatements, type DatabaseTransaction } from '../../storage/database/database.ts';
import { previewRedating, type RedatingPreview } from '../../storage/redating/re-date.ts';
import {
  askForRedating,
  decideRedating,
  effectOf,
  listRedatings,
  previewDigest,
} from '../../storage/redating/redatings.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters } from '../http/schemas.ts';
import {
  askBody,
  decisionBody,
  previewSchema,
  redatingParameters,
  redatingSchema,
  redatingView,
  shownView,
} from './schemas.ts';

/** Counting what a policy moves looks at every record that older versions dated. */
const countingMs = minutes(10);

const auditLook = (
  c: ApiContext,
  tx: DatabaseTransaction,
  { action, why, detail }: { readonly action: AuditAction; readonly why: string; readonly detail?: AuditDetail },
): Promise<void> => {
  const { controller, version } = policyOf(c);
  return appendEntryOf(c, tx, {
    action,
    target: { kind: 'policy', id: `${controller}/${version}` },
    why,
    ...(detail && { detail }),
  });
};

/** What the policy in force would move now, in counts. */
const count = async (c: ApiContext, tx: DatabaseTransaction): Promise<RedatingPreview> => {
  await allowStatements(tx, countingMs);
  return previewRedating(tx, { policy: policyOf(c), now: c.get('now') });
};

const requireEffect = (preview: RedatingPreview): void => {
  if (preview.classesWithoutRule.length > 0) {
    throw refusal('redating-impossible', {
      detail: `There are records of classes that the policy no longer has: ${preview.classesWithoutRule.join(', ')}.`,
    });
  }
  if (effectOf(preview).moves === 0) {
    throw refusal('nothing-to-redate', { detail: 'Every record has the dates of the policy in force.' });
  }
};

/** Asking with another digest than that of what would move now answers 409; the person who asked cannot confirm. */
export const redatingRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'previewRedating', {
    summary: 'What the policy in force would move of the records that older versions dated',
    params: controllerParameters,
    answers: { 200: json('Counts, in one snapshot', previewSchema) },
  })(async (c) => {
    const { controller, version } = policyOf(c);
    const preview = await deps.database.transaction().execute(async (tx) => {
      const counted = await count(c, tx);
      await auditLook(c, tx, { action: 'redating-previewed', why: 'preview', detail: effectOf(counted) });
      return counted;
    });
    return c.json(
      {
        policyVersion: version,
        ...shownView(preview),
        digest: previewDigest(controller, version, preview),
        secondPersonNeeded: effectOf(preview).earlier > 0,
      },
      200,
    );
  });
  addRoute(app, deps, 'askForRedating', {
    summary: 'Apply the policy in force to what exists',
    params: controllerParameters,
    json: { name: 'AskForRedating', schema: askBody, code: 'invalid-redating' },
    answers: {
      202: json('`running`, or `waiting` for a second person where records go earlier than promised', redatingSchema),
    },
    problems: ['nothing-to-redate', 'redating-impossible', 'redating-preview-needed', 'redating-open'],
  })(async (c, readBody) => {
    const { controller, version: policyVersion } = policyOf(c);
    const { shownDigest, reason } = await readBody();
    const shown = await deps.database.transaction().execute((tx) => count(c, tx));
    requireEffect(shown);
    if (previewDigest(controller, policyVersion, shown) !== shownDigest) {
      throw refusal('redating-preview-needed', {
        detail: 'What would move is no longer what was shown: look at the preview again and send its digest.',
        errors: [{ field: 'shownDigest', code: 'differs', detail: 'is not the digest of what would move now' }],
      });
    }
    const asked = await askForRedating(deps.database, {
      controller,
      policyVersion,
      shown,
      reason,
      actor: actorOf(c),
      now: c.get('now'),
    });
    if (asked.kind === 'one-is-open') {
      throw refusal('redating-open', { detail: 'Another decision of this controller waits or is being carried out.' });
    }
    return c.json(redatingView(asked.redating), 202);
  });
  addRoute(app, deps, 'listRedatings', {
    summary: 'Decisions to re-date, the latest first, and how far they have come',
    params: controllerParameters,
    answers: { 200: json('The last fifty', z.object({ redatings: z.array(redatingSchema) })) },
  })(async (c) => {
    const { controller } = policyOf(c);
    const redatings = await deps.database.transaction().execute(async (tx) => {
      await auditLook(c, tx, { action: 'redatings-listed', why: 'list' });
      return listRedatings(tx, { controller });
    });
    return c.json({ redatings: redatings.map(redatingView) }, 200);
  });
  addRoute(app, deps, 'decideRedating', {
    summary: 'Confirm or decline what another person asked for',
    params: redatingParameters,
    json: { name: 'DecideRedating', schema: decisionBody, code: 'invalid-redating' },
    answers: { 200: json('`running` or `declined`', redatingSchema) },
    problems: ['redating-unknown', 'redating-decided', 'redating-preview-needed', 'second-person-needed'],
  })(async (c, readBody) => {
    const { redatingId: id } = c.req.valid('param');
    const body = await readBody();
    const { decision, shownDigest, reason: why } = body;
    const decided = await decideRedating(deps.database, {
      id,
      controller: policyOf(c).controller,
      decision,
      ...given({ shownDigest }),
      why,
      actor: actorOf(c),
      now: c.get('now'),
    });
    switch (decided.kind) {
      case 'decided':
        return c.json(redatingView(decided.redating), 200);
      case 'unknown':
        throw refusal('redating-unknown', { detail: 'The controller has no decision of this id.' });
      case 'same-person':
        throw refusal('second-person-needed', { detail: 'Who asked cannot confirm; another person must.' });
      case 'shown-differs':
        throw refusal('redating-preview-needed', {
          detail: 'Confirm with the digest of what was shown to the person who asked.',
          errors: [{ field: 'shownDigest', code: 'differs', detail: 'is not the digest of the decision' }],
        });
      case 'decided-before':
        throw refusal('redating-decided', { detail: `The decision is ${decided.state}.` });
      default:
        return assertNever(decided);
    }
  });
};
