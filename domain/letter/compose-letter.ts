/** Composes a letter of a case: the right content for its kind, complete or not at all. Not for workflows. */

import { given } from '../given.ts';
import { findLetter, findRight } from '../request/course/case-state.ts';
import { grounds } from '../request/course/grounds.ts';
import type { IdentificationItem } from '../request/course/identity.ts';
import { rights as definitions, type RightKey, rightKind } from '../request/course/rights.ts';
import { casePeriodsOf } from '../request/decision/case-rules.ts';
import { assertNever } from '../result.ts';
import { days } from '../time/duration.ts';
import { instantPlus } from '../time/instant.ts';
import { composeAnswer } from './compose-answer.ts';
import { atLeastOne, classPolicy, dateAt, recordLine, retentionInWords, said, subjectFrame } from './compose-parts.ts';
import { restrictedMeanwhile, restrictedRecords, restrictionsEnd } from './compose-restriction.ts';
import { type CompositionFacts, LetterIncompleteError } from './composition-facts.ts';
import type {
  AcknowledgementLetter,
  AnswerLetter,
  CaseLetter,
  ClosedUnidentifiedLetter,
  RequestWithdrawnLetter,
  StatedGround,
} from './letter-content.ts';

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

/** The rights that other letters answer, so that the person does not take silence for a refusal. */
const othersOf = ({ state }: CompositionFacts, answered: readonly RightKey[]): Pick<AnswerLetter, 'others'> => {
  const others = state.rights.filter((right) => right.state !== 'closed' && !answered.includes(right.key));
  if (others.length === 0) return {};
  return {
    others: others.map(({ key, clock }) => {
      const lastDay = clock?.lastDay ?? clock?.unpausedLastDay;
      return { right: key, ...given({ lastDay }) };
    }),
  };
};

/**
 * Why a request is closed without what was asked for: a doubt about who writes has an article; so has standing over a dead person's data.
 */
const closingGrounds = (
  { state }: CompositionFacts,
  about: ClosedUnidentifiedLetter['about'],
): readonly StatedGround[] => {
  if (about === 'identity') return [{ code: '11.2', citation: 'Art. 12(2), 12(6) GDPR' }];
  const standing = '2-terdecies.no-standing';
  return about === 'authority' && state.identity.capacity.startsWith('deceased')
    ? [{ code: standing, citation: grounds[standing].citation }]
    : [];
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
      const file = classPolicy(facts, facts.policy.rightsRequests.caseFileClass);
      const kept = retentionInWords(file.rule);
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
          keptFor: { it: `${kept.it} dalla chiusura`, en: `${kept.en} after it is closed` },
          recipients: facts.policy.recipients.filter(({ id }) => file.recipients.includes(id)).map(({ name }) => name),
        },
        ...restrictedMeanwhile(facts),
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
        ...othersOf(facts, letter.rights),
      };
    case 'restriction-to-be-lifted': {
      const [right] = letter.rights;
      if (right === undefined) throw new LetterIncompleteError('The letter lacks: the right');
      const records = restrictedRecords(facts, findRight(state, right));
      const today = dateAt(facts, facts.now);
      return {
        ...frame,
        kind: 'restriction-to-be-lifted',
        right,
        reason: said(facts.words, 'why the restriction is lifted'),
        notBefore: dateAt(facts, instantPlus(facts.now, days(casePeriodsOf(facts.policy).liftingNoticeDays))),
        // Their day may be over because they were restricted; what becomes of them then is said below.
        records: records.map((record) => {
          const { keptForAnswer: _, ...line } = recordLine(facts, record);
          return line;
        }),
        // A hold keeps them all the same.
        thenErased: records.some(
          ({ boundDay, suspendedBy }) => boundDay < today && suspendedBy.every((kind) => kind === 'restriction'),
        ),
      };
    }
    case 'closed-unidentified': {
      const { about, asked: items, askedAt } = asked();
      if (about === 'specification')
        throw new LetterIncompleteError(
          'A request that was not specified is answered in full, never closed for it (recital 63)',
        );
      return {
        ...frame,
        kind: 'closed-unidentified',
        about,
        askedOn: dateAt(facts, askedAt),
        asked: atLeastOne(items, 'what was asked'),
        grounds: closingGrounds(facts, about),
        ...restrictionsEnd(facts, letter.rights),
      };
    }
    case 'not-a-request':
      return { ...frame, kind: 'not-a-request', ...given({ passedOnTo: facts.passedOnTo }) };
    case 'request-withdrawn':
      return {
        ...frame,
        kind: 'request-withdrawn',
        withdrawnOn: dateAt(facts, letter.orderedAt),
        ...deferredErasure(facts, letterId),
        ...restrictionsEnd(facts, letter.rights),
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
