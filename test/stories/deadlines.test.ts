/** The statutory clock of a case in travelled time: questions that stop it, silence, alarms, the one extension, late refusals. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story, signatory } from '../support/requests/story.ts';

import { chat, doubt, received, refusedErasure } from '../support/requests/usual-case.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-deadlines');
});
afterAll(() => world.close());

// Each story has a person and a case of its own, and mostly waits for the clock of its workflow: they run side by side.
describe.concurrent('the clock', () => {
  it('stops for a reasonable doubt, keeps the days used and shows the date without the pause', async ({ expect }) => {
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

  it('asks nobody who came with SPID for the copy of a document', async ({ expect }) => {
    const story = await Story.begin(
      world,
      'inps',
      message(received, { identityLevel: 'digital-identity', channel: 'portal' }),
    );
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
    const answer = await story.send('dpo', 'ask-requester', { ...doubt, asked: ['document-copy'] });
    expect(answer).toMatchObject({ status: 422, body: { code: 'more-than-needed' } });
  });

  it('closes with a letter when nobody answers for 60 days', async ({ expect }) => {
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

  it('answers in full, and closes nothing, when a request that was to be specified is not (recital 63)', async ({
    expect,
  }) => {
    const story = await Story.begin(world, 'inps', message(received));
    await story.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
    await story.do('dpo', 'ask-requester', { ...doubt, about: 'specification', asked: ['period-or-service'] });
    await story.days(61);
    await expect.poll(async () => (await story.read()).stage).toBe('identification');
    expect(await story.read()).toMatchObject({ clock: { lastDay: '2027-06-04', unpausedLastDay: '2027-04-05' } });
  });

  it('reminds before, escalates at and lists after a deadline, each once', async ({ expect }) => {
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

  it('extends once, from receipt, when its letter is delivered inside the first month', async ({ expect }) => {
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
    expect(await story.send('officer', 'extend', extension)).toMatchObject({ body: { code: 'already-extended' } });
  });

  it('counts no extension whose letter is delivered after the first month', async ({ expect }) => {
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

  it('grants no extension after the first month', async ({ expect }) => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.until(instant('2027-04-07T09:00:00Z'));
    expect(await story.send('officer', 'extend', extension)).toMatchObject({
      status: 409,
      body: { code: 'too-late-to-extend' },
    });
  });

  it('blocks a refusal after the first month unless the officer takes it on', async ({ expect }) => {
    const story = await Story.begin(world, 'inps', message(received), [chat()]);
    await story.recognised('erasure');
    await story.do('dpo', 'prepare-decision', { right: 'erasure', decision: refusedErasure });
    await story.do('dpo', 'give-opinion', { right: 'erasure', opinion: 'agrees', text: 'parere' });
    await story.until(instant('2027-04-06T08:00:00Z'));
    const decide = { right: 'erasure', decision: refusedErasure };
    expect(await story.send('officer', 'decide', decide)).toMatchObject({
      status: 409,
      body: { code: 'refusal-late' },
    });
    await story.do('officer', 'decide', { ...decide, acknowledgedLate: true });
    expect(await story.right('erasure')).toMatchObject({ decided: { late: true } });
  });
});
