/** Answers that give some of what was asked and deny the rest: each record is told on its side, with the grounds of that side (Art. 12(4)). */
import { describe, expect, it } from 'vitest';
import { certificateId, recordClassId, recordId } from '../../domain/ids.ts';
import { composeAnswer } from '../../domain/letter/compose-answer.ts';
import type { CompositionFacts, DecisionWords } from '../../domain/letter/composition-facts.ts';
import type { RightAnswer } from '../../domain/letter/letter-content.ts';
import type { RightCase } from '../../domain/request/course/case-state.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { AccessRedaction, ManifestRecord } from '../../domain/request/decision/manifest.ts';
import { instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { classTitlesOf } from '../../letters/compose-document.ts';
import { answerBlocks } from '../../letters/texts/answers.ts';
import { outcomeClause } from '../../letters/texts/outcomes.ts';
import { createWriting } from '../../letters/texts/writing.ts';
import { loadPolicies } from '../../policies/load-policies.ts';

const policies = new Map(
  (await loadPolicies({ folder: 'policies' })).map(({ policy }) => [policy.controller as string, policy]),
);
const policyOf = (controller: 'inps' | 'comune-di-milano') => {
  const policy = policies.get(controller);
  if (policy === undefined) throw new Error(`The policy of ${controller} is not there`);
  return policy;
};
const at = instant('2027-03-01T10:00:00Z');
const certificate = certificateId('01900000-0000-7000-8000-000000000009');
const [chat, sms, call, survey] = (['chat', 'sms', 'call-recording', 'survey-invitation'] as const).map(recordClassId);
const record = (number: number, recordClass = chat, article: ManifestRecord['legalBasis']['article'] = '6.1.e') => ({
  recordId: recordId(`01900000-0000-7000-8000-00000000000${number}`),
  recordClass: recordClass ?? recordClassId('chat'),
  triggerAt: at,
  boundDay: localDate('2032-03-01'),
  legalBasis: { article, source: 'test' },
  contentDigest: 'ab',
  objects: [],
  suspendedBy: [],
});

const id = (number: number) => `01900000-0000-7000-8000-00000000000${number}`;

type Given = {
  readonly controller?: 'inps' | 'comune-di-milano';
  readonly records?: readonly ManifestRecord[];
  readonly words?: Partial<DecisionWords>;
  readonly keptBy?: readonly string[];
  readonly erased?: readonly ManifestRecord[];
  readonly restriction?: RightCase['restriction'];
  readonly withheld?: AccessRedaction['ground'];
  readonly rectified?: readonly object[];
};

const answer = (key: RightKey, decision: Partial<Decision>, given: Given = {}): RightAnswer => {
  const {
    controller = 'inps',
    records = [record(1), record(2, sms)],
    words = {},
    keptBy,
    erased = [],
    restriction,
  } = given;
  return composeAnswer(
    // Only what answers read; the rest of a letter has tests of its own.
    {
      policy: policyOf(controller),
      now: at,
      records,
      recipients: [],
      rectified: given.rectified ?? [],
      redactions:
        given.withheld === undefined
          ? []
          : [{ recordId: id(1), recordClass: chat, what: 'passage', ground: given.withheld, where: 'text 1-2' }],
      earlierCases: [],
      erasedBefore: [],
      erased: erased.map(({ recordId: id, recordClass }) => ({
        recordId: id,
        recordClass,
        erasedOn: localDate('2027-03-01'),
        certificate,
      })),
      keptBy: keptBy === undefined ? {} : { [key]: keptBy },
      state: { rights: [], receivedAt: at },
      decisions: { [key]: { reasons: {}, balance: 'BALANCE', statement: 'STATEMENT', ...words } },
    } as unknown as CompositionFacts,
    {
      key,
      restriction,
      decided: {
        at,
        by: 'x',
        late: false,
        decision: { lines: [], grounds: [], reasonsFor: [], earlierCases: [], ...decision },
      },
      executed: { at, records: 1, certificates: 0 },
    } as unknown as RightCase,
  );
};

/** Every text of an answer, in one line. */
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return (Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.values(value)).map(textOf).join(' ');
};
const written = (told: RightAnswer, controller: Given['controller'] = 'inps'): string => {
  const writing = createWriting({ titles: classTitlesOf(policyOf(controller)) }, 'it', 'it');
  return `${outcomeClause(writing, told)} ${textOf(answerBlocks(writing, told))}`;
};
const codes = (grounds: readonly { readonly code: string }[] = []) => grounds.map(({ code }) => code);
const line = (
  recordClass: ManifestRecord['recordClass'] | undefined,
  result: 'granted' | 'denied',
  ...grounds: Decision['grounds'][number][]
) => ({
  recordClass: recordClass ?? recordClassId('chat'),
  result,
  grounds,
});

