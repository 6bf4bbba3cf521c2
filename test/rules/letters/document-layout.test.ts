/** Where things stand on paper: in the envelope's window, inside the margins, and together with what they belong to. */
import { expect, test } from 'vitest';
import type { Block } from '../../../letters/document/model.ts';
import { collectLetter } from './support/collect-letter.ts';
import { type PlacedText, readPdf } from './support/read-pdf.ts';
import {
  bareLetter,
  completeLetter,
  everywhere,
  HOSTILE_TEXTS,
  paragraph,
  recordRows,
  recordTable,
} from './support/sample-letters.ts';

const MILLIMETRE = 72 / 25.4;
const LEFT = 22 * MILLIMETRE;
const RIGHT = 595.28 - 22 * MILLIMETRE;

async function place(letter: Parameters<typeof collectLetter>[0]): Promise<readonly PlacedText[]> {
  return (await readPdf((await collectLetter(letter)).file, { structure: false })).placed;
}

function find(placed: readonly PlacedText[], text: string): PlacedText {
  const found = placed.find((piece) => piece.text.includes(text));
  if (!found) throw new Error(`«${text}» is not on any page.`);
  return found;
}

/** Lines of one paragraph that fill a page bit by bit. */
const filler = (lines: number): Block =>
  paragraph(Array.from({ length: lines }, (_, line) => `riga ${line}`).join('\n'));

test('the recipient shows through the right-hand window of a DL or C6/5 envelope', async () => {
  const placed = await place(completeLetter());
  for (const line of ['Via PEC', 'Gent.ma Sig.ra', 'Niccolò', 'Via dell’Università', '00100 Città']) {
    const piece = find(placed, line);
    expect(piece.page).toBe(1);
    expect(piece.left).toBeGreaterThanOrEqual(112 * MILLIMETRE - 0.1);
    expect(piece.right).toBeLessThanOrEqual(190 * MILLIMETRE);
    expect(piece.baseline).toBeGreaterThan(56 * MILLIMETRE);
    expect(piece.baseline).toBeLessThan(79 * MILLIMETRE + 4);
  }
});

test('nothing but the recipient shows through the window', async () => {
  const placed = await place(completeLetter());
  const recipient = /Via PEC|Gent\.ma|Niccolò|Università|00100/;
  const inWindow = placed.filter(
    (piece) =>
      piece.page === 1 &&
      piece.right > 105 * MILLIMETRE &&
      piece.baseline > 44 * MILLIMETRE &&
      piece.baseline < 90 * MILLIMETRE,
  );
  expect(inWindow.filter((piece) => !recipient.test(piece.text)).map((piece) => piece.text)).toEqual([]);
});

test('an address too long for any window stands whole above the text', async () => {
  const lines = Array.from({ length: 80 }, (_, line) => `riga ${line} dell’indirizzo`);
  const placed = await place({ ...bareLetter([paragraph('Testo della lettera')]), recipient: { lines } });
  expect(lines.filter((line) => !placed.some((piece) => piece.text === line))).toEqual([]);
  expect(find(placed, 'Testo della lettera').page).toBeGreaterThan(1);
});

test('hostile texts stay inside the margins and above the foot of the page', { timeout: 120_000 }, async () => {
  for (const [name, text] of Object.entries(HOSTILE_TEXTS)) {
    const placed = await place(everywhere(text.slice(0, 2500)));
    const outside = placed.filter(
      (piece) =>
        piece.left < LEFT - 6 || piece.right > RIGHT + 3 || piece.baseline < 30 || piece.baseline > 841.89 - 30,
    );
    expect(outside, name).toEqual([]);
    const foot = 841.89 - 12 * MILLIMETRE - 10.5;
    const onFoot = placed.filter((piece) => piece.baseline > foot - 12);
    expect(
      onFoot.filter((piece) => !/^(Comune di Esempio|Pagina \d+ di \d+)$/.test(piece.text)),
      name,
    ).toEqual([]);
  }
});

test('a heading stands on the page of the text it heads', { timeout: 60_000 }, async () => {
  for (let lines = 30; lines <= 50; lines++) {
    const placed = await place(
      bareLetter([
        { kind: 'heading', level: 1, text: 'Primo' },
        filler(lines),
        { kind: 'heading', level: 2, text: 'Titolo' },
        { kind: 'heading', level: 3, text: 'Sottotitolo' },
        paragraph('inizio\nseguito\nfine'),
      ]),
    );
    expect(find(placed, 'Titolo').page, `after ${lines} lines`).toBe(find(placed, 'inizio').page);
  }
});

test('a heading stands on the page of the table it heads, with caption, header and a row', {
  timeout: 60_000,
}, async () => {
  for (let lines = 28; lines <= 50; lines++) {
    const placed = await place(
      bareLetter([{ kind: 'heading', level: 1, text: 'Titolo' }, filler(lines), recordTable(recordRows(3))]),
    );
    const { page } = find(placed, 'Tabella 1');
    expect(find(placed, 'Contenuto').page, `after ${lines} lines`).toBe(page);
    expect(find(placed, 'Registrazione n. 1000').page, `after ${lines} lines`).toBe(page);
  }
});

