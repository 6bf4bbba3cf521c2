/** How routes describe their bodies and answers in the OpenAPI document, problems included. */
import { z } from '@hono/zod-openapi';
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

/** An answer in JSON. */
export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A body or an answer that is read by bytes. */
export const anyBytes = { schema: { type: 'string', format: 'binary' } } as const;

/** An answer in bytes. */
export const binary = (description: string, mediaType: string) => ({ description, content: { [mediaType]: anyBytes } });
