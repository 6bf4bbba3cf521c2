/**
 * A hold over two thousand objects while everything dies (over five thousand in `npm run test:thorough`): the worker and the Temporal server
 * are killed while the store's flags are being set and while they are being lifted. In the end each flag is exactly what the holds in force
 * ask for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SuspensionId } from '../../domain/ids.ts';
import type { KeyedScope } from '../../storage/suspensions/clause-rows.ts';
import { handIn, inps, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/temporal.ts';
import { createWorld, realNow, type World } from '../support/world.ts';
import { type OwnServices, startOwnServices } from './support/own-services.ts';

const recordCount = process.env.OBLIO_THOROUGH === 'yes' ? 500 : 200;
const objectsEach = 10;
const minutes = 60_000;

/** Of its own: what is killed here would be missed elsewhere. */
let services: OwnServices;
let world: World;
let records: readonly TestRecord[];
const person = { kind: 'controller-subject-id', value: 'drill' };
const claim = { name: 'claimNumber', value: 'DRILL' };

beforeAll(async () => {
  services = await startOwnServices();
  world = await createWorld({ label: 'hold-drill', services: services.running });
  const lanes = 10;
  const handed = await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      handIn(world, {
        recordClass: recordClasses.portalInteraction,
        triggerAt: realNow(),
        count: recordCount / lanes,
        sourceId: (index) => `drill-${lane}-${index}`,
        subjects: () => [person],
        // Half of them are also of the second dispute.
        attributes: (index) => (index % 2 === 0 ? [claim] : []),
        objects: (index) => Array.from({ length: objectsEach }, (_, part) => Buffer.from(`${lane}/${index}/${part}`)),
      }),
    ),
  );
  records = handed.flat();
}, 10 * minutes);
afterAll(async () => {
  await world?.close();
  await services?.stop();
});

const hold = async (scope: KeyedScope): Promise<SuspensionId> =>
  (await place(world, { scope, now: realNow() })).suspensionId;

const settled = async (state: 'set' | 'lifted'): Promise<number> => {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*)::int AS count FROM object_hold WHERE state = ${state}`.execute(world.database('owner'));
  return rows[0]?.count ?? 0;
};
const atLeast = async (state: 'set' | 'lifted', count: number): Promise<void> => {
  while ((await settled(state)) < count) await sleep(100);
};

const finished = async (id: SuspensionId, walk: 'cover' | 'wake'): Promise<void> => {
  for (;;) {
    const { rows } = await sql`
      SELECT FROM suspension_walk walk JOIN suspension ON suspension.id = walk.suspension_id
      WHERE walk.suspension_id = ${id} AND walk = ${walk} AND finished_at IS NOT NULL
        AND walk.scope_revision = suspension.scope_revision`.execute(world.database('owner'));
    if (rows.length > 0) return;
    await sleep(200);
  }
};

/** How many objects the store itself holds, of those with and those without the second claim. */
const heldByStore = async (): Promise<{ readonly claimed: number; readonly others: number }> => {
  const client = world.storeClient('admin');
  const { bucket } = world.storeSettings('admin');
  const held = { claimed: 0, others: 0 };
  const { rows } = await sql<{ object_key: string; claimed: boolean }>`
    SELECT object_key, EXISTS (SELECT FROM record_attribute a WHERE a.record_id = object.record_id) AS claimed
    FROM record_object object`.execute(world.database('owner'));
  const queue = [...rows];
  const look = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const flag: unknown = await client.getObjectLegalHold(bucket, next.object_key).catch(() => 'OFF');
      if (JSON.stringify(flag).includes('ON')) held[next.claimed ? 'claimed' : 'others'] += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, look));
  return held;
};

test(
  'kill -9 of worker and Temporal while a hold over thousands of objects is applied and lifted: every flag ends exactly right',
  async () => {
    expect(records).toHaveLength(recordCount);
    const { temporal } = services.handles;
    const start = (): Promise<WorkerProcess> => startWorkerProcess(world);
    const total = recordCount * objectsEach;

    let worker = await start();
    const first = await hold([{ subject: world.sealing.subjectKey({ controller: inps, ...person }) }]);
    await atLeast('set', total / 10);
    await worker.kill();
    expect(await settled('set')).toBeLessThan(total);
    worker = await start();
    // A second hold over half of the same objects, while the first is still being applied.
    const second = await hold([{ attribute: world.sealing.attributeKey({ controller: inps, ...claim }) }]);
    await atLeast('set', total / 2);
    await temporal.kill('SIGKILL');
    await worker.kill();
    await temporal.restart();
    worker = await start();
    await finished(first, 'cover');
    await finished(second, 'cover');
    expect(await heldByStore()).toEqual({ claimed: total / 2, others: total / 2 });

    await release(world, first, realNow());
    await atLeast('lifted', total / 20);
    await worker.kill();
    expect(await settled('lifted')).toBeLessThan(total / 2);
    worker = await start();
    await atLeast('lifted', total / 4);
    await temporal.kill('SIGKILL');
    await worker.kill();
    await temporal.restart();
    worker = await start();
    await finished(first, 'wake');
    expect(await heldByStore()).toEqual({ claimed: total / 2, others: 0 });
    await worker.stop();
  },
  20 * minutes,
);
