/** Setting text: what is cleaned, what is shown, where lines end, and that earlier letters do not influence later ones. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from '../../../letters/document/clean-text.ts';
import { createFontLibrary } from '../../../letters/document/font-library.ts';
import { type Line, setLines } from '../../../letters/document/set-lines.ts';
import { createPairShaper, shapeWithFont } from '../../../letters/document/shape-text.ts';
import { resolveDirection, visualOrder } from '../../../letters/document/text-direction.ts';

const library = createFontLibrary();
const clean = (text: string): string => cleanText(text, () => {});

function setIn(width: number, ...texts: string[]): Line[] {
  const fragments = texts.map((text, index) => ({ text: clean(text), weight: 'regular' as const, index }));
  return setLines(library, { fragments, width, size: 10 });
}

function textOf(lines: readonly Line[]): string {
  return lines.map((line) => line.pieces.map(pieceText).join('')).join('');
}

function pieceText(piece: Line['pieces'][number]): string {
  return piece.runs.map((run) => run.text).join('');
}

/** Text as anybody might paste it: words of many scripts, emoji, blanks, and any Unicode whatever. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom(
        ' ',
        '   ',
        '\n',
        '\n\n',
        'città',
        'D’Amélie-Żółkiewska',
        'https://example.it/a/b?c=d',
        'مرحبا',
        'שלום',
        '12/03/2026',
        'Здравствуйте',
        '👨‍👩‍👧',
        '❤️',
        '你好',
        '\u0301',
        'x'.repeat(200),
        '(abc)',
        'a\u00a0b',
        '\ud800',
        '\u0000',
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

test('cleaning leaves ordinary text as it is and composes accents', () => {
  expect(clean('Perché così – € 1.234,56')).toBe('Perché così – € 1.234,56');
  expect(clean('perche\u0301')).toBe('perché');
});

test('line ends of every kind become line feeds, tabs become spaces', () => {
  expect(clean('a\r\nb\rc\u2028d\u0085e\tf')).toBe('a\nb\nc\nd\ne    f');
});

test('invisible characters that could disguise a text are dropped', () => {
  expect(clean('fattura\u202Etxt.exe re\u00adsponsabile \u2066x\u2069\ufeff')).toBe('fatturatxt.exe responsabile x');
});

test('control characters become visible marks that the caller is told of', () => {
  const marks: number[] = [];
  expect(cleanText('a\u0007b\u009f', (codePoint) => marks.push(codePoint))).toBe('a[U+0007]b[U+009F]');
  expect(marks).toEqual([0x07, 0x9f]);
});

test('cleaning a clean text changes nothing', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(clean(clean(text))).toBe(clean(text));
    }),
  );
});

test('set lines hold the whole text, character by character, whatever the width', () => {
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 500 }), (texts, width) => {
      const expected = texts
        .map(clean)
        .join('')
        .replace(/[\n ]+/g, '');
      expect(textOf(setIn(width, ...texts)).replace(/ +/g, '')).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('words stay apart: a line that ends at a space or a line feed ends with a space', () => {
  const text = 'alfa beta gamma\ndelta epsilon zeta eta theta';
  expect(textOf(setIn(60, text))).toBe(text.replace('\n', ' '));
});

test('no line is wider than its column, unless a single character is', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 40, max: 400 }), (text, width) => {
      for (const line of setIn(width, text)) {
        // Kerning across the cut of a long word is not counted while cutting.
        const isOneCharacter =
          [...new Intl.Segmenter().segment(line.pieces.map(pieceText).join('').trim())].length <= 1;
        if (!isOneCharacter) expect(line.width).toBeLessThanOrEqual(width + 1);
      }
    }),
    { numRuns: 300 },
  );
});

test('a word longer than the line is cut, a shorter one is not', () => {
  const lines = setIn(100, `breve ${'x'.repeat(60)} parola`).map((line) => line.pieces.map(pieceText).join('').trim());
  expect(lines[0]).toBe('breve');
  expect(lines.at(-1)).toMatch(/^(x+ )?parola$/);
  expect(lines.filter((line) => /^x+$/.test(line)).length).toBeGreaterThanOrEqual(2);
});

test('empty text gives no line, a line feed alone gives two', () => {
  expect(setIn(100, '')).toEqual([]);
  expect(setIn(100, '\n')).toHaveLength(2);
});

test('Latin text takes the fast way and comes out as from the font itself', () => {
  const letters = [...'abcdefghilmnopqrstuvzàèéìòùABCDEFGHILMNOPQRSTUVZÀÈÉ’“”«».,;:–-0123456789€ŁłŻżŞşŢţŐőıŒœ/()'];
  for (const face of ['titillium', 'titilliumBold', 'titilliumItalic'] as const) {
    const font = library.font(face);
    const shapePairs = createPairShaper(font);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 20 }), (word) => {
        const text = word.join('');
        expect(shapePairs(text)).toEqual(shapeWithFont(font, text, 'ltr'));
      }),
    );
  }
});

test('what was shaped before changes nothing: emoji with and without a skin tone share a glyph', () => {
  const before = createFontLibrary();
  const after = createFontLibrary();
  for (const text of ['🙏', '❤', '\ufe8d', '\u00a0', 'ﻻ']) after.measure(text, 'regular', 'ltr');
  for (const text of ['🙏🏽', '❤️', 'ا', ' ', 'لا']) {
    const direction = /\p{Script=Arabic}/u.test(text) ? 'rtl' : 'ltr';
    expect(after.measure(text, 'regular', direction)).toEqual(before.measure(text, 'regular', direction));
  }
});

test('what no font has becomes marks that keep the text they stand for', () => {
  const { runs } = library.measure('a你b', 'regular', 'ltr');
  expect(runs.map((run) => [run.text, run.missing])).toEqual([
    ['a', false],
    ['你', true],
    ['b', false],
  ]);
  const shown = runs[1]?.glyphs.map((glyph) => String.fromCodePoint(...glyph.codePoints)).join('');
  expect(shown).toBe('[U+4F60]');
});

test('a private character that a font happens to draw is marked all the same', () => {
  expect(library.measure('\uf6c3', 'regular', 'ltr').runs[0]?.missing).toBe(true);
});

test('every weight shows Arabic and Hebrew, whose glyphs some variants lack', () => {
  for (const weight of ['regular', 'bold', 'italic'] as const) {
    for (const word of ['مرحبا', 'שלום']) {
      expect(library.measure(word, weight, 'rtl').runs.some((run) => run.missing)).toBe(false);
    }
  }
});

test('a paragraph takes the direction of its first letter', () => {
  expect(setIn(300, 'שלום abc')[0]?.rightToLeft).toBe(true);
  expect(setIn(300, 'abc שלום')[0]?.rightToLeft).toBe(false);
  expect(setIn(300, 'abc', 'שלום')[0]?.rightToLeft).toBe(false);
});

test('numbers after a name in Arabic stay in their place when the name is a part of its own', () => {
  const order = (...parts: string[]): string =>
    visualOrder(setIn(400, ...parts)[0]?.pieces ?? [])
      .map(pieceText)
      .join('')
      .trim();
  expect(order('Prot. ', 'محمد', ' 1234/2026')).toBe('Prot. محمد 1234/2026');
});

test('levels are given for each character of the text, also with isolated parts', () => {
  fc.assert(
    fc.property(
      fc.array(
        anyText.map((text) => clean(text).replaceAll('\n', '')),
        { minLength: 1, maxLength: 4 },
      ),
      (parts) => {
        const { levels } = resolveDirection(parts);
        if (levels) expect(levels).toHaveLength(parts.join('').length);
      },
    ),
  );
});

test('pieces of mixed direction stand in the order of the Unicode algorithm', () => {
  const pieces = [
    { name: 'il', level: 0 },
    { name: 'ALEF', level: 1 },
    { name: '12', level: 2 },
    { name: 'BET', level: 1 },
    { name: 'ha', level: 0 },
  ];
  expect(visualOrder(pieces).map((piece) => piece.name)).toEqual(['il', 'BET', '12', 'ALEF', 'ha']);
});
