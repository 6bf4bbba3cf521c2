/** What a letter takes from its case: where it goes, and that it is not written without what the law asks it to say. */
import { describe, expect, it } from 'vitest';
import { addresseeOf } from '../../domain/letter/case-facts.ts';
import { statedGrounds } from '../../domain/letter/compose-parts.ts';
import { groundCodes, grounds } from '../../domain/request/course/grounds.ts';

describe('a letter goes', () => {
  const requester = {
    name: 'Maria Rossi',
    email: 'm@example.it',
    pec: 'm@pec.example.it',
    postalLines: ['Via Roma 1'],
  };
  const to = (without: readonly (keyof typeof requester)[]) => {
    const known = Object.entries(requester).filter(([field]) => !without.some((one) => one === field));
    const person = {
      requester: { ...Object.fromEntries(known), name: requester.name },
      capacity: 'self',
      identifiers: [],
      text: '',
    } as const;
    return addresseeOf(person).delivery;
  };

  it('to certified mail where the person has it (CAD 6-quater), else to their mailbox, else by post, else over the counter', () => {
    expect(to([])).toEqual({ kind: 'pec', address: 'm@pec.example.it' });
    expect(to(['pec'])).toEqual({ kind: 'email', address: 'm@example.it' });
    expect(to(['pec', 'email'])).toEqual({ kind: 'post', lines: ['Via Roma 1'] });
    expect(to(['pec', 'email', 'postalLines'])).toEqual({ kind: 'counter' });
  });
});

describe('a ground', () => {
  it.each(groundCodes)(
    '%s stands in a letter with its reasons where it needs them (Art. 12(4)), or not at all',
    (code) => {
      expect(statedGrounds([code], { reasons: { [code]: 'why' } })).toMatchObject([{ code, reasons: 'why' }]);
      if (grounds[code].needsReasons) {
        expect(() => statedGrounds([code], { reasons: {} })).toThrow(`reasons for ${code}`);
        expect(() => statedGrounds([code], { reasons: { [code]: ' ' } })).toThrow(`reasons for ${code}`);
      } else expect(statedGrounds([code], { reasons: {} })).toEqual([{ code, citation: grounds[code].citation }]);
    },
  );
});
