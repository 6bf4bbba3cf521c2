/** A store that will not let go: partial is reported as partial, goes on under an intent of its own, and nothing else waits for it. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UnitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import type { StoredObject } from '../../storage/objects/record-objects.ts';
import { certificatesOf, eraseChunk, expectGone, walkUnit, whatIsLeft } from '../support/erasing.ts';
import { handIn, handInOne, recordClasses, type TestRecord } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'refuses' });
});
afterAll(() => world.close());

let day = 0;
const newDay = (): Instant => {
  day += 1;
  return instantPlus(instant('2013-01-01T10:00:00Z'), days(day));
};

/** The store's own legal hold, set behind Oblio's back. */
const setFlag = async ({ key, versionId }: StoredObject, status: 'ON' | 'OFF'): Promise<void> => {
  await world.storeClient('admin').setObjectLegalHold(world.storeSettings('admin').bucket, key, { versionId, status });
};

const handInWithFlag = async (
  count: number,
): Promise<{ readonly records: readonly TestRecord[]; readonly locked: TestRecord; readonly object: StoredObject }> => {
  const records = await handIn(world, {
    triggerAt: newDay(),
    count,
    objects: () => [Buffer.from('one'), Buffer.from('two')],
  });
  const locked = records[Math.floor(count / 2)];
  const object = locked?.objects[0];
  if (locked === undefined || object === undefined) throw new Error('Records with objects were handed in');
  await setFlag(object, 'ON');
  return { records, locked, object };
};

const openIntents = async (
  unitId: UnitId,
): Promise<readonly { readonly id: string; readonly continues: string | null; readonly record_count: number }[]> =>
  world
    .database('api')
    .selectFrom('erasure_intent')
    .select(['id', 'continues', 'record_count'])
    .where('unit_id', '=', unitId)
    .where('state', '=', 'written')
    .execute();

test('the records that went are certified without the one that did not, whose rows stay and whose destruction goes on', async () => {
  const { records, locked, object } = await handInWithFlag(5);
  const { unit } = locked;
  const input = { unitId: unit.id, now: unit.dueAt };
  const chunk = await eraseChunk(world.gate(), input);
  expect(chunk).toMatchObject({
    gone: 4,
    failed: [{ code: expect.stringMatching(/AccessDenied|ObjectLocked/), records: 1 }],
  });
  await expectGone(
    world,
    records.filter((record) => record !== locked).map((record) => record.recordId),
  );
  const left = await whatIsLeft(world, [locked.recordId]);
  expect(left.versions).toBe(1);
  expect(left.rows).toBeGreaterThan(0);

  const [first] = await certificatesOf(world, unit.id);
  const [continuing] = await openIntents(unit.id);
  expect(continuing).toMatchObject({ continues: first?.intentId, record_count: 1 });
  expect(first).toMatchObject({
    recordsGone: 4,
    stores: {
      database: { gone: 4, failed: { records: 1, codes: chunk.failed, continuedBy: continuing?.id } },
      objects: { gone: 8, versionsGone: 8, failed: 2, notFound: 0 },
    },
  });
  expect(await world.gate().closeUnit(input)).toEqual({ kind: 'not-empty', recordsLeft: 1, intentsUnproven: 1 });

  await setFlag(object, 'OFF');
  await walkUnit(world.gate(), input);
  await expectGone(
    world,
    records.map((record) => record.recordId),
  );
  const second = (await certificatesOf(world, unit.id)).at(-1);
  expect(second).toMatchObject({
    recordsGone: 1,
    continues: first?.intentId,
    stores: { objects: { gone: 2, versionsGone: 2, failed: 0, notFound: 0 } },
  });
  expect(second?.intentWrittenAt).toBe(first?.intentWrittenAt);
  expect(await world.gate().closeUnit(input)).toEqual({ kind: 'closed' });
});

