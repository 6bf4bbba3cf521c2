/**
 * `POST .../named-records`: staff say, with a reason, that a record is this person's: one that the search could not tie for certain,
 * or one that the source knows by its own id. The next search takes it in; for what was erased before, its certificate is shown.
 */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { recordId } from '../../domain/ids.ts';
import { nameRecord, readNamedRecords } from '../../storage/manifests/name-record.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, actorOf, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idSchema, instantSchema } from '../http/schemas.ts';
import { classInPath } from '../records/record-answers.ts';
import { nameFault } from '../records/submission/source-name.ts';
import { caseInPath, caseParameters, unknownRequest } from './case-in-path.ts';

const reason = z.string().trim().min(1).max(2000);
const bodySchema = z.union([
  z.strictObject({
    recordClass: z.string().max(64),
    sourceId: z.string().superRefine((text, context) => {
      const fault = nameFault('sourceId', text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault.detail });
    }),
    reason,
  }),
  z.strictObject({ recordId: z.uuid(), reason }),
]);

const fate = z.enum(['held', 'being-erased', 'erased', 'not-found']);
const answerSchema = z.object({ fate, recordId: idSchema.optional() }).openapi('NamedRecordFate');
const listSchema = z
  .object({
    records: z.array(
      z.object({
        recordClass: z.string(),
        sourceId: z.string(),
        fate,
        recordId: idSchema.optional(),
        reason: z.string(),
        namedBy: z.string(),
        namedAt: instantSchema,
      }),
    ),
  })
  .openapi('NamedRecordList');

/** Naming changes no manifest: the command `repeat-search` does (Art. 11(2), 12(6)). */
export const namedRecordRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'nameRequestRecord', {
    summary: "Name a record as this person's; the next search (`repeat-search`) takes it in",
    params: caseParameters,
    json: { name: 'NameRecord', schema: bodySchema, code: 'invalid-request' },
    answers: { 200: json('Named, now or before', answerSchema) },
    problems: ['request-unknown', 'case-closed', 'class-unknown', 'record-unknown'],
  })(async (c, readBody) => {
    const policy = policyOf(c);
    const { caseId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const body = await readBody();
    const result = await nameRecord(
      { db: deps.database, sealing: deps.sealing },
      {
        caseId,
        controller: policy.controller,
        record:
          'recordId' in body
            ? { by: 'id', recordId: recordId(body.recordId) }
            : { by: 'source', recordClass: classInPath(policy, body.recordClass).id, sourceId: body.sourceId },
        reason: body.reason,
        actor: actorOf(c),
        now: c.get('now'),
      },
    );
    switch (result.kind) {
      case 'named':
        return c.json({ fate: result.fate, ...given({ recordId: result.recordId }) }, 200);
      case 'case-unknown':
        throw unknownRequest();
      case 'case-closed':
        throw refusal('case-closed', { detail: 'Reopen the case before naming records.' });
      case 'record-unknown':
        throw refusal('record-unknown', { detail: 'This controller has no record of this id.' });
      case 'too-many':
        throw refusal('invalid-request', { detail: 'So many named records call for another identifier.' });
    }
  });
  addRoute(app, deps, 'listNamedRecords', {
    summary: "The records that staff named as this person's, with what became of each",
    params: caseParameters,
    answers: { 200: json('All of them', listSchema) },
    problems: ['request-unknown'],
  })(async (c) => {
    const { caseId } = c.req.valid('param');
    await caseInPath(deps, c, caseId);
    const records = await deps.database.transaction().execute(async (tx) => {
      const named = await readNamedRecords(tx, deps.sealing, caseId);
      await appendEntryOf(c, tx, {
        action: 'case-manifest-read',
        target: { kind: 'case', id: caseId },
        why: 'read',
        detail: { named: named.length },
      });
      return named;
    });
    return c.json({ records: [...records] }, 200);
  });
};
