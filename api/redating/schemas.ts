/** Bodies and answers of the routes that apply a changed policy to records that exist. */
import { z } from '@hono/zod-openapi';
import type { RedatingPreview } from '../../storage/redating/re-date.ts';
import type { Redating } from '../../storage/redating/redatings.ts';
import { controllerParameters, idParameter, idSchema, instantSchema } from '../http/schemas.ts';
import { looksLikePerson } from '../records/submission/source-name.ts';

/** `{controller}` and `{redatingId}` of a path. */
export const redatingParameters = controllerParameters.extend({ redatingId: idParameter });

const reason = z
  .string()
  .trim()
  .min(3)
  .max(500)
  .refine((text) => looksLikePerson(text) === undefined, 'looks like personal data: give the reference of the decision')
  .openapi({ description: 'Why, or the reference of the decision on file; kept in the audit trail' });
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be the digest of a preview');

/** Which preview was looked at, and why the policy is applied to what exists. */
export const askBody = z
  .strictObject({ shownDigest: digest.openapi({ description: '`digest` of the preview that was looked at' }), reason })
  .openapi('AskForRedating');

/** What the second person says; confirming names the preview that was seen. */
export const decisionBody = z
  .strictObject({ decision: z.enum(['confirm', 'decline']), shownDigest: digest.optional(), reason })
  .openapi('DecideRedating');

const classSchema = z.object({
  recordClass: z.string(),
  records: z.int().openapi({ description: 'Dated by an older version of the policy' }),
  moves: z.int(),
  earlier: z.int(),
  later: z.int(),
  dueAtOnce: z.int().openapi({ description: 'Of those that move: their erasure may begin at once' }),
});

const shown = { classes: z.array(classSchema), classesWithoutRule: z.array(z.string()) };

/** What would move, in counts and instants, and the digest by which asking refers to it. */
export const previewSchema = z
  .object({
    policyVersion: z.int(),
    ...shown,
    digest: z.string(),
    secondPersonNeeded: z.boolean().openapi({ description: 'Records would have to go earlier than promised' }),
  })
  .openapi('RedatingPreview');

/** One decision to re-date and how far it is carried out. `superseded`: a later version of the policy came into force before its end. */
export const redatingSchema = z
  .object({
    redatingId: idSchema,
    policyVersion: z.int(),
    state: z.enum(['waiting', 'running', 'finished', 'declined', 'superseded']),
    shown: z.object(shown),
    shownDigest: z.string(),
    reason: z.string(),
    requestedBy: z.string(),
    requestedAt: instantSchema,
    decidedBy: z.string().optional(),
    decidedAt: instantSchema.optional(),
    decidedWhy: z.string().optional(),
    recordsMoved: z.int(),
    finishedAt: instantSchema.optional(),
  })
  .openapi('Redating');

/** A preview's counts as they are answered. */
export const shownView = ({ classes, classesWithoutRule }: RedatingPreview) => ({
  classes: classes.map((one) => ({ ...one })),
  classesWithoutRule: [...classesWithoutRule],
});

/** A decision as it is answered. */
export const redatingView = ({ id, controller, shown: seen, ...rest }: Redating): z.output<typeof redatingSchema> => ({
  redatingId: id,
  shown: shownView(seen),
  ...rest,
});
