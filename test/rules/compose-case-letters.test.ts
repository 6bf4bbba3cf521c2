/** Letters of unusual cases: another person's data, one of several rights, a request closed for different reasons. Composed and written. */
import { describe, expect, it } from 'vitest';
import { recordClassId, recordId } from '../../domain/ids.ts';
import { type AskedFacts, composeLetter } from '../../domain/letter/compose-letter.ts';
import type { CompositionFacts } from '../../domain/letter/composition-facts.ts';
import type { RightCase } from '../../domain/request/course/case-state.ts';
import type { CaseLetterKind } from '../../domain/request/course/events.ts';
import type { RequesterCapacity } from '../../domain/request/course/identity.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import { instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { classTitlesOf, composeDocument } from '../../letters/compose-document.ts';
import { loadPolicies } from '../../policies/load-policies.ts';

const policies = new Map(
  (await loadPolicies({ folder: 'policies' })).map(({ policy }) => [String(policy.controller), policy]),
);
const at = instant('2027-03-01T10:00:00Z');
const chat = recordClassId('chat');
const records = [1, 2].map((number) => ({
  recordId: recordId(`01900000-0000-7000-8000-00000000000${number}`),
  recordClass: number === 1 ? chat : recordClassId('sms'),
  triggerAt: at,
  boundDay: localDate(number === 1 ? '2027-02-01' : '2032-03-01'),
  legalBasis: { article: '6.1.e', source: 'test' },
  objects: [],
  suspendedBy: [] as readonly string[],
}));

type Given = {
  readonly controller?: 'inps' | 'comune-di-milano';
  readonly language?: 'it' | 'en';
  readonly capacity?: RequesterCapacity;
  readonly subject?: string;
  readonly rights?: readonly (Pick<RightCase, 'key'> & object)[];
  readonly answers?: readonly RightKey[];
  readonly question?: AskedFacts;
  readonly held?: typeof records;
};

const clock = { lastDay: '2027-04-05', unpausedLastDay: '2027-04-05' };
const noData = {
  at,
  by: 'x',
  late: false,
  decision: { outcome: 'no-data', grounds: ['not-held'], lines: [], reasonsFor: [], earlierCases: [] },
};

const letter = (kind: CaseLetterKind, given: Given = {}) => {
  const {
    controller = 'inps',
    language = 'it',
    capacity = 'self',
    subject,
    rights = [{ key: 'access', decided: noData }],
    answers,
    question,
    held = records,
  } = given;
  const policy = policies.get(controller);
  if (policy === undefined) throw new Error(`The policy of ${controller} is not there`);
  const all = rights.map((right) => ({ state: 'executed', clock, ...right }));
  // Only what letters read; where their facts come from has tests of its own.
  const facts = {
    policy,
    now: at,
    protocol: { number: '0000001', date: localDate('2027-03-01') },
    addressee: {
      name: 'Anna Rossi',
      ...(subject === undefined ? {} : { representing: subject }),
      delivery: { kind: 'counter' },
    },
    signatory: { name: 'Dott. Ugo Verdi', office: 'Il Dirigente' },
    addedParagraphs: [],
    words: 'WORDS',
    records: held,
    recipients: [],
    rectified: [],
    redactions: [],
    earlierCases: [],
    erasedBefore: [],
    erased: [],
    keptBy: {},
    decisions: {},
    extendedUntil: {},
    state: {
      reference: 'INPS-2027-000001',
      receivedAt: instant('2027-02-26T10:00:00Z'),
      channel: 'email',
      language,
      identity: { level: 'document-checked', capacity, confirmed: true },
      rights: all,
      letters: [{ letterId: 'l', kind, rights: answers ?? all.map(({ key }) => key), state: 'ordered', orderedAt: at }],
    },
  } as unknown as CompositionFacts;
  const content = composeLetter(facts, 'l', question);
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null) return '';
    return (Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.values(value)).map(textOf).join(' ');
  };
  return {
    content,
    text: textOf(composeDocument({ titles: classTitlesOf(policy) }, content, at)).replaceAll(/\s+/g, ' '),
  };
};

/** Words that speak of the addressee's own data. */
const own =
  /La riguard|Suoi dati|Nel Suo caso|Sua situazione|Suoi interessi|concern you|about you|your data|your interests|in your case/i;

describe('a letter about somebody else’s data', () => {
  const asked = { subject: 'Luca Bianchi' };

  it('to whoever represents them names them, and never calls the data the addressee’s', () => {
    for (const language of ['it', 'en'] as const) {
      const { text } = letter('answer', { ...asked, language, capacity: 'parent' });
      expect(text).toContain('che riguardano Luca Bianchi');
      expect(text).toContain('per conto di Luca Bianchi');
      expect(text).not.toMatch(own);
    }
  });

  it('who has died rests on art. 2-terdecies, and nobody writes on behalf of the dead', () => {
    for (const language of ['it', 'en'] as const) {
      const { text } = letter('answer', { ...asked, language, capacity: 'deceased-family' });
      expect(text).toContain('art. 2-terdecies del Codice');
      expect(text).toContain('persona deceduta');
      expect(text).not.toMatch(/per conto di|on behalf of/);
      expect(text).not.toMatch(own);
    }
  });

  it('says the same to the person themselves as ever', () => {
    expect(letter('answer').text).toContain('dati che La riguardano');
    expect(letter('answer').text).not.toContain('2-terdecies');
  });
});

