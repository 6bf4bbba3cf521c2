/** Stories: a request is taken back while the erasure it won waits under a hold. Whoever comes first wins, and the case says which. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RecordId, SuspensionId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { keepingEndedSignal, requestWorkflowId } from '../../workflows/request/contract.ts';
import { inps } from '../support/records.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story, signatory } from '../support/requests/story.ts';
import { place, release } from '../support/suspensions.ts';
import { eventually } from '../support/temporal.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-taken-back');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');
const withdrawal = { rights: ['erasure'], text: 'La persona ha cambiato idea.', signatory };

/** Somebody whose chat a hold keeps asked for erasure, and was told that it waits. */
const deferred = async (): Promise<{ story: Story; hold: SuspensionId; record: RecordId }> => {
  const story = await Story.begin(world, 'inps', message(received), [heldRecord('chat', '2027-08-10')]);
  const [record] = story.records;
  if (record === undefined) throw new Error('Nothing was registered');
  const { suspensionId } = await place(world.world, { controller: inps, scope: [{ record }], now: story.now });
  await story.recognised('erasure');
  await story.answered('erasure', {
    outcome: 'deferred',
    lines: [{ recordClass: 'chat', result: 'deferred', grounds: ['17.1.a', '17.3.e'] }],
    reasons: { '17.3.e': 'Giudizio pendente.' },
  });
  expect(await story.right('erasure')).toMatchObject({ heldErasure: { state: 'waiting' } });
  return { story, hold: suspensionId, record };
};

const intentsOf = async (record: RecordId): Promise<number> =>
  (
    await world.world
      .database('api')
      .selectFrom('erasure_item')
      .select('intent_id')
      .where('record_id', '=', record)
      .execute()
  ).length;

it('what was taken back is not erased when the hold ends: a letter says so, and the case closes with its delivery', async () => {
  const { story, hold, record } = await deferred();
  await story.days(10);
  await story.do('dpo', 'withdraw', withdrawal);
  expect(await story.read()).toMatchObject({ stage: 'standing', waitingFor: 'delivery' });
  expect(await story.letter('request-withdrawn')).toMatchObject({
    withdrawnOn: '2027-03-15',
    deferredErasure: { erasedBefore: 0 },
  });
  await release(world.world, hold, story.now, inps);
  // However often the case is told that a hold has ended.
  await world.client.workflow.getHandle(requestWorkflowId(story.caseId)).signal(keepingEndedSignal);
  await story.deliver('request-withdrawn');
  expect(await story.read()).toMatchObject({ stage: 'closed' });
  expect(await intentsOf(record)).toBe(0);
  // The record keeps the date of its own period.
  const kept = await world.world
    .database('api')
    .selectFrom('record')
    .innerJoin('retention_unit', 'retention_unit.id', 'record.unit_id')
    .select('retention_unit.state')
    .where('record.id', '=', record)
    .executeTakeFirstOrThrow();
  expect(kept.state).not.toBe('closed');
});

it('I9: a withdrawal that comes while the gate is at work is decided after it, and refused because the record is gone', async () => {
  const { story, hold, record } = await deferred();
  const workflow = world.client.workflow.getHandle(requestWorkflowId(story.caseId));
  const updatesTaken = async (): Promise<number> =>
    ((await workflow.fetchHistory()).events ?? []).filter(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
    ).length;
  const before = await updatesTaken();
  // Somebody else's lock on the row stops the gate in the middle of the erasure.
  const answer = await world.world
    .superuser()
    .transaction()
    .execute(async (tx) => {
      await tx.selectFrom('record').select('id').where('id', '=', record).forUpdate().execute();
      await release(world.world, hold, story.now, inps);
      await eventually(
        async () =>
          (
            await sql<{ waiting: number }>`SELECT count(*)::int AS waiting FROM pg_stat_activity
              WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(world.world.superuser())
          ).rows[0]?.waiting ?? 0,
        (waiting) => waiting > 0,
      );
      const sent = story.send('dpo', 'withdraw', withdrawal);
      await eventually(updatesTaken, (taken) => taken > before);
      return { sent };
    });
  expect(await answer.sent).toMatchObject({ status: 409, body: { code: 'already-decided' } });
  await eventually(
    () => story.letters(),
    (letters) => letters.filter(({ kind, state }) => kind === 'answer' && state === 'composed').length === 1,
  );
  expect(await story.letter('answer')).toMatchObject({ answers: [{ answer: 'erasure-erased' }] });
  expect((await story.letters()).map(({ kind }) => kind)).not.toContain('request-withdrawn');
  expect(await intentsOf(record)).toBe(1);
});
