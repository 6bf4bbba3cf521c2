/**
 * I9 where it cannot be "once": a worker that is killed after a recipient took a message and before that was noted. The message comes
 * again, under the same key, so that the recipient can drop it; nothing is lost.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecipientWorld, type Notify, type RecipientWorld } from '../../support/recipients/recipient-world.ts';
import { eventually } from '../../support/temporal.ts';

let world: RecipientWorld;
beforeAll(async () => {
  world = await createRecipientWorld('recipients-crash');
});
afterAll(() => world.close());

/** Runs a worker that dies after its first delivery. */
const workerThatDies = async (notify: Notify): Promise<NodeJS.Signals | null> => {
  const child = spawn(process.execPath, ['test/support/recipients/worker-process.ts'], {
    env: { ...world.world.environment, PATH: process.env.PATH, TZ: 'UTC', NOTIFY: JSON.stringify(notify) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
};

const stateOf = async (caseId: string, recipient: string) => {
  const found = (await world.notificationsOf(caseId)).find((one) => one.recipient === recipient);
  if (found === undefined) throw new Error(`${recipient} is not told`);
  return found;
};

/** A notification whose first delivery kills its worker, seen to its end by workers that live. */
const survived = async (notify: Notify) => {
  world.notifying(notify);
  const { caseId } = await world.tell();
  expect(await workerThatDies(notify)).toBe('SIGKILL');
  // Delivered, and nobody knows: the task is still due.
  expect(await stateOf(caseId, 'gpi')).toMatchObject({ state: 'due', attempts: 0 });
  const stop = await world.startWorkers();
  const told = await eventually(
    () => stateOf(caseId, 'gpi'),
    ({ state }) => state === 'told',
    120_000,
  );
  await stop();
  return told;
};

test('I9: killed between delivery and note, a webhook comes again under the same key and with the same body', async () => {
  const told = await survived({ gpi: world.usual.gpi });
  expect(world.receiver.received.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
    `${told.notificationId}.0`,
    `${told.notificationId}.0`,
  ]);
  expect(new Set(world.receiver.received.map(({ raw }) => raw)).size).toBe(1);
});

test('I9: killed between delivery and note, a mail comes again under the same Message-ID', async () => {
  const told = await survived({ gpi: world.usual['enterprise-services-italia'] });
  const mails = await world.mailsAbout(`Message-ID: <notification.${told.notificationId}.0@oblio>`);
  expect(mails).toHaveLength(2);
});
