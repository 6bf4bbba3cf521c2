/** What happens around the answer: two people, repeated calls, reopening, withdrawal, lifting, and what Temporal keeps of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story, signatory } from '../support/requests/story.ts';
import { activeSuspensions, chat, granted, received, refusedErasure } from '../support/requests/usual-case.ts';
import { eventually } from '../support/temporal.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-course');
});
afterAll(() => world.close());

describe('people', () => {
  it('lets nobody decide what they prepared or advised, nor confirm their own review', async () => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('access');
    await story.do('dpo', 'submit-review', { redactions: [] }, 'ugo');
    expect(await story.send('officer', 'confirm-review', {})).toMatchObject({
      status: 403,
      body: { code: 'second-person-needed' },
    });
    await story.do('dpo', 'confirm-review', {});
    await story.do('dpo', 'prepare-decision', { right: 'access', decision: granted }, 'ugo');
    expect(await story.send('officer', 'decide', { right: 'access', decision: granted })).toMatchObject({
      body: { code: 'opinion-missing' },
    });
    await story.do('dpo', 'give-opinion', { right: 'access', opinion: 'agrees', text: 'parere' });
    expect(await story.send('officer', 'decide', { right: 'access', decision: granted })).toMatchObject({
      body: { code: 'second-person-needed' },
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
      body: { code: 'case-closed' },
    });
    await story.do('dpo', 'request-reopening', { reason: 'Scambio di persona.' });
    expect(await story.send('dpo', 'confirm-reopening', { rights: ['erasure'] })).toMatchObject({
      status: 403,
      body: { code: 'second-person-needed' },
    });
    await story.do('officer', 'confirm-reopening', { rights: ['erasure'] });
    await expect.poll(async () => (await story.read()).stage).toBe('deciding');
    await expect.poll(() => activeSuspensions(world, story.caseId, 'pending-request')).toBe(1);
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
    expect(await activeSuspensions(world, story.caseId, 'restriction')).toBe(1);
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
    expect(await activeSuspensions(world, story.caseId, 'restriction')).toBe(1);
    await story.days(2);
    await expect.poll(() => activeSuspensions(world, story.caseId, 'restriction')).toBe(0);
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
      body: { code: 'notice-missing' },
    });
    await story.do('officer', 'announce-lifting', { right: 'restriction', reason: 'Contenzioso concluso.', signatory });
    expect(await story.letter('restriction-to-be-lifted')).toMatchObject({ reason: 'Contenzioso concluso.' });
    await story.deliver('restriction-to-be-lifted');
    expect(await story.send('officer', 'lift-restriction', { right: 'restriction' })).toMatchObject({
      status: 409,
      body: { code: 'notice-running' },
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
    const history = await world.client.workflow.getHandle(story.workflowId).fetchHistory();
    // An operator reads what people did: updates bear the names of the commands.
    const updates = history.events?.map((event) => {
      const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
      return accepted?.acceptedRequest?.input?.name;
    });
    expect(updates).toEqual(expect.arrayContaining(['triage', 'decide']));
    expect(updates).not.toContain('command');
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
      () => world.client.workflow.getHandle(story.workflowId).describe(),
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
    await world.client.workflow.getHandle(story.workflowId).terminate('lost');
    await story.do('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
    await story.answered('erasure', refusedErasure);
    expect(await story.read()).toMatchObject({ stage: 'closed' });
  });
});
