/**
 * What a data subject is found by: codice fiscale, e-mail address, phone number, the controller's own id for the person. Each is
 * brought to one form, so that the same person is the same key however a source system writes it. Names are never a key: they
 * are neither unique nor spelt one way. Reasons never quote the value (I7).
 */
import { domainToASCII } from 'node:url';
import { ParseError, parsePhoneNumberWithError } from 'libphonenumber-js/max';
import { failure, type Result, success } from '../result.ts';
import { type CodiceFiscaleFault, parseCodiceFiscale } from './codice-fiscale.ts';

/** The kinds of identifier that a source may hand in and a person may be searched by. */
export const subjectIdentifierKinds = ['codice-fiscale', 'email', 'phone', 'controller-subject-id'] as const;

/** A kind of identifier; part of the keyed hash, so that equal values of two kinds stay apart. */
export type SubjectIdentifierKind = (typeof subjectIdentifierKinds)[number];

/** An identifier in its one form, ready to be hashed. Only `normaliseSubjectIdentifier` makes one. */
export type SubjectIdentifier = { readonly kind: SubjectIdentifierKind; readonly value: string };

/** What is wrong with an identifier: a code for programs, a reason for people. */
export type SubjectIdentifierFault = {
  readonly code: CodiceFiscaleFault | 'empty' | 'too-long';
  readonly reason: string;
};

type Outcome = Result<string, SubjectIdentifierFault>;
const fault = (code: SubjectIdentifierFault['code'], reason: string): Outcome => failure({ code, reason });

const codiceFiscaleReasons: Readonly<Record<CodiceFiscaleFault, string>> = {
  'wrong-length': 'A codice fiscale has 16 characters, or 11 digits if it is provisional',
  'wrong-form': 'The letters and digits are not in the places they have in a codice fiscale',
  'impossible-date': 'The date of birth in the codice fiscale does not exist',
  'wrong-check-character': 'The last character does not match the rest of the codice fiscale: something is mistyped',
};

const codiceFiscale = (text: string): Outcome => {
  const result = parseCodiceFiscale(text);
  return result.ok ? result : fault(result.reason, codiceFiscaleReasons[result.reason]);
};

const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const domainLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

const email = (text: string): Outcome => {
  // RFC 5321 lets a server distinguish local parts by case; none that people use does, and a missed match would hide a person's
  // data from them.
  const address = text.trim().normalize('NFC').toLowerCase();
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  if (at < 1 || !localPart.test(local)) {
    return fault('wrong-form', 'An e-mail address is a name, an @ and a domain, without spaces or a display name');
  }
  const domain = domainToASCII(address.slice(at + 1));
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((label) => label.length <= 63 && domainLabel.test(label))) {
    return fault('wrong-form', 'What follows the @ of an e-mail address is no domain');
  }
  if (/^\d+$/.test(labels.at(-1) ?? ''))
    return fault('wrong-form', 'What follows the @ of an e-mail address is no domain');
  // Lengths of RFC 5321, 4.5.3.1.
  if (Buffer.byteLength(local) > 64 || domain.length > 253) return fault('too-long', 'The e-mail address is too long');
  return success(`${local}@${domain}`);
};

// An Italian mobile number of ten digits in international form, as nearly every number comes in. Spaces are all that the library
// would take out of it, and asking it costs more than everything else about a record: a test holds the two against each other.
const italianMobile = /^\+39 ?3\d{2} ?\d{3} ?\d{4}$/;

const phone = (text: string): Outcome => {
  if (italianMobile.test(text)) return success(text.replaceAll(' ', ''));
  try {
    const number = parsePhoneNumberWithError(text.trim(), { defaultCountry: 'IT', extract: false });
    // Possible, not assigned: number ranges are opened faster than any list of them, and a record must not be refused for that.
    if (!number.isPossible()) return fault('wrong-length', 'No phone number of that country has this many digits');
    return success(number.number);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    switch (error.message) {
      case 'TOO_SHORT':
        return fault('wrong-length', 'The phone number has too few digits');
      case 'TOO_LONG':
        return fault('wrong-length', 'The phone number has too many digits');
      case 'INVALID_COUNTRY':
        return fault('wrong-form', 'The phone number begins with a country code that does not exist');
      default:
        return fault(
          'wrong-form',
          'A phone number consists of digits, with a country code such as +39 if it is not Italian',
        );
    }
  }
};

const controllerSubjectId = (text: string): Outcome => {
  const id = text.trim().normalize('NFC');
  // Upper and lower case are kept: whether they matter is the controller's business.
  return /\p{C}/u.test(id) ? fault('wrong-form', 'The id holds characters that cannot be printed') : success(id);
};

const readers: Readonly<Record<SubjectIdentifierKind, (text: string) => Outcome>> = {
  'codice-fiscale': codiceFiscale,
  email,
  phone,
  'controller-subject-id': controllerSubjectId,
};

const longest = 320;

/** The one form of an identifier, or what is wrong with it. Normalising a normalised identifier changes nothing. */
export const normaliseSubjectIdentifier = ({
  kind,
  value,
}: {
  readonly kind: SubjectIdentifierKind;
  readonly value: string;
}): Result<SubjectIdentifier, SubjectIdentifierFault> => {
  if (value.trim() === '') return failure({ code: 'empty', reason: 'The identifier is empty' });
  if (value.length > longest)
    return failure({ code: 'too-long', reason: `An identifier has at most ${longest} characters` });
  const outcome = readers[kind](value);
  return outcome.ok ? success({ kind, value: outcome.value }) : outcome;
};
