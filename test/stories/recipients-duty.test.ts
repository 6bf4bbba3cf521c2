/** Whom a decision makes us tell (Art. 19), what staff record, and that the request's own workflow sets it all going. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recipientsOf } from '../../activities/request/recipients/disclosed-to.ts';
import { createRecipientActivities } from '../../activities/request/recipients/recipients.ts';
import type { Decision } from '../../domain/request/course/decision.ts';
import { rulesOf } from '../../domain/request/decision/case-rules.ts';
import { days } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { markNotificationsToSignal, openNotificationIds } from '../../storage/recipients/notifications-to-signal.ts';
import { orderNotice } from '../../storage/recipients/order-notice.ts';
import { readRecipientLines } from '../../storage/recipients/recipient-lines.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import type { RequestActivities } from '../../workflows/request/contract.ts';
import { type RequestInput, requestWorkflowId } from '../../workflows/request/contract.ts';
import { createRecipientWorld, queuePrefix, type RecipientWorld } from '../support/recipients/recipient-world.ts';
import { inps, milano, recordClasses } from '../support/records.ts';
import { eventually } from '../support/temporal.ts';
import { realNow } from '../support/world.ts';

let world: RecipientWorld;
beforeAll(async () => {
  world = await createRecipientWorld('recipients-duty');
  await world.startWorkers();
});
afterAll(() => world.close());

const policyOf = (controller: string) => {
  const policy = world.policies.get(controller);
  if (policy === undefined) throw new Error('There is no such policy');
  return policy;
};

const granted = (outcome: Decision['outcome'], ground: Decision['grounds'][number]): Decision => ({
  outcome,
  grounds: [ground],
  lines: [{ recordClass: recordClasses.booking, result: 'granted', grounds: [ground] }],
  reasonsFor: [],
  earlierCases: [],
});

const outcome = (caseId: string, notificationId: string) =>
  `/controllers/comune-di-milano/requests/${caseId}/recipients/${notificationId}/outcomes`;

/** Runs an activity as the worker would. */
const inActivity = <Name extends 'tellRecipients' | 'noteReferences'>(
  name: Name,
  input: Parameters<RequestActivities[Name]>[0],
): Promise<Awaited<ReturnType<RequestActivities[Name]>>> => {
  const activities = createRecipientActivities(world.activitiesDeps);
  const environment = new MockActivityEnvironment({ taskQueue: proceduresQueue(queuePrefix) });
  return environment.run(activities[name] as (input: unknown) => Promise<never>, input);
};

describe('who is told', () => {
  test('those to whom the class was disclosed, each of its own classes, and nobody else', () => {
    const told = recipientsOf(policyOf(milano), [recordClasses.booking, recordClasses.surveyInvitation]);
    expect(told.map(({ recipient }) => recipient)).toContain('gpi');
    for (const { recipient, recordClasses: classes } of told) {
      for (const recordClass of classes) {
        const rule = policyOf(milano).recordClasses.find(({ id }) => id === recordClass);
        expect(rule?.recipients).toContain(recipient);
      }
    }
    expect(recipientsOf(policyOf(milano), [recordClasses.booking])).not.toContainEqual(
      expect.objectContaining({ recipient: 'intellera-consulting' }),
    );
  });

  test('an authority that asks in a particular inquiry is no recipient (Art. 4(9)), unless the controller gave its address', () => {
    const policy = policyOf(inps);
    expect(recipientsOf(policy, [recordClasses.chat])).toEqual([]);
    const addressed = {
      ...policy,
      recipients: policy.recipients.map((one) => ({
        ...one,
        notify: { kind: 'email' as const, address: 'ufficio@autorita.example' },
      })),
    };
    expect(recipientsOf(addressed, [recordClasses.chat])).toMatchObject([
      { recipient: 'competent-authorities', means: 'email' },
    ]);
  });
});

test("a granted erasure is carried out and told by the request's own workflow: recipients learn ids that are gone by then", async () => {
  const { caseId, records } = await world.openCase('erasure', { count: 3 });
  await world.decide(caseId, 'erasure', granted('erased', '17.1.d'));
  const state = await world.stateOf(caseId);
  const input: RequestInput = { version: 1, caseId, state, rules: rulesOf(policyOf(milano)) };
  await world.client.workflow.start('request', {
    workflowId: requestWorkflowId({ caseId, reference: state.reference, byReference: true }),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
  });
  const tasks = await eventually(
    async () => {
      await world.startNotifications();
      return world.notificationsOf(caseId);
    },
    (found) => found.length === 2 && found.every((task) => task.state === 'told'),
    120_000,
  );
  const message = world.receiver.received.find(({ body }) =>
    tasks.some(({ notificationId }) => notificationId === body.notification),
  );
  expect(message?.body).toMatchObject({ what: 'erased', article: '17' });
  expect(((message?.body.records ?? []) as { sourceId: string }[]).map(({ sourceId }) => sourceId).sort()).toEqual(
    records.map(({ sourceId }) => sourceId).sort(),
  );
  const { rows } =
    await sql`SELECT id FROM record WHERE id = ANY(${records.map(({ recordId }) => recordId)}::uuid[])`.execute(
      world.world.database('worker'),
    );
  expect(rows).toEqual([]);
  expect((await world.stateOf(caseId)).rights).toMatchObject([{ key: 'erasure', recipients: 'ordered' }]);
});

