/**
 * Who may open the content of a class that its notice calls a confidential archive (INPS, call recording): only persons
 * specifically authorised, and only on a reasoned request. Others need to work for the controller; the role table says so.
 */
import { z } from '@hono/zod-openapi';
import type { ObjectId, RecordId } from '../domain/ids.ts';
import type { RecordClassPolicy } from '../domain/policy.ts';
import { appendAuditEntry } from '../storage/audit-trail.ts';
import type { DatabaseTransaction } from '../storage/database.ts';
import type { Caller } from './authentication.ts';
import { type ApiContext, callerOf, policyOf } from './context.ts';
import { refusal } from './problems.ts';
import { looksLikePerson } from './submission/source-name.ts';

/** `?reason=`: the reference of the request on file, never the reason in words, since addresses are logged on their way. */
export const reasonQuery = z.object({
  reason: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ./_:-]{2,79}$/, 'must be a reference of 3 to 80 letters, digits and . / _ : -')
    .refine(
      (reason) => looksLikePerson(reason) === undefined,
      'looks like personal data: give the reference of the request on file',
    )
    .optional()
    .openapi({
      description: 'Reference of the reasoned request on file; needed for classes that ask for one',
      example: 'prot. 2026/00123',
    }),
});

type Denied = { readonly code: 'authorisation-needed' | 'reason-needed'; readonly detail: string };

const denial = (recordClass: RecordClassPolicy, caller: Caller, reason: string | undefined): Denied | undefined => {
  if (recordClass.access !== 'reasoned-request') return undefined;
  if (!caller.authorisedFor.includes(recordClass.id)) {
    return {
      code: 'authorisation-needed',
      detail: 'The token does not name this class among those the person is authorised for (oblio_authorised_for).',
    };
  }
  if (reason === undefined) {
    return { code: 'reason-needed', detail: 'Give the reference of the reasoned request: ?reason=...' };
  }
  return undefined;
};

export type OpenContentInput = {
  readonly recordClass: RecordClassPolicy;
  readonly recordId: RecordId;
  readonly reason: string | undefined;
  /** The object that is opened; absent: the record's sealed content. */
  readonly objectId?: ObjectId;
};

/**
 * Writes down that a content is opened, or that it was refused, before anything of it is read. Returns what to throw after the
 * transaction has committed, so that the refusal stays on file too.
 */
export const auditAccess = async (
  c: ApiContext,
  tx: DatabaseTransaction,
  { recordClass, recordId, reason, objectId }: OpenContentInput,
): Promise<Error | undefined> => {
  const caller = callerOf(c);
  const denied = denial(recordClass, caller, reason);
  await appendAuditEntry(tx, {
    at: c.get('now'),
    actor: caller.actor,
    role: caller.role,
    action: denied ? 'access-refused' : objectId ? 'object-read' : 'record-content-read',
    controller: policyOf(c).controller,
    target: objectId ? { kind: 'object', id: objectId } : { kind: 'record', id: recordId },
    why: denied?.code ?? reason ?? recordClass.access,
    ...(objectId === undefined ? {} : { detail: { recordId } }),
  });
  return denied && refusal(denied.code, { detail: denied.detail });
};
