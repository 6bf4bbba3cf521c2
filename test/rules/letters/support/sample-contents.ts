/** The content of each letter and outcome, with the words of the two policies kept short, to write letters from. */
import { certificateId, recordClassId, recordId } from '../../../../domain/ids.ts';
import type { LetterContent, LetterLanguage, RightAnswer } from '../../../../domain/letter/letter-content.ts';
import { type RightKey, rightKind, rights } from '../../../../domain/request/course/rights.ts';
import { localDate } from '../../../../domain/time/local-date.ts';

const day = (monthDay: string) => localDate(`2026-${monthDay}`);
const uuid = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const chat = recordClassId('chat');
const title = { it: 'Conversazioni in chat', en: 'Chat conversations' };
export const sampleTitles = new Map([[chat, title]]);
const described = { recordClass: chat, title, description: { it: "ogni messaggio dell'utente", en: 'each message' } };
const line = (number: number, keptLonger = false) => ({
  recordId: recordId(uuid(number)),
  recordClass: chat,
  eventOn: day('02-01'),
  keptUntil: localDate(`203${number}-03-01`),
  keptLonger,
});
const records = [line(1), line(2, true)] as const;
const gone = {
  recordId: recordId(uuid(3)),
  recordClass: chat,
  erasedOn: day('03-05'),
  certificate: certificateId(uuid(9)),
};
const reasons = 'REASONS-OF-THIS-CASE';
const because = (code: Parameters<typeof ground>[0], citation: string) => [ground(code, citation)] as const;
const ground = (code: Extract<RightAnswer, { answer: 'refused' }>['grounds'][0]['code'], citation: string) => ({
  code,
  citation,
  reasons,
});
const recipients = [
  { name: 'GPI S.p.A.', outcome: { kind: 'told' as const, on: day('03-06') } },
  { name: 'Intellera', outcome: { kind: 'impossible' as const, reason: 'ditta cessata' } },
];
const basis = { article: '6.1.e' as const, source: 'L. 9 marzo 1989, n. 88' };
const backups = [{ recordClass: chat, until: day('04-05') }] as const;
const kept = [{ ...described, grounds: because('17.3.b', 'Art. 17(3)(b) GDPR'), records }] as const;
const on = (key: RightKey) => ({ right: { key, article: rights[rightKind(key)].article }, decidedOn: day('03-04') });
const statement = {
  facts: [
    {
      ...described,
      purposes: [{ it: 'assistenza', en: 'assistance' }],
      legalBasis: basis,
      dataCategories: [{ it: 'messaggi', en: 'messages' }],
      recipients: [{ name: 'GPI S.p.A.', role: 'processor', purpose: { it: 'contact center', en: 'contact centre' } }],
      retention: { period: { it: 'al massimo 5 anni', en: 'at most 5 years' }, keptLongerFor: [] },
      source: { it: "l'interessato", en: 'the person' },
    },
  ],
  records,
  otherRights: ['16', '17', '18', '21'],
  automatedDecisions: 'none',
  transfers: [],
  copy: { files: 1, records: 2, recordings: 1 },
  notTied: [{ id: 'survey', reason: { it: 'le risposte sono anonime', en: 'answers are anonymous' } }],
  erasedBefore: [gone],
} as const;

