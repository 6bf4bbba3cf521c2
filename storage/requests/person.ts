/**
 * What a case file knows of people, as one sealed document (Art. 32): who asks, about whom, in whose name, and what they wrote. Opens
 * only together with its case.
 */
import { z } from 'zod';
import { requesterCapacities } from '../../domain/request/course/identity.ts';
import type { CasePerson, CommandWords } from '../../domain/request/decision/case-words.ts';
import { redactionGrounds, redactionKinds } from '../../domain/request/decision/manifest.ts';
import { subjectIdentifierKinds } from '../../domain/subject/subject-identifier.ts';
import type { Sealing } from '../sealing/sealing.ts';

const identifier = z.object({ kind: z.enum(subjectIdentifierKinds), value: z.string() });
const contact = z.object({
  name: z.string(),
  email: z.string().optional(),
  pec: z.string().optional(),
  postalLines: z.array(z.string()).optional(),
});

const personSchema = z.object({
  requester: contact,
  capacity: z.enum(requesterCapacities),
  /** Present where another person asks. */
  subject: z.object({ name: z.string() }).optional(),
  /** By these the records are searched; as handed in. */
  identifiers: z.array(identifier),
  messageId: z.string().optional(),
  subjectLine: z.string().optional(),
  text: z.string(),
  reason: z.string().optional(),
}) satisfies z.ZodType<CasePerson>;

const placeOf = (caseId: string): string => `case/${caseId}/person`;

/** Seals it so that it opens with its case only. */
export const sealPerson = (sealing: Sealing, caseId: string, person: CasePerson): Buffer =>
  sealing.seal(Buffer.from(JSON.stringify(person), 'utf8'), placeOf(caseId));

/** Opens it. Throws a `SealingError` if it was changed or belongs to another case. */
export const openPerson = (sealing: Sealing, caseId: string, sealed: Uint8Array): CasePerson =>
  personSchema.parse(JSON.parse(sealing.open(sealed, placeOf(caseId)).toString('utf8')));

const wordsSchema = z.object({
  /** Reasons, explanations, doubts: the free text of a command. */
  text: z.string().optional(),
  /** For decisions: why each ground applies to this person. */
  reasons: z.record(z.string(), z.string()).optional(),
  /** The balance of an objection, on the person's own situation. */
  balance: z.string().optional(),
  /** A rectification: what is changed, from what to what. */
  changes: z
    .array(z.object({ recordId: z.string(), what: z.string(), before: z.string(), after: z.string() }))
    .optional(),
  statement: z.string().optional(),
  /** What a review withholds. */
  redactions: z
    .array(
      z.object({
        recordId: z.string(),
        recordClass: z.string(),
        what: z.enum(redactionKinds),
        ground: z.enum(redactionGrounds),
        where: z.string(),
      }),
    )
    .optional(),
  /** Single records that a decision treats otherwise than their class. */
  exceptions: z
    .array(
      z.object({
        recordId: z.string(),
        result: z.enum(['granted', 'denied', 'deferred']),
        grounds: z.array(z.string()),
      }),
    )
    .optional(),
  /** Identifiers that became known later: with the answer to a question, or when identity was confirmed. */
  identifiers: z.array(identifier).optional(),
  addedParagraphs: z.array(z.string()).optional(),
  signatory: z.object({ name: z.string(), office: z.string() }).optional(),
  /** File number of a complaint or action, receipt number of a delivery. */
  reference: z.string().optional(),
}) satisfies z.ZodType<CommandWords>;

const wordsPlace = (commandId: string): string => `case-command/${commandId}`;

/** Seals the words of a command so that they open with its id only. */
export const sealWords = (sealing: Sealing, commandId: string, words: CommandWords): Buffer =>
  sealing.seal(Buffer.from(JSON.stringify(words), 'utf8'), wordsPlace(commandId));

/** Opens the words of a command; without any, an empty document. */
export const openWords = (sealing: Sealing, commandId: string, sealed: Uint8Array | null): CommandWords =>
  sealed === null ? {} : wordsSchema.parse(JSON.parse(sealing.open(sealed, wordsPlace(commandId)).toString('utf8')));