describe('an objection that is upheld for one kind of data and refused for another', () => {
  const told = answer(
    'objection',
    {
      outcome: 'upheld',
      lines: [line(chat, 'granted', '21.1.not-shown'), line(sms, 'denied', '21.1.compelling')],
    },
    { words: { reasons: { '21.1.not-shown': 'FOR', '21.1.compelling': 'AGAINST' } } },
  );

  it('keeps the grounds of the two apart', () => {
    expect(told).toMatchObject({
      answer: 'objection-upheld',
      denied: [{ recordClass: sms, records: [{ recordId: id(2) }] }],
    });
    if (told.answer !== 'objection-upheld') throw new Error('not upheld');
    expect(codes(told.grounds)).toEqual(['21.1.not-shown']);
    expect(told.denied?.map(({ grounds }) => codes(grounds))).toEqual([['21.1.compelling']]);
    expect(told.stoppedFor.map(({ recordClass }) => recordClass)).toEqual([chat]);
  });

  it('is told as granted in part, with the reasons of the refusal', () => {
    expect(written(told)).toContain('è accolta in parte');
    expect(written(told)).toContain('AGAINST');
  });
});

it('an objection upheld while a hold keeps the records says that they stay, why, and until when somebody looks again', () => {
  const told = answer(
    'objection',
    { outcome: 'upheld', lines: [line(call, 'granted', '21.1.not-shown')] },
    {
      records: [record(1, call), record(2, call)],
      erased: [record(1, call)],
      keptBy: ['litigation-hold'],
      words: { reasons: { '21.1.not-shown': 'FOR' } },
    },
  );
  expect(told).toMatchObject({
    held: {
      grounds: [{ code: '17.3.e' }],
      records: [{ recordId: id(2), keptLonger: true }],
      reviewOn: expect.any(String),
    },
  });
  expect(written(told)).toMatch(/per ora non può essere cancellata.*art\. 17, par\. 3, lett\. e\).*Riesamineremo/);
});

it('a consent withdrawn tells what it erased, with the certificate, until when backups have it, and what a duty keeps', () => {
  const told = answer(
    'consent-withdrawal',
    { outcome: 'recorded', grounds: ['7.3'] },
    {
      controller: 'comune-di-milano',
      records: [record(1, survey, '6.1.a'), record(2, survey, '6.1.a'), record(3, survey)],
      erased: [record(1, survey, '6.1.a')],
      keptBy: ['legal-obligation'],
    },
  );
  expect(told).toMatchObject({
    erased: [{ recordId: id(1), certificate }],
    backups: [{ recordClass: survey }],
    held: { grounds: [{ code: '17.3.b' }], records: [{ recordId: id(2) }] },
  });
  expect(written(told, 'comune-di-milano')).toContain(certificate);
  expect(written(told, 'comune-di-milano')).not.toContain(id(3));
});

it('a restriction tells as restricted the very records that are, and the others with the ground of their exception', () => {
  const told = answer(
    'restriction',
    { outcome: 'restricted', lines: [line(chat, 'granted', '18.1.c'), line(sms, 'denied', '18.1.none')] },
    {
      records: [record(1), record(2), record(3, sms), record(4, sms)],
      words: {
        reasons: { '18.1.none': 'AGAINST' },
        exceptions: [
          { recordId: id(2), result: 'denied', grounds: ['18.1.none'] },
          { recordId: id(3), result: 'granted', grounds: ['18.1.c'] },
        ],
      },
    },
  );
  if (told.answer !== 'restriction-granted') throw new Error('not granted');
  expect(told.records.map(({ recordId: one }) => one)).toEqual([id(1), id(3)]);
  expect(told.denied?.flatMap(({ records }) => records.map(({ recordId: one }) => one))).toEqual([id(2), id(4)]);
  expect(codes(told.grounds)).toEqual(['18.1.c']);
});

