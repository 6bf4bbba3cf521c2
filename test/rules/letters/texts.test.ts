/** Every letter says what the law asks of it (law.md section 5), in Italian and in English. */
import { describe, expect, test } from 'vitest';
import { type GroundCode, groundCodes, grounds } from '../../../domain/request/course/grounds.ts';
import { instant } from '../../../domain/time/instant.ts';
import { composeDocument } from '../../../letters/compose-document.ts';
import type { Block } from '../../../letters/document/model.ts';
import { italianCitation } from '../../../letters/texts/citations.ts';
import { al, dal, del, il } from '../../../letters/texts/writing.ts';
import { collectLetter } from './support/collect-letter.ts';
import { readPdf, spokenText, withoutSpaces } from './support/read-pdf.ts';
import { sampleAnswers, sampleContents, sampleTitles } from './support/sample-contents.ts';

const at = instant('2026-03-09T10:00:00Z');

/** Every text in a document, wherever it stands. */
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const parts = Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.values(value);
  return parts.map(textOf).join('\n');
};

const everySubjectLetter = {
  it: [
    'art. 77',
    'in alternativa',
    'art. 79',
    '140-bis',
    'art. 152',
    'D.Lgs. 150/2011',
    'Tribunale di Roma',
    'gratuiti',
    'rpd@inps.example',
    '12 febbraio 2026',
    'INPS-2026-000123',
  ],
  en: [
    'Art. 77',
    'alternatively',
    'Art. 79',
    '140-bis',
    'Art. 152',
    'Legislative Decree 150/2011',
    'free of charge',
    '12 February 2026',
  ],
};
const everyLetter = [
  '0001234',
  '9 marzo 2026',
  'Via Ciro il Grande 21',
  'Dott.ssa Anna Però',
  'La Dirigente dell’Ufficio',
  'Maria D’Amico',
  'ADDED-PARAGRAPH',
];