describe('what is told', () => {
  test('I9: ordered twice, each recipient has one task; a lifted restriction is told to whoever was asked to restrict', async () => {
    const { caseId, manifestId } = await world.openCase('restriction');
    const decision = granted('restricted', '18.1.c');
    await world.decide(caseId, 'restriction', decision);
    const now = realNow();
    const step = { caseId, controller: milano, right: 'restriction', now } as const;
    await inActivity('noteReferences', { ...step, manifestId });
    const restricted = { suspensionId: uuid(), reviewAt: instantPlus(now, days(1)) };
    await world.record(
      caseId,
      [{ kind: 'executed', right: 'restriction', records: 2, certificates: [], restricted }],
      now,
    );
    expect(await inActivity('tellRecipients', step)).toEqual({ recipients: 2 });
    expect(await inActivity('tellRecipients', { ...step, now: instantPlus(now, 5_000) })).toEqual({ recipients: 2 });
    const first = await world.notificationsOf(caseId);
    expect(first.map(({ recipient, what }) => [recipient, what]).sort()).toEqual([
      ['enterprise-services-italia', 'restricted'],
      ['gpi', 'restricted'],
    ]);
    expect(await inActivity('tellRecipients', { ...step, lifted: true })).toEqual({ recipients: 2 });
    const all = await world.notificationsOf(caseId);
    expect(all.map(({ what }) => what).sort()).toEqual([
      'restricted',
      'restricted',
      'restriction-lifted',
      'restriction-lifted',
    ]);
  });

  test('what a decision excepts is not told', async () => {
    const { caseId, records, manifestId } = await world.openCase('restriction', { count: 3 });
    const [excepted] = records;
    if (excepted === undefined) throw new Error('nothing was handed in');
    await orderNotice(world.world.database('worker'), {
      caseId,
      controller: milano,
      right: 'restriction',
      what: 'restricted',
      doneAt: realNow(),
      records: {
        kind: 'decided',
        manifestId,
        recordClasses: [recordClasses.booking],
        besides: [],
        except: [excepted.recordId],
      },
      recipientsOf: (classes) => recipientsOf(policyOf(milano), classes),
      now: realNow(),
    });
    const [task] = await world.notificationsOf(caseId);
    const { body } = await world.call(
      'GET',
      `/controllers/comune-di-milano/requests/${caseId}/recipients/${task?.notificationId}/records`,
    );
    const named = (body.records as { recordId: string }[]).map(({ recordId }) => recordId);
    expect(named).toHaveLength(2);
    expect(named).not.toContain(excepted.recordId);
  });
});

