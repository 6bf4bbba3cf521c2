/** What the routes of links take and answer, as the OpenAPI document shows it. */
import { z } from '@hono/zod-openapi';
import { idParameter, idSchema, instantSchema } from '../http/schemas.ts';
import { caseParameters } from '../requests/case-in-path.ts';

/** `{controller}`, `{caseId}` and `{linkId}` of a path. */
export const linkParameters = caseParameters.extend({ linkId: idParameter });

const term = z.strictObject({
  days: z.int().min(1).max(60).default(30).openapi({ description: 'For how long it opens' }),
});

/** How long a new link opens, and whether it opens the letter or the package that goes with it. */
export const newLinkBody = term
  .extend({
    packageId: z.uuid().optional().openapi({
      description:
        'To open the copy of the data that goes with the letter, instead of the letter itself: its id is the id of the letter',
    }),
  })
  .openapi('NewLink');

/** How long the link that takes another's place opens. */
export const reissueBody = term.openapi('ReissuedLink');

/** A new link, shown once to the member of staff who made it: of address and code only keyed hashes are kept. */
export const madeLinkSchema = z
  .object({
    linkId: idSchema,
    url: z.string().openapi({ description: 'For the person; shown once, it cannot be read back' }),
    code: z.string().openapi({ description: 'To be handed over another way; shown once' }),
    expiresAt: instantSchema,
  })
  .openapi('MadeLink');

/**
 * The links of a case with their use. `opened` and `refused` count tries; a `locked` link had too many wrong codes and
 * opens again with a new one.
 */
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
