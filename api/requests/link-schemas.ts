/** What the routes of links take and answer, as the OpenAPI document shows it. */
import { z } from '@hono/zod-openapi';
import { idParameter, idSchema, instantSchema } from '../schemas.ts';
import { caseParameters } from './read.ts';

export const linkParameters = caseParameters.extend({ linkId: idParameter });

const term = z.strictObject({
  days: z.int().min(1).max(60).default(30).openapi({ description: 'For how long it opens' }),
});
export const newLinkBody = term
  .extend({
    packageId: z.uuid().optional().openapi({
      description:
        'To open the copy of the data that goes with the letter, instead of the letter itself: its id is the id of the letter',
    }),
  })
  .openapi('NewLink');
export const reissueBody = term.openapi('ReissuedLink');

export const madeLinkSchema = z
  .object({
    linkId: idSchema,
    url: z.string().openapi({ description: 'For the person; told once, nobody can read it back' }),
    code: z.string().openapi({ description: 'To be handed over another way; told once' }),
    expiresAt: instantSchema,
  })
  .openapi('MadeLink');

export const linkListSchema = z
  .object({
    links: z.array(
      z.object({
        linkId: idSchema,
        letterId: idSchema,
        packageId: idSchema.optional(),
        createdAt: instantSchema,
        expiresAt: instantSchema,
        revoked: z.boolean(),
        hasCode: z.boolean(),
        locked: z.boolean(),
        opened: z.int(),
        refused: z.int(),
      }),
    ),
  })
  .openapi('LinkList');
