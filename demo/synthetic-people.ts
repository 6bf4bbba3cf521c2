// Invented people for the demonstration: names, a codice fiscale that passes every check, addresses in domains that are reserved for
// examples (RFC 2606). None of them exists; a person who carries such a name by chance is not meant.

import { codiceFiscaleCheckCharacter } from '../domain/subject/codice-fiscale.ts';
import type { Chance } from './synthetic-random.ts';

/** An invented person, with all the identifiers a record may carry. */
export type Person = {
  readonly givenName: string;
  readonly familyName: string;
  readonly codiceFiscale: string;
  readonly email: string;
  readonly phone: string;
  /** Street and number in Milano. */
  readonly street: string;
};

const women = ['Giulia', 'Chiara', 'Francesca', 'Elena', 'Martina', 'Anna', 'Lucia', 'Beatrice', 'Ilaria', 'Noemi'];
const men = ['Marco', 'Andrea', 'Luca', 'Matteo', 'Giuseppe', 'Davide', 'Stefano', 'Pietro', 'Omar', 'Niccolò'];
const familyNames = [
  'Bianchi',
  'Ferrari',
  'Colombo',
  'Ricci',
  'Marchetti',
  "D'Amico",
  'Fontana',
  'Galli',
  'Esposito',
  'De Santis',
  'Conti',
  'Moretti',
  'Barbieri',
  'Pellegrini',
  'Hu',
  'Rinaldi',
  'Villa',
  'Sala',
  'Caruso',
  'Locatelli',
];
/** Cadastral codes of places of birth: Roma, Milano, Napoli, Torino, Palermo, Bologna, Firenze, Bari, Genova, Marocco. */
const birthplaces = ['H501', 'F205', 'F839', 'L219', 'G273', 'A944', 'D612', 'A662', 'D969', 'Z330'];
const streets = [
  'via Padova',
  'viale Monza',
  'via Savona',
  'via Paolo Sarpi',
  'corso Lodi',
  'via Solari',
  'via Farini',
];
const monthLetters = 'ABCDEHLMPRST';

const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toUpperCase();
const consonantsOf = (name: string): string => plain(name).replaceAll(/[AEIOU]/g, '');
const vowelsOf = (name: string): string => plain(name).replaceAll(/[^AEIOU]/g, '');
const three = (consonants: string, vowels: string): string => `${consonants}${vowels}XXX`.slice(0, 3);

const givenNameCode = (name: string): string => {
  const consonants = consonantsOf(name);
  // Of four or more consonants the second is left out (DM 23/12/1976, art. 4).
  return consonants.length > 3 ? `${consonants.charAt(0)}${consonants.slice(2, 4)}` : three(consonants, vowelsOf(name));
};

type Birth = { readonly year: number; readonly month: number; readonly day: number; readonly place: string };

const codiceFiscaleOf = (familyName: string, givenName: string, woman: boolean, birth: Birth): string => {
  const day = String(birth.day + (woman ? 40 : 0)).padStart(2, '0');
  const year = String(birth.year % 100).padStart(2, '0');
  const fifteen = [
    three(consonantsOf(familyName), vowelsOf(familyName)),
    givenNameCode(givenName),
    year,
    monthLetters.charAt(birth.month - 1),
    day,
    birth.place,
  ].join('');
  return `${fifteen}${codiceFiscaleCheckCharacter(fifteen)}`;
};

const invent = (chance: Chance, number: number): Person => {
  const woman = chance.next() < 0.5;
  const givenName = chance.pick(woman ? women : men);
  const familyName = chance.pick(familyNames);
  const birth = {
    year: chance.whole(1945, 2002),
    month: chance.whole(1, 12),
    day: chance.whole(1, 28),
    place: chance.pick(birthplaces),
  };
  const mailName = `${plain(givenName)}.${plain(familyName)}${number}`.toLowerCase();
  return {
    givenName,
    familyName,
    codiceFiscale: codiceFiscaleOf(familyName, givenName, woman, birth),
    email: `${mailName}@${chance.pick(['example.org', 'example.com', 'posta.example'])}`,
    phone: `+39 3${chance.whole(20, 99)} ${chance.whole(100, 999)} ${chance.whole(1000, 9999)}`,
    street: `${chance.pick(streets)} ${chance.whole(1, 140)}`,
  };
};

/** As many people as wanted, no two with the same codice fiscale. */
export const inventPeople = (chance: Chance, count: number): readonly Person[] => {
  const people = new Map<string, Person>();
  while (people.size < count) {
    const person = invent(chance, people.size + 1);
    people.set(person.codiceFiscale, person);
  }
  return [...people.values()];
};