/** One for each outcome. */
export const sampleAnswers = {
  'access-granted': { answer: 'access-granted', ...on('access'), ...statement },
  'access-partly-granted': {
    answer: 'access-partly-granted',
    ...on('access'),
    ...statement,
    grounds: because('15.4', 'Art. 15(4) GDPR'),
    withheld: [
      { recordId: recordId(uuid(4)), recordClass: chat, what: 'passage', ground: '15.4', where: 'text 10-40' },
    ],
  },
  'no-data': {
    answer: 'no-data',
    ...on('access'),
    searched: [described],
    erasedBefore: [gone],
    notTied: statement.notTied,
  },
  'rectification-corrected': {
    answer: 'rectification-corrected',
    ...on('rectification'),
    grounds: because('16.inaccurate', 'Art. 16 GDPR, first sentence'),
    changes: [{ record: records[0], what: 'nome', before: 'PRIMA-X', after: 'DOPO-Y', on: day('03-05') }],
    recipients,
  },
  'rectification-statement-attached': {
    answer: 'rectification-statement-attached',
    ...on('rectification'),
    grounds: because('16.incomplete', 'Art. 16 GDPR, second sentence'),
    records,
    statement: 'STATEMENT-OF-THE-PERSON',
    attachedOn: day('03-05'),
    recipients,
  },
  'rectification-refused': {
    answer: 'rectification-refused',
    ...on('rectification'),
    grounds: because('16.accurate', 'Art. 16 GDPR'),
    records,
    restrictionEndsAfter: day('03-24'),
  },
  'erasure-erased': {
    answer: 'erasure-erased',
    ...on('erasure'),
    grounds: because('17.1.a', 'Art. 17(1)(a) GDPR'),
    erased: [gone],
    backups,
    recipients: [],
  },
  'erasure-partly-erased': {
    answer: 'erasure-partly-erased',
    ...on('erasure'),
    grounds: because('17.1.a', 'Art. 17(1)(a) GDPR'),
    erased: [gone],
    backups,
    recipients,
    kept,
  },
  'erasure-refused': { answer: 'erasure-refused', ...on('erasure'), kept },
  'erasure-deferred': { answer: 'erasure-deferred', ...on('erasure'), kept, reviewOn: day('09-01') },
  'restriction-granted': {
    answer: 'restriction-granted',
    ...on('restriction'),
    grounds: because('18.1.c', 'Art. 18(1)(c) GDPR'),
    records,
    stillAllowed: ['storage', 'consent', 'legal-claims', 'rights-of-others', 'important-public-interest'],
    restrictedFrom: day('03-04'),
    reviewOn: day('09-01'),
    noticeDays: 15,
    recipients,
  },
  'portability-granted': {
    answer: 'portability-granted',
    ...on('portability'),
    grounds: because('20.1', 'Art. 20(1) GDPR'),
    records,
    formats: ['json', 'csv'],
  },
  'portability-refused': {
    answer: 'portability-refused',
    ...on('portability'),
    classes: [{ ...described, legalBasis: basis, grounds: because('20.3', 'Art. 20(3) GDPR') }],
    accessOffered: true,
  },
  'objection-upheld': {
    answer: 'objection-upheld',
    ...on('objection'),
    grounds: because('21.1.not-shown', 'Art. 21(1) GDPR'),
    balance: 'BALANCE-OF-THIS-CASE',
    stoppedOn: day('03-04'),
    stoppedFor: [described],
    erased: [gone],
    backups,
    recipients,
  },
  'objection-refused': {
    answer: 'objection-refused',
    ...on('objection'),
    grounds: because('21.1.compelling', 'Art. 21(1) GDPR'),
    balance: 'BALANCE-OF-THIS-CASE',
    records,
  },
  'consent-withdrawal-recorded': {
    answer: 'consent-withdrawal-recorded',
    ...on('consent-withdrawal'),
    effectiveOn: day('02-12'),
    stoppedFor: [described],
  },
  'opt-out-recorded': {
    answer: 'opt-out-recorded',
    ...on('opt-out/surveys'),
    optOut: { id: 'surveys', title: { it: 'Invio di questionari', en: 'Sending of surveys' } },
    effectiveOn: day('02-12'),
  },
  refused: {
    answer: 'refused',
    ...on('access'),
    kind: 'access',
    grounds: because('2-undecies.1.e', 'Art. 2-undecies(1)(e) D.Lgs. 196/2003'),
    earlierCases: [{ reference: 'INPS-2025-000001', receivedOn: day('01-05'), outcome: 'accolta' }],
    throughTheGarante: true,
  },
} as const satisfies { readonly [Name in RightAnswer['answer']]: Extract<RightAnswer, { answer: Name }> };

const office = { address: 'Via Ciro il Grande 21, 00144 Roma', email: 'rpd@inps.example' };

