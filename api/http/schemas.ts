/** Schemas that several routes share, as the OpenAPI document shows them. */
import { z } from '@hono/zod-openapi';
import { isUuid } from '../../domain/ids.ts';
import { type ProblemCode, problemKinds, problemType } from './problems.ts';

const fieldFault = z
  .object({
    field: z
      .string()
      .openapi({ description: 'Path in the body, or name of a parameter or header', example: 'fields.purpose' }),
    code: z.string().openapi({ example: 'not-in-list' }),
    detail: z.string().openapi({ example: 'must be one of quality-monitoring, claim-processing' }),
  })
  .openapi('FieldFault');

/** Problem details (RFC 9457). */
const problemSchema = z
  .object({
    type: z.string().openapi({ example: problemType('invalid-record') }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().openapi({ description: 'urn:uuid of the request; the log has the same id' }),
    code: z.string().openapi({ enum: Object.keys(problemKinds) }),
    errors: z.array(fieldFault).optional(),
    certificateId: z
      .string()
      .optional()
      .openapi({ description: 'With record-erased: the certificate, once there is one' }),
    caseId: z.string().optional().openapi({ description: 'With message-differs: the case of that message id' }),
    reference: z.string().optional().openapi({ description: 'With message-differs: its reference' }),
    article: z.string().optional().openapi({ description: 'With restricted: the article that restricts the use' }),
    purposes: z
      .array(z.string())
      .optional()
      .openapi({ description: 'With restricted: the purposes that this role may claim in Oblio-Purpose' }),
  })
  .openapi('Problem');

/** Any request may meet these. */
const always: readonly ProblemCode[] = [
  'malformed-request',
  'time-travel-refused',
  'invalid-parameters',
  'headers-too-large',
  'unexpected',
  'database-unavailable',
];
const guardedRoutes: readonly ProblemCode[] = [
  'token-missing',
  'token-expired',
  'token-invalid',
  'role-not-allowed',
  'issuer-unavailable',
];
const underController: readonly ProblemCode[] = ['controller-not-yours', 'controller-unknown'];

/** What a route may answer besides what was asked for; by status, as OpenAPI groups it. */
export const problemsOf = (
  scope: 'open' | 'guarded' | 'controller',
  ...own: readonly ProblemCode[]
): Readonly<Record<never, never>> => {
  const codes = new Set([
    ...always,
    ...(scope === 'open' ? [] : guardedRoutes),
    ...(scope === 'controller' ? underController : []),
    ...own,
    // The file of a case ends like any other record (410 Gone), and every route under the case says so then.
    ...(own.includes('request-unknown') ? (['record-erased'] as const) : []),
  ]);
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      {
        description: those.map((code) => `\`${code}\`: ${problemKinds[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
};

/** A point in time. */
export const instantSchema = z.string().openapi({ format: 'date-time', example: '2031-01-31T23:00:00.000Z' });
/** A calendar date. */
export const localDateSchema = z.string().openapi({ format: 'date', example: '2031-01-31' });
/** An id made by Oblio. */
export const idSchema = z.string().openapi({ format: 'uuid' });

/** A path parameter that is an id. */
export const idParameter = z.string().refine(isUuid, 'must be a UUID in lower case').openapi({ format: 'uuid' });

/** `{controller}`. */
export const controllerParameters = z.object({ controller: z.string().openapi({ example: 'inps' }) });

/** Which record, by the source system's id. */
export const recordParameters = controllerParameters.extend({
  recordClass: z.string().openapi({ example: 'call-recording' }),
  sourceId: z
    .string()
    .openapi({ description: "The source system's own id; nothing that says who it is about", example: 'call-000017' }),
});

/** Which object of a record. */
export const objectParameters = recordParameters.extend({ name: z.string().openapi({ example: 'recording.wav' }) });

/** A header that moves the request's now, where the installation allows time travel. */
export const travelHeaders = z.object({
  'oblio-now': z.string().optional().openapi({
    description: 'The request\'s "now" (ISO 8601 with offset). Refused unless OBLIO_TIME_TRAVEL is "allowed"',
  }),
});

/** When a unit opens, falls due and must be gone. */
export const windowSchema = z
  .object({
    opensAt: instantSchema.openapi({ description: 'Nothing is erased before, save by a recorded decision' }),
    dueAt: instantSchema.openapi({ description: "When the unit's timer ends" }),
    closesAt: instantSchema.openapi({ description: 'The bound: absence is proven before it' }),
  })
  .openapi('RetentionWindow');

/** `?cursor=&limit=` of paged lists. */
export const pageQuery = z.object({
  cursor: z.string().max(200).optional().openapi({ description: '`nextCursor` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50).openapi({ description: 'Most entries of a page' }),
});
