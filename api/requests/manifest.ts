/**
 * What the search of a rights request found: by class, record by record, what was gone before, what cannot be tied to anybody; and
 * the records that staff name as the person's. Ids, dates and digests: content opens through the record's own routes.
 */
import { createRoute, z } from '@hono/zod-openapi';
import { isUuid, type RecordClassId, recordClassId, recordId } from '../../domain/ids.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import { parseInstant } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import {
  type FrozenRecord,
  type ManifestPlace,
  readManifestErased,
  readManifestRecords,
  readSourceIds,
} from '../../storage/manifests/read-manifest.ts';
import { restrictedRecords } from '../../storage/suspensions/match-suspensions.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { guarded } from '../access/authorisation.ts';
import { answers, json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, policyOf } from '../http/context.ts';
import { foreignCursor, pageOf } from '../http/cursors.ts';
import { refusal } from '../http/problems.ts';
import { idSchema, instantSchema, localDateSchema, pageQuery, travelHeaders } from '../http/schemas.ts';
import { caseInPath, caseParameters } from './read.ts';

const bilingual = z.object({ it: z.string(), en: z.string() });

const placeSchema = z
  .object({
    recordClass: z.string(),
    title: bilingual.optional(),
    found: z.int().openapi({ description: "The person's own records; 0: searched, and nothing found" }),
    suspended: z.int().openapi({ description: 'Of these, kept back by a hold, a legal duty or a restriction' }),
    unclear: z.int().openapi({
      description: 'Tied by a shared or unchecked contact alone: left out of every answer until staff name them',
    }),
    earliestBound: localDateSchema.optional(),
    latestBound: localDateSchema.optional(),
  })
  .openapi('SearchedPlace');

const manifestSchema = z
  .object({
    manifestId: idSchema,
    frozenAt: instantSchema,
    digest: z.string().openapi({ description: 'SHA-256 over the sorted lines, lower-case hexadecimal' }),
    records: z.int(),
    places: z.array(placeSchema),
    erasedBefore: z.array(
      z.object({
        recordId: idSchema,
        recordClass: z.string(),
        foundBy: z.enum(['identifier', 'named']),
        certificateId: idSchema.optional().openapi({ description: 'Absent while its absence is not proven yet' }),
        erasedAt: instantSchema.optional(),
      }),
    ),
    notTied: z
      .array(z.object({ id: z.string(), reason: bilingual }))
      .openapi({ description: 'Data that cannot be tied to a person (Art. 11): explained, not searched' }),
  })
  .openapi('RequestManifest');

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

const manifestOf = ({ manifest }: CaseState): ManifestSummary => {
  if (manifest === undefined) throw refusal('search-running', { detail: 'This case has not been searched yet.' });
  return manifest;
};

const audited = (
  tx: DatabaseTransaction,
  c: ApiContext,
  caseId: string,
  detail: Readonly<Record<string, string | number>>,
): Promise<void> => {
  return appendEntryOf(c, tx, {
    action: 'case-manifest-read',
    target: { kind: 'case', id: caseId },
    why: 'read',
    detail,
  });
};

const shown = (
  record: FrozenRecord,
  sourceId: string | undefined,
  restricted: boolean,
): z.output<typeof recordSchema> => ({
  recordId: record.recordId,
  recordClass: record.recordClass,
  ...(sourceId === undefined ? {} : { sourceId }),
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

/**
 * The frozen search of a case, by class and record by record (I8). 409 while the search runs; each reading is audited
 * with the number of records it showed.
 */
export const requestManifestRoutes: AddRoutes = (app, deps) => {
  app.openapi(
    createRoute({
      ...guarded(deps, 'readRequestManifest'),
      tags: ['Rights requests'],
      summary: 'What the search of a rights request found, by class',
      request: { params: caseParameters, headers: travelHeaders },
      responses: answers(
        { 200: json('Frozen; its ETag is its digest', manifestSchema) },
        'controller',
        'request-unknown',
        'search-running',
      ),
    }),
    async (c) => {
      const policy = policyOf(c);
      const { caseId } = c.req.valid('param');
      const { state } = await caseInPath(deps, c, caseId);
      const { manifestId, frozenAt, digest, records, classes } = manifestOf(state);
      const erased = await deps.database.transaction().execute(async (tx) => {
        await audited(tx, c, caseId, { manifestId, records });
        return readManifestErased(tx, manifestId);
      });
      const titleOf = (recordClass: RecordClassId) => policy.recordClasses.find(({ id }) => id === recordClass)?.title;
      c.header('etag', `"${digest}"`);
      return c.json(
        {
          manifestId,
          frozenAt,
          digest,
          records,
          places: classes.map(({ unclear = 0, ...place }) => {
            const title = titleOf(place.recordClass);
            return { ...place, unclear, ...(title === undefined ? {} : { title }) };
          }),
          erasedBefore: erased.map(({ proof, triggerAt: _triggerAt, ...one }) => ({
            ...one,
            ...(proof === undefined ? {} : { certificateId: proof.certificate, erasedAt: proof.erasedAt }),
          })),
          notTied: policy.notRecords.map(({ id, reason }) => ({ id, reason })),
        },
        200,
      );
    },
  );
  app.openapi(
    createRoute({
      ...guarded(deps, 'listManifestRecords'),
      tags: ['Rights requests'],
      summary: 'The records that the search of a rights request found, by class, event and id',
      request: { params: caseParameters, query: recordsQuery, headers: travelHeaders },
      responses: answers(
        {
          200: json(
            'A page',
            z
              .object({
                manifestId: idSchema,
                records: z.array(recordSchema),
                nextCursor: z.string().optional(),
              })
              .openapi('ManifestRecordList'),
          ),
        },
        'controller',
        'request-unknown',
        'search-running',
      ),
    }),
    async (c) => {
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
    },
  );
};
