/** The letters of a case other than the answer: what each says first, and the rest of it. */

import type { CaseLetter } from '../../domain/letter/letter-content.ts';
import { grounds } from '../../domain/request/course/grounds.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import { assertNever } from '../../domain/result.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import type { Block, ListItem, RichText } from '../document/model.ts';
import { answerBlocks } from './answers.ts';
import { caseLetterWords as texts } from './case-letter-words.ts';
import { cited } from './citations.ts';
import { whose } from './concerned.ts';
import { restrictionEndBlocks } from './kept-blocks.ts';
import { outcomeClause } from './outcomes.ts';
import { requestedRight, rightWithArticle } from './rights.ts';
import {
  asItems,
  bullets,
  groundsBlock,
  heading,
  paragraph,
  recipientsBlocks,
  recordsBlocks,
} from './shared-blocks.ts';
import { capital, enumeration, type Writing } from './writing.ts';

/** A letter of a case to the person themselves. */
export type LetterToThePerson = Exclude<CaseLetter, { kind: 'recipient-notification' }>;

/** What a letter is about, for its subject line. */
export const caseSubject = ({ language }: Writing, kind: LetterToThePerson['kind']): string =>
  texts[language].subjects[kind];

/** The text of a letter after its reference to the request: the outcome first. */
export const caseLetterBlocks = (writing: Writing, content: LetterToThePerson): readonly Block[] => {
  const { language, date, own, say } = writing;
  const t = texts[language];
  const named = (key: RightKey): string => requestedRight(writing, content.request.rights, key);
  const items = (asked: readonly (keyof typeof texts.it.items)[]): readonly ListItem[] =>
    asItems(asked.map((item) => t.items[item]));
  const other = ({ right, lastDay }: { readonly right: RightKey; readonly lastDay?: LocalDate }): string =>
    `${capital(lastDay === undefined ? named(right) : t.until(named(right), date(lastDay)))}.`;
  switch (content.kind) {
    case 'acknowledgement':
      return [
        ...(content.formerlyReceivedOn === undefined
          ? [paragraph(capital(t.acknowledged))]
          : [
              paragraph(
                capital(t.receiptCorrected(date(content.formerlyReceivedOn), date(content.request.receivedOn))),
              ),
              paragraph(t.answerBy),
            ]),
        bullets(content.deadlines.map(({ right, lastDay }) => `${capital(t.until(named(right), date(lastDay)))}.`)),
        ...(content.restrictedMeanwhile ?? []).map(({ right, why }) =>
          paragraph(t.restrictedMeanwhile(named(right), cited(language, grounds[why].citation))),
        ),
        heading(2, t.caseFileTitle),
        paragraph(t.caseFile(say(content.caseFile.keptFor))),
        ...(content.caseFile.recipients === undefined
          ? []
          : [paragraph(t.caseFileRecipients(content.caseFile.recipients.join('; ')))]),
      ];
    case 'identification-request':
      return [
        paragraph(
          capital(
            content.about === 'authority' && writing.concerning?.kind === 'deceased'
              ? whose(writing, t.authorityOfDeceased)
              : t.about[content.about],
          ),
        ),
        paragraph([t.doubt, own(content.doubt)]),
        paragraph(t.asked),
        bullets(items(content.asked)),
        paragraph([
          t.clock(date(content.clockStandsFrom)),
          content.about === 'specification'
            ? t.answeredInFull(date(content.answerBy))
            : t.closedUnanswered(date(content.answerBy)),
        ]),
      ];
    case 'extension':
      return [
        paragraph(capital(t.extended(content.months))),
        bullets(
          content.rights.map(
            ({ right, until, before }) => `${capital(t.newTerm(named(right), date(until), date(before)))}.`,
          ),
        ),
        paragraph([t.extensionReasons[content.reason], own(content.explanation)]),
      ];
    case 'answer': {
      const clauses = content.answers.map((answer) => outcomeClause(writing, answer));
      const opening: RichText = [t.outcome, { kind: 'strong', text: `${clauses.join('; ')}.` }];
      return [
        paragraph(opening),
        ...content.answers.flatMap((answer) => [
          heading(2, capital(rightWithArticle(writing, answer.right))),
          ...answerBlocks(writing, answer),
        ]),
        ...(content.others === undefined ? [] : [paragraph(t.others), bullets(content.others.map(other))]),
      ];
    }
    case 'restriction-to-be-lifted':
      return [
        paragraph(capital(t.lifting(date(content.notBefore), named(content.right), whose(writing, t.dataOf)))),
        paragraph([t.reason, own(content.reason)]),
        ...recordsBlocks(writing, content.records),
        paragraph(content.thenErased ? t.thenErased : t.notErased),
      ];
    case 'closed-unidentified':
      return [
        paragraph(
          // Over a dead person's data the ground below says whose the rights are.
          `${capital(t.closed(date(content.askedOn)))}${writing.concerning?.kind === 'deceased' && content.about === 'authority' ? '.' : t.closedUnder[content.about]}`,
        ),
        ...(content.grounds.length === 0 ? [] : [groundsBlock(writing, content.grounds)]),
        paragraph(t.closedAbout[content.about]),
        bullets(items(content.asked)),
        paragraph(t.reopen),
        ...restrictionEndBlocks(writing, content.restrictionEndsAfter),
      ];
    case 'not-a-request':
      return [
        paragraph(capital(t.notARequest)),
        paragraph(content.passedOnTo === undefined ? t.notPassedOn : [t.passedOn, own(content.passedOnTo)]),
      ];
    case 'request-withdrawn':
      return [
        paragraph(
          capital(
            t.withdrawn(
              date(content.withdrawnOn),
              enumeration(
                language,
                content.rights.map(({ right }) => named(right)),
              ),
            ),
          ),
        ),
        ...(content.deferredErasure === undefined
          ? []
          : [
              paragraph(t.deferredNotErased),
              ...(content.deferredErasure.erasedBefore === 0
                ? []
                : [paragraph(t.erasedBefore(content.deferredErasure.erasedBefore))]),
            ]),
        ...restrictionEndBlocks(writing, content.restrictionEndsAfter),
      ];
    case 'recipients-report':
      return [paragraph(capital(t.recipients)), ...recipientsBlocks(writing, content.recipients)];
    default:
      return assertNever(content);
  }
};
