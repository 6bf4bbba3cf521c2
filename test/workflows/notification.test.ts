/** Recipients told by webhook and by mail (Art. 19): delivered, acknowledged, reminded, handed to staff; on the real services. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localDateAt } from '../../domain/time/calendar.ts';
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import type { StoredNotification } from '../../storage/recipients/notifications.ts';
import { readRecipientLines } from '../../storage/recipients/recipient-lines.ts';
import { type NotificationResult, notificationStatusQuery } from '../../workflows/notification/contract.ts';
import { createRecipientWorld, publicUrl, type RecipientWorld } from '../support/recipients/recipient-world.ts';
import { eventually, everythingTemporalKnows } from '../support/temporal.ts';
import { timeOf, travelTo } from '../support/time-travel.ts';
import { realNow } from '../support/world.ts';

let world: RecipientWorld;
beforeAll(async () => {
  world = await createRecipientWorld('recipients');
  await world.startWorkers();
});
afterAll(() => world.close());
beforeEach(() => {
  world.receiver.behave('take');
  world.receiver.received.length = 0;
  world.notifying(world.usual);
});

const again = async ({ caseId, notificationId }: StoredNotification): Promise<StoredNotification> => {
  const found = (await world.notificationsOf(caseId)).find((one) => one.notificationId === notificationId);
  if (found === undefined) throw new Error('The notification is gone');
  return found;
};

const until = (task: StoredNotification, holds: (now: StoredNotification) => boolean): Promise<StoredNotification> =>
  eventually(() => again(task), holds);

const daysOn = async (task: StoredNotification, count: number): Promise<void> => {
  const journey = world.journey(task);
  await travelTo(journey, instantPlus(await timeOf(journey), days(count)));
};

const codeOf = (message: { readonly body: Record<string, unknown> }): string =>
  (message.body.acknowledgement as { code: string }).code;

describe('by webhook', () => {
  test('a recipient is told which records by their own ids, what was done and when, signed, and nothing of the person', async () => {
    const { records, to } = await world.tell();
    const task = await until(to('gpi'), ({ state }) => state === 'told');
    const [message, ...more] = world.receiver.received;
    expect(more).toEqual([]);
    expect(message?.signed).toMatchObject({
      alg: 'EdDSA',
      kid: 'recipients-1',
      aud: world.receiver.url,
      jti: `${task.notificationId}.0`,
    });
    expect(message).toMatchObject({
      idempotencyKey: `${task.notificationId}.0`,
      url: '/notifications',
      contentType: 'application/json',
      body: {
        type: 'recipient-notification',
        notification: task.notificationId,
        reminder: 0,
        controller: 'comune-di-milano',
        what: 'restricted',
        article: '18',
        doneOn: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        acknowledgement: { url: `${publicUrl}/acknowledgements/${task.notificationId}` },
      },
    });
    const named = message?.body.records as { recordClass: string; recordId: string; sourceId: string }[];
    expect(named.map(({ sourceId }) => sourceId).sort()).toEqual(records.map(({ sourceId }) => sourceId).sort());
    expect(new Set(named.map(({ recordClass }) => recordClass))).toEqual(new Set(['booking']));
    expect(message?.raw).not.toMatch(/planted-marker/i);
    expect(task).toMatchObject({ state: 'told', told: { by: 'webhook' }, attempts: 1 });
  });

  test('it confirms with its code, once, and the task ends', async () => {
    const { to, caseId } = await world.tell();
    const task = await until(to('gpi'), ({ state }) => state === 'told');
    const [message] = world.receiver.received;
    if (message === undefined) throw new Error('nothing came');
    const path = `/acknowledgements/${task.notificationId}`;
    expect(await world.call('POST', path, { body: { code: 'x'.repeat(43) } })).toMatchObject({
      status: 404,
      body: { code: 'acknowledgement-unknown' },
    });
    expect((await again(task)).state).toBe('told');
    expect(await world.call('POST', path, { body: { code: codeOf(message) } })).toMatchObject({
      status: 200,
      body: { acknowledged: true },
    });
    expect(await world.call('POST', path, { body: { code: codeOf(message) } })).toMatchObject({
      status: 410,
      body: { code: 'acknowledgement-used' },
    });
    await world.startNotifications();
    const result = await world.client.workflow.getHandle(world.journey(task).workflowId).result();
    expect(result).toEqual({ state: 'acknowledged', chased: 0 } satisfies NotificationResult);
    const lines = await readRecipientLines(
      {
        db: world.world.database('worker'),
        sealing: world.world.sealing,
        policies: new Map(world.world.policies.map(({ policy }) => [String(policy.controller), policy])),
      },
      caseId,
    );
    expect(lines).toContainEqual({
      name: 'GPI S.p.A.',
      outcome: { kind: 'acknowledged', on: localDateAt(realNow(), 'Europe/Rome') },
    });
  });

  test('the key that signs is the one the API serves', async () => {
    const { status, body } = await world.call('GET', '/recipient-webhook-keys');
    expect(status).toBe(200);
    expect(body.keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', kid: 'recipients-1' })]);
    expect(JSON.stringify(body)).not.toContain('"d"');
  });

  test('I9: a recipient that never answers or hangs up is tried again under the same key', async () => {
    world.receiver.behave('never-answer', 'hang-up', 'take');
    const { to } = await world.tell();
    const task = await until(to('gpi'), ({ state }) => state === 'told');
    expect(task.attempts).toBe(3);
    expect(new Set(world.receiver.received.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(new Set(world.receiver.received.map(({ raw }) => raw)).size).toBe(1);
    expect(world.receiver.received.every(({ signed }) => signed !== undefined)).toBe(true);
  });

  test.each(['refuse', 'redirect'] as const)(
    'one that answers with "%s" is not tried again: staff are called at once',
    async (behaviour) => {
      world.receiver.behave(behaviour);
      const { to } = await world.tell();
      const task = await until(to('gpi'), ({ alerts }) => alerts === 1);
      expect(task).toMatchObject({ state: 'refused', lastProblem: behaviour === 'refuse' ? 'http-404' : 'http-307' });
      expect(world.receiver.received).toHaveLength(1);
      const [alert, ...more] = await world.mailsAbout(`.${task.notificationId}`);
      expect(more).toEqual([]);
      expect(alert).toMatch(/^X-Envelope-To: dpo@comune\.milano\.it$/im);
      expect(alert).toContain(`Message-ID: <notification-alert.refused.1.${task.notificationId}@oblio>`);
      expect(alert).toContain('Destinatario: GPI S.p.A.');
      expect(alert).not.toMatch(/planted-marker/i);
      const status = await world.client.workflow
        .getHandle(world.journey(task).workflowId)
        .query(notificationStatusQuery);
      expect(status).toMatchObject({ state: 'refused', waitingFor: 'dpo' });
    },
  );

  test('one that nobody reaches for a week is handed to staff; told by hand, the task ends', async () => {
    world.receiver.behave('busy');
    const { to, caseId } = await world.tell();
    await until(to('gpi'), ({ attempts }) => attempts >= 3);
    await daysOn(to('gpi'), 8);
    const task = await until(to('gpi'), ({ alerts }) => alerts >= 1);
    expect(task).toMatchObject({ state: 'undeliverable', lastProblem: 'http-503' });
    const now = await timeOf(world.journey(task));
    const recorded = await world.call(
      'POST',
      `/controllers/comune-di-milano/requests/${caseId}/recipients/${task.notificationId}/outcomes`,
      {
        body: { record: 'told-by-hand', text: 'telefonata, poi PEC said-by-gpi' },
        headers: { 'idempotency-key': 'by-hand-1' },
        now,
      },
    );
    expect(recorded.status).toBe(200);
    await world.startNotifications();
    expect(await world.client.workflow.getHandle(world.journey(task).workflowId).result()).toMatchObject({
      state: 'told',
    });
    expect(await again(task)).toMatchObject({ state: 'told', told: { by: 'by-hand' }, recordedBy: 'ada' });
  });

  test('one that does not confirm is reminded three times in travelled time, then staff are called', async () => {
    const { to } = await world.tell();
    await until(to('gpi'), ({ state }) => state === 'told');
    await daysOn(to('gpi'), 6);
    expect(await again(to('gpi'))).toMatchObject({ chased: 0 });
    for (const round of [1, 2, 3]) {
      await daysOn(to('gpi'), round === 1 ? 2 : 7);
      await until(to('gpi'), ({ chased }) => chased === round);
    }
    await daysOn(to('gpi'), 8);
    const task = await until(to('gpi'), ({ alerts }) => alerts >= 1);
    expect(task.state).toBe('unanswered');
    expect(world.receiver.received.map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      [0, 1, 2, 3].map((round) => `${task.notificationId}.${round}`),
    );
    expect(world.receiver.received.map(({ body }) => body.reminder)).toEqual([0, 1, 2, 3]);
    const [alert] = await world.mailsAbout(`unanswered.1.${task.notificationId}`);
    expect(alert).toContain('non ha confermato nonostante i solleciti');
  });
});

describe('by mail', () => {
  test('a recipient gets one Italian mail with the ids of its records and a code; the code confirms on the page', async () => {
    const { records, to } = await world.tell({ count: 3 });
    const task = await until(to('enterprise-services-italia'), ({ state }) => state === 'told');
    const [mail, ...more] = await world.mailsAbout(`notification.${task.notificationId}.0@oblio`);
    expect(more).toEqual([]);
    expect(mail).toContain('X-Envelope-To: art19@enterprise.example');
    for (const { sourceId } of records) expect(mail).toContain(`- ${sourceId}`);
    expect(mail).toContain('(3 registrazioni)');
    expect(mail).toContain('artt. 18 e 19 del Regolamento');
    expect(mail).toContain(`${publicUrl}/acknowledgements/${task.notificationId}`);
    expect(mail).not.toMatch(/planted-marker/i);
    const [, code = ''] = /Codice: ([\w-]+)/.exec(mail ?? '') ?? [];
    const page = await world.call('GET', `/acknowledgements/${task.notificationId}`);
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<form method="post">') });
    expect((await again(task)).state).toBe('told');
    const answer = await world.call('POST', `/acknowledgements/${task.notificationId}`, {
      body: new URLSearchParams({ code }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('registrata') });
    expect(await again(task)).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'recipient' } });
  });

  test('a mailbox that does not exist is handed to staff; one that is away is tried again', async () => {
    world.notifying({
      gpi: { kind: 'email', address: 'nobody@refused.example' },
      'enterprise-services-italia': { kind: 'email', address: 'art19@unavailable.example' },
    });
    const { to } = await world.tell();
    expect(await until(to('gpi'), ({ alerts }) => alerts === 1)).toMatchObject({
      state: 'refused',
      lastProblem: 'mailbox-refused',
    });
    expect(await until(to('enterprise-services-italia'), ({ attempts }) => attempts >= 2)).toMatchObject({
      state: 'due',
      lastProblem: 'mail-server-away',
    });
    // The address is put right in the policy: the next attempt, called by anything, arrives.
    world.notifying(world.usual);
    expect(await until(to('enterprise-services-italia'), ({ state }) => state === 'told')).toMatchObject({
      told: { by: 'email' },
    });
  });
});

test('I7: neither the person, nor ids of sources, nor what a recipient said reach Temporal', async () => {
  const known = await everythingTemporalKnows(world.client, 'notification-');
  expect(known).not.toMatch(/planted-marker/i);
  expect(known).not.toMatch(/prenotazione-/);
  expect(known).not.toContain('said-by-gpi');
  expect(known).not.toContain('art19@');
  expect(known).not.toContain('127.0.0.1:');
  expect(world.failures).toEqual([]);
});
