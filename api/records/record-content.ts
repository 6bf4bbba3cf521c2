/** `GET .../records/{sourceId}/content`: opens the sealed content. Every opening, and every refusal, is in the audit trail (I10). */
import { z } from '@hono/zod-openapi';
import { readContent } from '../../storage/reading/read-content.ts';
import { listRecordObjects } from '../../storage/records/find-record.ts';
import { addRoute } from '../access/add-route.ts';
import { claimedPurpose, openForCaller, purposeHeaders, reasonQuery } from '../access/content-access.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { idSchema, instantSchema, recordParameters } from '../http/schemas.ts';
import { recordErased, recordInPath } from './record-answers.ts';

const contentSchema = z
  .object({
    recordId: idSchema,
    triggerAt: instantSchema,
    identifiers: z.array(z.object({ kind: z.string(), value: z.string() })),
    fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    text: z.string().optional(),
    statements: z
      .array(z.object({ text: z.string(), attachedAt: instantSchema }))
      .openapi({ description: 'What stands beside a record that must not be altered (Art. 16), oldest first' }),
    objects: z.array(z.object({ name: z.string(), mediaType: z.string(), size: z.int(), sha256: z.string() })),
  })
  .openapi('RecordContent');

/** 403 says whether a reason, an authorisation or a purpose of Art. 18(2) is missing. */
export const recordContentRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readContent', {
    summary: 'Open the content of a record',
    description:
      'Audited. A record under restriction opens for a purpose of Art. 18(2) only. Where the class asks for a reasoned request, the token must name the class in oblio_authorised_for and the request its reference in `reason`.',
    params: recordParameters,
    query: reasonQuery,
    headers: purposeHeaders,
    answers: { 200: json('What the source handed in', contentSchema) },
    problems: [
      'class-unknown',
      'record-unknown',
      'record-erased',
      'reason-needed',
      'authorisation-needed',
      'restricted',
    ],
  })(async (c) => {
    const { reason } = c.req.valid('query');
    const purpose = claimedPurpose(c.req.valid('header'));
    const opened = await deps.database.transaction().execute(async (tx) => {
      const { record, recordClass } = await recordInPath(deps, c, tx, c.req.valid('param'));
      const { recordId } = record;
      return openForCaller(c, tx, { recordClass, recordId, reason, purpose }, async (reading) => {
        const { controller } = policyOf(c);
        const given = await readContent({ tx, sealing: deps.sealing }, { controller, recordId, reading });
        if (given.outcome === 'refused') return { refused: given.why };
        if (given.outcome === 'gone') throw recordErased({ recordId, certificateId: undefined });
        const objects = (await listRecordObjects(tx, recordId)).filter(({ state }) => state === 'stored');
        const { content, statements } = given;
        return { read: { content, statements, objects, recordId } };
      });
    });
    if ('refused' in opened) throw opened.refused;
    const { content, statements, objects, recordId } = opened.read;
    return c.json(
      {
        recordId,
        triggerAt: content.triggerAt,
        identifiers: [...content.identifiers],
        fields: { ...content.fields },
        text: content.text,
        statements: [...statements],
        objects: objects.map(({ name, mediaType, size, sha256 }) => ({ name, mediaType, size, sha256 })),
      },
      200,
    );
  });
};
