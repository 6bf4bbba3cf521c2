/**
 * The hand that writes one text of a letter: its language, how it says dates, names of classes and words that another person
 * wrote. A letter in English is written twice, by an English and by an Italian hand (law.md section 4).
 */
import { given } from '../../domain/given.ts';
import type { RecordClassId } from '../../domain/ids.ts';
import type { ConcernedPerson, LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { Bilingual } from '../../domain/policy/policy.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import type { InlinePart } from '../document/model.ts';

/** A day whose name begins with a vowel when it is read out: otto, undici. */
const elides = (date: string): boolean => /^(8|11) /.test(date);

const joined =
  (whole: string, elided: string) =>
  (date: string): string =>
    elides(date) ? `${elided}’${date}` : `${whole} ${date}`;

/** The date with its article. */
export const il = joined('il', 'l');

/** From this date on. */
export const dal = joined('dal', 'dall');

/** Of this date. */
export const del = joined('del', 'dell');

/** Up to this date. */
export const al = joined('al', 'all');

/** How one text says things. Throws on a class that the policy does not know. */
export type Writing = {
  readonly language: LetterLanguage;
  /** A date written out. */
  readonly date: (date: LocalDate) => string;
  /** What the policy says, in the language of this text. */
  readonly say: (text: Bilingual) => string;
  /** Words that staff or the person wrote, in the letter's language: marked as foreign where this text has another one. */
  readonly own: (text: string) => InlinePart;
  /** Words that exist in Italian only, such as the name of a law. */
  readonly italian: (text: string) => InlinePart;
  /** Whose data the letter is about, where they are not the addressee's own. */
  readonly concerning?: ConcernedPerson;
  readonly classTitle: (recordClass: RecordClassId) => string;
};

/** What the policy calls each class. */
export type ClassTitles = ReadonlyMap<RecordClassId, Bilingual>;

/** Apostrophes as they are printed. */
const printed = (text: string): string => text.replaceAll(/(?<=\p{L})'/gu, '’');

const dateFormats: Readonly<Record<LetterLanguage, Intl.DateTimeFormat>> = {
  it: new Intl.DateTimeFormat('it-IT', { dateStyle: 'long', timeZone: 'UTC' }),
  en: new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }),
};

/** `1° marzo 2026`, `1 March 2026`. */
export const dateInWords = (language: LetterLanguage, date: LocalDate): string => {
  const words = dateFormats[language].format(new Date(`${date}T00:00:00Z`));
  return language === 'it' ? words.replace(/^1 /, '1° ') : words;
};

/**
 * A hand for one text.
 * @param letterLanguage the language of the letter, and so of what staff wrote for it
 * @param concerning whose data it is about, where they are not the addressee's own
 */
export const createWriting = (
  { titles }: { readonly titles: ClassTitles },
  language: LetterLanguage,
  letterLanguage: LetterLanguage,
  concerning?: ConcernedPerson,
): Writing => ({
  language,
  ...given({ concerning }),
  date: (date) => dateInWords(language, date),
  say: (text) => printed(text[language]),
  own: (text) => (language === letterLanguage ? text : { kind: 'foreign', text, language: letterLanguage }),
  italian: (text) => (language === 'it' ? printed(text) : { kind: 'foreign', text: printed(text), language: 'it' }),
  classTitle: (recordClass) => {
    const title = titles.get(recordClass);
    if (title === undefined) throw new RangeError(`The policy has no title for the record class ${recordClass}`);
    return printed(title[language]);
  },
});

const conjunctions = { it: ' e ', en: ' and ' } as const;

/** `a, b e c`. */
export const enumeration = (language: LetterLanguage, items: readonly string[]): string => {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')}${conjunctions[language]}${last}`;
};

/** `1 file`, `1.000 registrazioni`. */
export const counted = (language: LetterLanguage, number: number, one: string, many: string): string =>
  `${number.toLocaleString(language === 'it' ? 'it-IT' : 'en-GB')} ${number === 1 ? one : many}`;

/** A first letter as a sentence or a table row begins. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What ends a sentence after these words: nothing where they end in an abbreviation (`art. 2220 c.c.`). */
export const fullStopAfter = (text: string): string => (text.trimEnd().endsWith('.') ? '' : '.');