describe('an answer that nothing is held', () => {
  it('does not deny the file of the request itself, and tells how else the person may be found (Art. 11(2))', () => {
    const { text } = letter('answer');
    expect(text).toContain('oltre al fascicolo di questa richiesta');
    expect(text).toContain('altri recapiti');
  });
});

describe('a letter that answers one of several rights', () => {
  const rights = [
    { key: 'access', decided: noData },
    { key: 'erasure', state: 'advised' },
    { key: 'objection', state: 'closed' },
  ] as const;

  it('says by when the others are answered, so that silence is not taken for a refusal', () => {
    const { content, text } = letter('answer', { rights, answers: ['access'] });
    expect(content).toMatchObject({ others: [{ right: 'erasure', lastDay: '2027-04-05' }] });
    expect(text).toContain('Cancellazione dei dati (art. 17): entro il 5 aprile 2027');
  });

  it('says nothing of it where all are answered', () => {
    expect(letter('answer', { rights: [rights[0]] }).content).not.toHaveProperty('others');
  });
});

describe('a request closed because an answer did not come', () => {
  const question = (about: AskedFacts['about'], asked: AskedFacts['asked']): AskedFacts => ({
    about,
    asked,
    askedAt: at,
    answerBy: at,
  });

  it('says that the person could not be identified where that was asked (Art. 12(2), 12(6))', () => {
    const { text } = letter('closed-unidentified', { question: question('identity', ['document-copy']) });
    expect(text).toContain('art. 12, parr. 2 e 6');
    expect(text).toContain('non è possibile identificare');
  });

  it('claims no doubt about who writes where authority was asked', () => {
    const { text } = letter('closed-unidentified', { question: question('authority', ['mandate']) });
    expect(text).not.toContain('non è possibile identificare');
    expect(text).not.toContain('parr. 2 e 6');
  });

  it('is never written because a request was not narrowed (recital 63)', () => {
    expect(() => letter('closed-unidentified', { question: question('specification', ['period-or-service']) })).toThrow(
      'answered in full',
    );
    const { text } = letter('identification-request', { question: question('specification', ['period-or-service']) });
    expect(text).toContain('risponderemo per tutti i dati');
    expect(text).not.toContain('chiuderemo');
  });

  it('names the standing that the law asks for where the person has died', () => {
    const { text } = letter('closed-unidentified', {
      capacity: 'deceased-family',
      subject: 'Luca Bianchi',
      question: question('authority', ['proof-of-kinship']),
    });
    expect(text).toContain('art. 2-terdecies, comma 1, del Codice');
    expect(text).not.toContain('I diritti spettano alla persona a cui si riferiscono i dati');
  });
});

describe('a restriction that ends', () => {
  const meanwhile = { why: '18.1.d', state: 'in-force' } as const;

  it('is told in the letters that end a case without an answer (Art. 18(3))', () => {
    const rights = [{ key: 'objection', restriction: meanwhile }] as const;
    const question: AskedFacts = { about: 'identity', asked: ['document-copy'], askedAt: at, answerBy: at };
    for (const kind of ['request-withdrawn', 'closed-unidentified'] as const)
      expect(letter(kind, { rights, question }).text).toContain('cesserà dopo il 16 marzo 2027');
  });

  it('lists the records that were restricted and no others, and promises no erasure that a hold prevents', () => {
    const decision = {
      outcome: 'restricted',
      grounds: [],
      reasonsFor: [],
      earlierCases: [],
      lines: [{ recordClass: chat, result: 'granted', grounds: ['18.1.c'] }],
    };
    const rights = [
      { key: 'restriction', restriction: { why: 'decided', state: 'in-force' }, decided: { ...noData, decision } },
    ] as const;
    const told = letter('restriction-to-be-lifted', { rights });
    expect(told.content).toMatchObject({ records: [{ recordId: records[0]?.recordId }], thenErased: true });
    expect(JSON.stringify(told.content)).not.toContain(String(records[1]?.recordId));
    const held = records.map((record) => ({ ...record, suspendedBy: ['litigation-hold'] }));
    expect(letter('restriction-to-be-lifted', { rights, held }).content).toMatchObject({ thenErased: false });
  });
});

describe('an acknowledgement', () => {
  it('says to whom the data of the case file may go, and what their lack means (Art. 13(1)(e), (2)(e))', () => {
    expect(letter('acknowledgement').text).toContain('possono essere comunicati a: Autorità giudiziaria');
    expect(letter('acknowledgement', { controller: 'comune-di-milano' }).text).toContain(
      'non sono comunicati ad altri',
    );
    expect(letter('acknowledgement').text).toContain('non potremo dare seguito alla richiesta');
    expect(letter('acknowledgement').text).toContain('Il fascicolo è conservato al massimo 5 anni dalla chiusura');
  });

  it('tells of the restriction that holds while an objection or a contested record is weighed (Art. 18(1)(a), (d))', () => {
    const rights = [
      { key: 'access' },
      { key: 'rectification', restriction: { why: '18.1.a', state: 'in-force' } },
      { key: 'objection', restriction: { why: '18.1.d', state: 'in-force' } },
    ] as const;
    const { text } = letter('acknowledgement', { rights });
    expect(text).toContain('art. 18, par. 1, lett. a), del Regolamento');
    expect(text).toContain('art. 18, par. 1, lett. d), del Regolamento');
    expect(letter('acknowledgement').text).not.toContain('art. 18, par. 1');
  });
});
