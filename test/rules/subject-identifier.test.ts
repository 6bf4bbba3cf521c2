/** Data-subject identifiers: one form for each, and a reason for what is wrong. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { parsePhoneNumberWithError } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { codiceFiscaleCheckCharacter } from '../../domain/subject/codice-fiscale.ts';
import {
  normaliseSubjectIdentifier,
  type SubjectIdentifierKind,
  subjectIdentifierKinds,
} from '../../domain/subject/subject-identifier.ts';
import { daysInMonth } from '../../domain/time/local-date.ts';

// Its types describe another form of export than it has.
const library: { readonly CodiceFiscale: { readonly getCheckCode: (fifteen: string) => string } } = createRequire(
  import.meta.url,
)('codice-fiscale-js');

const normalised = (kind: SubjectIdentifierKind, value: string): string | undefined => {
  const result = normaliseSubjectIdentifier({ kind, value });
  return result.ok ? result.value.value : undefined;
};
const faultCode = (kind: SubjectIdentifierKind, value: string): string | undefined => {
  const result = normaliseSubjectIdentifier({ kind, value });
  return result.ok ? undefined : result.reason.code;
};

const letters = (alphabet: string, length: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** Codes as the tax agency makes them, with and without the letters of omocodia. */
const validCode = fc
  .record({
    names: letters(alphabet, 6),
    year: fc.integer({ min: 0, max: 99 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 0, max: 30 }),
    woman: fc.boolean(),
    place: fc.tuple(letters(alphabet, 1), fc.integer({ min: 0, max: 999 })),
    omocodia: fc.uniqueArray(fc.constantFrom(6, 7, 9, 10, 12, 13, 14)),
  })
  .map(({ names, year, month, day, woman, place, omocodia }) => {
    const dayOfMonth = (day % daysInMonth(2000 + year, month)) + 1 + (woman ? 40 : 0);
    const plain = `${names}${twoDigits(year)}${'ABCDEHLMPRST'.charAt(month - 1)}${twoDigits(dayOfMonth)}${place[0]}${String(place[1]).padStart(3, '0')}`;
    const fifteen = [...plain]
      .map((character, index) =>
        omocodia.some((at) => at === index) ? 'LMNPQRSTUV'.charAt(Number(character)) : character,
      )
      .join('');
    return fifteen + codiceFiscaleCheckCharacter(fifteen);
  });

describe('codice fiscale', () => {
  test.each([
    ['RSSMRA80A01H501U', 'RSSMRA80A01H501U'],
    ['rss mra 80a01 h501u', 'RSSMRA80A01H501U'],
    ['MRTMTT25D09F205Z', 'MRTMTT25D09F205Z'],
    ['RSSMRA80A41H501Y', 'RSSMRA80A41H501Y'],
    ['RSSMRA80A01H50MM', 'RSSMRA80A01H50MM'],
    ['12345678903', '12345678903'],
  ])('%s is taken as %s', (text, expected) => {
    expect(normalised('codice-fiscale', text)).toBe(expected);
  });

  test.each([
    ['a wrong check character', 'RSSMRA80A01H501X', 'wrong-check-character'],
    ['a digit swapped', 'RSSMRA80A10H501U', 'wrong-check-character'],
    ['a letter where a digit belongs that omocodia does not use', 'RSSMRA8AA01H501U', 'wrong-form'],
    ['a month letter that does not exist', 'RSSMRA80F01H501U', 'wrong-form'],
    ['32 January', 'RSSMRA80A32H501U', 'impossible-date'],
    ['30 February', 'RSSMRA80B30H501U', 'impossible-date'],
    ['31 June of a woman', 'RSSMRA80H71H501U', 'impossible-date'],
    ['29 February of 1981', 'RSSMRA81B29H501U', 'impossible-date'],
    ['fifteen characters', 'RSSMRA80A01H501', 'wrong-length'],
    ['a provisional code with a wrong check digit', '12345678901', 'wrong-check-character'],
    ['ten digits', '1234567890', 'wrong-length'],
    ['nothing', '  ', 'empty'],
  ])('refuses %s', (_what, text, code) => {
    expect(faultCode('codice-fiscale', text)).toBe(code);
  });

  test('codes made by the rules are taken, and an independent library agrees on their check character', () => {
    fc.assert(
      fc.property(validCode, (code) => {
        expect(normalised('codice-fiscale', code.toLowerCase())).toBe(code);
        expect(library.CodiceFiscale.getCheckCode(code.slice(0, 15))).toBe(code.charAt(15));
      }),
      { numRuns: 500 },
    );
  });

  test('one mistyped digit never goes unnoticed', () => {
    fc.assert(
      fc.property(
        validCode,
        fc.constantFrom(6, 7, 9, 10, 12, 13, 14),
        fc.constantFrom(...'0123456789'),
        (code, at, digit) => {
          const changed = `${code.slice(0, at)}${digit}${code.slice(at + 1)}`;
          fc.pre(changed !== code && !'LMNPQRSTUV'.includes(code.charAt(at)));
          expect(normalised('codice-fiscale', changed)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a code changed for omocodia stays another key than the unchanged one: it is another person', () => {
    expect(normalised('codice-fiscale', 'RSSMRA80A01H50MM')).not.toBe(normalised('codice-fiscale', 'RSSMRA80A01H501U'));
  });
});

describe('e-mail', () => {
  test.each([
    [' Mario.Rossi@Example.IT ', 'mario.rossi@example.it'],
    ["d'angelo+inps@posta.example.it", "d'angelo+inps@posta.example.it"],
    ['niccol\u006f\u0300@example.it', 'niccolò@example.it'],
    ['anna@Città.example', 'anna@xn--citt-3na.example'],
  ])('%s becomes %s', (text, expected) => {
    expect(normalised('email', text)).toBe(expected);
  });

  test.each([
    'mario.rossi',
    '@example.it',
    'mario@',
    'mario@localhost',
    'mario rossi@example.it',
    'Mario <mario@example.it>',
    'mario..rossi@example.it',
    '.mario@example.it',
    'mario@-example.it',
    'mario@example..it',
    'mario@192.0.2.1',
    'mario@exa mple.it',
    `${'m'.repeat(65)}@example.it`,
  ])('refuses %s', (text) => {
    expect(normalised('email', text)).toBeUndefined();
  });

  test('upper and lower case are one address', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const lower = normalised('email', address.toLowerCase());
        expect(normalised('email', address.toUpperCase())).toBe(lower);
      }),
    );
  });
});

