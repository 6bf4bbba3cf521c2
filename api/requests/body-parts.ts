/** What the bodies of several commands on a case are made of. */

import { z } from '@hono/zod-openapi';
import { given } from '../../domain/given.ts';
import { recordClassId } from '../../domain/ids.ts';
import type { CaseCommand } from '../../domain/request/course/commands.ts';
import { lineResults } from '../../domain/request/course/decision.ts';
import { allOutcomes, type GroundCode, groundCodes, isGroundCode } from '../../domain/request/course/grounds.ts';
import { parseRightKey, type RightKey } from '../../domain/request/course/rights.ts';
import type { CommandWords } from '../../domain/request/decision/case-words.ts';
import { normaliseSubjectIdentifier, subjectIdentifierKinds } from '../../domain/subject/subject-identifier.ts';
import { type Instant, parseInstant } from '../../domain/time/instant.ts';

/** Free text, which goes into the case file. */
export const words = z.string().trim().min(1).max(20_000);
/** A name, an office, a reference. */
export const shortText = z.string().trim().min(1).max(300);

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

/** Who signs a letter. */
export const signatory = z.strictObject({ name: shortText, office: shortText });
/** What the person who orders a letter adds to it. */
export const letterWords = { signatory, addedParagraphs: z.array(words).max(10).optional() };

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

/** A decision as it is prepared, and as it is taken. */
export const decision = z.strictObject({
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

/** The codes of a decision, which travel. */
export const asDecision = ({ outcome, grounds, lines, reasons, earlierCases }: z.output<typeof decision>) => ({
  outcome,
  grounds,
  lines,
  reasonsFor: Object.keys(reasons).filter(isGroundCode),
  earlierCases,
});

/** The words of a decision, which stay in the case file. */
export const decisionWords = ({
  reasons,
  balance,
  statement,
  changes,
  exceptions,
}: z.output<typeof decision>): CommandWords => ({
  ...(Object.keys(reasons).length === 0 ? {} : { reasons }),
  ...given({ balance, statement, changes }),
  ...(exceptions === undefined ? {} : { exceptions: exceptions.map((one) => ({ ...one, grounds: [...one.grounds] })) }),
});

type LetterWords = {
  readonly signatory: { name: string; office: string };
  readonly addedParagraphs?: string[] | undefined;
};
/** The words of the person who orders a letter. */
export const ofLetter = ({ signatory: who, addedParagraphs }: LetterWords): CommandWords => ({
  signatory: who,
  ...given({ addedParagraphs }),
});

/** A text that may be absent. */
export const textOf = (text: string | undefined): CommandWords => (text === undefined ? {} : { text });

/** What a body becomes: the command that travels, and the words that stay in the case file. */
export type ParsedCommand = { readonly command: CaseCommand; readonly words: CommandWords };
