/** A workflow that has not caught up with Postgres refuses nothing that Postgres permits (I9, I12): found with 100 requests at once. */
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant } from '../../domain/instant.ts';
import { controllerClock } from '../../domain/rights-request/controller-clock.ts';
import { readCase } from '../../storage/rights-requests/read-cases.ts';
import { recordCaseEvents } from '../../storage/rights-requests/record-events.ts';
import { createRightsWorld, type RightsWorld } from './support/rights-world.ts';
import { message, Story } from './support/story.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('lagging-workflow');
});
afterAll(() => world.close());

test('I12: a command that the case file permits is told to try again, and never kept as refused, while the workflow lags', async () => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-01T09:00:00Z')));
  // The workflow runs, and has read the case, before Postgres goes ahead of it.
  expect(await story.send('dpo', 'add-note', { text: 'first' })).toMatchObject({ status: 200 });
  const db = world.world.database('worker');
  const found = await readCase(db, story.caseId);
  if (found === undefined) throw new Error('There is no such case');
  // Postgres has a step of which the workflow's memory does not know: what a machine at its limit shows for seconds.
  await recordCaseEvents(
    { db, sealing: world.world.sealing },
    {
      caseId: story.caseId,
      onRevision: found.state.revision,
      events: [{ kind: 'recognised', rights: ['access'], letterId: uuid() }],
      meta: { actor: 'ada', role: 'dpo', at: story.now },
      compute: controllerClock(world.policies).compute,
      policyOf: (controller) => {
        const policy = world.policies.get(controller);
        if (policy === undefined) throw new Error('The controller has no policy');
        return policy;
      },
    },
  );
  const answer = await story.send(
    'dpo',
    'confirm-identity',
    { level: 'digital-identity', capacity: 'self' },
    { headers: { 'idempotency-key': 'lagging' } },
  );
  expect(answer).toMatchObject({ status: 503, body: { code: 'temporal-unavailable' } });
  const kept = await db
    .selectFrom('request_command')
    .select(['kind', 'state'])
    .where('case_id', '=', story.caseId)
    .where('idempotency_key', '=', 'lagging')
    .execute();
  expect(kept).toEqual([{ kind: 'confirm-identity', state: 'submitted' }]);
});
