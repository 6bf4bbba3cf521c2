/**
 * An erasure that a litigation hold defers (Art. 17(3)(e)): the letter says that it is carried out when the ground ends, without being asked
 * for again, and so it is: by the decision, told to the person, with nobody having to remember it.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControllerId, type RecordId, type SuspensionId, unitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { applyScope } from '../../storage/suspensions/change-scope.ts';
import { takeFenceExclusive } from '../../storage/suspensions/fence.ts';
import { lockSuspension, readScope } from '../../storage/suspensions/read-suspension.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { type SweepInput, sweepWorkflowId } from '../../workflows/sweep/contract.ts';
import { expectGone } from '../support/erasing.ts';
import { inps, milano } from '../support/records.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';
import { place, release } from '../support/suspensions.ts';
import { eventually, worldClient } from '../support/temporal.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('held-erasure');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');

const never = (): never => {
  throw new Error('The story lacks something');
};

/** The daily sweep, now. */
const sweep = async (): Promise<void> => {
  const { queuePrefix } = await worldClient(world.world);
  const sweepId = randomUUID();
  const input: SweepInput = { version: 1, sweepId, asOf: world.world.clock.now() };
  await world.client.workflow.execute('sweep', {
    workflowId: sweepWorkflowId(sweepId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
  });
};

const controllers = [
  { controller: inps, recordClass: 'chat', boundDay: '2027-08-10' },
  { controller: milano, recordClass: 'booking', boundDay: '2028-01-10' },
] as const;

const hold = async (controller: ControllerId, records: readonly RecordId[], now: Instant): Promise<SuspensionId> =>
  (await place(world.world, { controller, scope: records.map((record) => ({ record })), now })).suspensionId;

/** Narrows a hold to some records, as two people do. */
const narrow = (controller: ControllerId, id: SuspensionId, to: readonly RecordId[], now: Instant) =>
  world.world
    .database('api')
    .transaction()
    .execute(async (tx) => {
      await takeFenceExclusive(tx, controller);
      const suspension = await lockSuspension(tx, id);
      if (suspension === undefined) throw new Error('There is no such hold');
      const before = await readScope(tx, id);
      const after = to.map((record) => ({ record }));
      const actor = { id: 'test-legal', role: 'legal' } as const;
      await applyScope(tx, { suspension, before, after, actor, why: 'narrowed', now });
    });

const deferred = (recordClass: string) => ({
  outcome: 'deferred',
  grounds: [],
  lines: [{ recordClass, result: 'deferred', grounds: ['17.1.a', '17.3.e'] }],
  reasons: { '17.3.e': 'Le registrazioni servono in un giudizio pendente.' },
});

/** A person whose records holds keep asks for erasure, and is told that it waits. */
const deferredErasure = async (
  { controller, recordClass, boundDay }: (typeof controllers)[number],
  holdsOver: (records: readonly RecordId[]) => readonly (readonly RecordId[])[] = (records) => [records],
  count = 1,
) => {
  const held = Array.from({ length: count }, () => heldRecord(recordClass, boundDay));
  const story = await Story.begin(world, controller, message(received), held);
  const holds: SuspensionId[] = [];
  for (const scope of holdsOver(story.records)) holds.push(await hold(controller, scope, story.now));
  await story.recognised('erasure');
  await story.answered('erasure', deferred(recordClass));
  return { story, holds, records: story.records };
};

const answersTo = async (story: Story) => (await story.letters()).filter(({ kind }) => kind === 'answer');

/** Waits until the person's second letter is written, and opens it. */
const toldOfErasure = async (story: Story): Promise<string> => {
  await eventually(
    () => answersTo(story),
    (those) => those.length === 2 && those.every(({ state }) => state !== 'ordered'),
  );
  return JSON.stringify(await story.letter('answer'));
};

const certificatesOf = (record: RecordId) =>
  world.world
    .database('api')
    .selectFrom('erasure_item')
    .innerJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_item.intent_id')
    .innerJoin('erasure_intent', 'erasure_intent.id', 'erasure_item.intent_id')
    .select(['disposition_certificate.document', 'erasure_intent.case_id', 'erasure_intent.basis'])
    .where('erasure_item.record_id', '=', record)
    .execute();

const isGone = async (record: RecordId): Promise<boolean> => (await certificatesOf(record)).length > 0;
const gone = (record: RecordId) =>
  eventually(
    () => isGone(record),
    (yes) => yes,
  );

/** Waits until everything that a hold gave back has been called. */
const wokenBy = (id: SuspensionId) =>
  eventually(
    () =>
      world.world
        .database('worker')
        .selectFrom('suspension_walk')
        .innerJoin('suspension', 'suspension.id', 'suspension_walk.suspension_id')
        .select('finished_at')
        .where('suspension_id', '=', id)
        .where('walk', '=', 'wake')
        .whereRef('suspension_walk.scope_revision', '=', 'suspension.scope_revision')
        .executeTakeFirst(),
    (walk) => walk?.finished_at != null,
  );

describe.each(controllers)('an erasure deferred under a hold of $controller', (scene) => {
  it('is carried out by the decision when the hold is released, and the person is told', async () => {
    const { story, holds, records } = await deferredErasure(scene);
    const [[record], [suspension]] = [records, holds];
    if (record === undefined || suspension === undefined) throw new Error('Nothing was registered');
    expect(await story.read()).toMatchObject({ stage: 'standing', waitingFor: 'review-date' });
    expect(await story.right('erasure')).toMatchObject({ state: 'closed', heldErasure: { state: 'waiting' } });
    await story.days(30);
    expect(await isGone(record)).toBe(false);

    await release(world.world, suspension, story.now, scene.controller);
    expect(await toldOfErasure(story)).toContain('erasure-erased');
    await expectGone(world.world, [record]);
    const [certificate, ...more] = await certificatesOf(record);
    expect(more).toEqual([]);
    expect(certificate).toMatchObject({ case_id: story.caseId, basis: 'decision' });
    expect(certificate?.document).toMatchObject({ basis: { kind: 'decision', caseId: story.caseId } });
    // The case is over when the person has the letter, not before.
    expect(await story.read()).toMatchObject({ stage: 'standing', waitingFor: 'delivery' });
    await story.days(1);
    await story.deliver('answer');
    expect(await story.read()).toMatchObject({ stage: 'closed' });
  });
});

it('I4: each record waits for the last suspension over it, whether released, narrowed or placed in between', async () => {
  const scene = controllers[1];
  const { controller } = scene;
  const { story, holds, records } = await deferredErasure(
    scene,
    ([one = never(), other = never()]) => [[one, other], [other]],
    2,
  );
  const [first = never(), second = never()] = records;
  const [both = never(), single = never()] = holds;
  await release(world.world, both, story.now, controller);
  await gone(first);
  expect(await isGone(second)).toBe(false);
  // Part of it is no news for the person yet: the letter comes when the promise is kept whole.
  expect(await answersTo(story)).toHaveLength(1);

  const later = await hold(controller, [second, first], story.now);
  await release(world.world, single, story.now, controller);
  await wokenBy(single);
  expect(await isGone(second)).toBe(false);
  expect(await story.read()).toMatchObject({ stage: 'standing', waitingFor: 'review-date' });

  await narrow(controller, later, [first], story.now);
  expect(await toldOfErasure(story)).toContain('erasure-erased');
  expect((await certificatesOf(second)).map(({ basis }) => basis)).toEqual(['decision']);
});

it('I9: what its period ended meanwhile is erased once; the person hears of it though the case was lost', async () => {
  const scene = controllers[0];
  const { story, holds, records } = await deferredErasure(scene);
  const [[record = never()], [suspension = never()]] = [records, holds];
  await world.client.workflow.getHandle(story.workflowId).terminate('lost');
  await release(world.world, suspension, story.now, scene.controller);
  await wokenBy(suspension);
  const { unit_id } = await world.world
    .database('worker')
    .selectFrom('record')
    .select('unit_id')
    .where('id', '=', record)
    .executeTakeFirstOrThrow();
  const now = instantPlus(received, days(400));
  await world.world.gate().eraseNextChunk({ unitId: unitId(unit_id), now, basis: { kind: 'retention-period-ended' } });
  expect((await certificatesOf(record)).map(({ basis }) => basis)).toEqual(['retention-period-ended']);

  await world.world
    .superuser()
    .updateTable('request_case')
    .set({ workflow_started_at: new Date(instantPlus(world.world.clock.now(), -days(1))) })
    .where('id', '=', story.caseId)
    .execute();
  await sweep();
  expect(await toldOfErasure(story)).toContain(record);
  expect(await certificatesOf(record)).toHaveLength(1);
});

it('where no condition of Art. 17(1) is met nothing is deferred: the period decides, and the refusal says so', async () => {
  const sent = message(received);
  const story = await Story.begin(world, inps, sent, [heldRecord('chat', '2027-08-10', { held: true })]);
  await story.recognised('erasure');
  const answer = await story.send('dpo', 'prepare-decision', {
    right: 'erasure',
    decision: {
      outcome: 'deferred',
      lines: [{ recordClass: 'chat', result: 'deferred', grounds: ['17.1.none', '17.3.e'] }],
      reasons: { '17.1.none': 'Ancora necessaria.', '17.3.e': 'Giudizio pendente.' },
    },
  });
  expect(answer).toMatchObject({ status: 422, body: { code: 'lines-contradict-outcome' } });
});
