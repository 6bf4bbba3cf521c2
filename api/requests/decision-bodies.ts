/** The bodies of the commands that lead to the answer on a right: prepared, advised, decided, answered. */
import { z } from '@hono/zod-openapi';
import { opinions } from '../../domain/request/course/commands.ts';
import {
  asDecision,
  decision,
  decisionWords,
  letterWords,
  ofLetter,
  type ParsedCommand,
  rightKeySchema,
  textOf,
  words,
} from './body-parts.ts';

/** One strict form for each of these commands. */
export const decisionBodies = {
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
