/** The list of faults is in step with the code: each can be made, and the tests that must notice it exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutations } from '../mutations/mutations.ts';

const root = join(import.meta.dirname, '..', '..');

test.each(mutations)('can be made: $fault', ({ file, text, becomes, tests }) => {
  expect(readFileSync(join(root, file), 'utf8').split(text)).toHaveLength(2);
  expect(becomes).not.toBe(text);
  expect(tests.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

test('they are spread over the rooms, and each is named once', () => {
  const rooms = new Set(mutations.map(({ file }) => file.split('/')[0]));
  const wanted = ['activities', 'api', 'domain', 'letters', 'policies', 'stack', 'storage', 'worker', 'workflows'];
  expect([...rooms]).toEqual(expect.arrayContaining(wanted));
  expect(new Set(mutations.map(({ fault }) => fault)).size).toBe(mutations.length);
});
