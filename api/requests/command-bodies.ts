/** The bodies of commands on a case: one strict form each. What is free text goes into the case file, never through Temporal. */
import { z } from '@hono/zod-openapi';
import { recordClassId } from '../../domain/ids.ts';
import { type Instant, parseInstant } from '../../domain/instant.ts';
import { extensionReasons } from '../../domain/rights-request/clock.ts';
import { type CaseCommand, type CommandKind, deliveryProofs, opinions } from '../../domain/rights-request/commands.ts';
import { lineResults } from '../../domain/rights-request/decision.ts';
import { type GroundCode, groundCodes, isGroundCode } from '../../domain/rights-request/grounds.ts';
import {
  authorityProofs,
  identificationAbouts,
  identificationItems,
  identityLevels,
  requesterCapacities,
} from '../../domain/rights-request/identity.ts';
import { redactionGrounds, redactionKinds } from '../../domain/rights-request/manifest.ts';
import { allOutcomes } from '../../domain/rights-request/outcomes.ts';
import { parseRightKey, type RightKey } from '../../domain/rights-request/rights.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../domain/subject-identifier.ts';
import type { CommandWords } from '../../storage/rights-requests/person.ts';

/** What a body becomes: the command that travels, and the words that stay in the case file. */
export type ParsedCommand = { readonly command: CaseCommand; readonly words: CommandWords };

const words = z.string().trim().min(1).max(20_000);
const shortText = z.string().trim().min(1).max(300);

/** A right of the closed list, or `opt-out/<id of the policy>`. */
export const rightKeySchema = z
  .string()
  .max(80)
  .transform((text, context): RightKey => {
    const key = parseRightKey(text);
    if (key !== undefined) return key;
    context.addIssue({
      code: 'custom',
      message:
        'must be access, rectification, erasure, restriction, portability, objection, consent-withdrawal or opt-out/<id>',
    });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: 'access' });

/** An existing point in time. */
export const instantInput = z
  .string()
  .max(40)
  .transform((text, context): Instant => {
    const parsed = parseInstant(text);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: 'is no existing time written YYYY-MM-DDTHH:mm:ss with its offset' });
    return z.NEVER;
  })
  .openapi({ type: 'string', format: 'date-time' });

const ground = z
  .string()
  .transform((text, context): GroundCode => {
    if (isGroundCode(text)) return text;
    context.addIssue({ code: 'custom', message: 'is no code of the list of grounds' });
    return z.NEVER;
  })
  .openapi({ type: 'string', enum: [...groundCodes] });

const signatory = z.strictObject({ name: shortText, office: shortText });
/** What whoever orders a letter may add to it. */
const letterWords = { signatory, addedParagraphs: z.array(words).max(10).optional() };

/** Identifiers by which the person is found. A mistyped one is refused with what is wrong with it. */
export const identifiersSchema = z
  .array(z.strictObject({ kind: z.enum(subjectIdentifierKinds), value: z.string().min(1).max(400) }))
  .max(50)
  .superRefine((identifiers, context) => {
    for (const [index, identifier] of identifiers.entries()) {
      const normal = normaliseSubjectIdentifier(identifier);
      if (!normal.ok) context.addIssue({ code: 'custom', path: [index, 'value'], message: normal.reason.reason });
    }
  });

const decision = z.strictObject({
  outcome: z.enum(allOutcomes as [(typeof allOutcomes)[number], ...(typeof allOutcomes)[number][]]),
  grounds: z.array(ground).max(20).default([]),
  lines: z
    .array(
      z.strictObject({
        recordClass: z
          .string()
          .regex(/^[a-z][a-z0-9-]{0,63}$/)
          .transform(recordClassId)
          .openapi({ type: 'string' }),
        result: z.enum(lineResults),
        grounds: z.array(ground).min(1).max(20),
      }),
    )
    .max(100)
    .default([]),
  reasons: z.record(z.string(), words).default({}),
  earlierCases: z.array(z.string().max(100)).max(50).default([]),
  balance: words.optional(),
  statement: words.optional(),
  changes: z
    .array(z.strictObject({ recordId: z.uuid(), what: shortText, before: words, after: words }))
    .max(200)
    .optional(),
  exceptions: z
    .array(z.strictObject({ recordId: z.uuid(), result: z.enum(lineResults), grounds: z.array(ground).min(1).max(10) }))
    .max(10_000)
    .optional(),
});

const asDecision = ({ outcome, grounds, lines, reasons, earlierCases }: z.output<typeof decision>) => ({
  outcome,
  grounds,
  lines,
  reasonsFor: Object.keys(reasons).filter(isGroundCode),
  earlierCases,
});

const decisionWords = ({
  reasons,
  balance,
  statement,
  changes,
  exceptions,
}: z.output<typeof decision>): CommandWords => ({
  ...(Object.keys(reasons).length === 0 ? {} : { reasons }),
  ...(balance === undefined ? {} : { balance }),
  ...(statement === undefined ? {} : { statement }),
  ...(changes === undefined ? {} : { changes }),
  ...(exceptions === undefined ? {} : { exceptions: exceptions.map((one) => ({ ...one, grounds: [...one.grounds] })) }),
});

type LetterWords = {
  readonly signatory: { name: string; office: string };
  readonly addedParagraphs?: string[] | undefined;
};
const ofLetter = ({ signatory: who, addedParagraphs }: LetterWords): CommandWords => ({
  signatory: who,
  ...(addedParagraphs === undefined ? {} : { addedParagraphs }),
});

const textOf = (text: string | undefined): CommandWords => (text === undefined ? {} : { text });

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
              words: {
                text: body.text,
                ...(body.passedOnTo === undefined ? {} : { reference: body.passedOnTo }),
                ...ofLetter(body),
              },
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
      words: { ...textOf(text), ...(identifiers === undefined ? {} : { identifiers }) },
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
        command: { kind: 'confirm-identity', level, capacity, ...(proof === undefined ? {} : { proof }) },
        words: { ...textOf(text), ...(identifiers === undefined ? {} : { identifiers }) },
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
  'repeat-search': z
    .strictObject({ text: words })
    .transform(({ text }): ParsedCommand => ({ command: { kind: 'repeat-search' }, words: { text } })),
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
  'return-review': z
    .strictObject({ text: words })
    .transform(({ text }): ParsedCommand => ({ command: { kind: 'return-review' }, words: { text } })),
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
  withdraw: z.strictObject({ rights: z.array(rightKeySchema).min(1).max(20), text: words, ...letterWords }).transform(
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
  'decline-reopening': z
    .strictObject({ text: words })
    .transform(({ text }): ParsedCommand => ({ command: { kind: 'decline-reopening' }, words: { text } })),
  'link-proceeding': z
    .strictObject({
      proceeding: z.enum(['complaint', 'court']),
      reference: shortText,
      suspensionId: z.uuid().optional(),
    })
    .transform(
      ({ proceeding, reference, suspensionId }): ParsedCommand => ({
        command: { kind: 'link-proceeding', proceeding, ...(suspensionId === undefined ? {} : { suspensionId }) },
        words: { reference },
      }),
    ),
  'add-note': z
    .strictObject({ text: words })
    .transform(({ text }): ParsedCommand => ({ command: { kind: 'add-note' }, words: { text } })),
} as const satisfies Readonly<Record<CommandKind, z.ZodType<ParsedCommand>>>;

/** The form of a command's body. */
export const commandBody = (kind: CommandKind): z.ZodType<ParsedCommand> => bodies[kind];
/** All forms, for the OpenAPI document. */
export const commandBodies = bodies;
