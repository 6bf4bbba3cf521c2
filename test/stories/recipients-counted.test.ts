/** A story: recipients without an address in the policy are told by post or telephone, and the case counts nobody as told before. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-recipients');
});
afterAll(() => world.close());

it('a case says how many recipients were told and how many are still open, and never claims more', async () => {
  const story = await Story.begin(world, 'comune-di-milano', message(instant('2027-03-05T09:30:00+01:00')), [
    heldRecord('booking', '2028-01-10'),
  ]);
  await story.recognised('erasure');
  expect(await story.right('erasure')).not.toHaveProperty('notifications');
  await story.answered('erasure', {
    outcome: 'erased',
    grounds: ['17.1.d'],
    lines: [{ recordClass: 'booking', result: 'granted', grounds: ['17.1.d'] }],
  });
  const recipients = `/controllers/comune-di-milano/requests/${story.caseId}/recipients`;
  const at = { as: 'dpo', controller: 'comune-di-milano', now: story.now } as const;
  const { body } = await call(world, { ...at, method: 'GET', path: recipients });
  const tasks = body.notifications as { notificationId: string; state: string }[];
  const all = tasks.length;
  expect(all).toBeGreaterThan(1);
  expect(tasks.every(({ state }) => state === 'by-hand')).toBe(true);
  expect(await story.right('erasure')).toMatchObject({
    recipients: 'ordered',
    notifications: { told: 0, acknowledged: 0, open: all, openWithStaff: all, excused: 0 },
  });
  const [byPhone, gone] = tasks;
  const record = (task: { notificationId: string } | undefined, outcome: Readonly<Record<string, string>>) =>
    call(world, {
      ...at,
      method: 'POST',
      path: `${recipients}/${task?.notificationId}/outcomes`,
      headers: { 'idempotency-key': randomUUID() },
      body: outcome,
    });
  expect(await record(byPhone, { record: 'told-by-hand', text: 'Telefonata al referente.' })).toMatchObject({
    status: 200,
  });
  expect(await record(gone, { record: 'impossible', text: 'La società è stata sciolta.' })).toMatchObject({
    status: 200,
  });
  // The person has the answer, so the case is closed; what is open is still counted as open.
  expect(await story.read()).toMatchObject({ stage: 'closed' });
  expect(await story.right('erasure')).toMatchObject({
    notifications: { told: 1, acknowledged: 0, open: all - 2, openWithStaff: all - 2, excused: 1 },
  });
});
