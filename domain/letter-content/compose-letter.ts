/** Composes a letter of a case: the right content for its kind, complete or not at all. Not for workflows. */
import { assertNever } from '../assert-never.ts';
import type { AcknowledgementLetter, CaseLetter, RequestWithdrawnLetter } from '../letter-content.ts';
import { findLetter, findRight } from '../rights-request/case-state.ts';
import type { IdentificationItem } from '../rights-request/identity.ts';
import { rights as definitions, rightKind } from '../rights-request/rights.ts';
import { composeAnswer } from './compose-answer.ts';
import { atLeastOne, classPolicy, dateAt, recordLines, retentionInWords, said, subjectFrame } from './compose-parts.ts';
import { type CompositionFacts, LetterIncompleteError } from './composition-facts.ts';

/** What a question asked, for the letter that asks and for the one that closes without an answer. */
export type AskedFacts = {
  readonly about: 'identity' | 'authority' | 'specification';
  readonly asked: readonly IdentificationItem[];
  readonly askedAt: Parameters<typeof dateAt>[1];
  readonly answerBy: Parameters<typeof dateAt>[1];
};

/** What earlier letters gave as the day of receipt, where this one puts it right; nothing where only the hour was wrong. */
const correctedDay = (facts: CompositionFacts, letterId: string): Pick<AcknowledgementLetter, 'formerlyReceivedOn'> => {
  const correction = facts.state.receiptCorrections?.find((one) => one.letterId === letterId);
  const formerly = correction === undefined ? undefined : dateAt(facts, correction.formerly);
  return formerly === undefined || formerly === dateAt(facts, facts.state.receivedAt)
    ? {}
    : { formerlyReceivedOn: formerly };
};

/** What becomes of an erasure that was decided and still waited when the request was taken back. */
const deferredErasure = (
  facts: CompositionFacts,
  letterId: string,
): Pick<RequestWithdrawnLetter, 'deferredErasure'> => {
  const right = facts.state.rights.find(
    ({ key, executed, heldErasure, letterId: ending }) =>
      key === 'erasure' && executed !== undefined && (heldErasure?.letterId === letterId || ending === letterId),
  );
  return right?.executed === undefined ? {} : { deferredErasure: { erasedBefore: right.executed.records } };
};

/** Composes the letter with an id. Throws a `LetterIncompleteError` where something the law asks for is missing. */
export const composeLetter = (
  facts: CompositionFacts,
  letterId: string,
  question: AskedFacts | undefined,
): CaseLetter => {
  const { state } = facts;
  const letter = findLetter(state, letterId);
  if (letter === undefined) throw new LetterIncompleteError('The case has no such letter');
  const frame = subjectFrame(facts);
  const asked = (): AskedFacts => {
    if (question === undefined) throw new LetterIncompleteError('The letter lacks: what was asked');
    return question;
  };
  switch (letter.kind) {
    case 'acknowledgement': {
      const kept = retentionInWords(classPolicy(facts, facts.policy.rightsRequests.caseFileClass).rule);
      return {
        ...frame,
        kind: 'acknowledgement',
        ...correctedDay(facts, letterId),
        deadlines: atLeastOne(
          state.rights.flatMap(({ key, clock }) =>
            clock === undefined ? [] : [{ right: key, lastDay: clock.lastDay ?? clock.unpausedLastDay }],
          ),
          'the deadline of each right',
        ),
        caseFile: {
          keptFor: {
            it: `${kept.it} dalla chiusura`,
            en: `${kept.en} after it is closed`,
          },
        },
      };
    }
    case 'identification-request': {
      const { about, asked: items, askedAt, answerBy } = asked();
      return {
        ...frame,
        kind: 'identification-request',
        about,
        doubt: said(facts.words, 'why there is doubt'),
        asked: atLeastOne(items, 'what is asked'),
        clockStandsFrom: dateAt(facts, askedAt),
        answerBy: dateAt(facts, answerBy),
      };
    }
    case 'extension': {
      const extended = letter.rights.flatMap((key) => {
        const right = findRight(state, key);
        const end = right?.extension?.letterId === letterId ? right : undefined;
        return end === undefined ? [] : [end];
      });
      const [first] = extended;
      if (first?.extension === undefined) throw new LetterIncompleteError('The letter lacks: the extension');
      return {
        ...frame,
        kind: 'extension',
        months: first.extension.months,
        reason: first.extension.reason,
        explanation: said(facts.words, 'why the deadline is extended'),
        rights: atLeastOne(
          extended.flatMap((right) => {
            const end = facts.extendedUntil[right.key];
            const before = right.clock?.lastDay;
            return end === undefined || before === undefined ? [] : [{ right: right.key, until: end, before }];
          }),
          'the extended deadlines',
        ),
      };
    }
    case 'answer':
      return {
        ...frame,
        kind: 'answer',
        answers: atLeastOne(
          letter.rights.flatMap((key) => {
            const right = findRight(state, key);
            return right === undefined ? [] : [composeAnswer(facts, right)];
          }),
          'an answer',
        ),
      };
    case 'restriction-to-be-lifted': {
      const [right] = letter.rights;
      if (right === undefined) throw new LetterIncompleteError('The letter lacks: the right');
      const records = recordLines(facts);
      const today = dateAt(facts, facts.now);
      return {
        ...frame,
        kind: 'restriction-to-be-lifted',
        right,
        reason: said(facts.words, 'why the restriction is lifted'),
        notBefore: facts.liftingNotBefore,
        records,
        thenErased: records.some(({ keptUntil }) => keptUntil < today),
      };
    }
    case 'closed-unidentified': {
      const { about, asked: items, askedAt } = asked();
      return {
        ...frame,
        kind: 'closed-unidentified',
        about,
        askedOn: dateAt(facts, askedAt),
        asked: atLeastOne(items, 'what was asked'),
        grounds: [{ code: '11.2', citation: 'Art. 12(2), 12(6) GDPR' }],
      };
    }
    case 'not-a-request':
      return {
        ...frame,
        kind: 'not-a-request',
        ...(facts.passedOnTo === undefined ? {} : { passedOnTo: facts.passedOnTo }),
      };
    case 'request-withdrawn':
      return {
        ...frame,
        kind: 'request-withdrawn',
        withdrawnOn: dateAt(facts, letter.orderedAt),
        ...deferredErasure(facts, letterId),
        rights: atLeastOne(
          letter.rights.map((key) => ({ right: key, article: definitions[rightKind(key)].article })),
          'the rights withdrawn',
        ),
      };
    case 'recipients-report':
      return { ...frame, kind: 'recipients-report', recipients: atLeastOne(facts.recipients, 'the recipients') };
    case 'recipient-notification':
      throw new LetterIncompleteError('Notifications to recipients are composed for each recipient');
    default:
      return assertNever(letter.kind);
  }
};
