/** Parts that several letters share: frame, record lines, class descriptions, grounds. Not for workflows: knows calendars. */

import { given } from '../given.ts';
import type { RecordClassId } from '../ids.ts';
import type { Bilingual, Policy, RecordClassPolicy, RetentionRule } from '../policy/policy.ts';
import { type GroundCode, grounds } from '../request/course/grounds.ts';
import { rights as definitions, optOutOf, type RightKey, rightKind } from '../request/course/rights.ts';
import type { ManifestRecord } from '../request/decision/manifest.ts';
import { addPeriod, localDateAt } from '../time/calendar.ts';
import type { LocalDate } from '../time/local-date.ts';
import { period } from '../time/period.ts';
import { type CompositionFacts, type DecisionWords, LetterIncompleteError } from './composition-facts.ts';
import type {
  BackupLine,
  ClassDescription,
  Letterhead,
  NonEmpty,
  RecordLine,
  RightReference,
  StatedGround,
  SubjectFrame,
} from './letter-content.ts';

/** A list that must not be empty; throws with the name of what is missing. */
export const atLeastOne = <Item>(items: readonly Item[], what: string): NonEmpty<Item> => {
  const [first, ...rest] = items;
  if (first === undefined) throw new LetterIncompleteError(`The letter lacks: ${what}`);
  return [first, ...rest];
};

/** A text that must be there. */
export const said = (text: string | undefined, what: string): string => {
  if (text === undefined || text.trim() === '') throw new LetterIncompleteError(`The letter lacks: ${what}`);
  return text;
};

/** The local date of an instant at the controller. */
export const dateAt = (facts: CompositionFacts, at: Parameters<typeof localDateAt>[0]): LocalDate =>
  localDateAt(at, facts.policy.timeZone);

/** A right as letters name it: its article, or the policy's own title of an opt-out. */
export const rightReference = ({ policy }: CompositionFacts, key: RightKey): RightReference => {
  const optOut = optOutOf(key);
  const title = policy.optOuts.find(({ id }) => id === optOut)?.title;
  return { key, article: definitions[rightKind(key)].article, ...given({ optOutTitle: title }) };
};

const office = ({ address, email, pec }: { address: string; email?: string; pec?: string }) => ({
  address,
  ...given({ email, pec }),
});

/** Who writes, for the head of every letter. */
export const letterheadOf = (policy: Policy): Letterhead => ({
  controller: { name: policy.name, ...office(policy.office) },
  dpo: office(policy.dpo),
});

/**
 * Whose data the letter is about, where another person asks. A person who has died cannot be represented: their name is no part of the
 * address.
 */
const concernedPerson = ({ state, addressee }: CompositionFacts): Pick<SubjectFrame, 'addressee' | 'concerning'> => {
  const { representing: name, ...alone } = addressee;
  if (name === undefined) return { addressee };
  return state.identity.capacity.startsWith('deceased')
    ? { addressee: alone, concerning: { kind: 'deceased', name } }
    : { addressee, concerning: { kind: 'represented', name } };
};

/** The frame of a letter to the person, about some of the case's rights (all, if none are named). */
export const subjectFrame = (facts: CompositionFacts): SubjectFrame => {
  const { state, policy } = facts;
  const rights = state.rights.map(({ key }) => rightReference(facts, key));
  return {
    audience: 'subject',
    language: state.language,
    letterhead: letterheadOf(policy),
    date: dateAt(facts, facts.now),
    protocol: facts.protocol,
    ...concernedPerson(facts),
    request: {
      reference: state.reference,
      receivedOn: dateAt(facts, state.receivedAt),
      channel: state.channel,
      rights,
    },
    signatory: facts.signatory,
    remedies: {
      complaint: { authority: 'Garante per la protezione dei dati personali', articles: '77' },
      court: { seat: policy.seat.court, articles: '79' },
    },
    freeOfCharge: true,
    addedParagraphs: facts.addedParagraphs,
  };
};

/** The policy's rule of a class; throws for a class the policy does not know. */
export const classPolicy = ({ policy }: CompositionFacts, recordClass: RecordClassId): RecordClassPolicy => {
  const found = policy.recordClasses.find(({ id }) => id === recordClass);
  if (found === undefined) throw new LetterIncompleteError(`The policy has no record class ${recordClass}`);
  return found;
};

/** A class in the policy's words. */
export const describeClass = (facts: CompositionFacts, recordClass: RecordClassId): ClassDescription => {
  const { title, description } = classPolicy(facts, recordClass);
  return { recordClass, title, description };
};

/** The classes of which records were found, in the policy's order. */
export const foundClasses = (facts: CompositionFacts): readonly RecordClassId[] => {
  const found = new Set(facts.records.map(({ recordClass }) => recordClass));
  return facts.policy.recordClasses.map(({ id }) => id).filter((id) => found.has(id));
};

