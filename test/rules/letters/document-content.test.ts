/** Nothing that is put into a letter is lost in it, and a screen reader meets it in order and named for what it is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Block } from '../../../letters/document/model.ts';
import { collectLetter } from './support/collect-letter.ts';
import { elementsOf, type ReadPdf, readPdf, spokenText, withoutSpaces } from './support/read-pdf.ts';
import {
  bareLetter,
  completeLetter,
  EMBLEM,
  everywhere,
  HOSTILE_TEXTS,
  paragraph,
  recordRows,
  recordTable,
} from './support/sample-letters.ts';

async function read(blocks: readonly Block[]): Promise<ReadPdf> {
  return readPdf((await collectLetter(bareLetter(blocks))).file);
}

function textsOf(pdf: ReadPdf, role: string): string[] {
  return elementsOf(pdf.structure, role)
    .map((element) => element.text.trim())
    .filter((text) => text !== '');
}

/** What was put in, as it is shown: control characters and characters that mean nothing are marks. */
function shown(text: string): string {
  const marked = text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is expected to be marked
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]|[\p{Co}\p{Cn}]/gu, (character) => {
      const codePoint = character.codePointAt(0) ?? 0;
      return `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`;
    });
  return withoutSpaces(marked);
}

/** Texts as people write them, in the scripts that the fonts have and in some that they do not have. */
const writtenText = fc
  .array(
    fc.oneof(
      fc.stringMatching(/^[A-Za-zàèéìòùÀÈÉçñüößłżșț0-9€.,;:!?()'’"«»/@&<>%#_–-]{1,25}$/),
      fc.stringMatching(/^[А-яЁё]{1,10}$/),
      fc.stringMatching(/^[Α-Ωα-ω]{1,10}$/),
      fc.stringMatching(/^[א-ת]{1,8}$/),
      fc.stringMatching(/^[ء-غف-ي]{1,8}$/),
      fc.stringMatching(/^[一-鿋]{1,5}$/),
      fc.constantFrom(
        '😀',
        '👨‍👩‍👧‍👦',
        '❤️',
        '🇮🇹',
        '1️⃣',
        '🙏🏽',
        '\n',
        '12/03/2026',
        '\u0007',
        '\ue000',
        'x'.repeat(120),
      ),
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((words) => words.join(' '));

test('what is written in a paragraph can be read out of the file again, character by character', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(writtenText, { minLength: 1, maxLength: 6 }), async (texts) => {
      const pdf = await read(texts.map(paragraph));
      expect(withoutSpaces(spokenText(pdf))).toBe(texts.map(shown).join(''));
    }),
    { numRuns: 60 },
  );
});

test('Latin text is found by those who search the page, also without its structure', { timeout: 60_000 }, async () => {
  const latin = fc.stringMatching(/^[A-Za-zàèéìòù0-9€.,;:()’«»/@&<> –-]{1,400}$/);
  await fc.assert(
    fc.asyncProperty(latin, async (text) => {
      const pdf = await read([paragraph(text)]);
      expect(withoutSpaces(pdf.pageTexts.join(''))).toContain(withoutSpaces(text));
    }),
    { numRuns: 25 },
  );
});

test('hostile texts are whole in every place of a letter', { timeout: 240_000 }, async () => {
  for (const [name, whole] of Object.entries(HOSTILE_TEXTS)) {
    const text = whole.slice(0, 2000);
    const expected = shown(text);
    if (expected === '') continue;
    const spoken = withoutSpaces(spokenText(await readPdf((await collectLetter(everywhere(text))).file)));
    // Heading, recipient, paragraph, three parts of one paragraph, link, three list items, value, label, quotation, two cells.
    const count = spoken.split(expected).length - 1;
    expect(count, name).toBeGreaterThanOrEqual(14);
  }
});

test('messages of 10,000 characters are whole in a paragraph and in a cell', { timeout: 120_000 }, async () => {
  for (const [name, text] of Object.entries(HOSTILE_TEXTS).filter(([, whole]) => whole.length > 2000)) {
    const pdf = await read([paragraph(text), recordTable([['01/01/2025', '', text, '']])]);
    expect(withoutSpaces(spokenText(pdf)).split(shown(text)).length - 1, name).toBe(2);
  }
});

test('words are apart for those who listen: lines end with a space, also at a line feed', async () => {
  const { file } = await collectLetter(bareLetter([paragraph('alfa\nbeta gamma')]));
  expect(file.length).toBeGreaterThan(0);
  const pdf = await readPdf(file);
  expect(textsOf(pdf, 'P')[0]).toMatch(/^alfa\s+beta gamma$/);
});

test('each row of a long table is there once, in order, with its header cell', { timeout: 60_000 }, async () => {
  const rows = [...recordRows(400)];
  const pdf = await read([recordTable(rows)]);
  expect(textsOf(pdf, 'TR').map(withoutSpaces)).toEqual([
    'DataSistemaContenutoImporto',
    ...rows.map((row) => withoutSpaces(row.join(''))),
  ]);
  expect(textsOf(pdf, 'TH')).toHaveLength(4 + rows.length);
  expect(textsOf(pdf, 'TD')).toHaveLength(3 * rows.length);
});

test('no row of a table of 5,000 is lost between two pages', { timeout: 60_000 }, async () => {
  const { file } = await collectLetter(bareLetter([recordTable(recordRows(5000))]));
  const { pageTexts } = await readPdf(file, { structure: false });
  const numbers = [...pageTexts.join('').matchAll(/Registrazione n\. (\d+)/g)].map((match) => Number(match[1]));
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, row) => 1000 + row));
});

