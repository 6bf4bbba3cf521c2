/**
 * The Italian codice fiscale (DM 23/12/1976): form, date of birth and check character, of the sixteen-character code and of the
 * provisional eleven-digit one. Written here because the libraries at hand either answer yes or no without a reason or carry a
 * share-alike licence and the list of all municipalities; the tests compare it with one of them.
 */

import { failure, type Result, success } from '../result.ts';
import { daysInMonth } from '../time/local-date.ts';

/** Why a text is no codice fiscale; said without quoting it (I7). */
export type CodiceFiscaleFault = 'wrong-length' | 'wrong-form' | 'impossible-date' | 'wrong-check-character';

const form = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;
const monthLetters = 'ABCDEHLMPRST';
/** The letters that stand for the digits 0 to 9 where two people would have the same code (omocodia). */
const omocodiaLetters = 'LMNPQRSTUV';
/** Added to the day of birth of women. */
const womenDayOffset = 40;

/** What a character in an odd place (the first, third ...) counts; digits count like the first ten letters. */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

const letterA = 'A'.charCodeAt(0);
const digit0 = '0'.charCodeAt(0);

const digitOf = (character: string): string => {
  const index = omocodiaLetters.indexOf(character);
  return index === -1 ? character : String(index);
};

/** `0` to `9` and `A` to `J` are 0 to 9, the other letters go on from there. */
const placeInAlphabet = (charCode: number): number => (charCode >= letterA ? charCode - letterA : charCode - digit0);

/** The check character that belongs to the first fifteen characters. */
export const codiceFiscaleCheckCharacter = (fifteen: string): string => {
  let sum = 0;
  // By index: every record that comes in is checked here, and taking a text apart costs more than adding it up.
  for (let index = 0; index < fifteen.length; index += 1) {
    const value = placeInAlphabet(fifteen.charCodeAt(index));
    sum += index % 2 === 0 ? (oddValues[value] ?? 0) : value;
  }
  return String.fromCharCode(letterA + (sum % 26));
};

const hasDateOfBirth = (code: string): boolean => {
  const number = (from: number): number => Number(digitOf(code.charAt(from)) + digitOf(code.charAt(from + 1)));
  const day = number(9) > womenDayOffset ? number(9) - womenDayOffset : number(9);
  // The century is not in the code: 2000 + the two digits has the leap years of both centuries that matter, and 1900 is the one
  // year where 29 February would pass though it did not exist.
  return day >= 1 && day <= daysInMonth(2000 + number(6), monthLetters.indexOf(code.charAt(8)) + 1);
};

/** The check digit of an eleven-digit code: Luhn's, as for the partita IVA. */
const hasCheckDigit = (digits: string): boolean => {
  const sum = [...digits].reduce((total, character, index) => {
    const doubled = Number(character) * (index % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
};

/**
 * Reads a codice fiscale: spaces dropped, upper case. A code changed for omocodia is kept as it is, since it belongs to another
 * person than the unchanged one.
 */
export const parseCodiceFiscale = (text: string): Result<string, CodiceFiscaleFault> => {
  const code = text.replaceAll(/\s/g, '').toUpperCase();
  if (/^\d{11}$/.test(code)) return hasCheckDigit(code) ? success(code) : failure('wrong-check-character');
  if (code.length !== 16) return failure('wrong-length');
  if (!form.test(code)) return failure('wrong-form');
  if (!hasDateOfBirth(code)) return failure('impossible-date');
  return code.charAt(15) === codiceFiscaleCheckCharacter(code.slice(0, 15))
    ? success(code)
    : failure('wrong-check-character');
};
