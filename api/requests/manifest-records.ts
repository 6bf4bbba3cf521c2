/**
 * The records that the search of a rights request found, one by one: ids, dates and digests. Content opens through the record's own
 * routes.
 */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { isUuid, recordClassId, recordId } from '../../domain/ids.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import { parseInstant } from '../../domain/time/instant.ts';
import {
  type FrozenRecord,
  type ManifestPlace,
  readManifestRecords,
  readSourceIds,
} from '../../storage/manifests/read-manifest.ts';
import { restrictedRecords } from '../../storage/suspensions/match-suspensions.ts';
import { addRoute } from '../access/add-route.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, policyOf } from '../http/context.ts';
import { foreignCursor, pageOf } from '../http/cursors.ts';
import { idSchema, instantSchema, localDateSchema, pageQuery } from '../http/schemas.ts';
import { caseInPath, caseParameters } from './case-in-path.ts';
import { audited, manifestOf } from './manifest.ts';

const recordSchema = z
  .object({
    recordId: idSchema,
    recordClass: z.string(),
    sourceId: z.string().optional().openapi({
      description:
        "The source system's own id: what the record says opens at .../record-classes/{recordClass}/records/{sourceId}/content. Absent once the record is gone",
    }),
    triggerAt: instantSchema,
    boundDay: localDateSchema.openapi({ description: 'The last day on which it may exist' }),
    tie: z.enum([...personalTies, 'unclear']),
    namesOthers: z.boolean().openapi({ description: 'It carries an identifier of another person: for the review' }),
    legalBasis: z.object({ article: z.string(), source: z.string(), note: z.string().optional() }),
    contentDigest: z.string(),
    suspendedBy: z.array(z.string()),
    objects: z
      .array(
        z.object({
          objectId: idSchema,
          name: z.string(),
          mediaType: z.string(),
          size: z.int().optional(),
          sha256: z.string().optional(),
        }),
      )
      .openapi({ description: 'Under restriction without size and digest' }),
  })
  .openapi('ManifestRecord');

const recordsQuery = pageQuery.extend({
  cursor: z.string().max(300).optional(),
  part: z.enum(['personal', 'unclear']).default('personal'),
  recordClass: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/)
    .optional(),
});

const cursorOf = ({ recordClass, triggerAt, recordId: id }: ManifestPlace): string =>
  Buffer.from(`${recordClass}|${triggerAt}|${id}`, 'utf8').toString('base64url');

const placeOf = (cursor: string): ManifestPlace => {
  const [name = '', at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  const parsed = parseInstant(at);
  if (!parsed.ok || !isUuid(id) || !/^[a-z][a-z0-9-]{0,63}$/.test(name)) throw foreignCursor();
  return { recordClass: recordClassId(name), triggerAt: parsed.value, recordId: recordId(id) };
};

const shown = (
  record: FrozenRecord,
  sourceId: string | undefined,
  restricted: boolean,
): z.output<typeof recordSchema> => ({
  recordId: record.recordId,
  recordClass: record.recordClass,
  ...given({ sourceId }),
  triggerAt: record.triggerAt,
  boundDay: record.boundDay,
  tie: record.tie ?? 'unclear',
  namesOthers: record.namesOthers ?? false,
  legalBasis: record.legalBasis,
  contentDigest: record.contentDigest,
  suspendedBy: [...record.suspendedBy],
  objects: record.objects.map(({ objectId, name, mediaType, size, sha256 }) => ({
    objectId,
    name,
    mediaType,
    ...(restricted ? {} : { size, sha256 }),
  })),
});

/** The frozen search of a case record by record (I8). 409 while the search runs; the audit entry has the number of records shown. */
export const manifestRecordsRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'listManifestRecords', {
    summary: 'The records that the search of a rights request found, by class, event and id',
    params: caseParameters,
    query: recordsQuery,
    answers: {
      200: json(
        'A page',
        z
          .object({ manifestId: idSchema, records: z.array(recordSchema), nextCursor: z.string().optional() })
          .openapi('ManifestRecordList'),
      ),
    },
    problems: ['request-unknown', 'search-running'],
  })(async (c) => {
    const { controller } = policyOf(c);
    const { caseId } = c.req.valid('param');
    const { cursor, limit, part, recordClass } = c.req.valid('query');
    const { state } = await caseInPath(deps, c, caseId);
    const { manifestId, digest } = manifestOf(state);
    const { page, restricted, sourceIds } = await deps.database.transaction().execute(async (tx) => {
      const found = await readManifestRecords(tx, manifestId, {
        limit: limit + 1,
        part,
        ...(cursor === undefined ? {} : { after: placeOf(cursor) }),
        ...(recordClass === undefined ? {} : { recordClass: recordClassId(recordClass) }),
      });
      const ids = found.map(({ recordId: id }) => id);
      await audited(tx, c, caseId, { manifestId, part, count: Math.min(found.length, limit) });
      return {
        page: found,
        restricted: await restrictedRecords(tx, { controller, recordIds: ids }),
        sourceIds: await readSourceIds(tx, ids),
      };
    });
    const { shown: records, ...next } = pageOf(page, limit, cursorOf);
    c.header('etag', `"${digest}"`);
    return c.json(
      {
        manifestId,
        records: records.map((record) =>
          shown(record, sourceIds.get(record.recordId), restricted.has(record.recordId)),
        ),
        ...next,
      },
      200,
    );
  });
};
