/** The bodies of commands on a case: one strict form each. What is free text goes into the case file, never through Temporal. */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { extensionReasons } from '../../domain/request/clock/clock.ts';
import { type CommandKind, deliveryProofs, opinions } from '../../domain/request/course/commands.ts';
import {
  authorityProofs,
  identificationAbouts,
  identificationItems,
  identityLevels,
  requesterCapacities,
} from '../../domain/request/course/identity.ts';
import { redactionGrounds, redactionKinds } from '../../domain/request/decision/manifest.ts';
import {
  asDecision,
  decision,
  decisionWords,
  identifiersSchema,
  instantInput,
  letterWords,
  ofLetter,
  type ParsedCommand,
  rightKeySchema,
  shortText,
  textOf,
  words,
} from './body-parts.ts';

/** The commands that lead to the answer on a right: prepared, advised, decided, answered. */
const decisionBodies = {
  'prepare-decision': z.strictObject({ right: rightKeySchema, decision, text: words.optional() }).transform(
    (body): ParsedCommand => ({
      command: { kind: 'prepare-decision', right: body.right, decision: asDecision(body.decision) },
      words: { ...decisionWords(body.decision), ...textOf(body.text) },
    }),
  ),
  'give-opinion': z.strictObject({ right: rightKeySchema, opinion: z.enum(opinions), text: words }).transform(
    ({ right, opinion, text }): ParsedCommand => ({
      command: { kind: 'give-opinion', right, opinion },
      words: { text },
    }),
  ),
  'return-decision': z
    .strictObject({ right: rightKeySchema, text: words })
    .transform(({ right, text }): ParsedCommand => ({ command: { kind: 'return-decision', right }, words: { text } })),
  decide: z
    .strictObject({
      right: rightKeySchema,
      decision,
      acknowledgedLate: z.boolean().default(false),
      text: words.optional(),
    })
    .transform(
      (body): ParsedCommand => ({
        command: {
          kind: 'decide',
          right: body.right,
          decision: asDecision(body.decision),
          acknowledgedLate: body.acknowledgedLate,
        },
        words: { ...decisionWords(body.decision), ...textOf(body.text) },
      }),
    ),
  'compose-answer': z
    .strictObject({ rights: z.array(rightKeySchema).min(1).max(20), ...letterWords })
    .transform(
      (body): ParsedCommand => ({ command: { kind: 'compose-answer', rights: body.rights }, words: ofLetter(body) }),
    ),
} as const;

/** A command that is a text and nothing else. */
const withText = (kind: 'repeat-search' | 'return-review' | 'decline-reopening' | 'add-note') =>
  z.strictObject({ text: words }).transform(({ text }): ParsedCommand => ({ command: { kind }, words: { text } }));