test('a unit of which nothing went gets no certificate, however often it is tried', async () => {
  const record = await handInOne(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: newDay(),
    objects: () => [Buffer.from('one')],
  });
  const [object] = record.objects;
  if (object === undefined) throw new Error('An object was handed in');
  await setFlag(object, 'ON');
  const input = { unitId: record.unit.id, now: record.unit.dueAt };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const chunks = await walkUnit(world.gate(), input);
    expect(chunks.flatMap(({ certificateId }) => certificateId ?? [])).toEqual([]);
    expect(chunks.some(({ failed }) => failed.length > 0)).toBe(true);
  }
  expect(await certificatesOf(world, record.unit.id)).toEqual([]);
  expect(await openIntents(record.unit.id)).toHaveLength(1);
  const refusals = await world
    .database('api')
    .selectFrom('audit_entry')
    .select(['why', 'detail'])
    .where('action', '=', 'erasure-refused-by-store')
    .where('target_kind', '=', 'intent')
    .execute();
  expect(refusals.length).toBeGreaterThanOrEqual(3);

  await setFlag(object, 'OFF');
  await walkUnit(world.gate(), input);
  await expectGone(world, [record.recordId]);
  expect(await certificatesOf(world, record.unit.id)).toHaveLength(1);
});

test('a record that a store holds on to does not keep the rest of the unit waiting', async () => {
  const { records, locked } = await handInWithFlag(9);
  const { unit } = locked;
  const chunks = await walkUnit(world.gate(), { unitId: unit.id, now: unit.dueAt, limit: 2 });
  expect(chunks.reduce((sum, { gone }) => sum + gone, 0)).toBe(8);
  await expectGone(
    world,
    records.filter((record) => record !== locked).map((record) => record.recordId),
  );
  // The next walk tries the refused one again and, finding it refused, still comes to its end.
  const again = await walkUnit(world.gate(), { unitId: unit.id, now: unit.dueAt, limit: 2 });
  expect(again.reduce((sum, { gone }) => sum + gone, 0)).toBe(0);
  expect(again.flatMap(({ failed }) => failed)).not.toEqual([]);
});

test('a store that does not answer ends the attempt, and nothing is certified on its silence', async () => {
  const record = await handInOne(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: newDay(),
    objects: () => [Buffer.from('one')],
  });
  const { createErasureGate } = await import('../../storage/erasure-gate/index.ts');
  const silent = createErasureGate({
    db: world.database('gate'),
    store: { ...world.storeSettings('gate'), endpoint: 'http://127.0.0.1:9' },
    clock: () => record.unit.dueAt,
    timeTravel: 'allowed',
  });
  const input = { unitId: record.unit.id, now: record.unit.dueAt, basis: { kind: 'retention-period-ended' } } as const;
  await expect(silent.eraseNextChunk(input)).rejects.toThrow();
  // With the intent written already, a silent store in the middle.
  const interrupted = world.gate({
    atStep: async (step) => {
      if (step === 'intent-committed') throw new Error('planted');
    },
  });
  await expect(interrupted.eraseNextChunk(input)).rejects.toThrow('planted');
  await expect(silent.eraseNextChunk(input)).rejects.toThrow();
  expect(await certificatesOf(world, record.unit.id)).toEqual([]);
  expect((await whatIsLeft(world, [record.recordId])).versions).toBe(1);
  await walkUnit(world.gate(), input);
  await expectGone(world, [record.recordId]);
});

test('a restored backup: what the ledger has as erased is erased again, and the trail says so', async () => {
  const record = await handInOne(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: newDay(),
    objects: () => [Buffer.from('one')],
  });
  const superuser = world.superuser();
  const copy = await superuser
    .selectFrom('record')
    .selectAll()
    .where('id', '=', record.recordId)
    .executeTakeFirstOrThrow();
  await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
  await superuser.insertInto('record').values(copy).execute();
  const [object] = record.objects;
  await world.storeClient('admin').putObject(world.storeSettings('admin').bucket, object?.key ?? '', 'back again');
  expect(await whatIsLeft(world, [record.recordId])).toEqual({ rows: 1, versions: 1 });

  expect(await world.gate().eraseAgain({ now: record.unit.boundAt })).toEqual({ found: 1, gone: 1 });
  await expectGone(world, [record.recordId]);
  expect(await world.gate().eraseAgain({ now: record.unit.boundAt })).toEqual({ found: 0, gone: 0 });
  const { rows } = await sql<{
    detail: unknown;
  }>`SELECT detail FROM audit_entry WHERE action = 'erasure-repeated-after-restore'`.execute(superuser);
  expect(rows).toEqual([{ detail: { recordClass: 'call-recording', records: [record.recordId] } }]);
});
