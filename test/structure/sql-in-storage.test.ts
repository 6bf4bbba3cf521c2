/** SQL stands in `storage` and `migrations` only; the import rules keep Kysely there, this test the queries on a database handed in. */
import { expect, test } from 'vitest';
import { filesLookedAt, findingsIn, type Way } from './destruction.ts';

const root = `${import.meta.dirname}/../..`;

const ways: readonly Way[] = [
  {
    what: 'a query builder',
    found: /\.(?:selectFrom|selectNoFrom|insertInto|updateTable|mergeInto|withRecursive|executeQuery)\(/,
  },
  { what: 'SQL text', found: /\bsql(?:<[^`]*>)?`/ },
];

/** Rooms with SQL of their own: the stack makes databases and their users. */
const rooms = /^(?:storage|migrations|stack)\//;

/** Queries outside of `storage`, by file and line. */
const queriesOutside = (files: readonly string[]) => files.flatMap((file) => findingsIn(root, file, ways));

test('nothing outside of storage queries the database', () => {
  const files = filesLookedAt(root).filter((file) => file.endsWith('.ts') && !rooms.test(file));
  expect(files.length).toBeGreaterThan(300);
  expect(queriesOutside(files)).toEqual([]);
});

test('queries are found where they are', () => {
  const found = new Set(
    queriesOutside([
      'storage/letters/deliveries.ts',
      'storage/requests/identifiers.ts',
      'storage/database/database.ts',
    ]).map(({ what }) => what),
  );
  expect(found).toEqual(new Set(ways.map(({ what }) => what)));
});
