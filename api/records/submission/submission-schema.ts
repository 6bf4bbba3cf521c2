/** The form of a record as a source system hands it in. What its fields must be is the policy's matter: `check-submission.ts`. */
import { z } from '@hono/zod-openapi';
import { subjectIdentifierKinds } from '../../../domain/subject/subject-identifier.ts';

/** Longest text of a record, in UTF-16 code units. */
const longestText = 1_000_000;

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// A lone half of a surrogate pair has no UTF-8 form: it would come back as another character than it went in.
const wellFormed = (text: string): boolean => text.isWellFormed();

const identifier = z
  .strictObject({
    kind: z.enum(subjectIdentifierKinds).openapi({ description: 'What kind of identifier it is' }),
    value: z.string().max(320).refine(wellFormed, 'holds half a character').openapi({
      description: 'The identifier; it is stored sealed and found by a keyed hash of its normalised form',
      example: 'RSSMRA80A01H501U',
    }),
  })
  .openapi('SubjectIdentifier');

const shape = {
  triggerAt: z.string().max(40).optional().openapi({
    description:
      'When the event happened from which the retention period runs: ISO 8601 with offset. May be left out where the policy takes it from a field',
    example: '2026-01-31T10:00:00+01:00',
  }),
  identifiers: z.array(identifier).max(50).default([]).openapi({ description: 'Identifiers of the data subjects' }),
  fields: z
    .custom<Record<string, unknown>>(isPlainObject, 'must be an object')
    .default({})
    .openapi({
      type: 'object',
      description:
        "The class's own fields, as the controller's policy defines them (GET /controllers/{controller}/policy)",
      additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
      example: { purpose: 'quality-monitoring', toldAt: '2026-01-31T10:00:00+01:00', announcementVersion: '3' },
    }),
  text: z.string().max(longestText).refine(wellFormed, 'holds half a character').optional().openapi({
    description: 'Text content: the message, the chat, the booking; stored sealed',
  }),
};

/** The body of one record. */
export const submissionSchema = z.strictObject(shape).openapi('RecordSubmission');

/** A record as read from a body: of the right form, not yet judged by any policy. */
export type Submission = z.output<typeof submissionSchema>;

/** A line of the bulk route: the body of a record, and which record it is. */
export const submissionLineSchema = z
  .strictObject({
    recordClass: z.string().max(64).openapi({ example: 'sms' }),
    sourceId: z.string().max(400).openapi({ example: 'sms-000017' }),
    ...shape,
  })
  .openapi('RecordSubmissionLine');