it('portability granted for what rests on consent is refused in the same letter for the rest, and no other record is listed as handed over', () => {
  const told = answer(
    'portability',
    { outcome: 'granted', lines: [line(survey, 'granted', '20.1'), line(recordClassId('booking'), 'denied', '20.3')] },
    { controller: 'comune-di-milano', records: [record(1, survey, '6.1.a'), record(2, recordClassId('booking'))] },
  );
  expect(told).toMatchObject({
    records: [{ recordId: id(1) }],
    denied: [{ recordClass: 'booking', grounds: [{ code: '20.3' }] }],
  });
  expect(written(told, 'comune-di-milano')).toContain('accolta in parte');
});

it('an erasure in part says for what is gone only why it went', () => {
  const told = answer(
    'erasure',
    {
      outcome: 'partly-erased',
      lines: [line(chat, 'granted', '17.1.a'), line(sms, 'denied', '17.1.none', '17.3.b')],
    },
    { erased: [record(1)], words: { reasons: { '17.1.none': 'NONE', '17.3.b': 'TASK' } } },
  );
  if (told.answer !== 'erasure-partly-erased') throw new Error('not in part');
  expect(codes(told.grounds)).toEqual(['17.1.a']);
  expect(told.kept.map(({ grounds }) => codes(grounds))).toEqual([['17.1.none', '17.3.b']]);
});

it('an erasure that a restriction holds back says that restricted data may only be stored, and claims no legal duty', () => {
  const told = answer(
    'erasure',
    { outcome: 'erased', lines: [line(chat, 'granted', '17.1.a')] },
    { records: [record(1)], keptBy: ['restriction', 'litigation-hold'] },
  );
  if (told.answer !== 'erasure-deferred') throw new Error('not deferred');
  expect(told.kept.map(({ grounds }) => codes(grounds))).toEqual([['18.2', '17.3.e']]);
});

it('a copy of which something is withheld gives as reasons only those for withholding', () => {
  const told = answer(
    'access',
    { outcome: 'partly-granted', grounds: ['15.1', '2-undecies.1.e'] },
    { withheld: '2-undecies.1.e', words: { reasons: { '2-undecies.1.e': 'WHY' } } },
  );
  expect(told).toMatchObject({ grounds: [{ code: '2-undecies.1.e' }] });
});

describe('who is limited by art. 2-undecies is told of the way through the Garante', () => {
  const withheld = (ground: AccessRedaction['ground']) =>
    written(
      answer(
        'access',
        { outcome: 'partly-granted', grounds: [ground] },
        { withheld: ground, words: { reasons: { [ground]: 'WHY' } } },
      ),
    );

  it('also where only a passage of a copy is withheld (comma 3, art. 160)', () => {
    expect(withheld('2-undecies.1.e')).toContain('art. 160 del Codice');
    expect(withheld('2-undecies.1.f-bis')).toContain('art. 2-undecies, comma 1, lett. f-bis), del Codice');
    expect(withheld('2-undecies.1.f-bis')).toContain('art. 160 del Codice');
    expect(withheld('15.4')).not.toContain('art. 160');
  });

  it('but not for a parliamentary inquiry, for which its own rules hold (comma 2)', () => {
    expect(withheld('2-undecies.1.c')).not.toContain('art. 160');
    const refused = answer(
      'access',
      { outcome: 'refused', grounds: ['2-undecies.1.c'] },
      { words: { reasons: { '2-undecies.1.c': 'WHY' } } },
    );
    expect(refused).toMatchObject({ answer: 'refused', throughTheGarante: false });
  });
});

describe('on what the processing of the person’s own records rests', () => {
  const given = { controller: 'comune-di-milano' } as const;

  it('a survey by SMS rests on consent, and the letter says so', () => {
    const told = answer(
      'access',
      { outcome: 'granted', grounds: ['15.1'] },
      { ...given, records: [record(1, survey, '6.1.a')] },
    );
    expect(told).toMatchObject({ facts: [{ legalBasis: { article: '6.1.a' } }] });
    expect(written(told, 'comune-di-milano')).toContain('consenso (art. 6, par. 1, lett. a)');
    expect(written(told, 'comune-di-milano')).not.toContain('compito di interesse pubblico');
  });

  it('records of one class on two bases are told with both', () => {
    const told = answer(
      'access',
      { outcome: 'granted', grounds: ['15.1'] },
      { ...given, records: [record(1, survey, '6.1.a'), record(2, survey)] },
    );
    expect(told).toMatchObject({ facts: [{ legalBasis: { article: '6.1.e' }, otherBases: [{ article: '6.1.a' }] }] });
  });

  it('says from when the period runs (Art. 15(1)(d))', () => {
    const told = answer('access', { outcome: 'granted', grounds: ['15.1'] });
    expect(written(told)).toContain('al massimo 5 anni dalla fine della chat');
    const surveyed = answer(
      'access',
      { outcome: 'granted', grounds: ['15.1'] },
      { ...given, records: [record(1, survey)] },
    );
    expect(written(surveyed, 'comune-di-milano')).toContain(
      'fino alla fine del 3° giorno dall’invio o dall’appuntamento',
    );
  });
});