/** Every letter in one language, named. */
export const sampleContents = (language: LetterLanguage): ReadonlyMap<string, LetterContent> => {
  const common = {
    language,
    letterhead: { controller: { name: 'INPS', address: 'Via Ciro il Grande 21' }, dpo: office },
    date: day('03-09'),
    protocol: { number: '0001234', date: day('03-09') },
    addressee: { name: 'Maria D’Amico', delivery: { kind: 'pec' as const, address: 'maria@pec.example' } },
    signatory: { name: 'Dott.ssa Anna Però', office: 'La Dirigente dell’Ufficio' },
    addedParagraphs: ['ADDED-PARAGRAPH'],
  };
  const subject = {
    ...common,
    audience: 'subject' as const,
    request: {
      reference: 'INPS-2026-000123',
      receivedOn: day('02-12'),
      channel: 'pec' as const,
      rights: [on('access').right] as const,
    },
    remedies: {
      complaint: { authority: 'Garante per la protezione dei dati personali' as const, articles: '77' as const },
      court: { seat: 'Tribunale di Roma', articles: '79' as const },
    },
    freeOfCharge: true as const,
  };
  const asked = ['document-copy', 'digital-identity'] as const;
  const letters: readonly LetterContent[] = [
    {
      ...subject,
      kind: 'acknowledgement',
      deadlines: [{ right: 'access', lastDay: day('03-12') }],
      caseFile: { keptFor: { it: '5 anni dalla chiusura', en: '5 years after it is closed' } },
    },
    {
      ...subject,
      kind: 'identification-request',
      about: 'identity',
      doubt: reasons,
      asked,
      clockStandsFrom: day('02-15'),
      answerBy: day('04-15'),
    },
    {
      ...subject,
      kind: 'extension',
      rights: [{ right: 'access', until: day('05-12'), before: day('03-12') }],
      months: 2,
      reason: 'complexity',
      explanation: reasons,
    },
    {
      ...subject,
      kind: 'restriction-to-be-lifted',
      right: 'restriction',
      reason: reasons,
      notBefore: day('03-24'),
      records,
      thenErased: true,
    },
    {
      ...subject,
      kind: 'closed-unidentified',
      about: 'identity',
      askedOn: day('02-15'),
      asked,
      grounds: [{ code: '11.2', citation: 'Art. 12(2), 12(6) GDPR' }],
    },
    { ...subject, request: { ...subject.request, rights: [] }, kind: 'not-a-request', passedOnTo: 'URP' },
    { ...subject, kind: 'request-withdrawn', withdrawnOn: day('03-01'), rights: [{ right: 'access', article: '15' }] },
    {
      ...subject,
      kind: 'recipients-report',
      recipients: [{ name: 'GPI S.p.A.', outcome: { kind: 'told', on: day('03-06') } }],
    },
    {
      ...common,
      audience: 'recipient',
      kind: 'recipient-notification',
      reference: 'N-1',
      what: 'rectified',
      on: day('03-05'),
      classes: [described],
      identifiers: [{ kind: 'e-mail', value: 'm@example.it' }],
      changes: [{ what: 'nome', before: 'PRIMA-X', after: 'DOPO-Y' }],
      acknowledgeBy: day('03-30'),
    },
    {
      ...common,
      audience: 'custodian',
      kind: 'preservation-notice',
      matterReference: 'C-7',
      legalBasis: 'art. 2220 c.c.',
      effectiveOn: day('03-01'),
      scope: [{ ...described, records: 12, from: day('01-01') }],
      reviewOn: day('09-01'),
      replaces: { number: '0000003', date: day('02-11') },
    },
    {
      ...common,
      audience: 'custodian',
      kind: 'release-notice',
      matterReference: 'C-7',
      effectiveOn: day('03-01'),
      releasedOn: day('03-08'),
      scope: [{ ...described, records: 12, dueNow: 3 }],
    },
    {
      ...common,
      audience: 'authority',
      kind: 'authority-disclosure',
      orderReference: 'RGNR 1/26',
      legalBasis: 'art. 256 c.p.p.',
      records: [{ ...described, records: 2, files: 1 }],
      manifestDigest: 'ab'.repeat(32),
    },
  ];
  return new Map([
    ...letters.map((letter) => [letter.kind, letter] as const),
    ...Object.values(sampleAnswers).map(
      (answer) =>
        [
          `answer: ${answer.answer}`,
          {
            ...subject,
            request: { ...subject.request, rights: [answer.right] as const },
            kind: 'answer',
            answers: [answer],
          },
        ] as const satisfies readonly [string, LetterContent],
    ),
  ]);
};
