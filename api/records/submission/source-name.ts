/**
 * Ids of source systems and names of objects travel in URLs, so they must not be personal data (I7): what looks like an e-mail
 * address, a phone number or a codice fiscale is refused before it is stored anywhere.
 */
import { normaliseSubjectIdentifier } from '../../../domain/subject/subject-identifier.ts';
import type { FieldFault } from '../../http/problems.ts';

const alphabet = /^[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}$/;

// Letters and digits in the places of a codice fiscale, with the letters that replace digits where two people would share one.
const codiceFiscaleForm =
  /(?<![A-Za-z0-9])[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z](?![A-Za-z0-9])/i;

const isPhoneNumber = (text: string): boolean => {
  const international = /^(\+|00)[1-9]/.test(text);
  const digits = text.replace(/[\s()./-]/g, '');
  // Digits alone are an id more often than a number: only Italian mobile (3...) and landline (0...) forms are taken for one.
  const national = /^3\d{8,9}$/.test(digits) || /^0\d{8,10}$/.test(text);
  if (!international && !national) return false;
  return normaliseSubjectIdentifier({ kind: 'phone', value: text.replace(/^00/, '+') }).ok;
};

/** What personal data a text looks like, or `undefined`. */
export const looksLikePerson = (name: string): string | undefined => {
  if (name.includes('@')) return 'an e-mail address';
  if (codiceFiscaleForm.test(name)) return 'a codice fiscale';
  if (isPhoneNumber(name)) return 'a phone number';
  return undefined;
};

/** What is wrong with a source id or an object's name, or `undefined`. `field` is how the answer calls it. */
export const nameFault = (field: 'sourceId' | 'name', name: string): FieldFault | undefined => {
  const person = looksLikePerson(name);
  if (person !== undefined) {
    return {
      field,
      code: 'personal-data-in-address',
      detail: `this looks like ${person}; addresses are logged on their way, so use an id that says nothing about a person`,
    };
  }
  if (!alphabet.test(name)) {
    return {
      field,
      code: 'invalid-form',
      detail: 'use 1 to 128 letters, digits and . _ : ~ -, beginning with a letter or digit',
    };
  }
  return undefined;
};