test('a row taller than three pages is whole', async () => {
  const words = Array.from({ length: 3000 }, (_, word) => `parola${word}`);
  const pdf = await read([recordTable([['01/01/2025', 'Portale', words.join(' '), '€ 1,00']])]);
  expect(pdf.pageCount).toBeGreaterThan(3);
  const cells = textsOf(pdf, 'TD').filter((text) => text.startsWith('parola'));
  expect(cells).toHaveLength(pdf.pageCount);
  expect(
    cells
      .join(' ')
      .split(/\s+/)
      .filter((word, index) => word !== words[index]),
  ).toEqual([]);
});

test('a table without rows says so in one cell across all columns', async () => {
  const pdf = await read([recordTable([])]);
  expect(textsOf(pdf, 'TD')).toEqual(['Nessuna registrazione alla data della richiesta.']);
});

test('a screen reader meets the blocks of a letter in order, each under its role', async () => {
  const pdf = await readPdf((await collectLetter(completeLetter(1))).file);
  const roles = elementsOf(pdf.structure, 'Document').flatMap((document) =>
    document.children.map((child) => child.role),
  );
  expect(roles).toEqual([
    'Figure',
    'P',
    'P',
    'L',
    'P',
    'P',
    'H1',
    'P',
    'P',
    'H2',
    'L',
    'L',
    'H2',
    'Table',
    'BlockQuote',
    'Figure',
    'H2',
    'P',
    'P',
    'P',
  ]);
  expect(textsOf(pdf, 'Figure')).toEqual([EMBLEM.alternative, EMBLEM.alternative]);
  expect(textsOf(pdf, 'Caption')).toEqual(['Tabella 1 – Registrazioni presenti alla data della richiesta']);
  expect(textsOf(pdf, 'Link')).toEqual(['www.garanteprivacy.it']);
});

test('a list inside a list is part of the item it belongs to', async () => {
  const pdf = await read([
    { kind: 'list', numbering: 'numbers', items: ['uno', { kind: 'item', text: 'due', items: ['tre'] }] },
  ]);
  const [list] = elementsOf(pdf.structure, 'L');
  const bodies = elementsOf(list?.children[1]?.children ?? [], 'LBody');
  expect(bodies.map((body) => body.children.map((child) => child.role))).toEqual([['content', 'L']]);
  expect(textsOf(pdf, 'Lbl')).toEqual(['1.', '2.', '–']);
});

test('foreign words carry their language', async () => {
  const { file } = await collectLetter(
    bareLetter([paragraph(['La guida è in ', { kind: 'foreign', text: 'English', language: 'en' }, '.'])]),
  );
  expect(textsOf(await readPdf(file), 'Span')).toEqual(['English']);
  // Written as a string in hexadecimal: `en`.
  expect(file.toString('latin1')).toContain('/Lang <656e>');
});

test('the file says what it is: title, language, PDF/A-3a, PDF/UA-1', async () => {
  const letter = { ...bareLetter([paragraph('Testo')]), title: 'Rossi & C. <prova> "x"', language: 'en-gb' };
  const pdf = await readPdf((await collectLetter(letter)).file);
  expect(pdf.title).toBe('Rossi & C. <prova> "x"');
  expect(pdf.language).toBe('en-GB');
  expect(pdf.metadata).toEqual({ part: '3', conformance: 'A', uaPart: '1' });
});

test('attachments come out byte by byte', async () => {
  const content = Uint8Array.from({ length: 5000 }, (_, index) => index % 256);
  const { file } = await collectLetter({
    ...bareLetter([paragraph('Testo')]),
    attachments: [
      { name: 'b.json', mediaType: 'application/json', description: 'Dati', relationship: 'Data', content },
      { name: 'a_1.csv', mediaType: 'text/csv', description: 'Dati', relationship: 'Data', content: content.slice(1) },
    ],
  });
  const { attachments } = await readPdf(file);
  expect([...attachments.keys()].sort()).toEqual(['a_1.csv', 'b.json']);
  expect(Buffer.from(attachments.get('b.json') ?? [])).toEqual(Buffer.from(content));
});

test('characters that no font has are counted for whoever sends the letter, in the order they appear', async () => {
  const { result } = await collectLetter(
    bareLetter([paragraph('Nome: 你好, 你'), recordTable([['สวัสดี'.slice(0, 1), '', '', 'a\u0007']])]),
  );
  expect(result.missingCharacters).toEqual([
    { codePoint: 'U+4F60', count: 2 },
    { codePoint: 'U+597D', count: 1 },
    { codePoint: 'U+0E2A', count: 1 },
    { codePoint: 'U+0007', count: 1 },
  ]);
});

test('a header repeated overleaf and a page number are not read out', async () => {
  const pdf = await read([recordTable(recordRows(60))]);
  expect(pdf.pageCount).toBeGreaterThan(1);
  expect(spokenText(pdf)).not.toContain('Pagina');
  expect(spokenText(pdf).split('Contenuto')).toHaveLength(2);
  for (const [index, text] of pdf.pageTexts.entries()) {
    expect(text).toContain(`Pagina ${index + 1} di ${pdf.pageCount}`);
    expect(text).toContain('Contenuto');
  }
});
