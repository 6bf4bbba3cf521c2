/**
 * The clock of a test world: stories with fixed dates are told years before the calendar's day, from the first record to the last
 * certificate and from the message to the closing. They are as true the year after next as they are today.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { readUnit } from '../../storage/units/units.ts';
import { retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { handInOne, inps } from '../support/records.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story } from '../support/requests/story.ts';
import { eventually } from '../support/temporal.ts';
import { runToEnd, timeOf, travelTo } from '../support/time-travel.ts';

const today = instant('2024-02-01T08:00:00Z');
const received = instant('2024-03-05T09:30:00+01:00');

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('years-behind', { today });
});
afterAll(() => world.close());

it('is years behind the real one: a record sleeps until its time has come, and its certificate says so', async () => {
  const { unit, sourceId, workflowId } = await handInOne(world.world, {
    controller: inps,
    recordClass: recordClassId('chat'),
    triggerAt: instant('2024-01-31T10:00:00+01:00'),
    now: world.world.clock.now(),
  });
  expect(unit).toMatchObject({ boundDay: '2029-01-31' });
  const journey = { client: world.client, workflowId, aheadMs: world.world.clock.aheadMs };
  const started = await eventually(
    () => readUnit(world.world.database('worker'), unit.id),
    (row) => row?.workflowStartedAt !== undefined,
  );
  expect(started?.workflowStartedAt?.slice(0, 10)).toBe('2024-02-01');
  expect((await timeOf(journey)).slice(0, 10)).toBe('2024-02-01');
  // Long past for the real clock by then, still ahead for the world.
  const before = instant('2029-01-30T00:00:00+01:00');
  expect(await travelTo(journey, before)).toBe('arrived');
  expect((await timeOf(journey)).slice(0, 10)).toBe('2029-01-29');
  expect(await world.client.workflow.getHandle(workflowId).query(retentionStatusQuery)).toMatchObject({
    state: 'waiting',
    recordsGone: 0,
  });
  expect(await runToEnd(journey)).toEqual({ recordsGone: 1, certificates: 1 });

  const as = { as: 'auditor', controller: inps, method: 'GET' } as const;
  const fate = await call(world, { ...as, path: `/controllers/${inps}/record-classes/chat/records/${sourceId}/fate` });
  expect(fate).toMatchObject({ status: 200, body: { state: 'erased' } });
  const certificate = await call(world, { ...as, path: `/certificates/${String(fate.body.certificateId)}` });
  const { verifiedAt } = certificate.body;
  expect(String(verifiedAt) >= unit.opensAt && String(verifiedAt) < unit.boundAt).toBe(true);
});

it('is years behind the real one: a request is answered in time and closed, and no alarm of a deadline sounds', async () => {
  const story = await Story.begin(world, inps, message(received), [heldRecord('chat', '2029-01-10')]);
  expect(await story.read()).toMatchObject({ reference: 'INPS-2024-000001', clock: { lastDay: '2024-04-05' } });
  expect((await story.workflowTime()).slice(0, 10)).toBe('2024-02-01');
  await story.recognised('access');
  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  await story.days(10);
  expect((await story.workflowTime()).slice(0, 10)).toBe('2024-03-15');
  await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
  const file = await story.read();
  expect(file).toMatchObject({ stage: 'closed', waitingFor: 'nobody' });
  const events = (file.history as { at: string; event: { kind: string } }[]).map(({ at, event }) => [
    event.kind,
    at.slice(0, 7),
  ]);
  expect(events.filter(([kind]) => kind?.includes('alarm'))).toEqual([]);
  expect(events.filter(([, month]) => month !== '2024-02' && month !== '2024-03')).toEqual([]);
  expect(world.failures()).toEqual([]);
});
