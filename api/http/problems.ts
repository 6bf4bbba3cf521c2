/**
 * Every error answer: problem details (RFC 9457). One closed list of codes, so that callers can act on
 * a code and people can read the detail. Details name fields and reasons, never values: a value may be personal data (I7, I12).
 */

import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { given } from '../../domain/given.ts';
import { refusals } from '../../domain/request/course/refusals.ts';

/** The problems there are: HTTP status and title of each. The title is the same for every occurrence (RFC 9457, 3.1.3). */
export const problemKinds = {
  'malformed-request': { status: 400, title: 'The request is not valid HTTP' },
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-encoding': { status: 400, title: 'The body is not valid UTF-8' },
  'upload-broken-off': { status: 400, title: 'The body ended before its announced length' },
  'time-travel-refused': { status: 400, title: 'This service reads the time from its own clock' },
  'token-missing': { status: 401, title: 'A bearer token is needed' },
  'token-expired': { status: 401, title: 'The bearer token has expired' },
  'token-invalid': { status: 401, title: 'The bearer token is not valid' },
  'class-not-yours': { status: 403, title: 'The caller does not hand in records of this class' },
  'reason-needed': { status: 403, title: 'This content is opened on a reasoned request only' },
  'authorisation-needed': { status: 403, title: 'This content is opened by specifically authorised persons only' },
  restricted: { status: 403, title: 'Processing of this record is restricted (Art. 18 GDPR)' },
  'route-unknown': { status: 404, title: 'There is nothing at this address' },
  'controller-unknown': { status: 404, title: 'There is no such controller' },
  'class-unknown': { status: 404, title: 'There is no such record class' },
  'record-unknown': { status: 404, title: 'There is no such record' },
  'object-unknown': { status: 404, title: 'The record has no such object' },
  'certificate-unknown': { status: 404, title: 'There is no such certificate' },
  'unit-unknown': { status: 404, title: 'There is no such retention unit' },
  'redating-unknown': { status: 404, title: 'There is no such decision to re-date' },
  'hold-unknown': { status: 404, title: 'There is no such hold' },
  'opt-out-unknown': { status: 404, title: 'There is no such opt-out' },
  'request-unknown': { status: 404, title: 'There is no such rights request' },
  'letter-unknown': { status: 404, title: 'The rights request has no such letter' },
  'notification-unknown': { status: 404, title: 'The rights request has no such notification' },
  'notification-settled': { status: 409, title: 'The state of the notification does not allow this' },
  'acknowledgement-unknown': { status: 404, title: 'There is no such notification, or the code is not its own' },
  'acknowledgement-used': { status: 410, title: 'The notification was acknowledged before' },
  'link-unknown': { status: 404, title: 'The rights request has no such link' },
  'package-unknown': { status: 404, title: 'There is no such package' },
  'command-unknown': { status: 404, title: 'There is no such command' },
  'hold-released': { status: 409, title: 'The hold has been released' },
  'hold-changed': { status: 409, title: 'The hold has changed meanwhile' },
  'hold-file-erased': { status: 410, title: 'The file of the hold has been erased' },
  'notice-unknown': { status: 404, title: 'The hold has no such notice' },
  'hold-request-waiting': { status: 409, title: 'A request about this hold waits for a decision' },
  'hold-request-decided': { status: 409, title: 'The request has been decided' },
  'hold-preview-needed': { status: 409, title: 'The current preview must be seen first' },
  'idempotency-key-reused': { status: 409, title: 'This idempotency key was used for another command' },
  'letter-not-rendered': { status: 409, title: 'The letter has not been rendered yet' },
  'letter-left-already': { status: 409, title: 'The letter has already been sent or delivered' },
  'letter-incomplete': { status: 409, title: 'The letter would lack something that the law asks of it' },
  'link-revoked': { status: 409, title: 'The link has been revoked' },
  'command-orders-no-letter': { status: 422, title: 'This command orders no letter' },
  'signed-file-refused': { status: 422, title: 'The file is not the signed letter' },
  'receipt-refused': { status: 422, title: "The file is no receipt of this letter's sending" },
  'invalid-request': { status: 422, title: 'The rights request cannot be taken in as it is' },
  'message-differs': { status: 409, title: 'This message id was handed in with other content' },
  'invalid-command': { status: 422, title: 'The command is not as described' },
  ...refusals,
  'sweep-unknown': { status: 404, title: 'There is no such sweep' },
  'method-not-allowed': { status: 405, title: 'This address does not support that method' },
  'body-too-slow': { status: 408, title: 'The body did not arrive in time' },
  'nothing-to-redate': { status: 409, title: 'The policy moves no record' },
  'redating-impossible': { status: 409, title: 'The policy has no rule for records that exist' },
  'redating-preview-needed': { status: 409, title: 'The current preview must be seen first' },
  'redating-open': { status: 409, title: 'A decision to re-date is open' },
  'redating-decided': { status: 409, title: 'The decision to re-date is no longer open' },
  'record-differs': { status: 409, title: 'This id was registered with other content' },
  'object-differs': { status: 409, title: 'This name holds an object with other content' },
  'record-erased': { status: 410, title: 'The record has been erased' },
  'length-required': { status: 411, title: 'The length of the body must be announced' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'media-type-unsupported': { status: 415, title: 'This media type is not accepted here' },
  'range-not-satisfiable': { status: 416, title: 'The object has no such range' },
  'invalid-record': { status: 422, title: 'The record cannot be registered as it is' },
  'invalid-redating': { status: 422, title: 'The decision to re-date is not as described' },
  'invalid-question': { status: 422, title: 'The question is not as described' },
  'invalid-hold': { status: 422, title: 'The hold is not as described' },
  'invalid-parameters': { status: 422, title: 'A parameter is not valid' },
  'invalid-object': { status: 422, title: 'The object cannot be stored as it is' },
  'digest-mismatch': { status: 422, title: 'The body is not the one its digest announces' },
  'headers-too-large': { status: 431, title: 'The header section is too large' },
  unexpected: { status: 500, title: 'Something went wrong on our side' },
  'database-unavailable': { status: 503, title: 'The database does not answer' },
  'store-unavailable': { status: 503, title: 'The object store does not answer' },
  'temporal-unavailable': { status: 503, title: 'Temporal does not answer' },
  'issuer-unavailable': { status: 503, title: 'The keys of the token issuer cannot be read' },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

/** The last part of a problem's `type`, and its `code`: what callers act on. */
export type ProblemCode = keyof typeof problemKinds;

/** What is wrong with one field: its path in the body (`fields.purpose`), or the name of a parameter or header. */
export type FieldFault = { readonly field: string; readonly code: string; readonly detail: string };

/** A problem as it travels; `instance` is added where the answer is written. Members beyond RFC 9457's own: `code`, `errors`, and `more`. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: ContentfulStatusCode;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly errors?: readonly FieldFault[];
};

/** What is particular to one occurrence of a problem. */
export type ProblemInput = {
  /** What happened this time, in a sentence; no values a caller sent. */
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
  /** Extension members, for example the certificate of an erased record. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
};

type Carried = {
  readonly problem: Problem & Record<string, unknown>;
  readonly headers: Readonly<Record<string, string>>;
};

const carriedProblems = new WeakMap<HTTPException, Carried>();

/** The stable address of a kind of problem (RFC 9457, 3.1.1). */
export const problemType = (code: ProblemCode): string => `urn:oblio:problem:${code}`;

/** A problem of a kind. */
export const problem = (
  code: ProblemCode,
  { detail, errors, more }: ProblemInput,
): Problem & Record<string, unknown> => ({
  ...more,
  type: problemType(code),
  title: problemKinds[code].title,
  status: problemKinds[code].status,
  detail,
  code,
  ...given({ errors }),
});

/** What a handler throws to answer with a problem: `throw refusal('record-unknown', { detail })`. */
export const refusal = (code: ProblemCode, input: ProblemInput): HTTPException => {
  const exception = new HTTPException(problemKinds[code].status, { message: code });
  carriedProblems.set(exception, { problem: problem(code, input), headers: input.headers ?? {} });
  return exception;
};

/** The problem that a thrown refusal carries, or `undefined` for any other error. */
export const refused = (error: unknown): Carried | undefined =>
  error instanceof HTTPException ? carriedProblems.get(error) : undefined;

/** A problem as a response. `requestId` becomes its `instance`: the correlation id that the log has too. */
export const problemResponse = (
  {
    problem: shown,
    headers,
  }: { problem: Problem & Record<string, unknown>; headers?: Readonly<Record<string, string>> },
  requestId: string,
): Response =>
  new Response(JSON.stringify({ ...shown, instance: `urn:uuid:${requestId}` }), {
    status: shown.status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