/** What the row of the table asks besides: both languages, since an English letter holds the Italian text too. */
const rows: Readonly<Record<string, readonly string[]>> = {
  acknowledgement: ['12 marzo 2026', '5 anni', 'art. 13'],
  'identification-request': ['REASONS-OF-THIS-CASE', 'art. 12, par. 6', '15 aprile 2026', 'documento d’identità'],
  extension: ['12 maggio 2026', 'due mesi', 'complessità', 'REASONS-OF-THIS-CASE'],
  'restriction-to-be-lifted': ['24 marzo 2026', 'art. 18, par. 3', 'REASONS-OF-THIS-CASE'],
  'closed-unidentified': ['chiusa', 'art. 12, parr. 2 e 6'],
  'not-a-request': ['URP', 'in merito al Suo messaggio, che abbiamo ricevuto'],
  'request-withdrawn': ['1° marzo 2026'],
  'recipients-report': ['GPI S.p.A.', 'art. 19'],
  'recipient-notification': ['PRIMA-X', 'DOPO-Y', '30 marzo 2026', 'm@example.it', '19 del'],
  'preservation-notice': [
    'C-7',
    'art. 2220 c.c.',
    '1° settembre 2026',
    '12',
    'non possono essere cancellate',
    'arriveranno in seguito',
    'prot. n. 0000003 dell’11 febbraio 2026',
    'revoca scritta',
  ],
  'release-notice': ['C-7', 'L’8 marzo 2026', '3', 'è stato revocato'],
  'authority-disclosure': ['RGNR 1/26', 'art. 256 c.p.p.', 'abab', 'art. 4, n. 9'],
  'answer: access-granted': [
    'Finalità',
    'Categorie di dati',
    'GPI S.p.A.',
    'al massimo 5 anni',
    '1° marzo 2031',
    'art. 16',
    'art. 17',
    'art. 18',
    'art. 21',
    'Origine',
    'art. 22',
    'art. 15, par. 2',
    'art. 15, par. 3',
  ],
  'answer: access-partly-granted': [
    'accolta in parte',
    'un passo del testo',
    'art. 15, par. 4, del Regolamento',
    'Finalità',
    'art. 22',
    'art. 15, par. 3',
  ],
  'answer: no-data': ['non conserviamo dati', 'Conversazioni in chat', '000000000009'],
  'answer: rectification-corrected': ['corretti', 'PRIMA-X', 'DOPO-Y', '5 marzo 2026', 'art. 19'],
  'answer: rectification-statement-attached': ['STATEMENT-OF-THE-PERSON', 'art. 19'],
  'answer: rectification-refused': ['non è accolta', 'REASONS-OF-THIS-CASE', '24 marzo 2026'],
  'answer: erasure-erased': [
    'cancellati',
    '000000000009',
    '5 aprile 2026',
    'art. 17, par. 1, lett. a), del Regolamento',
    'art. 19',
  ],
  'answer: erasure-partly-erased': [
    'in parte',
    '000000000009',
    'art. 17, par. 3, lett. b), del Regolamento',
    '1° marzo 2031',
    'art. 19',
  ],
  'answer: erasure-refused': [
    'non è accolta',
    'art. 17, par. 3, lett. b), del Regolamento',
    '1° marzo 2031',
    'REASONS-OF-THIS-CASE',
  ],
  'answer: erasure-deferred': ['per ora non è accolta', 'cancellazione sospesa', '1° settembre 2026', '1° marzo 2032'],
  'answer: restriction-granted': ['art. 18, par. 2', 'pubblico rilevante', '1° settembre 2026', '15 giorni', 'art. 19'],
  'answer: portability-granted': ['JSON, CSV'],
  'answer: portability-refused': [
    'art. 20, par. 3, del Regolamento',
    'art. 15 del Regolamento',
    'art. 6, par. 1, lett. e)',
  ],
  'answer: objection-upheld': ['BALANCE-OF-THIS-CASE', '4 marzo 2026', '000000000009', 'art. 19'],
  'answer: objection-refused': ['BALANCE-OF-THIS-CASE', 'non è accolta', 'art. 21, par. 1, del Regolamento'],
  'answer: consent-withdrawal-recorded': ['art. 7, par. 3', '12 febbraio 2026'],
  'answer: opt-out-recorded': ['Invio di questionari', '12 febbraio 2026'],
  'answer: refused': [
    'non è accolta',
    'INPS-2025-000001',
    'art. 160',
    'art. 2-undecies, comma 1, lett. e), del Codice',
  ],
};

const cases = (['it', 'en'] as const).flatMap((language) =>
  [...sampleContents(language)].map(([name, content]) => ({ language, name, content })),
);

