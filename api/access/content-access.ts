/**
 * Opening content for a caller: by the rules of its class (what its notice calls a confidential archive is opened by persons
 * specifically authorised, on a reasoned request; INPS, call recording) and for a purpose, where processing is restricted (Art. 18).
 * The rule on restriction is `storage/reading`; here is how a caller claims a purpose and learns of a refusal.
 */
import { z } from '@hono/zod-openapi';
import { caseId, type ObjectId, type RecordId } from '../../domain/ids.ts';
import type { RecordClassPolicy } from '../../domain/policy/policy.ts';
import {
  ordinary,
  purposesOf,
  type ReadingPurpose,
  type ReadingRefusal,
  restrictedUses,
} from '../../domain/policy/reading-purpose.ts';
import type { DatabaseTransaction } from '../../storage/database/database.ts';
import type { Reading } from '../../storage/reading/admit-reading.ts';
import { type ApiContext, callerOf } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import { idParameter, travelHeaders } from '../http/schemas.ts';
import { looksLikePerson } from '../records/submission/source-name.ts';
import { appendEntryOf } from './audit-entry.ts';
import type { Caller, Role } from './authentication.ts';

const reasonReference = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ./_:-]{2,79}$/, 'must be a reference of 3 to 80 letters, digits and . / _ : -')
  .refine(
    (reason) => looksLikePerson(reason) === undefined,
    'looks like personal data: give the reference of the request on file',
  );

/** `?reason=`: the reference of the request on file, never the reason in words, since addresses are logged on their way. */
export const reasonQuery = z.object({
  reason: reasonReference.optional().openapi({
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

/** Headers that claim a use which Art. 18(2) leaves for a restricted record. Never in the address, which is logged on its way. */
export const purposeHeaders = travelHeaders.extend({
  'oblio-purpose': z
    .enum([...restrictedUses, 'subject-request'])
    .optional()
    .openapi({
      description:
        'For a record whose processing is restricted (Art. 18): the use of Art. 18(2) it is opened for, or `subject-request` for answering the request of the person it is about',
    }),
  'oblio-purpose-reason': reasonReference.optional().openapi({
    description: 'With a use of Art. 18(2): the reference of what is on file for it (the consent, the dispute ...)',
    example: 'R.G. 1234/2026',
  }),
  'oblio-case': idParameter.optional().openapi({ description: 'With `subject-request`: the id of the rights request' }),
});

const missingHeader = (field: string, detail: string) =>
  refusal('invalid-parameters', {
    detail: 'A parameter or header is not as described.',
    errors: [{ field, code: 'missing', detail }],
  });

/** The purpose that a request claims; 422 where it is claimed by halves. */
export const claimedPurpose = (headers: z.output<typeof purposeHeaders>): ReadingPurpose => {
  const { 'oblio-purpose': kind, 'oblio-purpose-reason': reason, 'oblio-case': inCase } = headers;
  if (kind === undefined) return ordinary;
  if (kind === 'subject-request') {
    if (inCase === undefined) throw missingHeader('Oblio-Case', 'name the rights request that is being answered');
    return { kind, caseId: caseId(inCase) };
  }
  if (reason === undefined) throw missingHeader('Oblio-Purpose-Reason', 'give the reference of what is on file for it');
  return { kind, reason };
};

const refusalDetails: Readonly<Record<ReadingRefusal, string>> = {
  restricted:
    'The record is stored and not used. It opens for the purposes of Art. 18(2): claim one in Oblio-Purpose, with its reason.',
  'purpose-not-yours': 'The purpose that was claimed is not one that this role may claim.',
  'not-of-that-case': 'The rights request that was named is no open one about a person whom this record is about.',
};

const restrictedProblem = (why: ReadingRefusal, role: Role) =>
  refusal('restricted', {
    detail: refusalDetails[why],
    more: { article: 'GDPR Art. 18(2)', purposes: purposesOf(role) },
  });

/** The record to open and what the caller claims: the reference of a reasoned request, a purpose. */
export type AccessInput = {
  readonly recordClass: RecordClassPolicy;
  readonly recordId: RecordId;
  /** Reference of the reasoned request that the class asks for. */
  readonly reason: string | undefined;
  readonly purpose: ReadingPurpose;
};

/** What was read, by the id of what the audit entry is about (an object, or the record itself); or why nothing was. */
export type Opened<Read> = { readonly read: Read; readonly objectId?: ObjectId } | { readonly refused: ReadingRefusal };

/**
 * Opens a content for the caller: first by the rules of its class, then through `read`, which decides on restriction (I11). What was
 * opened, and what the class's rules refused, is on file with the same transaction; `read` puts on file what concerns restriction.
 * A refusal is returned, to be thrown after the transaction has committed, so that it stays on file too.
 */
export const openForCaller = async <Read>(
  c: ApiContext,
  tx: DatabaseTransaction,
  { recordClass, recordId, reason, purpose }: AccessInput,
  read: (reading: Reading) => Promise<Opened<Read>>,
): Promise<{ readonly read: Read } | { readonly refused: Error }> => {
  const caller = callerOf(c);
  const by = { actor: caller.actor, role: caller.role };
  const now = c.get('now');
  const denied = denial(recordClass, caller, reason);
  if (denied !== undefined) {
    await appendEntryOf(c, tx, {
      action: 'access-refused',
      target: { kind: 'record', id: recordId },
      why: denied.code,
    });
    return { refused: refusal(denied.code, { detail: denied.detail }) };
  }
  const opened = await read({ purpose, by, now });
  if ('refused' in opened) return { refused: restrictedProblem(opened.refused, caller.role) };
  const { objectId } = opened;
  await appendEntryOf(c, tx, {
    action: objectId === undefined ? 'record-content-read' : 'object-read',
    target: objectId === undefined ? { kind: 'record', id: recordId } : { kind: 'object', id: objectId },
    why: reason ?? recordClass.access,
    ...(objectId === undefined ? {} : { detail: { recordId } }),
  });
  return { read: opened.read };
};
