/** Schemas that several routes share, as the OpenAPI document shows them. */
import { z } from '@hono/zod-openapi';
import { isUuid } from '../../domain/ids.ts';

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

/**
 * The caller's own key of a command (I9): sent again with the same key, the command answers the same and does nothing twice. A command on
 * a rights request may leave it out and have a shorter one.
 */
export const idempotencyKey = (description: string, shortest = 8, longest = 128) =>
  z
    .string()
    .regex(new RegExp(`^[A-Za-z0-9._:-]{${shortest},${longest}}$`))
    .openapi({ description });

/** `If-Match`: the revision that the caller saw, as its ETag. */
export const ifMatch = (description: string) =>
  z
    .string()
    .regex(/^"\d{1,9}"$/)
    .transform((match) => Number(match.slice(1, -1)))
    .optional()
    .openapi({ description });

/** When a unit opens, falls due and must be gone. */
export const windowSchema = z
  .object({
    opensAt: instantSchema.openapi({ description: 'Nothing is erased before, except by a recorded decision' }),
    dueAt: instantSchema.openapi({ description: "When the unit's timer ends" }),
    closesAt: instantSchema.openapi({ description: 'The bound: absence is proven before it' }),
  })
  .openapi('RetentionWindow');

/** `?cursor=&limit=` of paged lists. */
export const pageQuery = z.object({
  cursor: z.string().max(200).optional().openapi({ description: '`nextCursor` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50).openapi({ description: 'Most entries of a page' }),
});