/** A record as letters list it: what happened when, until which day it is kept at the most, and whether something keeps it longer. */
export const recordLine = (facts: CompositionFacts, record: ManifestRecord): RecordLine => {
  const keptLonger = record.suspendedBy.length > 0;
  return {
    recordId: record.recordId,
    recordClass: record.recordClass,
    eventOn: dateAt(facts, record.triggerAt),
    keptUntil: record.boundDay,
    keptLonger,
    // A survey's address of three days outlives them while the answer is written: a day that is over is no promise.
    ...(!keptLonger && record.boundDay < dateAt(facts, facts.now) ? { keptForAnswer: true } : {}),
  };
};

/** The line of a record that something keeps beyond its date, whatever the search found at its time. */
export const keptLongerLine = (facts: CompositionFacts, record: ManifestRecord): RecordLine => {
  const { keptForAnswer: _, ...line } = recordLine(facts, record);
  return { ...line, keptLonger: true };
};

/** The lines of the records of some classes. */
export const recordLines = (facts: CompositionFacts, classes?: readonly RecordClassId[]): readonly RecordLine[] =>
  facts.records
    .filter(({ recordClass }) => classes === undefined || classes.includes(recordClass))
    .map((record) => recordLine(facts, record));

/** Grounds as stated, with the decision's own reasons. A matter that must stay secret is not named: codes carry none. */
export const statedGrounds = (codes: readonly GroundCode[], { reasons }: DecisionWords): readonly StatedGround[] =>
  codes.map((code) => ({
    code,
    citation: grounds[code].citation,
    ...(grounds[code].needsReasons
      ? { reasons: said(reasons[code], `reasons for ${code}`) }
      : reasons[code] === undefined
        ? {}
        : { reasons: reasons[code] }),
  }));

/** Until when backups may hold what was erased on a day, per class. */
export const backupLines = (facts: CompositionFacts): readonly BackupLine[] =>
  [...new Set(facts.erased.map(({ recordClass }) => recordClass))].map((recordClass) => {
    const last = facts.erased
      .filter((line) => line.recordClass === recordClass)
      .map(({ erasedOn }) => erasedOn)
      .toSorted()
      .at(-1);
    if (last === undefined) throw new LetterIncompleteError('The letter lacks: the day of an erasure');
    return { recordClass, until: addPeriod(last, period(classPolicy(facts, recordClass).backupPeriod)) };
  });

const units = {
  years: { it: ['anno', 'anni'], en: ['year', 'years'] },
  months: { it: ['mese', 'mesi'], en: ['month', 'months'] },
  days: { it: ['giorno', 'giorni'], en: ['day', 'days'] },
} as const;

const count = (number: number, unit: keyof typeof units, language: 'it' | 'en'): string =>
  `${number} ${units[unit][language][number === 1 ? 0 : 1]}`;

/** From when a period runs, by the policy's code of the event; a code that is not here is written as "the event". */
const beginnings: Readonly<Record<string, Bilingual>> = {
  interaction: { it: "dall'interazione", en: 'the interaction' },
  'chat-end': { it: 'dalla fine della chat', en: 'the end of the chat' },
  sending: { it: "dall'invio", en: 'the sending' },
  call: { it: 'dalla chiamata', en: 'the call' },
  appointment: { it: "dall'appuntamento", en: 'the appointment' },
  'enquiry-closing': { it: 'dalla chiusura della richiesta di informazioni', en: 'the closing of the enquiry' },
  closing: { it: 'dalla chiusura del fascicolo', en: 'the closing of the file' },
  release: { it: "dalla fine dell'obbligo di conservazione", en: 'the end of the duty to preserve' },
  'package-made': { it: 'dalla preparazione della copia', en: 'the making of the copy' },
};
const anyEvent: Bilingual = { it: "dall'evento", en: 'the event' };

/** How long a class is kept and from when, in words (Art. 15(1)(d)). */
export const retentionOf = ({ rule, trigger }: Pick<RecordClassPolicy, 'rule' | 'trigger'>): Bilingual => {
  const events = [...new Set([trigger.event, ...Object.values(trigger.byField?.events ?? {})])];
  const from = events.map((event) => beginnings[event] ?? anyEvent);
  const period =
    rule.kind === 'end-of-day-after'
      ? { it: `fino alla fine del ${rule.days}° giorno`, en: `until the end of day ${rule.days} after` }
      : { it: retentionInWords(rule).it, en: `${retentionInWords(rule).en} from` };
  return {
    it: `${period.it} ${from.map(({ it }) => it).join(' o ')}`,
    en: `${period.en} ${from.map(({ en }) => en).join(' or ')}`,
  };
};

/** A retention rule in words. */
export const retentionInWords = (rule: RetentionRule): Bilingual => {
  if (rule.kind === 'end-of-day-after') {
    return { it: `fino al ${rule.days}° giorno successivo all'evento`, en: `until day ${rule.days} after the event` };
  }
  const { years, months, days } = period(rule.period);
  const parts = (language: 'it' | 'en') =>
    (
      [
        ['years', years],
        ['months', months],
        ['days', days],
      ] as const
    )
      .filter(([, number]) => number > 0)
      .map(([unit, number]) => count(number, unit, language))
      .join(language === 'it' ? ' e ' : ' and ');
  return { it: `al massimo ${parts('it')}`, en: `at most ${parts('en')}` };
};
