/** What the search of a rights request found, by class; what was erased before, and what cannot be tied to a person. */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import type { RecordClassId } from '../../domain/ids.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import { readManifestErased } from '../../storage/manifests/read-manifest.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, type ApiContext, policyOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idSchema, instantSchema, localDateSchema } from '../http/schemas.ts';
import { caseInPath, caseParameters } from './case-in-path.ts';

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

/** The summary of the frozen search; 409 while the case has not been searched yet. */
export const manifestOf = ({ manifest }: CaseState): ManifestSummary => {
  if (manifest === undefined) throw refusal('search-running', { detail: 'This case has not been searched yet.' });
  return manifest;
};

/** Puts a reading of the manifest into the audit trail (I10). */
export const audited = (
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

/** The frozen search of a case by class (I8). 409 while the search runs. */
export const manifestRoute: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readRequestManifest', {
    summary: 'What the search of a rights request found, by class',
    params: caseParameters,
    answers: { 200: json('Frozen; its ETag is its digest', manifestSchema) },
    problems: ['request-unknown', 'search-running'],
  })(async (c) => {
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
          return { ...place, unclear, ...given({ title }) };
        }),
        erasedBefore: erased.map(({ proof, triggerAt: _triggerAt, ...one }) => ({
          ...one,
          ...(proof === undefined ? {} : { certificateId: proof.certificate, erasedAt: proof.erasedAt }),
        })),
        notTied: policy.notRecords.map(({ id, reason }) => ({ id, reason })),
      },
      200,
    );
  });
};
