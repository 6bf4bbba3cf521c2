/** Disposition certificates: one by its id, and a controller's, newest first. */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { certificateId, recordClassId } from '../../domain/ids.ts';
import { type Instant, parseInstant } from '../../domain/time/instant.ts';
import { listCertificates, readCertificate } from '../../storage/records/read-certificates.ts';
import { addRoute } from '../access/add-route.ts';
import { appendEntryOf } from '../access/audit-entry.ts';
import { mayReach } from '../access/authorisation.ts';
import { json } from '../http/answers.ts';
import { type AddRoutes, callerOf, policyOf } from '../http/context.ts';
import { cursorOf, pageOf, placeOf } from '../http/cursors.ts';
import { refusal } from '../http/problems.ts';
import { controllerParameters, idParameter, idSchema, instantSchema, pageQuery } from '../http/schemas.ts';

const summary = {
  certificateId: idSchema,
  controller: z.string(),
  recordClass: z.string(),
  unitId: idSchema,
  issuedAt: instantSchema,
  verifiedAt: instantSchema.openapi({ description: 'When the absence was read back' }),
  boundAt: instantSchema.openapi({ description: 'By when the records had to be gone' }),
  recordsGone: z.int(),
};
const summarySchema = z.object(summary).openapi('CertificateSummary');
const certificateSchema = z
  .object({
    ...summary,
    digest: z.string().openapi({ description: 'SHA-256 of the document in canonical JSON, lower-case hexadecimal' }),
    document: z.unknown().openapi({ description: 'The certificate as issued', type: 'object' }),
  })
  .openapi('Certificate');
const listSchema = z
  .object({
    certificates: z.array(summarySchema),
    nextCursor: z
      .string()
      .optional()
      .openapi({ description: 'Pass it as `cursor` for the next page; absent on the last' }),
  })
  .openapi('CertificateList');

const instantQuery = z
  .string()
  .max(40)
  .transform((text, context): Instant => {
    const parsed = parseInstant(text);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: 'is no existing time written YYYY-MM-DDTHH:mm:ssZ' });
    return z.NEVER;
  })
  .optional();

const listQuery = pageQuery.extend({
  recordClass: z.string().max(64).optional(),
  issuedFrom: instantQuery.openapi({ type: 'string', format: 'date-time', description: 'Issued at or after' }),
  issuedBefore: instantQuery.openapi({ type: 'string', format: 'date-time', description: 'Issued before' }),
});

const unknownCertificate = () =>
  refusal('certificate-unknown', { detail: 'None of your controllers has a certificate of this id.' });

/** For staff, auditors and operators: a certificate names no person. Another controller's certificate answers 404. */
export const certificateRoutes: AddRoutes = (app, deps) => {
  addRoute(app, deps, 'readCertificate', {
    summary: 'A disposition certificate',
    params: z.object({ id: idParameter }),
    answers: { 200: json('As issued', certificateSchema) },
    problems: ['certificate-unknown'],
  })(async (c) => {
    const caller = callerOf(c);
    const id = certificateId(c.req.valid('param').id);
    const certificate = await deps.database.transaction().execute(async (tx) => {
      const found = await readCertificate(tx, id);
      if (found === undefined || !mayReach(caller, found.controller)) throw unknownCertificate();
      await appendEntryOf(c, tx, {
        action: 'certificate-read',
        controller: found.controller,
        target: { kind: 'certificate', id },
        why: 'read',
      });
      return found;
    });
    return c.json(certificate, 200);
  });
  addRoute(app, deps, 'listCertificates', {
    summary: "A controller's certificates, newest first",
    params: controllerParameters,
    query: listQuery,
    answers: { 200: json('A page', listSchema) },
    problems: ['class-unknown'],
  })(async (c) => {
    const policy = policyOf(c);
    const { controller } = policy;
    const { recordClass, issuedFrom, issuedBefore, cursor, limit } = c.req.valid('query');
    if (recordClass !== undefined && !policy.recordClasses.some(({ id }) => id === recordClass)) {
      throw refusal('class-unknown', { detail: 'The policy of this controller knows no such record class.' });
    }
    const place = cursor === undefined ? undefined : placeOf(cursor);
    const page = await deps.database.transaction().execute(async (tx) => {
      const found = await listCertificates(tx, {
        controller,
        ...(recordClass === undefined ? {} : { recordClass: recordClassId(recordClass) }),
        ...given({ from: issuedFrom, until: issuedBefore }),
        ...(place === undefined ? {} : { after: { issuedAt: place.at, certificateId: certificateId(place.id) } }),
        limit: limit + 1,
      });
      await appendEntryOf(c, tx, {
        action: 'certificates-listed',
        target: { kind: 'certificate', id: recordClass ?? 'all' },
        why: 'list',
        detail: { count: Math.min(found.length, limit) },
      });
      return found;
    });
    const { shown, ...next } = pageOf(page, limit, ({ issuedAt, certificateId: last }) =>
      cursorOf({ at: issuedAt, id: last }),
    );
    return c.json({ certificates: [...shown], ...next }, 200);
  });
};
