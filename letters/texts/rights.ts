/** What the rights of Arts. 15 to 21 and 7(3), and the opt-outs a notice promises, are called in letters. */
import type { LetterLanguage, RightReference } from '../../domain/letter/letter-content.ts';
import { type RightKey, type RightKind, rightKind } from '../../domain/request/course/rights.ts';
import type { Writing } from './writing.ts';

const names = {
  it: {
    access: 'accesso ai dati',
    rectification: 'rettifica dei dati',
    erasure: 'cancellazione dei dati',
    restriction: 'limitazione del trattamento',
    portability: 'portabilità dei dati',
    objection: 'opposizione al trattamento',
    'consent-withdrawal': 'revoca del consenso',
    'opt-out': 'rinuncia a ulteriori comunicazioni',
  },
  en: {
    access: 'access to data',
    rectification: 'rectification of data',
    erasure: 'erasure of data',
    restriction: 'restriction of processing',
    portability: 'data portability',
    objection: 'objection to processing',
    'consent-withdrawal': 'withdrawal of consent',
    'opt-out': 'opting out of further communications',
  },
} satisfies Record<LetterLanguage, Record<RightKind, string>>;

const articles = {
  it: {
    access: 'art. 15',
    rectification: 'art. 16',
    erasure: 'art. 17',
    restriction: 'art. 18',
    portability: 'art. 20',
    objection: 'art. 21',
    'consent-withdrawal': 'art. 7, par. 3',
    'opt-out': 'informativa',
  },
  en: {
    access: 'Art. 15',
    rectification: 'Art. 16',
    erasure: 'Art. 17',
    restriction: 'Art. 18',
    portability: 'Art. 20',
    objection: 'Art. 21',
    'consent-withdrawal': 'Art. 7(3)',
    'opt-out': 'privacy notice',
  },
} satisfies Record<LetterLanguage, Record<RightKind, string>>;

/** The name of a right without its article. */
const rightName = ({ language }: Writing, key: RightKey): string => names[language][rightKind(key)];

/** `accesso ai dati (art. 15)`; an opt-out in the notice's own words. */
export const rightWithArticle = (
  writing: Writing,
  { key, optOutTitle }: Pick<RightReference, 'key' | 'optOutTitle'>,
): string => {
  const { language, say } = writing;
  const article = articles[language][rightKind(key)];
  if (optOutTitle === undefined) return `${rightName(writing, key)} (${article})`;
  const title = language === 'it' ? `«${say(optOutTitle)}»` : `“${say(optOutTitle)}”`;
  return `${rightName(writing, key)} (${title}, ${article})`;
};

/** Like `rightWithArticle`, for a right that the request exercises. */
export const requestedRight = (writing: Writing, requested: readonly RightReference[], key: RightKey): string =>
  rightWithArticle(writing, requested.find((right) => right.key === key) ?? { key });
