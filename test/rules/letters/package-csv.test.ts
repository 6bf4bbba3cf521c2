/** Cells that a spreadsheet must not compute, and rows that it must load as they are. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteOrderMark, csvLines, safeCell } from '../../../letters/package/text-files.ts';

// Byte order marks and overrides are not among them: they become visible marks, and what begins with a mark is no formula.
/** What programs drop from the front of a cell before they look whether it is a formula. */
const dropped = /^[\s'"`\u2018\u2019\u201c\u201d\u00a0\u200b\ufeff]+/u;
const triggers = ['=', '+', '-', '@', '\t', '\r', '\uff1d', '\uff0b', '\uff0d', '\uff20'];

const noise = fc
  .array(fc.constantFrom(' ', '"', "'", '\u00a0', '\u200b', '\u201c', '\n', '\u3000'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const anything = fc.string({ unit: 'binary', maxLength: 40 });

/** A reader of CSV as RFC 4180 has it. */
const parse = (text: string): string[][] => {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (character === '"') quoted = false;
      else cell += character;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      rows.at(-1)?.push(cell);
      cell = '';
    } else if (character === '\r' && text[at + 1] === '\n') {
      rows.at(-1)?.push(cell);
      cell = '';
      rows.push([]);
      at += 1;
    } else cell += character;
  }
  rows.pop();
  return rows;
};

describe('CSV injection', () => {
  test('no cell begins with what starts a formula, whatever stands before it', () => {
    fc.assert(
      fc.property(noise, fc.constantFrom(...triggers), anything, (before, trigger, after) => {
        const cell = safeCell(before + trigger + after);
        expect(cell.startsWith("'")).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('no cell at all begins like a formula', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const cell = safeCell(value);
        expect(triggers).not.toContain(cell[0]);
        if (!cell.startsWith("'")) expect(triggers).not.toContain(cell.replace(dropped, '')[0]);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '=1+1',
    '+39 02 0202',
    '-5',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    " =cmd|'/c calc'!A0",
    '"=1+1"',
    '\u200b=1',
    '\uff1dHYPERLINK("http://example.org")',
    '\u2212 1',
    '%0A=1',
    '|calc',
  ])('%j is text', (value) => {
    expect(safeCell(value).startsWith("'")).toBe(true);
  });

  test.each(['', 'Rossi', '12', 'a=b', 'mario@example.it', '2026-03-01T09:30:00.000Z', 'è così'])(
    '%j stays as it is',
    (value) => {
      expect(safeCell(value)).toBe(value);
    },
  );
});

test('rows come back as they went in, behind the mark of a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anything, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      expect(parse(csvLines(rows))).toEqual(rows.map((row) => row.map(safeCell)));
    }),
    { numRuns: 500 },
  );
});

test('every line ends with CRLF and every cell is quoted, so that spreadsheets load it', () => {
  expect(csvLines([['a', 'b"c', 'd\ne', '']])).toBe('"a","b""c","d\ne",""\r\n');
  expect(Buffer.from(byteOrderMark, 'utf8')).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
});

test('a text of 10,000 characters is not cut', () => {
  const long = 'parola '.repeat(1500);
  expect(safeCell(long)).toBe(long);
});
