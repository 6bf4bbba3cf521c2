/** What the routes of holds take and answer, as the OpenAPI document shows it. */
import { z } from '@hono/zod-openapi';
import { holdKinds } from '../../domain/suspension/suspension.ts';
import {
  controllerParameters,
  idempotencyKey,
  idParameter,
  idSchema,
  instantSchema,
  localDateSchema,
  travelHeaders,
} from '../http/schemas.ts';
import { looksLikePerson } from '../records/submission/source-name.ts';
import { scopeSchema } from './scope-body.ts';

/** Free text of a matter. By rule of the house without personal data: what plainly is some is refused. */
export const plainText = (longest: number) =>
  z
    .string()
    .trim()
    .min(3)
    .max(longest)
    .refine((text) => text.split(/\s+/).every((word) => looksLikePerson(word) === undefined), {
      message: 'must not hold personal data; name the matter, not the people',
    });

const reasonSchema = plainText(1000).openapi({ description: 'Why; no personal data' });

/** `{controller}` and `{holdId}` of a path. */
export const holdParameters = controllerParameters.extend({ holdId: idParameter });

/** The path of a request about a hold that waits for its second person. */
export const requestParameters = holdParameters.extend({ requestId: idParameter });

/** Headers of a command about a hold: the caller's `Idempotency-Key` (I9), and the moved time where that is allowed. */
export const commandHeaders = travelHeaders.extend({
  'idempotency-key': idempotencyKey(
    "The caller's own key of this command: sent again, it answers the same and does nothing",
  ),
});

/**
 * What a hold is placed with: its kind, the matter, the legal basis (Art. 17(3)(b), (e)), the reason, a local date of
 * review and the scope. A hold without a review date is refused.
 */
export const placeBody = z
  .strictObject({
    kind: z.enum(holdKinds),
    matterReference: plainText(200),
    legalBasis: plainText(200),
    reason: reasonSchema,
    reviewOn: localDateSchema.regex(/^\d{4}-\d{2}-\d{2}$/),
    scope: scopeSchema,
  })
  .openapi('PlaceHold');

/** A scope alone, to see what it covers or what changing to it would give back. */
export const scopeBody = z.strictObject({ scope: scopeSchema }).openapi('HoldScope');

/** A new scope with its reason; a narrower one also says which preview was seen. */
export const changeBody = z
  .strictObject({
    scope: scopeSchema,
    reason: reasonSchema,
    shownDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .openapi({ description: 'For a narrower scope: the digest of its preview, to say that it was seen' }),
  })
  .openapi('ChangeHoldScope');

/** That a hold is still needed, why, and the local date of the next look at it. */
export const reviewBody = z
  .strictObject({ reason: reasonSchema, nextReviewOn: localDateSchema.regex(/^\d{4}-\d{2}-\d{2}$/) })
  .openapi('ReviewHold');

/** Why a hold may end. Asking changes nothing that is preserved. */
export const releaseBody = z.strictObject({ reason: reasonSchema }).openapi('AskForRelease');

/** What the second person says to a request for release or a narrower scope; confirming the latter names the preview that was seen. */
export const decisionBody = z
  .strictObject({
    decision: z.enum(['confirm', 'decline']),
    reason: reasonSchema,
    shownDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  })
  .openapi('DecideRelease');

const pastReturn = {
  beingErased: z
    .array(z.object({ intent: idSchema, recordClass: z.string(), since: instantSchema, records: z.int() }))
    .openapi({
      description: 'In scope and past the point of no return: their destruction was written down at that time',
    }),
  erasedBefore: z
    .array(z.object({ certificate: idSchema, recordClass: z.string(), certifiedAt: instantSchema, records: z.int() }))
    .openapi({ description: 'In scope and proven gone before, as far as that can be known without their content' }),
  moreCertificates: z.boolean(),
};

/** What a scope covers now, by class: counts only, `dueNow` of them erasable but for this hold; and what comes too late. */
export const previewSchema = z
  .object({
    asOf: instantSchema,
    classes: z.array(
      z.object({
        recordClass: z.string(),
        records: z.int(),
        objects: z.int(),
        earliestDueAt: instantSchema,
        dueNow: z.int(),
      }),
    ),
    ...pastReturn,
  })
  .openapi('HoldPreview');