describe('the restriction that held while a right was weighed', () => {
  const restriction = { why: '18.1.d', state: 'in-force' } as const;

  it.each([
    [
      'an objection upheld',
      'objection',
      { outcome: 'upheld', lines: [line(chat, 'granted', '21.1.not-shown'), line(sms, 'granted', '21.1.not-shown')] },
    ],
    [
      'an objection refused',
      'objection',
      { outcome: 'refused', lines: [line(chat, 'denied', '21.1.compelling'), line(sms, 'denied', '21.1.compelling')] },
    ],
    ['a statement attached', 'rectification', { outcome: 'statement-attached', grounds: ['16.incomplete'] }],
    ['a refusal as a whole', 'objection', { outcome: 'refused', grounds: ['12.5.unfounded'] }],
  ] as const)('ends with %s, and the letter gives notice of it (Art. 18(3))', (_what, key, decision) => {
    const reasons = { '21.1.not-shown': 'WHY', '21.1.compelling': 'WHY', '12.5.unfounded': 'WHY' };
    const told = answer(key, decision, { restriction, words: { reasons } });
    expect(told.restrictionEndsAfter).toBe('2027-03-16');
    expect(written(told)).toContain('cesserà dopo il 16 marzo 2027');
  });

  it('ends when an earlier letter said it would', () => {
    const liftNotBefore = instant('2027-02-20T10:00:00Z');
    const told = answer(
      'objection',
      { outcome: 'refused', grounds: ['12.5.unfounded'] },
      {
        restriction: { ...restriction, state: 'notice-given', liftNotBefore },
        words: { reasons: { '12.5.unfounded': 'WHY' } },
      },
    );
    expect(told.restrictionEndsAfter).toBe('2027-02-20');
  });
});

describe('the date by which a record goes', () => {
  it('is the delivery of the answer where its day is over and only the request keeps it: a survey of three days', () => {
    const over = { ...record(1, survey, '6.1.a'), boundDay: localDate('2027-02-14') };
    const told = answer(
      'access',
      { outcome: 'granted', grounds: ['15.1'] },
      { controller: 'comune-di-milano', records: [over, record(2, survey)] },
    );
    expect(told).toMatchObject({ records: [{ keptForAnswer: true }, { recordId: id(2) }] });
    expect(written(told, 'comune-di-milano')).toContain('dopo la consegna della risposta (termine: 14 febbraio 2027)');
    expect(written(told, 'comune-di-milano')).toContain('conservata soltanto per rispondere');
  });

  it('is no promise where something came between decision and erasure, whatever the search had found', () => {
    const told = answer(
      'erasure',
      { outcome: 'erased', lines: [line(chat, 'granted', '17.1.a')] },
      { records: [record(1)], keptBy: ['litigation-hold'] },
    );
    expect(told).toMatchObject({ kept: [{ records: [{ keptLonger: true }] }] });
    expect(written(told)).toContain('cancellazione sospesa');
  });
});

it('what was corrected is told in words, not in the codes of the record', () => {
  const change = { before: 'A', after: 'B', on: localDate('2027-03-01'), recordId: id(2) };
  const told = answer(
    'rectification',
    { outcome: 'corrected', grounds: ['16.inaccurate'] },
    {
      rectified: [
        { ...change, what: 'text' },
        { ...change, what: 'claimNumber' },
        { ...change, what: 'identifiers.phone' },
      ],
    },
  );
  expect(written(told)).toMatch(/Testo.*Numero della pratica.*Numero di telefono/);
  expect(written(told)).not.toMatch(/claimNumber|identifiers/);
});
