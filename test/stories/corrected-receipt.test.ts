/** A story: the day of receipt was mistyped, an officer puts it right, and everything that runs from it follows. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { requestStatusQuery } from '../../workflows/request/contract.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story, signatory } from '../support/requests/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-receipt');
});
afterAll(() => world.close());

const optOut = 'opt-out/satisfaction-surveys';
const typed = instant('2027-03-15T09:30:00+01:00');
const real = instant('2027-03-01T16:00:00+01:00');

const overdue = async (story: Story): Promise<readonly unknown[]> => {
  const { body } = await call(world, {
    as: 'dpo',
    controller: 'inps',
    method: 'GET',
    path: '/controllers/inps/requests?overdue=true',
    now: story.now,
  });
  return (body.requests as { caseId: string }[]).map(({ caseId }) => caseId);
};

/** What the database has beside the case's state. */
const stored = async (story: Story) => {
  const db = world.world.database('worker');
  const row = await db
    .selectFrom('request_case')
    .innerJoin('suspension', 'suspension.id', 'request_case.suspension_id')
    .select(['received_at', 'due_at', 'review_on'])
    .where('request_case.id', '=', story.caseId)
    .executeTakeFirstOrThrow();
  const refused = await db.selectFrom('opt_out').select('effective_at').where('case_id', '=', story.caseId).execute();
  return {
    receivedAt: row.received_at.toISOString(),
    dueAt: row.due_at?.toISOString(),
    reviewOn: String(row.review_on),
    refusedFrom: [...new Set(refused.map(({ effective_at }) => effective_at.toISOString()))],
  };
};

it('a day of receipt that was typed wrong is put right, with every clock, register and letter that ran from it', async () => {
  const story = await Story.begin(world, 'inps', message(typed), [heldRecord('chat', '2032-01-10')]);
  await story.recognised('access', optOut);
  await story.deliver('acknowledgement');
  await story.do('dpo', 'submit-review', { redactions: [] });
  await story.do('officer', 'confirm-review', {});
  // One right is answered with the wrong day in its letter; the other is still open.
  await story.answered(optOut, { outcome: 'recorded', grounds: ['notice'] });
  expect(await stored(story)).toEqual({
    receivedAt: typed,
    dueAt: '2027-04-15T22:00:00.000Z',
    reviewOn: '2027-07-13',
    refusedFrom: [typed],
  });
  const correction = { receivedAt: real, reason: 'il messaggio era giunto alla PEC generale il 1° marzo', signatory };

  expect(await story.send('dpo', 'correct-receipt', correction)).toMatchObject({
    status: 403,
    body: { code: 'role-not-allowed' },
  });
  await story.do('officer', 'correct-receipt', correction);

  expect(await stored(story)).toEqual({
    receivedAt: real,
    dueAt: '2027-04-01T22:00:00.000Z',
    reviewOn: '2027-06-29',
    refusedFrom: [real],
  });
  const shown = await story.read();
  expect(shown).toMatchObject({
    receivedAt: real,
    nextDeadline: '2027-04-01T22:00:00.000Z',
    clock: {
      lastDay: '2027-04-01',
      explanation: expect.arrayContaining([
        expect.objectContaining({ code: 'received', date: '2027-03-01' }),
        { code: 'receipt-corrected', date: '2027-03-15', formerly: '2027-03-15' },
      ]),
    },
    history: expect.arrayContaining([
      expect.objectContaining({
        event: expect.objectContaining({ kind: 'receipt-corrected', receivedAt: real, formerly: typed }),
        words: expect.objectContaining({ text: correction.reason }),
      }),
    ]),
  });
  // The delivered acknowledgement is evidence and stays; a new one tells the person.
  expect((await story.letters()).filter(({ kind }) => kind === 'acknowledgement').map(({ state }) => state)).toEqual([
    'delivered',
    'composed',
  ]);
  expect(await story.letter('acknowledgement')).toMatchObject({
    formerlyReceivedOn: '2027-03-15',
    request: { receivedOn: '2027-03-01' },
    deadlines: expect.arrayContaining([{ right: 'access', lastDay: '2027-04-01' }]),
  });
  const workflow = world.client.workflow.getHandle(story.workflowId);
  expect(await workflow.query(requestStatusQuery)).toMatchObject({ nextDeadline: '2027-04-01T22:00:00.000Z' });

  // The case is overdue by its true clock, a fortnight before the mistyped one would have said so.
  expect(await overdue(story)).not.toContain(story.caseId);
  await story.until(instant('2027-04-02T08:00:00Z'));
  expect(await overdue(story)).toContain(story.caseId);
  const alarm = { kind: 'alarm-raised', alarm: 'overdue', right: 'access', about: '2027-04-01T22:00:00.000Z' };
  await expect
    .poll(async () => (await story.read()).history, { timeout: 180_000 })
    .toContainEqual(expect.objectContaining({ event: alarm }));
});

it('an impossible time of receipt is refused, with what can be done instead, and nothing changes', async () => {
  const story = await Story.begin(world, 'inps', message(typed));
  for (const receivedAt of ['2017-03-01T16:00:00+01:00', instantPlus(story.now, 1_000), typed]) {
    const { status, body } = await story.send('officer', 'correct-receipt', {
      receivedAt,
      reason: 'data errata',
      signatory,
    });
    expect({ status, code: body.code }).toEqual({
      status: 422,
      code: receivedAt === typed ? 'receipt-unchanged' : 'receipt-impossible',
    });
  }
  expect(await story.read()).toMatchObject({ receivedAt: typed, revision: 1 });
});
