/** The database remembers which keys it was used with, so that a wrong keys file is noticed before it makes people and holds unfindable. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { confirmKeys, wrongKeys } from '../../storage/sealing/confirm-keys.ts';
import { checkValues, createSealing, type OblioKeys } from '../../storage/sealing/sealing.ts';
import { newKeys } from '../support/keys-files.ts';
import { createWorld, type World } from '../support/world.ts';

const now = instant('2026-03-01T10:00:00Z');

const confirm = (world: World, keys: OblioKeys, part: 'api' | 'worker' = 'api') =>
  confirmKeys(world.database(part), { keys, now });

const withKey = (keys: OblioKeys, id: string): OblioKeys => ({
  ...keys,
  sealingKeys: { ...keys.sealingKeys, [id]: randomBytes(32) },
  currentSealingKey: id,
});

test('the first start writes down what the keys are known by, and the next ones find it, whichever process it is', async () => {
  await using world = await createWorld({ label: 'keys' });
  const keys = newKeys();
  expect(await confirm(world, keys)).toEqual({ firstSeen: ['identifierHashKey', 'sealingKeys.1'], faults: [] });
  expect(await confirm(world, keys, 'worker')).toEqual({ firstSeen: [], faults: [] });
  expect(await confirm(world, keys)).toEqual({ firstSeen: [], faults: [] });
});

test('another key is named, whichever it is, and nothing of the wrong file is remembered', async () => {
  await using world = await createWorld({ label: 'keys' });
  const keys = newKeys();
  await confirm(world, keys);
  const faultsOf = async (given: OblioKeys) => (await confirm(world, given)).faults;
  expect(await faultsOf({ ...keys, identifierHashKey: randomBytes(32) })).toEqual([
    { key: 'identifierHashKey', what: 'differs' },
  ]);
  expect(await faultsOf({ ...keys, sealingKeys: { '1': randomBytes(32) } })).toEqual([
    { key: 'sealingKeys.1', what: 'differs' },
  ]);
  expect(await faultsOf(withKey(newKeys(), '2'))).toEqual([
    { key: 'identifierHashKey', what: 'differs' },
    { key: 'sealingKeys.1', what: 'differs' },
  ]);
  expect(await confirm(world, keys)).toEqual({ firstSeen: [], faults: [] });
});

test('a key added by rotation is remembered, and a file without it is refused from then on', async () => {
  await using world = await createWorld({ label: 'keys' });
  const old = newKeys();
  await confirm(world, old);
  const rotated = withKey(old, '2');
  expect(await confirm(world, rotated)).toEqual({ firstSeen: ['sealingKeys.2'], faults: [] });
  expect(await confirm(world, old, 'worker')).toEqual({
    firstSeen: [],
    faults: [{ key: 'sealingKeys.2', what: 'missing' }],
  });
  // Two keys that changed places are two other keys.
  const [first, second] = [rotated.sealingKeys['1'], rotated.sealingKeys['2']];
  if (first === undefined || second === undefined) throw new Error('A key is missing');
  expect((await confirm(world, { ...rotated, sealingKeys: { '1': second, '2': first } })).faults).toHaveLength(2);
});

test('of many first starts at once with different files those of one file are right, and all others refused', async () => {
  await using world = await createWorld({ label: 'keys' });
  const files = [newKeys(), withKey(newKeys(), '2'), withKey(newKeys(), '3')];
  const outcomes = await Promise.all(
    [...files, ...files, ...files].map((keys, index) => confirm(world, keys, index % 2 === 0 ? 'api' : 'worker')),
  );
  const right = outcomes.flatMap(({ faults }, index) => (faults.length === 0 ? [index % files.length] : []));
  expect(right).toHaveLength(3);
  expect(new Set(right).size).toBe(1);
  expect(outcomes.filter(({ firstSeen }) => firstSeen.length > 0)).toHaveLength(1);
});

test('what is remembered tells nothing of a key and equals no hash of a record', async () => {
  const keys = newKeys();
  const values = [...checkValues(keys).values()];
  const sealing = createSealing(keys);
  expect(values).toHaveLength(2);
  for (const value of values) {
    expect(value.equals(keys.identifierHashKey)).toBe(false);
    expect(value.equals(sealing.contentDigest('identifierHashKey'))).toBe(false);
  }
  await using world = await createWorld({ label: 'keys' });
  await confirm(world, keys);
  const { rows } = await sql<{ row: string }>`SELECT to_json(key_check)::text AS row FROM key_check`.execute(
    world.superuser(),
  );
  const text = rows.map(({ row }) => row).join('\n');
  for (const key of [keys.identifierHashKey, ...Object.values(keys.sealingKeys)])
    expect(text).not.toContain(key.toString('hex'));
});

test('the refusal names the file, each key and what to do, and quotes no key', () => {
  const told = wrongKeys('/run/secrets/keys.json', [
    { key: 'identifierHashKey', what: 'differs' },
    { key: 'sealingKeys.2', what: 'missing' },
  ]).message;
  expect(told).toContain('/run/secrets/keys.json');
  expect(told).toContain('identifierHashKey is another key');
  expect(told).toContain('sealingKeys.2 is missing');
  expect(told).toContain('OBLIO_KEYS_FILE');
});