const bodies = {
  triage: z
    .discriminatedUnion('verdict', [
      z.strictObject({
        verdict: z.literal('rights-request'),
        rights: z.array(rightKeySchema).min(1).max(20),
        text: words.optional(),
        ...letterWords,
      }),
      z.strictObject({
        verdict: z.literal('not-a-request'),
        passedOn: z.boolean().default(false),
        passedOnTo: shortText.optional(),
        /** Who and why is kept (INPS's notice: no reply). */
        text: words,
        ...letterWords,
      }),
    ])
    .transform(
      (body): ParsedCommand =>
        body.verdict === 'rights-request'
          ? {
              command: { kind: 'triage', verdict: body.verdict, rights: body.rights },
              words: { ...textOf(body.text), ...ofLetter(body) },
            }
          : {
              command: { kind: 'triage', verdict: body.verdict, passedOn: body.passedOn },
              words: { text: body.text, ...given({ reference: body.passedOnTo }), ...ofLetter(body) },
            },
    ),
  'ask-requester': z
    .strictObject({
      about: z.enum(identificationAbouts),
      asked: z.array(z.enum(identificationItems)).max(10),
      doubt: words,
      ...letterWords,
    })
    .transform(
      (body): ParsedCommand => ({
        command: { kind: 'ask-requester', about: body.about, asked: body.asked },
        words: { text: body.doubt, ...ofLetter(body) },
      }),
    ),
  'record-answer': z.strictObject({ text: words.optional(), identifiers: identifiersSchema.optional() }).transform(
    ({ text, identifiers }): ParsedCommand => ({
      command: { kind: 'record-answer' },
      words: { ...textOf(text), ...given({ identifiers }) },
    }),
  ),
  'confirm-identity': z
    .strictObject({
      level: z.enum(identityLevels),
      capacity: z.enum(requesterCapacities),
      proof: z.enum(authorityProofs).optional(),
      text: words.optional(),
      identifiers: identifiersSchema.optional().openapi({
        description:
          'Checked with the identity as the own ones. A phone number or e-mail address ties records to the person only if it is here; one that the message merely names leaves them unclear',
      }),
    })
    .transform(
      ({ level, capacity, proof, text, identifiers }): ParsedCommand => ({
        command: { kind: 'confirm-identity', level, capacity, ...given({ proof }) },
        words: { ...textOf(text), ...given({ identifiers }) },
      }),
    ),
  extend: z
    .strictObject({
      rights: z.array(rightKeySchema).min(1).max(20),
      months: z.union([z.literal(1), z.literal(2)]),
      reason: z.enum(extensionReasons),
      explanation: words,
      ...letterWords,
    })
    .transform(
      (body): ParsedCommand => ({
        command: { kind: 'extend', rights: body.rights, months: body.months, reason: body.reason },
        words: { text: body.explanation, ...ofLetter(body) },
      }),
    ),
  'correct-receipt': z
    .strictObject({
      receivedAt: instantInput.openapi({
        description:
          'When it reached any official channel, read or not: not before 25 May 2018, and not after it was put on file',
      }),
      reason: words.openapi({ description: 'How the mistake came about, and what shows the right time' }),
      ...letterWords,
    })
    .transform(
      (body): ParsedCommand => ({
        command: { kind: 'correct-receipt', receivedAt: body.receivedAt },
        words: { text: body.reason, ...ofLetter(body) },
      }),
    ),
  'repeat-search': withText('repeat-search'),
  'submit-review': z
    .strictObject({
      redactions: z
        .array(
          z.strictObject({
            recordId: z.uuid(),
            recordClass: z.string().max(64),
            what: z.enum(redactionKinds),
            ground: z.enum(redactionGrounds),
            where: shortText,
          }),
        )
        .max(10_000),
      text: words.optional(),
    })
    .transform(
      ({ redactions, text }): ParsedCommand => ({
        command: { kind: 'submit-review', withheld: redactions.length },
        words: { redactions, ...textOf(text) },
      }),
    ),
  'confirm-review': z
    .strictObject({ text: words.optional() })
    .transform(({ text }): ParsedCommand => ({ command: { kind: 'confirm-review' }, words: textOf(text) })),
  'return-review': withText('return-review'),
  ...decisionBodies,
  'record-delivery': z
    .strictObject({
      letterId: z.uuid(),
      deliveredAt: instantInput,
      proof: z.enum(deliveryProofs),
      reference: shortText.optional(),
    })
    .transform(
      ({ letterId, deliveredAt, proof, reference }): ParsedCommand => ({
        command: { kind: 'record-delivery', letterId, deliveredAt, proof },
        words: reference === undefined ? {} : { reference },
      }),
    ),
  'send-letter': z
    .strictObject({ letterId: z.uuid() })
    .transform(({ letterId }): ParsedCommand => ({ command: { kind: 'send-letter', letterId }, words: {} })),
  'report-undelivered': z
    .strictObject({ letterId: z.uuid(), text: words })
    .transform(
      ({ letterId, text }): ParsedCommand => ({ command: { kind: 'report-undelivered', letterId }, words: { text } }),
    ),
  withdraw: z
    .strictObject({
      rights: z.array(rightKeySchema).min(1).max(20).openapi({
        description:
          'Undecided ones; or an erasure that was decided and waits until nothing keeps the records: nothing more is erased by it then',
      }),
      text: words,
      ...letterWords,
    })
    .transform(
      (body): ParsedCommand => ({
        command: { kind: 'withdraw', rights: body.rights },
        words: { text: body.text, ...ofLetter(body) },
      }),
    ),
  'announce-lifting': z.strictObject({ right: rightKeySchema, reason: words, ...letterWords }).transform(
    (body): ParsedCommand => ({
      command: { kind: 'announce-lifting', right: body.right },
      words: { text: body.reason, ...ofLetter(body) },
    }),
  ),
  'lift-restriction': z
    .strictObject({ right: rightKeySchema, text: words.optional() })
    .transform(
      ({ right, text }): ParsedCommand => ({ command: { kind: 'lift-restriction', right }, words: textOf(text) }),
    ),
  'request-reopening': z
    .strictObject({ reason: words })
    .transform(({ reason }): ParsedCommand => ({ command: { kind: 'request-reopening' }, words: { text: reason } })),
  'confirm-reopening': z
    .strictObject({ rights: z.array(rightKeySchema).min(1).max(20), text: words.optional() })
    .transform(
      ({ rights, text }): ParsedCommand => ({ command: { kind: 'confirm-reopening', rights }, words: textOf(text) }),
    ),
  'decline-reopening': withText('decline-reopening'),
  'link-proceeding': z
    .strictObject({
      proceeding: z.enum(['complaint', 'court']),
      reference: shortText,
      suspensionId: z.uuid().optional(),
    })
    .transform(
      ({ proceeding, reference, suspensionId }): ParsedCommand => ({
        command: { kind: 'link-proceeding', proceeding, ...given({ suspensionId }) },
        words: { reference },
      }),
    ),
  'add-note': withText('add-note'),
} as const satisfies Readonly<Record<CommandKind, z.ZodType<ParsedCommand>>>;

/** The form of a command's body. */
export const commandBody = (kind: CommandKind): z.ZodType<ParsedCommand> => bodies[kind];
/** All forms, for the OpenAPI document. */
export const commandBodies = bodies;
