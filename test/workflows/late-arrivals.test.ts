/** I3: a record that comes late joins the day it belongs to, and goes at once, though the day's workflow sleeps until a hold ends. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { days, minutes } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { readUnit } from '../../storage/units/units.ts';
import { type RetentionStatus, retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { expectGone, expectWhole } from '../support/erasing.ts';
import { handInOne, recordClasses } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { eventually, startWorker, worldClient } from '../support/temporal.ts';
import { travelTo } from '../support/time-travel.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'late-arrivals' });
  await startWorker(world);
});
afterAll(() => world.close());

test('I3: a late record of a day that a hold keeps open is erased at once, and what is held stays', async () => {
  const { client } = await worldClient(world);
  const day = { recordClass: recordClasses.sms, triggerAt: instantPlus(realNow(), -days(1)) };
  const held = await handInOne(world, { ...day, now: realNow() });
  await place(world, { scope: [{ record: held.recordId }], now: realNow() });
  await eventually(
    () => readUnit(world.database('worker'), held.unit.id),
    (unit) => unit?.workflowStartedAt !== undefined,
  );
  const workflowId = held.workflowId;
  await travelTo({ client, workflowId }, instantPlus(held.unit.dueAt, 1_000));
  const status = (): Promise<RetentionStatus> => client.workflow.getHandle(workflowId).query(retentionStatusQuery);
  await eventually(status, ({ state }) => state === 'kept');

  const late = await handInOne(world, { ...day, now: instantPlus(held.unit.dueAt, minutes(1)) });
  expect(late.unit.id).toBe(held.unit.id);
  await eventually(status, ({ recordsGone, state }) => recordsGone === 1 && state === 'kept');
  await expectGone(world, [late.recordId]);
  await expectWhole(world, [held]);
});
