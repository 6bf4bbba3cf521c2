/** Whose record it is: which identifiers tie a record to a person, and which leave it unclear or make it somebody else's. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IdentifierKey, type KnownIdentifiers, tieOf } from '../../domain/request/decision/record-tie.ts';

const own = { kind: 'codice-fiscale', key: 'own-cf' };
const phone = { kind: 'phone', key: 'phone' };
const email = { kind: 'email', key: 'email' };
const neighbour = { kind: 'codice-fiscale', key: 'neighbour-cf' };

const known = (
  all: readonly IdentifierKey[],
  verified: readonly IdentifierKey[] = [],
  shared: readonly IdentifierKey[] = [],
): KnownIdentifiers => ({
  all,
  verified: new Set(verified.map(({ key }) => key)),
  shared: new Set(shared.map(({ key }) => key)),
});

describe('whose record it is', () => {
  const table: readonly {
    readonly says: string;
    readonly record: readonly IdentifierKey[];
    readonly of: KnownIdentifiers;
    readonly named?: boolean;
    readonly tie: string;
    readonly namesOthers?: boolean;
  }[] = [
    { says: "the person's codice fiscale ties", record: [own], of: known([own]), tie: 'identified' },
    {
      says: 'it ties whatever contact stands beside it',
      record: [own, { kind: 'phone', key: 'other-phone' }],
      of: known([own, phone]),
      tie: 'identified',
    },
    {
      says: 'a record of two people is theirs, and the review learns of the other',
      record: [own, neighbour],
      of: known([own]),
      tie: 'identified',
      namesOthers: true,
    },
    {
      says: "a shared phone makes nobody's codice fiscale the person's",
      record: [neighbour, phone],
      of: known([own, phone], [phone]),
      tie: 'another',
      namesOthers: true,
    },
    {
      says: "where the case knows no codice fiscale, one on the record may be the person's: unclear",
      record: [neighbour, phone],
      of: known([phone], [phone]),
      tie: 'unclear',
      namesOthers: true,
    },
    {
      says: "the controller's own id of another kind may be the person's: unclear",
      record: [{ kind: 'controller-subject-id', key: 'user-7' }, email],
      of: known([own, email], [email]),
      tie: 'unclear',
      namesOthers: true,
    },
    { says: 'a contact that nobody checked is unclear', record: [phone], of: known([own, phone]), tie: 'unclear' },
    { says: 'a checked contact ties', record: [phone], of: known([own, phone], [phone]), tie: 'contact' },
    {
      says: 'a checked contact that somebody else has too is unclear',
      record: [phone],
      of: known([own, phone], [phone], [phone]),
      tie: 'unclear',
    },
    {
      says: 'a checked contact beside one the case does not know is unclear',
      record: [phone, { kind: 'email', key: 'other-email' }],
      of: known([own, phone], [phone]),
      tie: 'unclear',
    },
    {
      says: 'staff name what the search leaves unclear',
      record: [phone],
      of: known([own, phone]),
      named: true,
      tie: 'named',
    },
    { says: 'staff name a record without any identifier', record: [], of: known([own]), named: true, tie: 'named' },
    {
      says: 'what shares nothing is somebody else\u2019s',
      record: [neighbour],
      of: known([own]),
      tie: 'another',
      namesOthers: true,
    },
  ];
  test.each(table)('$says', ({ record, of, named = false, tie, namesOthers = false }) => {
    expect(tieOf(record, of, named)).toEqual({ tie, namesOthers });
  });
});

const identifier = fc.record({
  kind: fc.constantFrom('codice-fiscale', 'controller-subject-id', 'email', 'phone'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
});
const identifiers = fc.uniqueArray(identifier, { selector: ({ key }) => key, maxLength: 5 });
const keysOf = fc.subarray(['a', 'b', 'c', 'd', 'e']);

test("a record that names another codice fiscale than the person's is never theirs by a contact, whatever was checked", () => {
  fc.assert(
    fc.property(identifiers, identifiers, keysOf, keysOf, (record, all, verified, shared) => {
      const of = { all, verified: new Set(verified), shared: new Set(shared) };
      const { tie } = tieOf(record, of, false);
      const common = record.filter(({ key }) => all.some((one) => one.key === key));
      const strong = all.some(
        ({ kind, key }) =>
          (kind === 'codice-fiscale' || kind === 'controller-subject-id') &&
          common.some((one) => one.key === key && one.kind === kind),
      );
      if (strong || tie !== 'contact') return;
      expect(record.every(({ kind }) => kind === 'email' || kind === 'phone')).toBe(true);
      expect(common.some(({ key }) => verified.includes(key))).toBe(true);
      expect(common.some(({ key }) => shared.includes(key))).toBe(false);
      expect(common).toHaveLength(record.length);
    }),
    { numRuns: 2000 },
  );
});
