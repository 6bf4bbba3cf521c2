/** Reads holds: the list, one of them, the counts that an operator may know. */

import { z } from '@hono/zod-openapi';
import type { AuditAction } from '../../domain/audit.ts';
import { given } from '../../domain/given.ts';
import { isUuid, suspensionId } from '../../domain/ids.ts';
import { holdKinds, isHoldKind } from '../../domain/suspension/suspension.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import { previewScopeChange } from '../../storage/suspensions/change-scope.ts';
import type { KeyedScope } from '../../storage/suspensions/clause-rows.ts';
import {
  countSuspensions,
  listSuspensions,
  readScope,
  type Suspension,
} from '../../storage/suspensions/read-suspension.ts';
import { listRequests, type SuspensionRequest } from '../../storage/suspensions/release-requests.ts';
import { listReviews } from '../../storage/suspensions/review-suspension.ts';
import { readWalk } from '../../storage/suspensions/walk-progress.ts';
import { holdWorkflowId } from '../../workflows/hold/contract.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, type ApiDeps, policyOf } from '../http/context.ts';
import { foreignCursor, pageOf } from '../http/cursors.ts';
import { controllerParameters, pageQuery } from '../http/schemas.ts';
import { holdInPath } from './hold-commands.ts';
import { countsSchema, holdListSchema, holdParameters, holdSchema } from './hold-schemas.ts';

const listQuery = pageQuery.extend({ state: z.enum(['active', 'released']).optional() });

/** Puts a reading into the audit trail, before it is answered (I10). */
export const auditRead = (deps: ApiDeps, c: ApiContext, action: AuditAction, id: string): Promise<void> => {
  return recordEntryOf(deps, c, { action, target: { kind: 'suspension', id }, why: 'read' });
};

const summaryOf = (hold: Suspension, today: LocalDate) => {
  const { id, kind, state, reviewOn, releasedAt, matterReference, legalBasis, reason, placedBy, effectiveAt } = hold;
  if (!isHoldKind(kind)) throw new TypeError('A suspension of another kind was read as a hold');
  return {
    holdId: id,
    kind,
    matterReference,
    legalBasis,
    reason,
    placedBy,
    effectiveAt,
    reviewOn,
    reviewOverdue: state === 'active' && reviewOn < today,
    state,
    ...(releasedAt && { releasedAt }),
  };
};

/** Identifiers and attributes are kept as keyed hashes: shown is that there is one. */
const shownScope = (scope: KeyedScope) =>
  scope.map(({ record, subject, attribute, recordClass, triggers }) => ({
    ...(record && { recordId: record }),
    bySubject: subject !== undefined,
    byAttribute: attribute !== undefined,
    ...(recordClass && { recordClass }),
    ...(triggers?.from && { triggeredFrom: triggers.from }),
    ...(triggers?.until && { triggeredBefore: triggers.until }),
  }));

/** What would be confirmed is shown with the request: the second person decides on the same as the first. */
const shownRequest = async ({ database }: ApiDeps, request: SuspensionRequest, now: Instant) => {
  const {
    id: requestId,
    suspensionId: about,
    kind,
    requestedBy,
    requestedAt,
    reason,
    state,
    shownDigest,
    scope,
  } = request;
  const { decidedBy, decidedAt, decidedWhy } = request;
  const preview =
    state === 'waiting' && scope !== undefined
      ? await previewScopeChange(database, { suspensionId: about, scope, now })
      : undefined;
  return {
    requestId,
    kind,
    requestedBy,
    requestedAt,
    reason,
    state,
    ...given({ decidedBy, decidedAt, decidedWhy }),
    ...(preview !== undefined &&
      scope !== undefined &&
      shownDigest !== undefined && {
        narrowsTo: { scope: shownScope(scope), leaving: [...preview.leaving], shownDigest },
      }),
  };
};

const cursorFrom = (cursor: string | undefined) => {
  if (cursor === undefined) return {};
  if (isUuid(cursor)) return { after: suspensionId(cursor) };
  throw foreignCursor();
};

/** List and hold for legal teams, DPO and auditors; counts also for operators, who learn nothing of matters. */
export const readHoldRoutes: AddRoutes = (app, deps) => {
  const today = (c: ApiContext): LocalDate => localDateAt(c.get('now'), policyOf(c).timeZone);
  addRoute(app, deps, 'listHolds', {
    summary: 'The holds of a controller, the latest first',
    params: controllerParameters,
    query: listQuery,
    answers: { 200: json('A page', holdListSchema) },
  })(async (c) => {
    const { limit, cursor, state } = c.req.valid('query');
    const { controller } = policyOf(c);
    const after = cursorFrom(cursor);
    await auditRead(deps, c, 'suspensions-listed', controller);
    const holds = await listSuspensions(deps.database, {
      controller,
      kinds: holdKinds,
      limit: limit + 1,
      ...after,
      ...(state && { state }),
    });
    const { shown, ...next } = pageOf(holds, limit, ({ id }) => id);
    return c.json({ holds: shown.map((hold) => summaryOf(hold, today(c))), ...next }, 200);
  });
  addRoute(app, deps, 'countHolds', {
    summary: 'How many suspensions there are, by kind',
    params: controllerParameters,
    answers: { 200: json('Counts only', countsSchema) },
  })(async (c) => {
    const { controller } = policyOf(c);
    await auditRead(deps, c, 'suspensions-listed', controller);
    const counts = await countSuspensions(deps.database, { controller, today: today(c) });
    return c.json({ counts: [...counts] }, 200);
  });
  addRoute(app, deps, 'readHold', {
    summary: 'A hold: matter, scope, what it covers, reviews, requests',
    params: holdParameters,
    answers: { 200: json('As it stands', holdSchema) },
    problems: ['hold-unknown'],
  })(async (c) => {
    const hold = await holdInPath(deps, c, c.req.valid('param').holdId);
    const { id, controller, number } = hold;
    await auditRead(deps, c, 'suspension-read', id);
    const db = deps.database;
    const [scope, reviews, requests, covered] = await Promise.all([
      readScope(db, id),
      listReviews(db, id),
      listRequests(db, id),
      readWalk(db, { suspensionId: id, walk: 'cover' }),
    ]);
    const workflowId = holdWorkflowId({ suspensionId: id, controller, number });
    return c.json(
      {
        ...summaryOf(hold, today(c)),
        scope: shownScope(scope),
        scopeRevision: hold.scopeRevision,
        ...(covered && {
          covered: {
            records: { ...covered.records },
            objects: covered.objects,
            ...(covered.finishedAt && { finishedAt: covered.finishedAt.toISOString() }),
          },
        }),
        reviews: reviews.map(({ id: reviewId, ...review }) => ({ reviewId, ...review })),
        requests: await Promise.all(requests.map((request) => shownRequest(deps, request, c.get('now')))),
        workflow: { id: workflowId, url: deps.temporal.workflowUrl(workflowId) },
      },
      200,
    );
  });
};