/** What placing answers; stored for the repetition of the call, and read back through this schema. */
export const placementSchema = z
  .object({
    suspensionId: idSchema,
    effectiveAt: instantSchema.openapi({
      description: 'From here on everything in scope is preserved, except what is listed',
    }),
    ...pastReturn,
  })
  .openapi('HoldPlacement');

const leavingSchema = z.array(
  z.object({
    recordClass: z.string(),
    records: z.int(),
    keptByOthers: z.int(),
    erasableNow: z.int(),
    earliestDueAt: instantSchema.optional(),
  }),
);

const shownScopeSchema = z.array(
  z.object({
    recordId: idSchema.optional(),
    bySubject: z.boolean().openapi({ description: 'A data subject; the identifier is kept as a keyed hash only' }),
    byAttribute: z.boolean(),
    recordClass: z.string().optional(),
    triggeredFrom: instantSchema.optional(),
    triggeredBefore: instantSchema.optional(),
  }),
);

/** What another scope would give back. `widens`: nothing leaves, no second person is needed. */
export const changePreviewSchema = z
  .object({ widens: z.boolean(), scopeRevision: z.int(), leaving: leavingSchema, digest: z.string() })
  .openapi('HoldScopePreview');

/**
 * What became of a command. `effectiveAt` is the instant from which the gate honours it; what was being erased then is
 * named, not promised (I4).
 */
export const outcomeSchema = z
  .object({
    outcome: z.enum(['changed', 'unchanged', 'second-person-needed', 'reviewed', 'released', 'narrowed', 'declined']),
    requestId: idSchema.optional(),
    effectiveAt: instantSchema.optional(),
    releasedAt: instantSchema.optional(),
    nextReviewOn: localDateSchema.optional(),
    beingErased: pastReturn.beingErased.optional(),
    erasedBefore: pastReturn.erasedBefore.optional(),
  })
  .openapi('HoldOutcome');

const summary = {
  holdId: idSchema,
  kind: z.enum(holdKinds),
  matterReference: z.string(),
  legalBasis: z.string(),
  reason: z.string(),
  placedBy: z.string(),
  effectiveAt: instantSchema,
  reviewOn: localDateSchema,
  reviewOverdue: z.boolean(),
  state: z.enum(['active', 'released']),
  releasedAt: instantSchema.optional(),
};

/** A page of holds without their scopes. */
export const holdListSchema = z
  .object({ holds: z.array(z.object(summary)), nextCursor: z.string().optional() })
  .openapi('HoldList');

/** A hold in full: its scope without names of people, its reviews and requests, and the exact counts once its workflow has walked it. */
export const holdSchema = z
  .object({
    ...summary,
    scope: shownScopeSchema,
    scopeRevision: z.int(),
    covered: z
      .object({ records: z.record(z.string(), z.int()), objects: z.int(), finishedAt: instantSchema.optional() })
      .optional()
      .openapi({ description: "Exact counts from the hold's workflow; without finishedAt: so far" }),
    reviews: z.array(
      z.object({
        reviewId: idSchema,
        reviewedBy: z.string(),
        reviewedAt: instantSchema,
        reason: z.string(),
        nextReviewOn: localDateSchema,
      }),
    ),
    requests: z.array(
      z.object({
        requestId: idSchema,
        kind: z.enum(['release', 'narrow']),
        requestedBy: z.string(),
        requestedAt: instantSchema,
        reason: z.string(),
        state: z.enum(['waiting', 'confirmed', 'declined']),
        decidedBy: z.string().optional(),
        decidedAt: instantSchema.optional(),
        decidedWhy: z.string().optional(),
        narrowsTo: z
          .object({ scope: shownScopeSchema, leaving: leavingSchema, shownDigest: z.string() })
          .optional()
          .openapi({
            description:
              'While it waits: what the second person confirms, by repeating the digest, and what leaves now',
          }),
      }),
    ),
    workflow: z.object({ id: z.string(), url: z.string() }),
  })
  .openapi('Hold');

/** How many suspensions there are of each kind: what an operator may know of them. */
export const countsSchema = z
  .object({
    counts: z.array(
      z.object({
        kind: z.enum(['litigation-hold', 'legal-obligation', 'restriction', 'pending-request']),
        active: z.int(),
        released: z.int(),
        reviewOverdue: z.int(),
      }),
    ),
  })
  .openapi('HoldCounts');
