/** I4: whoever dies while a flag is being changed leaves a claim; nobody waits for it for ever, whatever became of the object. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectId, RecordId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { openLegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { settleObjectHolds, settleObjectHoldsFully } from '../../storage/suspensions/object-holds.ts';
import { expectGone, walkUnit } from '../support/erasing.ts';
import { handInOne, inps, recordClasses } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'dead-claims' });
});
afterAll(() => world.close());

const triggerAt = instant('2026-03-01T10:00:00Z');
const now = instant('2026-03-02T10:00:00Z');

const objectsOf = async (record: RecordId): Promise<readonly ObjectId[]> => {
  const { rows } = await sql<{ id: ObjectId }>`SELECT id FROM record_object WHERE record_id = ${record}`.execute(
    world.database('worker'),
  );
  return rows.map(({ id }) => id);
};

/** A store that is gone at the moment of the call: as after `kill -9`, the claim stays. */
const deadStore = {
  callTimeoutMs: 10,
  setLegalHold: (): Promise<number> => Promise.reject(new Error('killed')),
};

/** Stops the test of a walk that waits for ever. */
const notForEver = () => {
  let pauses = 0;
  return () => {
    pauses += 1;
    if (pauses > 60) throw new Error('It still waits for a claim of the dead');
  };
};

test.each(['still there', 'erased meanwhile'] as const)(
  'a claim of the dead on an object that is %s holds nobody up',
  async (fate) => {
    const record = await handInOne(world, {
      recordClass: recordClasses.callRecording,
      triggerAt,
      objects: () => [Buffer.from('RIFF')],
    });
    const hold = await place(world, { kind: 'litigation-hold', scope: [{ record: record.recordId }], now });
    const objects = await objectsOf(record.recordId);
    const dying = { db: world.database('worker'), legalHolds: deadStore, claimMs: 5_000 };
    await expect(settleObjectHolds(dying, { controller: inps, objects, now })).rejects.toThrow('killed');
    if (fate === 'erased meanwhile') {
      await release(world, hold.suspensionId, now);
      await walkUnit(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
      await expectGone(world, [record.recordId]);
    }
    const living = {
      db: world.database('worker'),
      legalHolds: openLegalHoldStore(world.storeSettings('worker'), world.store('worker')),
    };
    const settled = await settleObjectHoldsFully(living, { controller: inps, objects, now }, notForEver());
    expect(settled).toEqual({ set: fate === 'still there' ? 1 : 0, lifted: 0 });
  },
);