describe('a recipient without an address', () => {
  test('waits for staff, in lists and in the office\'s mailbox; "disproportionate" is recorded with its reason and reported', async () => {
    world.notifying({});
    const { caseId, records, to } = await world.tell();
    const { notificationId } = to('gpi');
    const { body } = await world.call(
      'GET',
      '/controllers/comune-di-milano/request-notifications?waitingFor=dpo&limit=200',
    );
    const listed = body.notifications as { notificationId: string; state: string; waitingFor: string; name: string }[];
    expect(listed.find((one) => one.notificationId === notificationId)).toMatchObject({
      state: 'by-hand',
      waitingFor: 'dpo',
      name: 'GPI S.p.A.',
    });
    await eventually(
      () => world.mailsAbout(`by-hand.1.${notificationId}`),
      (mails) => mails.length === 1,
    );
    const page = await world.call(
      'GET',
      `/controllers/comune-di-milano/requests/${caseId}/recipients/${notificationId}/records?limit=1`,
    );
    const [shown] = page.body.records as { sourceId: string }[];
    expect(records.map(({ sourceId }) => sourceId)).toContain(shown?.sourceId);
    expect(page.body.nextAfter).toBeDefined();

    const path = outcome(caseId, notificationId);
    const reason = 'il fornitore è cessato e nessuno ne ha rilevato gli archivi';
    const send = (as: string, text: string, key: string, record = 'disproportionate', headers = {}) =>
      world.call('POST', path, { as, body: { record, text }, headers: { 'idempotency-key': key, ...headers } });
    expect((await send('auditor.aldo.comune-di-milano', reason, 'reason-01')).status).toBe(403);
    expect((await send('dpo.ada.inps', reason, 'reason-01')).status).toBe(403);
    expect((await send('officer.ugo.comune-di-milano', '  ', 'reason-01')).body).toMatchObject({
      code: 'invalid-command',
    });
    expect((await send('officer.ugo.comune-di-milano', reason, 'reason-01', 'acknowledged')).body).toMatchObject({
      code: 'notification-settled',
    });
    expect(
      (await send('officer.ugo.comune-di-milano', reason, 'reason-01', 'disproportionate', { 'if-match': '"9"' })).body,
    ).toMatchObject({ code: 'changed-meanwhile' });
    const first = await send('officer.ugo.comune-di-milano', reason, 'reason-01');
    expect(first).toMatchObject({ status: 200, body: { notificationId, revision: 2 } });
    expect((await send('officer.ugo.comune-di-milano', reason, 'reason-01')).body).toEqual(first.body);
    expect((await send('officer.ugo.comune-di-milano', 'altro', 'reason-01')).body).toMatchObject({
      code: 'idempotency-key-reused',
    });
    expect((await send('officer.ugo.comune-di-milano', reason, 'reason-02')).body).toMatchObject({
      code: 'notification-settled',
    });
    await world.startNotifications();
    expect(await world.client.workflow.getHandle(`notification-${notificationId}`).result()).toMatchObject({
      state: 'disproportionate',
    });
    const list = await world.call('GET', `/controllers/comune-di-milano/requests/${caseId}/recipients`);
    expect(list.body.notifications).toContainEqual(expect.objectContaining({ notificationId, words: reason }));
    const forAuditor = await world.call('GET', `/controllers/comune-di-milano/requests/${caseId}/recipients`, {
      as: 'auditor.aldo.comune-di-milano',
    });
    expect(forAuditor.text).not.toContain(reason);
    const lines = await readRecipientLines(
      { db: world.world.database('worker'), sealing: world.world.sealing, policies: world.policies },
      caseId,
    );
    expect(lines).toEqual([
      { name: 'Enterprise Services Italia S.r.l.', outcome: { kind: 'pending' } },
      { name: 'GPI S.p.A.', outcome: { kind: 'disproportionate', reason } },
    ]);
  });

  test('when everybody has been told, the ids of the sources are forgotten', async () => {
    world.notifying({});
    const { caseId, tasks } = await world.tell();
    const noted = async () =>
      (
        await world.world
          .database('worker')
          .selectFrom('recipient_reference')
          .select('sealed_source_id')
          .where('case_id', '=', caseId)
          .execute()
      ).filter(({ sealed_source_id }) => sealed_source_id !== null).length;
    for (const [index, { notificationId }] of tasks.entries()) {
      expect(await noted()).toBe(2);
      await world.call('POST', outcome(caseId, notificationId), {
        body: { record: 'told-by-hand', text: 'raccomandata 1' },
        headers: { 'idempotency-key': `told-${index}-aaaa` },
      });
      await world.startNotifications();
      await world.client.workflow.getHandle(`notification-${notificationId}`).result();
    }
    expect(await noted()).toBe(0);
  });
});

test('I10: each step leaves its entry, with ids and codes only', async () => {
  world.notifying({});
  const { caseId, to } = await world.tell();
  await world.call('POST', outcome(caseId, to('gpi').notificationId), {
    body: { record: 'impossible', text: 'motivo riservato' },
    headers: { 'idempotency-key': 'audited-01' },
  });
  await world.call('GET', `/controllers/comune-di-milano/requests/${caseId}/recipients`);
  const entries = await world.world
    .database('owner')
    .selectFrom('audit_entry')
    .select(['action', 'actor', 'why', 'detail'])
    .where('target_id', '=', caseId)
    .where('action', 'like', 'recipient%')
    .orderBy('id')
    .execute();
  expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
    ['recipient-notification-ordered', 'oblio'],
    ['recipient-notification-ordered', 'oblio'],
    ['recipient-recorded-by-staff', 'ada'],
    ['recipients-read', 'ada'],
  ]);
  expect(JSON.stringify(entries)).not.toContain('riservato');
});

test('I1: a notification whose workflow Temporal has lost is found and started again', async () => {
  world.notifying({});
  const { to } = await world.tell();
  const { notificationId } = to('gpi');
  const handle = world.client.workflow.getHandle(`notification-${notificationId}`);
  await handle.terminate('lost');
  expect(await openNotificationIds(world.world.database('worker'), undefined, 1_000)).toContain(notificationId);
  expect(await markNotificationsToSignal(world.world.database('worker'), [notificationId])).toBe(1);
  await world.startNotifications();
  expect((await handle.describe()).status.name).toBe('RUNNING');
});