test('a paragraph that ends in a colon stands on the page of what it announces', { timeout: 60_000 }, async () => {
  for (let lines = 30; lines <= 46; lines++) {
    const placed = await place(
      bareLetter([filler(lines), paragraph('Abbiamo informato i destinatari seguenti:'), recordTable(recordRows(3))]),
    );
    const announcement = find(placed, 'i destinatari seguenti');
    const [row] = placed.filter((piece) => piece.page >= announcement.page && piece.baseline > announcement.baseline);
    expect([lines, row?.page]).toEqual([lines, announcement.page]);
  }
});

test('who signs stands on one page with the closing and the end of the text', { timeout: 60_000 }, async () => {
  for (let lines = 25; lines <= 60; lines++) {
    const placed = await place(
      bareLetter([
        filler(lines),
        { kind: 'signature', closing: 'Distinti saluti.', lines: ['Il Dirigente', 'Dott.ssa Zoë', '(firmato)'] },
      ]),
    );
    const pages = ['Distinti saluti', 'Il Dirigente', 'Zoë', '(firmato)', `riga ${lines - 1}`].map(
      (text) => find(placed, text).page,
    );
    expect(new Set(pages).size, `after ${lines} lines`).toBe(1);
  }
});

test('who signs stands with the end of a list, of labelled rows or of a quotation', { timeout: 60_000 }, async () => {
  const endings: Readonly<Record<string, (count: number) => Block>> = {
    list: (count) => ({
      kind: 'list',
      numbering: 'numbers',
      items: Array.from({ length: count }, (_, item) => `voce ${item}`),
    }),
    definitions: (count) => ({
      kind: 'definitions',
      rows: Array.from({ length: count }, (_, row) => ({ label: 'Etichetta', value: `voce ${row}` })),
    }),
    quotation: (count) => ({
      kind: 'quotation',
      text: Array.from({ length: count }, (_, line) => `voce ${line}`).join('\n'),
    }),
  };
  for (const [name, ending] of Object.entries(endings)) {
    for (let count = 25; count <= 50; count++) {
      const signature: Block = { kind: 'signature', closing: 'Distinti saluti.', lines: ['Il Dirigente', '(firmato)'] };
      const placed = await place(bareLetter([ending(count), signature]));
      const pages = ['Distinti saluti', '(firmato)', `voce ${count - 1}`].map((text) => find(placed, text).page);
      expect(new Set(pages).size, `${name} of ${count}`).toBe(1);
    }
  }
});

test('no line of a paragraph stands alone at the foot or the head of a page', { timeout: 60_000 }, async () => {
  for (let lines = 36; lines <= 50; lines++) {
    const placed = await place(bareLetter([filler(lines), paragraph('uno\ndue\ntre\nquattro\ncinque')]));
    const pages = ['uno', 'due', 'tre', 'quattro', 'cinque'].map((text) => find(placed, text).page);
    const onFirst = pages.filter((page) => page === pages[0]).length;
    expect([2, 3, 5], `after ${lines} lines`).toContain(onFirst);
  }
});

test('a row that fits on a page is not split', async () => {
  const rows = Array.from({ length: 80 }, (_, row) => [
    `r${row}`,
    'Portale',
    `inizio${row} ${'nota '.repeat(60)}fine${row}`,
    '',
  ]);
  const placed = await place(bareLetter([recordTable(rows)]));
  const split = rows.filter((_, row) => find(placed, `inizio${row} `).page !== find(placed, `fine${row}`).page);
  expect(split).toEqual([]);
});

test('where a row goes on overleaf, its name is repeated there', async () => {
  const placed = await place(bareLetter([recordTable([['01/01/2025', 'Portale', 'nota '.repeat(3000), '']])]));
  const pages = new Set(placed.map((piece) => piece.page));
  expect(pages.size).toBeGreaterThan(3);
  expect(placed.filter((piece) => piece.text.includes('(segue)'))).toHaveLength(pages.size - 1);
});

test('amounts are flush right in their column', async () => {
  const placed = await place(bareLetter([recordTable(recordRows(12))]));
  const rights = placed.filter((piece) => piece.text.startsWith('€')).map((piece) => Math.round(piece.right));
  expect(rights).toHaveLength(12);
  expect(new Set(rights).size).toBe(1);
});

test('a page break begins a new page, and none where one has just begun', async () => {
  const letter = bareLetter([paragraph('primo'), { kind: 'pageBreak' }, { kind: 'pageBreak' }, paragraph('secondo')]);
  const { result } = await collectLetter(letter);
  expect(result.pages).toBe(2);
});
