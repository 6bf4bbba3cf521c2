/** Sweeps (I3): their reports, and a sweep on demand, which is the same workflow as the daily one. */
import { createRoute, z } from '@hono/zod-openapi';
import { v7 as uuidV7 } from 'uuid';
import { controllerId } from '../../domain/ids.ts';
import { appendAuditEntry } from '../../storage/audit/audit-trail.ts';
import { listSweepReports, readSweepReport } from '../../storage/sweep/reports.ts';
import { sweepWorkflowType } from '../../workflows/sweep/contract.ts';
import { sweepStart } from '../../workflows/sweep/start.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, callerOf } from '../http/context.ts';
import { cursorOf, pageOf, placeOf } from '../http/cursors.ts';
import { askTemporal } from '../http/outages.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, idSchema, instantSchema, pageQuery, travelHeaders } from '../http/schemas.ts';

const summary = {
  sweepId: idSchema,
  startedAt: instantSchema,
  finishedAt: instantSchema,
  asOf: instantSchema.openapi({ description: 'What the sweep called now' }),
};
const summarySchema = z.object(summary).openapi('SweepSummary');
const reportSchema = z
  .object({ ...summary, report: z.unknown().openapi({ type: 'object', description: 'What it found and healed' }) })
  .openapi('SweepReport');
const startedSchema = z
  .object({ sweepId: idSchema, workflowId: z.string(), workflowUrl: z.string() })
  .openapi('StartedSweep');

/** A sweep looks at all controllers at once; the trail needs a name for that. */
const everyController = controllerId('every-controller');

type SweepAction = 'sweep-requested' | 'sweep-read' | 'sweeps-listed';

const auditSweep = (c: ApiContext, action: SweepAction, id: string) => {
  const { actor, role } = callerOf(c);
  return {
    at: c.get('now'),
    actor,
    role,
    action,
    controller: everyController,
    target: { kind: 'sweep', id },
    why: action === 'sweep-requested' ? 'on-demand' : 'read',
  } as const;
};

/**
 * Listing and reading sweep reports (counts and ids, all controllers) and starting a sweep now, which only operators
 * may.
 */
export const sweepRoutes: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'listSweeps'),
      tags: ['Sweeps'],
      summary: 'Finished sweeps, newest first',
      request: { query: pageQuery, headers: travelHeaders },
      responses: answers(
        {
          200: json(
            'A page',
            z.object({ sweeps: z.array(summarySchema), nextCursor: z.string().optional() }).openapi('SweepList'),
          ),
        },
        'guarded',
      ),
    }),
    async (c) => {
      const { cursor, limit } = c.req.valid('query');
      const place = cursor === undefined ? undefined : placeOf(cursor);
      const page = await deps.database.transaction().execute(async (tx) => {
        await appendAuditEntry(tx, auditSweep(c, 'sweeps-listed', 'all'));
        return listSweepReports(tx, {
          ...(place === undefined ? {} : { after: { finishedAt: place.at, sweepId: place.id } }),
          limit: limit + 1,
        });
      });
      const { shown, ...next } = pageOf(page, limit, ({ finishedAt, sweepId }) =>
        cursorOf({ at: finishedAt, id: sweepId }),
      );
      return c.json({ sweeps: [...shown], ...next }, 200);
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'readSweep'),
      tags: ['Sweeps'],
      summary: 'The report of a sweep',
      request: { params: z.object({ id: idParameter }), headers: travelHeaders },
      responses: answers({ 200: json('As the sweep wrote it', reportSchema) }, 'guarded', 'sweep-unknown'),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const report = await deps.database.transaction().execute(async (tx) => {
        const found = await readSweepReport(tx, id);
        if (found === undefined) {
          throw refusal('sweep-unknown', {
            detail: 'No sweep of this id has finished; one that runs has no report yet.',
          });
        }
        await appendAuditEntry(tx, auditSweep(c, 'sweep-read', id));
        return found;
      });
      return c.json(report, 200);
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'startSweep'),
      tags: ['Sweeps'],
      summary: 'Start a sweep now',
      description: 'Its report appears under the same id when it has finished.',
      request: { headers: travelHeaders },
      responses: answers({ 202: json('It runs', startedSchema) }, 'guarded', 'temporal-unavailable'),
    }),
    async (c) => {
      const sweepId = uuidV7();
      const asOf = c.req.header('oblio-now') === undefined ? {} : { asOf: c.get('now') };
      const start = sweepStart({ sweepId, ...asOf }, deps.temporal.proceduresQueue);
      // Asked for, then started: a start that is not on file would be worse than a request that came to nothing.
      await deps.database
        .transaction()
        .execute((tx) => appendAuditEntry(tx, auditSweep(c, 'sweep-requested', sweepId)));
      await askTemporal(deps, (client) => client.workflow.start(sweepWorkflowType, start));
      const { workflowId } = start;
      return c.json({ sweepId, workflowId, workflowUrl: deps.temporal.workflowUrl(workflowId) }, 202);
    },
  );
};