describe('phone', () => {
  test.each([
    ['333 123 4567', '+393331234567'],
    ['+39 333-123.4567', '+393331234567'],
    ['0039 333 1234567', '+393331234567'],
    ['06 1234 5678', '+390612345678'],
    ['(02) 0202', '+39020202'],
    ['+41 44 668 18 00', '+41446681800'],
  ])('%s becomes %s', (text, expected) => {
    expect(normalised('phone', text)).toBe(expected);
  });

  test.each([
    ['12', 'wrong-length'],
    ['+39 333 1234567890123456', 'wrong-length'],
    ['+999 123456', 'wrong-form'],
    ['chiamami', 'wrong-form'],
    ['tel. 333 1234567', 'wrong-form'],
  ])('refuses %s', (text, code) => {
    expect(faultCode('phone', text)).toBe(code);
  });

  test('however it is spaced, an Italian mobile number is one key', () => {
    const separators = fc.array(fc.constantFrom('', ' ', '-', '.'), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9_999_999 }),
        separators,
        fc.constantFrom('', '+39', '0039 '),
        (rest, gaps, prefix) => {
          const digits = `333${String(rest).padStart(7, '0')}`;
          const spaced = [...digits].map((digit, index) => digit + (index === 9 ? '' : (gaps[index] ?? ''))).join('');
          expect(normalised('phone', prefix + spaced)).toBe(`+39${digits}`);
        },
      ),
    );
  });
});

describe('what is read without asking the library', () => {
  const digits = (length: number) =>
    fc.integer({ min: 0, max: 10 ** length - 1 }).map((number) => String(number).padStart(length, '0'));
  const space = fc.constantFrom('', ' ');

  test('every Italian mobile number, in each spelling with spaces, is what the library makes of it', () => {
    fc.assert(
      fc.property(digits(2), digits(3), digits(4), space, space, space, (prefix, middle, end, first, second, third) => {
        const text = `+39${first}3${prefix}${second}${middle}${third}${end}`;
        const number = parsePhoneNumberWithError(text, { defaultCountry: 'IT', extract: false });
        expect(number.isPossible()).toBe(true);
        expect(normalised('phone', text)).toBe(number.number);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('every kind', () => {
  test("the controller's own id keeps its case and loses only the space around it", () => {
    expect(normalised('controller-subject-id', ' MyINPS-00aB ')).toBe('MyINPS-00aB');
    expect(faultCode('controller-subject-id', 'a\u0000b')).toBe('wrong-form');
  });

  test('normalising twice changes nothing, and no text makes it throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...subjectIdentifierKinds),
        fc.string({ unit: 'binary', maxLength: 400 }),
        (kind, value) => {
          const once = normaliseSubjectIdentifier({ kind, value });
          if (once.ok) expect(normaliseSubjectIdentifier(once.value)).toEqual(once);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('I7: a reason never quotes the value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...subjectIdentifierKinds), fc.stringMatching(/^[a-z0-9]{12,20}$/), (kind, value) => {
        const result = normaliseSubjectIdentifier({ kind, value });
        if (!result.ok) expect(result.reason.reason.toLowerCase()).not.toContain(value);
      }),
    );
  });
});