test.each(cases)('$name ($language) says every element the law asks for', ({ language, name, content }) => {
  const text = textOf(composeDocument({ titles: sampleTitles }, content, at));
  const row = rows[name];
  expect(row, `no row for ${name}`).toBeDefined();
  const wanted = [
    ...everyLetter,
    ...(row ?? []),
    ...(content.audience === 'subject' ? everySubjectLetter.it : []),
    ...(content.audience === 'subject' && language === 'en' ? everySubjectLetter.en : []),
  ];
  expect(wanted.filter((element) => !text.includes(element))).toEqual([]);
  expect(text).not.toMatch(/\b(il|dal|del|al) (8|11) [a-z]/i);
  expect(text).not.toMatch(/undefined|\[object|\$\{|NaN|\{\{/);
  const ids = JSON.stringify(content).match(/01900000-0000-7000-8000-\d{12}/g) ?? [];
  expect(ids.filter((id) => !text.includes(id))).toEqual([]);
});

describe('a deferred erasure says for what it waits', () => {
  const sample = sampleAnswers['erasure-deferred'];
  const opening = (language: 'it' | 'en', ...codes: readonly (readonly GroundCode[])[]): string => {
    const [one] = sample.kept;
    const [first, ...rest] = codes.map((ofClass) => {
      const [head, ...others] = ofClass.map((code) => ({ code, citation: grounds[code].citation }));
      if (head === undefined) throw new Error('A class without a ground');
      return { ...one, grounds: [head, ...others] as const };
    });
    if (first === undefined) throw new Error('An answer without a class');
    const content = sampleContents(language).get('answer: erasure-deferred');
    if (content?.kind !== 'answer') throw new Error('There is no sample');
    const answers = [{ ...sample, kept: [first, ...rest] as const }] as const;
    return textOf(composeDocument({ titles: sampleTitles }, { ...content, answers }, at)).replaceAll('\n', ' ');
  };
  const claims = /accertamento, l’esercizio o la difesa di un diritto in sede giudiziaria/;
  // What is said before the decision's date: the two sentences of the opening.
  const begins = (text: string): string => text.slice(0, text.indexOf('Decisione del'));

  test('legal claims only where they are the ground for everything that is kept', () => {
    expect(begins(opening('it', ['17.1.a', '17.3.e']))).toMatch(claims);
    expect(begins(opening('it', ['17.1.a', '17.3.e'], ['17.1.a', '17.3.e']))).toMatch(claims);
    for (const other of [['17.3.b'], ['17.3.b', '17.3.e'], ['17.1.none']] as const) {
      expect(begins(opening('it', ['17.1.a', '17.3.e'], other))).not.toMatch(claims);
    }
    expect(begins(opening('it', ['17.1.a', '17.3.b']))).not.toMatch(claims);
  });

  test('a duty only where it is the ground, and else that the grounds stand below', () => {
    expect(begins(opening('it', ['17.1.a', '17.3.b']))).toContain(
      'obbligo di legge o un compito di interesse pubblico',
    );
    expect(begins(opening('it', ['17.1.a', '17.3.b', '17.3.e']))).toContain('per i motivi indicati sotto');
    expect(opening('en', ['17.3.e'])).toContain('the establishment, exercise or defence of legal claims');
    expect(opening('en', ['17.3.b', '17.3.e'])).toContain('for the grounds stated below');
  });
});

test('an Italian date has its article as it is read out', () => {
  expect([il('7 marzo'), il('8 marzo'), il('1° marzo'), il('11 marzo'), il('18 marzo')]).toEqual([
    'il 7 marzo',
    'l’8 marzo',
    'il 1° marzo',
    'l’11 marzo',
    'il 18 marzo',
  ]);
  expect([dal('8 maggio'), del('11 maggio'), al('8 maggio'), al('9 maggio')]).toEqual([
    'dall’8 maggio',
    'dell’11 maggio',
    'all’8 maggio',
    'al 9 maggio',
  ]);
});

test('every ground has an Italian citation with the same article', () => {
  for (const code of groundCodes) {
    const numbers = (text: string) => text.match(/\d+(-[a-z]+)?/g);
    const { citation } = grounds[code];
    const own = italianCitation(citation);
    if (citation !== 'Privacy notice') expect(numbers(own), code).toEqual(numbers(citation.replace(' 196/2003', '')));
  }
});

test('a letter read back from its PDF says the same', async () => {
  for (const { name, content, language } of cases.filter((one) => one.name === 'answer: erasure-refused')) {
    const pdf = await readPdf((await collectLetter(composeDocument({ titles: sampleTitles }, content, at))).file);
    const spoken = withoutSpaces(spokenText(pdf));
    for (const element of [...(rows[name] ?? []), ...everySubjectLetter[language]])
      expect(spoken).toContain(withoutSpaces(element));
  }
});

test.each(['it', 'en'] as const)('a sentence that ends in an abbreviation has one full stop (%s)', (language) => {
  for (const kind of ['preservation-notice', 'authority-disclosure']) {
    const content = sampleContents(language).get(kind);
    if (content === undefined) throw new Error(`There is no sample of ${kind}`);
    const { blocks } = composeDocument({ titles: sampleTitles }, content, at);
    const paragraphs = [...(blocks as Iterable<Block>)].flatMap((block) =>
      block.kind === 'paragraph' ? [block.text] : [],
    );
    expect(paragraphs.map((text) => textOf(text).replaceAll('\n', '')).join(' ')).toMatch(/c\.(c|p\.p)\.(?!\.)/);
    expect(paragraphs.map((text) => textOf(text).replaceAll('\n', '')).filter((text) => text.includes('..'))).toEqual(
      [],
    );
  }
});
