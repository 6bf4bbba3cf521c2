/** The answers that give nothing of what was asked: nothing held, refused as a whole, refused class by class. Not for workflows. */

import type { RightCase } from '../request/course/case-state.ts';
import { exercisedThroughTheGarante } from '../request/course/grounds.ts';
import { rightKind } from '../request/course/rights.ts';
import type { LocalDate } from '../time/local-date.ts';
import { basesOf, heldNoMore } from './compose-access.ts';
import { type DecidedInput, groundsOnSide } from './compose-decided.ts';
import { composeErasure } from './compose-erasure.ts';
import { atLeastOne, describeClass, recordLines, said, statedGrounds } from './compose-parts.ts';
import { LetterIncompleteError } from './composition-facts.ts';
import type { RightAnswer } from './letter-content.ts';

/** What an answer is composed from. */
export type AnswerInput = DecidedInput & { readonly right: RightCase };

/** What every answer says of its right. */
export type Base = Pick<RightAnswer, 'right' | 'decidedOn' | 'restrictionEndsAfter'>;

/** Nothing is held: said with where it was looked for, what is gone, and what cannot be tied to a person. */
export const noData = ({ facts }: AnswerInput, base: Base): RightAnswer => ({
  answer: 'no-data',
  ...base,
  searched: atLeastOne(
    facts.policy.recordClasses.map(({ id }) => describeClass(facts, id)),
    'the classes that were searched',
  ),
  ...heldNoMore(facts),
});

/** A refusal that looks at no single record, with its reasons (Art. 12(4)). */
export const refusedAsAWhole = (input: AnswerInput, base: Base): RightAnswer => {
  const { facts, right, decision } = input;
  const kind = rightKind(right.key);
  if (kind === 'consent-withdrawal' || kind === 'opt-out')
    throw new LetterIncompleteError('An unconditional right cannot be refused');
  return {
    answer: 'refused',
    ...base,
    kind,
    grounds: groundsOnSide(input, 'denied'),
    earlierCases: decision.grounds.includes('12.5.excessive')
      ? atLeastOne(facts.earlierCases, 'the earlier requests')
      : facts.earlierCases,
    throughTheGarante: decision.grounds.some(exercisedThroughTheGarante),
  };
};

/** A refusal after every class was looked at. `reviewOn`: by when staff review what an erasure leaves. */
export const refusedByClass = (input: AnswerInput, base: Base, reviewOn: LocalDate): RightAnswer => {
  const { facts, right, decision, words } = input;
  switch (rightKind(right.key)) {
    case 'erasure':
      return composeErasure(input, base, { stated: () => groundsOnSide(input, 'granted'), reviewOn });
    case 'rectification':
      return {
        answer: 'rectification-refused',
        ...base,
        grounds: groundsOnSide(input, 'denied'),
        records: recordLines(facts),
      };
    case 'portability':
      return {
        answer: 'portability-refused',
        ...base,
        classes: atLeastOne(
          decision.lines.map((line) => ({
            ...describeClass(facts, line.recordClass),
            ...basesOf(facts, line.recordClass),
            grounds: atLeastOne(statedGrounds(line.grounds, words), 'the grounds of a class'),
          })),
          'the classes refused',
        ),
        accessOffered: true,
      };
    case 'objection':
      return {
        answer: 'objection-refused',
        ...base,
        grounds: groundsOnSide(input, 'denied'),
        balance: said(words.balance, 'the balance'),
        records: recordLines(facts),
      };
    case 'access':
    case 'restriction':
    case 'consent-withdrawal':
    case 'opt-out':
      return refusedAsAWhole(input, base);
  }
};
