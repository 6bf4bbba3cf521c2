/** `GET /units/{id}`: what a retention unit is, when it is due, what keeps it, and where its workflow is to be seen. */

import { z } from '@hono/zod-openapi';
import { unitId } from '../../domain/ids.ts';
import { readUnitProgress } from '../../storage/units/units.ts';
import { retentionWorkflowId } from '../../workflows/retention/contract.ts';
import { addRoute } from '../access/add-route.ts';
import { recordEntryOf } from '../access/audit-entry.ts';
import { mayReach } from '../access/authorisation.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, callerOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, idSchema, instantSchema, localDateSchema, windowSchema } from '../http/schemas.ts';

const kind = z.enum(['litigation-hold', 'legal-obligation', 'restriction', 'pending-request']);

const unitSchema = z
  .object({
    unitId: idSchema,
    controller: z.string(),
    recordClass: z.string(),
    unitSize: z.enum(['record', 'day']),
    state: z.enum(['open', 'closed']),
    boundDay: localDateSchema,
    boundAt: instantSchema,
    window: windowSchema,
    createdAt: instantSchema,
    closedAt: instantSchema.optional(),
    recordsLeft: z.int(),
    recordsGone: z.int(),
    certificates: z.int(),
    intentsUnproven: z
      .int()
      .openapi({ description: 'Erasures past the point of no return whose proof is not complete' }),
    kept: z.object({
      records: z.int(),
      byKind: z.array(z.object({ kind, records: z.int() })),
      suspensionCount: z.int(),
      suspensions: z
        .array(z.object({ suspensionId: idSchema, kind }))
        .optional()
        .openapi({ description: 'The first of them; operators see counts only' }),
    }),
    workflow: z.object({
      id: z.string(),
      startedAt: instantSchema.optional().openapi({ description: 'Absent until the starter has seen the unit' }),
      url: z.string().openapi({ description: 'Its page in the Temporal UI' }),
    }),
  })
  .openapi('RetentionUnit');

/** For those who act for its controller; 404 to others. */
export const unitRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readUnit', {
    summary: 'A retention unit',
    params: z.object({ id: idParameter }),
    answers: { 200: json('As it stands', unitSchema) },
    problems: ['unit-unknown'],
  })(async (c) => {
    const caller = callerOf(c);
    const id = unitId(c.req.valid('param').id);
    const progress = await readUnitProgress(deps.database, id);
    if (progress === undefined || !mayReach(caller, progress.unit.controller)) {
      throw refusal('unit-unknown', { detail: 'None of your controllers has a retention unit of this id.' });
    }
    const { unit, kept, ...counts } = progress;
    const { opensAt, dueAt, workflowStartedAt, unitKey, readableId, ...facts } = unit;
    // Written before anything is answered; the counts come from a snapshot that cannot be written in.
    await recordEntryOf(deps, c, {
      action: 'unit-read',
      controller: unit.controller,
      target: { kind: 'unit', id },
      why: 'read',
    });
    const workflowId = retentionWorkflowId(unit);
    const { suspensions, ...keptCounts } = kept;
    return c.json(
      {
        ...facts,
        ...counts,
        window: { opensAt, dueAt, closesAt: unit.boundAt },
        kept: {
          ...keptCounts,
          byKind: [...kept.byKind],
          ...(caller.role === 'operator' ? {} : { suspensions: [...suspensions] }),
        },
        workflow: { id: workflowId, startedAt: workflowStartedAt, url: deps.temporal.workflowUrl(workflowId) },
      },
      200,
    );
  });
};
