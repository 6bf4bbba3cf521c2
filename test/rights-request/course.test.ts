/** What happens around the answer: questions, silence, extension, withdrawal, lifting, reopening, and calls that are repeated. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instant, instant, instantPlus } from '../../domain/instant.ts';
import { requestWorkflowId } from '../../workflows/messages.ts';
import { eventually } from '../support/temporal.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from './support/rights-world.ts';
import { call, message, Story, signatory } from './support/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-course');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');
const dayMs = 86_400_000;
const chat = () => heldRecord('chat', '2032-01-10');
const doubt = {
  about: 'identity',
  asked: ['answer-to-question'],
  doubt: 'Il nome non corrisponde al recapito.',
  signatory,
};
const granted = { outcome: 'granted', grounds: ['15.1'] };
const refusedErasure = {
  outcome: 'refused',
  grounds: [],
  lines: [{ recordClass: 'chat', result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
  reasons: { '17.1.none': 'ancora necessari', '17.3.b': 'compito pubblico' },
};

const activeSuspensions = async (caseId: string, kind: string): Promise<number> => {
  const rows = await world.world
    .database('api')
    .selectFrom('suspension')
    .select('id')
    .where('kind', '=', kind === 'restriction' ? 'restriction' : 'pending-request')
    .where('matter_reference', 'like', `${caseId}%`)
    .where('state', '=', 'active')
    .execute();
  return rows.length;
};

const receive = (sent: unknown, controller = 'inps', now: Instant = instantPlus(received, 60_000)) =>
  call(world, { as: 'dpo', controller, method: 'POST', path: `/controllers/${controller}/requests`, body: sent, now });

describe('intake', () => {
  it('keeps what is in scope from receipt until the answer is delivered', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    expect(await activeSuspensions(story.caseId, 'pending-request')).toBe(1);
    await story.recognised('erasure');
    await story.decided('erasure', refusedErasure);
    await story.do('dpo', 'compose-answer', { rights: ['erasure'], signatory });
    expect(await activeSuspensions(story.caseId, 'pending-request')).toBe(1);
    await story.deliver('answer');
    await expect.poll(() => activeSuspensions(story.caseId, 'pending-request')).toBe(0);
  });

  it('I9: makes one case of the same message handed in many times at once', async () => {
    const sent = message(received);
    const answers = await Promise.all(Array.from({ length: 8 }, () => receive(sent)));
    expect(new Set(answers.map(({ body }) => body.caseId)).size).toBe(1);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  it('numbers cases without gaps under concurrency', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        receive(message(instant('2029-05-05T10:00:00+02:00')), 'inps', instant('2029-05-05T10:00:00Z')),
      ),
    );
    const numbers = answers.map(({ body }) => String(body.reference)).toSorted();
    expect(numbers).toEqual(
      Array.from({ length: 12 }, (_, index) => `INPS-2029-${String(index + 1).padStart(6, '0')}`),
    );
  });

  it('points a likely duplicate out and merges nothing', async () => {
    const identifiers = [{ kind: 'email', value: 'twice.planted-marker@example.it' }];
    const first = await receive(message(received, { identifiers, rights: ['access'] }));
    const second = await receive(
      message(instantPlus(received, dayMs), {
        identifiers: [{ kind: 'email', value: 'TWICE.planted-marker@Example.it' }],
        rights: ['access'],
      }),
      'inps',
      instantPlus(received, 2 * dayMs),
    );
    expect(second.body.caseId).not.toBe(first.body.caseId);
    expect(second.body.likelyDuplicates).toMatchObject([{ caseId: first.body.caseId, rights: ['access'] }]);
  });

  it('closes what is no rights request as each controller’s notice says', async () => {
    const inps = await Story.begin(world, 'inps', message(received));
    await inps.do('dpo', 'triage', { verdict: 'not-a-request', text: 'Pubblicità.', signatory });
    expect(await inps.read()).toMatchObject({ stage: 'closed', letters: [] });
    const milano = await Story.begin(world, 'comune-di-milano', message(received));
    await milano.do('dpo', 'triage', { verdict: 'not-a-request', text: 'Segnalazione di buche.', signatory });
    expect(await milano.read()).toMatchObject({ stage: 'closing-letter', letters: [{ kind: 'not-a-request' }] });
    await milano.deliver('not-a-request');
    expect(await milano.read()).toMatchObject({ stage: 'closed' });
  });
});

describe('the clock', () => {
  it('stops for a reasonable doubt, keeps the days used and shows the date without the pause', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['erasure'], signatory });
    expect(await story.read()).toMatchObject({ clock: { lastDay: '2027-04-05' } });
    await story.days(5);
    await story.do('dpo', 'ask-requester', doubt);
    const asked = await story.read();
    expect(asked).toMatchObject({
      stage: 'identification-asked',
      waitingFor: 'requester',
      clock: { unpausedLastDay: '2027-04-05' },
    });
    expect(asked.nextDeadline).toBeUndefined();
    await story.days(10);
    await story.do('dpo', 'record-answer', { text: 'La persona ha risposto.' });
    expect(await story.read()).toMatchObject({ clock: { lastDay: '2027-04-15', unpausedLastDay: '2027-04-05' } });
  });

  it('asks nobody who came with SPID for the copy of a document', async () => {
    const story = await Story.begin(
      world,
      'inps',
      message(received, { identityLevel: 'digital-identity', channel: 'portal' }),
    );
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
    const answer = await story.send('dpo', 'ask-requester', { ...doubt, asked: ['document-copy'] });
    expect(answer).toMatchObject({ status: 422, body: { code: 'more_than_needed' } });
  });

  it('closes with a letter when nobody answers for 60 days', async () => {
    const story = await Story.begin(world, 'inps', message(received));
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
    await story.do('dpo', 'ask-requester', doubt);
    await story.days(59);
    expect(await story.read()).toMatchObject({ stage: 'identification-asked' });
    await story.days(2);
    await expect.poll(async () => (await story.read()).stage).toBe('closing-letter');
    await story.settled();
    expect(await story.letter('closed-unidentified')).toMatchObject({
      about: 'identity',
      asked: ['answer-to-question'],
    });
    await story.deliver('closed-unidentified');
    expect(await story.right('access')).toMatchObject({ state: 'closed', ending: 'no-identification' });
  });

  it('reminds before, escalates at and lists after a deadline, each once', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.until(instant('2027-04-06T08:00:00Z'));
    const raised = async () =>
      ((await story.read()).history as { event: { kind: string; alarm?: string } }[]).flatMap(({ event }) =>
        event.kind === 'alarm-raised' ? [event.alarm] : [],
      );
    await expect.poll(raised).toEqual(['target-reached', 'deadline-near', 'deadline-tomorrow', 'overdue']);
    const list = await call(world, {
      as: 'dpo',
      controller: 'inps',
      method: 'GET',
      path: '/controllers/inps/requests?overdue=true&limit=200',
      now: story.now,
    });
    expect(
      (list.body.requests as { caseId: string; overdue: boolean }[]).find(({ caseId }) => caseId === story.caseId),
    ).toMatchObject({ overdue: true, daysLeft: 0 });
  });

  const extension = {
    rights: ['erasure'],
    months: 2,
    reason: 'complexity',
    explanation: 'Archivi distinti.',
    signatory,
  };

  it('extends once, from receipt, when its letter is delivered inside the first month', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.do('officer', 'extend', extension);
    expect(await story.letter('extension')).toMatchObject({
      months: 2,
      rights: [{ before: '2027-04-05', until: '2027-06-07' }],
    });
    expect(await story.right('erasure')).toMatchObject({ deadline: { lastDay: '2027-04-05' } });
    await story.days(3);
    await story.deliver('extension');
    expect(await story.right('erasure')).toMatchObject({ deadline: { lastDay: '2027-06-07', extensionValid: true } });
    expect(await story.send('officer', 'extend', extension)).toMatchObject({ body: { code: 'already_extended' } });
  });

  it('counts no extension whose letter is delivered after the first month', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.do('officer', 'extend', extension);
    await story.until(instant('2027-04-07T09:00:00Z'));
    await story.deliver('extension');
    expect(await story.right('erasure')).toMatchObject({
      deadline: { lastDay: '2027-04-05' },
      extension: { told: { void: true } },
    });
  });

  it('grants no extension after the first month', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.until(instant('2027-04-07T09:00:00Z'));
    expect(await story.send('officer', 'extend', extension)).toMatchObject({
      status: 409,
      body: { code: 'too_late_to_extend' },
    });
  });

  it('blocks a refusal after the first month unless the officer takes it on', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.do('dpo', 'prepare-decision', { right: 'erasure', decision: refusedErasure });
    await story.do('dpo', 'give-opinion', { right: 'erasure', opinion: 'agrees', text: 'parere' });
    await story.until(instant('2027-04-06T08:00:00Z'));
    const decide = { right: 'erasure', decision: refusedErasure };
    expect(await story.send('officer', 'decide', decide)).toMatchObject({
      status: 409,
      body: { code: 'refusal_late' },
    });
    await story.do('officer', 'decide', { ...decide, acknowledgedLate: true });
    expect(await story.right('erasure')).toMatchObject({ decided: { late: true } });
  });
});

describe('people', () => {
  it('lets nobody decide what they prepared or advised, nor confirm their own review', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('access');
    await story.do('dpo', 'submit-review', { redactions: [] }, 'ugo');
    expect(await story.send('officer', 'confirm-review', {})).toMatchObject({
      status: 403,
      body: { code: 'second_person_needed' },
    });
    await story.do('dpo', 'confirm-review', {});
    await story.do('dpo', 'prepare-decision', { right: 'access', decision: granted }, 'ugo');
    expect(await story.send('officer', 'decide', { right: 'access', decision: granted })).toMatchObject({
      body: { code: 'opinion_missing' },
    });
    await story.do('dpo', 'give-opinion', { right: 'access', opinion: 'agrees', text: 'parere' });
    expect(await story.send('officer', 'decide', { right: 'access', decision: granted })).toMatchObject({
      body: { code: 'second_person_needed' },
    });
    await story.do('officer', 'decide', { right: 'access', decision: granted }, 'eva');
  });

  it('keeps two people from overwriting each other', async () => {
    const story = await Story.begin(world, 'inps', message(received));
    const { etag } = await call(world, {
      as: 'dpo',
      controller: 'inps',
      method: 'GET',
      path: `/controllers/inps/requests/${story.caseId}`,
      now: story.now,
    });
    const headers = { 'if-match': String(etag) };
    const [one, other] = await Promise.all([
      story.send('dpo', 'add-note', { text: 'prima' }, { headers }),
      story.send('dpo', 'add-note', { text: 'seconda' }, { headers, who: 'bea' }),
    ]);
    expect([one.status, other.status].toSorted()).toEqual([200, 412]);
  });

  it('I9: answers a repeated command the same and applies it once', async () => {
    const story = await Story.begin(world, 'inps', message(received));
    const headers = { 'idempotency-key': 'note-1' };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => story.send('dpo', 'add-note', { text: 'una volta' }, { headers })),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toHaveLength(1);
    const { history } = await story.read();
    expect((history as { event: { kind: string } }[]).filter(({ event }) => event.kind === 'note-added')).toHaveLength(
      1,
    );
    expect(await story.send('dpo', 'add-note', { text: 'altra' }, { headers })).toMatchObject({
      status: 409,
      body: { code: 'idempotency-key-reused' },
    });
  });

  it('reopens a closed case with a reason and a second person', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.answered('erasure', refusedErasure);
    expect(await story.send('dpo', 'withdraw', { rights: ['erasure'], text: 'x', signatory })).toMatchObject({
      status: 409,
      body: { code: 'case_closed' },
    });
    await story.do('dpo', 'request-reopening', { reason: 'Scambio di persona.' });
    expect(await story.send('dpo', 'confirm-reopening', { rights: ['erasure'] })).toMatchObject({
      status: 403,
      body: { code: 'second_person_needed' },
    });
    await story.do('officer', 'confirm-reopening', { rights: ['erasure'] });
    await expect.poll(async () => (await story.read()).stage).toBe('deciding');
    await expect.poll(() => activeSuspensions(story.caseId, 'pending-request')).toBe(1);
    await story.answered('erasure', refusedErasure);
    expect(await story.read()).toMatchObject({ stage: 'closed' });
  });

  it('confirms a withdrawal with a letter', async () => {
    const story = await Story.begin(world, 'comune-di-milano', message(received));
    await story.do('dpo', 'triage', {
      verdict: 'rights-request',
      rights: ['access', 'opt-out/further-surveys'],
      signatory,
    });
    await story.do('dpo', 'withdraw', { rights: ['access'], text: 'La persona rinuncia.', signatory });
    expect(await story.letter('request-withdrawn')).toMatchObject({ rights: [{ right: 'access', article: '15' }] });
    await story.deliver('request-withdrawn');
    expect(await story.right('access')).toMatchObject({ state: 'closed', ending: 'withdrawal' });
    expect(await story.read()).toMatchObject({ stage: 'identification' });
  });
});

describe('restriction', () => {
  it('restricts while an objection is weighed and lifts only after the person was told', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['objection'], signatory });
    expect(await activeSuspensions(story.caseId, 'restriction')).toBe(1);
    await story.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
    await story.answered('objection', {
      outcome: 'refused',
      grounds: ['21.1.compelling'],
      lines: [{ recordClass: 'chat', result: 'denied', grounds: ['21.1.compelling'] }],
      reasons: { '21.1.compelling': 'obbligo verso terzi' },
      balance: 'I motivi cogenti prevalgono.',
    });
    expect(await story.read()).toMatchObject({ stage: 'standing' });
    await story.days(14);
    expect(await activeSuspensions(story.caseId, 'restriction')).toBe(1);
    await story.days(2);
    await expect.poll(() => activeSuspensions(story.caseId, 'restriction')).toBe(0);
    await expect.poll(async () => (await story.read()).stage).toBe('closed');
  });

  it('lifts a granted restriction by the officer, after the notice and its fifteen days', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('restriction');
    await story.answered('restriction', {
      outcome: 'restricted',
      grounds: ['18.1.c'],
      lines: [{ recordClass: 'chat', result: 'granted', grounds: ['18.1.c'] }],
    });
    expect(await story.send('officer', 'lift-restriction', { right: 'restriction' })).toMatchObject({
      status: 409,
      body: { code: 'notice_missing' },
    });
    await story.do('officer', 'announce-lifting', { right: 'restriction', reason: 'Contenzioso concluso.', signatory });
    expect(await story.letter('restriction-to-be-lifted')).toMatchObject({ reason: 'Contenzioso concluso.' });
    await story.deliver('restriction-to-be-lifted');
    expect(await story.send('officer', 'lift-restriction', { right: 'restriction' })).toMatchObject({
      status: 409,
      body: { code: 'notice_running' },
    });
    await story.days(16);
    await story.do('officer', 'lift-restriction', { right: 'restriction' });
    await expect.poll(async () => (await story.read()).stage).toBe('closed');
  });
});

describe('in Temporal', () => {
  it('I7: leaves no personal data in the history of a case', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.do('dpo', 'triage', {
      verdict: 'rights-request',
      rights: ['erasure'],
      text: 'Planted-Marker nota',
      signatory: { name: 'Planted-Marker', office: 'Ufficio' },
    });
    await story.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self', text: 'Planted-Marker' });
    expect(
      (await story.send('dpo', 'give-opinion', { right: 'erasure', opinion: 'agrees', text: 'Planted-Marker' })).status,
    ).toBe(409);
    await story.answered('erasure', {
      ...refusedErasure,
      reasons: { '17.1.none': 'Planted-Marker', '17.3.b': 'Planted-Marker' },
    });
    const history = await world.client.workflow.getHandle(requestWorkflowId(story.caseId)).fetchHistory();
    // Payloads lie in it as base64; everything else in the clear.
    const decoded = JSON.stringify(history).replaceAll(/"data":"([^"]+)"/g, (_match, data: string) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
    expect(decoded).toContain('17.3.b');
    expect(decoded.toLowerCase()).not.toContain('planted-marker');
    expect(JSON.stringify(await story.read('dpo'))).toContain('Planted-Marker');
    expect(JSON.stringify(await story.read('auditor'))).not.toContain('Planted-Marker');
    expect(world.logged().toLowerCase()).not.toContain('planted-marker');
  });

  it('shows an operator right, state, waiting for whom and next deadline', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    // The case file is ahead of the workflow's own account of it by a moment.
    const description = await eventually(
      () => world.client.workflow.getHandle(requestWorkflowId(story.caseId)).describe(),
      ({ searchAttributes }) => JSON.stringify(searchAttributes).includes('deciding'),
    );
    expect(description.searchAttributes).toMatchObject({
      OblioRight: ['erasure'],
      OblioWaitingFor: ['dpo'],
      OblioController: ['inps'],
    });
    expect((description.searchAttributes.OblioDeadline ?? [])[0]).toEqual(new Date('2027-04-05T22:00:00.000Z'));
  });

  it('goes on where it was when the worker dies at any moment', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await world.stopWorker();
    const waiting = story.send('dpo', 'triage', { verdict: 'rights-request', rights: ['erasure'], signatory });
    await world.startWorker();
    expect((await waiting).status).toBe(200);
    await story.settled();
    await world.stopWorker();
    await world.startWorker();
    await story.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
    await story.answered('erasure', refusedErasure);
    expect(await story.read()).toMatchObject({ stage: 'closed' });
    const executions = await world.world
      .database('api')
      .selectFrom('request_execution')
      .select('right_key')
      .where('case_id', '=', story.caseId)
      .execute();
    expect(executions).toEqual([{ right_key: 'erasure' }]);
  });

  it('I1: goes on from Postgres when Temporal has lost the workflow', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['erasure'], signatory });
    await world.client.workflow.getHandle(requestWorkflowId(story.caseId)).terminate('lost');
    await story.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
    await story.answered('erasure', refusedErasure);
    expect(await story.read()).toMatchObject({ stage: 'closed' });
  });
});

describe('the API', () => {
  it('describes every command in its OpenAPI document', async () => {
    const response = await world.app.request('/openapi.json');
    expect(response.status).toBe(200);
    const text = await response.text();
    for (const name of ['TriageCommand', 'DecideCommand', 'RecordDeliveryCommand', 'RightsRequestMessage'])
      expect(text).toContain(name);
  });

  it('pages through a list, due soonest first', async () => {
    const seen: string[] = [];
    const deadlines: string[] = [];
    let cursor = '';
    do {
      const page = await call(world, {
        as: 'auditor',
        controller: 'inps',
        method: 'GET',
        path: `/controllers/inps/requests?limit=3&includeClosed=true${cursor}`,
        now: received,
      });
      for (const { caseId, nextDeadline } of page.body.requests as { caseId: string; nextDeadline?: string }[]) {
        seen.push(caseId);
        deadlines.push(nextDeadline ?? '9999');
      }
      cursor = page.body.nextCursor === undefined ? '' : `&cursor=${String(page.body.nextCursor)}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(deadlines).toEqual(deadlines.toSorted());
    const { count } = await world.world
      .database('api')
      .selectFrom('request_case')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('controller', '=', 'inps')
      .executeTakeFirstOrThrow();
    expect(seen).toHaveLength(count);
  });
});
