/** A controller's rights requests with filters, due soonest first. */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { rightKinds } from '../../domain/request/course/rights.ts';
import { stages, waitingFor } from '../../domain/request/course/states.ts';
import { instant } from '../../domain/time/instant.ts';
import { listCases } from '../../storage/requests/read-cases.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { cursorOf, placeOf } from '../http/cursors.ts';
import { controllerParameters, pageQuery } from '../http/schemas.ts';
import { instantInput } from './body-parts.ts';
import { auditCase } from './case-in-path.ts';
import { caseLine, caseLineSchema } from './case-view.ts';

const listQuery = pageQuery.extend({
  stage: z.enum(stages).optional(),
  waitingFor: z.enum(waitingFor).optional(),
  right: z.enum(rightKinds).optional(),
  dueBefore: instantInput.optional(),
  overdue: z.enum(['true', 'false']).optional().openapi({
    description: 'Only what is overdue now, or only what is not; left out: both',
  }),
  includeClosed: z.enum(['true', 'false']).default('false'),
});

/** The last instant there is: where the cursor of a case without a deadline stands. */
const never = instant('2999-12-31T23:59:59Z');

/** Lists the cases of a controller, page by page; each reading is audited (I10). */
export const listRequestsRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'listRequests', {
    summary: "A controller's rights requests, due soonest first",
    params: controllerParameters,
    query: listQuery,
    answers: {
      200: json(
        'A page',
        z.object({ requests: z.array(caseLineSchema), nextCursor: z.string().optional() }).openapi('RightsRequestList'),
      ),
    },
  })(async (c) => {
    const { controller } = policyOf(c);
    const { cursor, limit, stage, waitingFor: whom, right, dueBefore, overdue, includeClosed } = c.req.valid('query');
    const now = c.get('now');
    const place = cursor === undefined ? undefined : placeOf(cursor);
    const page = await listCases(deps.database, {
      controller,
      includeClosed: includeClosed === 'true',
      limit: limit + 1,
      ...given({ stage, waitingFor: whom, right, dueBefore }),
      ...(overdue === undefined ? {} : { overdue: { at: now, wanted: overdue === 'true' } }),
      ...(place === undefined ? {} : { after: { dueAt: place.at === never ? undefined : place.at, caseId: place.id } }),
    });
    await auditCase(deps, c, {
      action: 'cases-listed',
      caseId: 'all',
      why: 'list',
      detail: { count: Math.min(page.length, limit) },
    });
    const shown = page.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor =
      page.length > limit && last !== undefined
        ? cursorOf({ at: last.dueAt ?? never, id: last.state.caseId })
        : undefined;
    return c.json({ requests: shown.map(({ state }) => caseLine(state, now)), nextCursor }, 200);
  });
};
