/** `GET .../records/{sourceId}` (what is known of it, without content) and `.../fate` (what became of it, also when it is gone). */
import { z } from '@hono/zod-openapi';
import { findRecord, listRecordObjects, listRestrictedObjects } from '../../storage/records/find-record.ts';
import { matchSuspensions } from '../../storage/suspensions/match-suspensions.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { idSchema, instantSchema, localDateSchema, recordParameters, windowSchema } from '../http/schemas.ts';
import { classInPath, recordInPath, sourceKeyInPath } from './record-answers.ts';

const keptBySchema = z
  .array(z.enum(['litigation-hold', 'legal-obligation', 'restriction', 'pending-request']))
  .openapi({ description: 'Kinds of suspension that keep it back from erasure now' });

const objectSchema = z
  .object({
    name: z.string(),
    state: z.enum(['uploading', 'stored']),
    mediaType: z.string(),
    size: z.int().optional(),
    sha256: z.string().optional(),
    createdAt: instantSchema,
  })
  .openapi('RecordObject');

const recordSchema = z
  .object({
    recordId: idSchema,
    controller: z.string(),
    recordClass: z.string(),
    triggerAt: instantSchema,
    registeredAt: instantSchema,
    policyVersion: z.int(),
    unitId: idSchema,
    boundDay: localDateSchema,
    boundAt: instantSchema,
    window: windowSchema,
    keptBy: keptBySchema,
    restricted: z.boolean().openapi({
      description:
        'Processing is restricted (Art. 18): stored, not used. Content opens for the purposes of Art. 18(2) only',
    }),
    objects: z.array(objectSchema).openapi({ description: 'Under restriction without size and digest' }),
  })
  .openapi('Record');

const fateSchema = z
  .object({
    state: z.enum(['registered', 'being-erased', 'erased', 'unknown']),
    recordId: idSchema.optional(),
    unitId: idSchema.optional(),
    triggerAt: instantSchema.optional(),
    boundAt: instantSchema.optional(),
    dueAt: instantSchema.optional(),
    keptBy: keptBySchema.optional(),
    basis: z.enum(['retention-period-ended', 'decision']).optional(),
    caseId: idSchema.optional(),
    intendedAt: instantSchema.optional().openapi({ description: 'The point of no return' }),
    erasedAt: instantSchema.optional().openapi({ description: 'When its absence was read back' }),
    certificateId: idSchema.optional(),
  })
  .openapi('RecordFate');

/** 410 with the certificate once it is gone; its fate answers 200 also for what is erased or unknown, and never says what a record held. */
export const readRecordRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readRecord', {
    summary: 'What is known of a record, without its content',
    params: recordParameters,
    answers: { 200: json('The record is here', recordSchema) },
    problems: ['class-not-yours', 'class-unknown', 'record-unknown', 'record-erased'],
  })(async (c) => {
    const { controller } = policyOf(c);
    const body = await deps.database.transaction().execute(async (tx) => {
      const { record } = await recordInPath(deps, c, tx, c.req.valid('param'));
      const kept = await matchSuspensions(tx, { controller, recordIds: [record.recordId] });
      await appendEntryOf(c, tx, {
        action: 'record-read',
        target: { kind: 'record', id: record.recordId },
        why: 'metadata',
      });
      const keptBy = [...new Set((kept.get(record.recordId) ?? []).map(({ kind }) => kind))].sort();
      const restricted = keptBy.includes('restriction');
      const { unit, state, ...metadata } = record;
      return {
        ...metadata,
        controller,
        unitId: unit.id,
        boundDay: unit.boundDay,
        boundAt: unit.boundAt,
        window: { opensAt: unit.opensAt, dueAt: unit.dueAt, closesAt: unit.boundAt },
        keptBy,
        restricted,
        objects: [...(await (restricted ? listRestrictedObjects : listRecordObjects)(tx, record.recordId))],
      };
    });
    return c.json(body, 200);
  });
  addRoute(app, deps, 'readFate', {
    summary: 'What became of a record',
    description: 'Answers also when the record is gone: its tombstone holds no personal data.',
    params: recordParameters,
    answers: { 200: json('Its fate', fateSchema) },
    problems: ['class-not-yours', 'class-unknown'],
  })(async (c) => {
    const policy = policyOf(c);
    const { controller } = policy;
    const path = c.req.valid('param');
    const recordClass = classInPath(policy, path.recordClass).id;
    const key = sourceKeyInPath(deps, policy, { recordClass, sourceId: path.sourceId });
    const fate = await deps.database.transaction().execute(async (tx) => {
      const found = await findRecord(tx, key);
      if (found.state === 'unknown') return { state: 'unknown' as const };
      await appendEntryOf(c, tx, {
        action: 'record-fate-read',
        target: { kind: 'record', id: found.recordId },
        why: found.state,
      });
      if (found.state === 'present') {
        const kept = await matchSuspensions(tx, { controller, recordIds: [found.recordId] });
        return {
          state: 'registered' as const,
          recordId: found.recordId,
          unitId: found.unit.id,
          triggerAt: found.triggerAt,
          boundAt: found.unit.boundAt,
          dueAt: found.unit.dueAt,
          keptBy: [...new Set((kept.get(found.recordId) ?? []).map(({ kind }) => kind))].sort(),
        };
      }
      const { verifiedAt, ...rest } = found;
      return { ...rest, erasedAt: verifiedAt };
    });
    return c.json(fate, 200);
  });
};
