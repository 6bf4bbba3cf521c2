/** A workflow whose memory is behind Postgres catches up before it judges (I12): found with 100 requests at once. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controllerClock } from '../../domain/request/clock/controller-clock.ts';
import { rulesOf } from '../../domain/request/decision/case-rules.ts';
import { instant } from '../../domain/time/instant.ts';
import { readCase } from '../../storage/requests/read-cases.ts';
import { recordCaseEvents } from '../../storage/requests/record-events.ts';
import { readWorkerConfig } from '../../worker/config.ts';
import {
  type CaseSnapshot,
  commandUpdate,
  type RecordEventsResult,
  type RequestInput,
  requestStatusQuery,
  requestWorkflowType,
} from '../../workflows/request/contract.ts';
import { createRightsWorld, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';
import { testBundle, worldClient } from '../support/temporal.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('lagging-workflow');
});
afterAll(() => world.close());

test('I12: a workflow that lags behind the case file reads it before it judges a command', async () => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-01T09:00:00Z')));
  // The workflow runs, and has read the case, before Postgres goes ahead of it.
  expect(await story.send('dpo', 'add-note', { text: 'first' })).toMatchObject({ status: 200 });
  const db = world.world.database('worker');
  const found = await readCase(db, story.caseId);
  if (found === undefined) throw new Error('There is no such case');
  // Postgres has a step of which the workflow's memory does not know: what a late answer of an activity looks like.
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
  expect(await story.send('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' })).toMatchObject({
    status: 200,
    body: { revision: found.state.revision + 2 },
  });
});

test('I12: a case that is read while a command is carried out does not take the workflow back to what it was before', async () => {
  const story = await Story.begin(world, 'inps', message(instant('2027-03-01T09:00:00Z')));
  const found = await readCase(world.world.database('worker'), story.caseId);
  const policy = world.policies.get('inps');
  if (found === undefined || policy === undefined) throw new Error('There is no such case');
  const input: RequestInput = { version: 1, caseId: story.caseId, state: found.state, rules: rulesOf(policy) };
  const base = input.state.clock;
  if (base === undefined) throw new Error('The clock of a case begins with its receipt');
  const { client, queuePrefix } = await worldClient(world.world);
  const taskQueue = `${queuePrefix}-late-reading`;
  const { address, namespace } = readWorkerConfig(world.world.environment).temporal;
  const connection = await NativeConnection.connect({ address });
  const written = Promise.withResolvers<void>();
  const letterWanted = Promise.withResolvers<void>();
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: await testBundle(world.world),
    activities: {
      // Read before the command was written, and answered after it: both orders of the two answers are then possible.
      readCase: async (): Promise<CaseSnapshot> => {
        await written.promise;
        return { state: input.state, rules: input.rules };
      },
      recordEvents: async (): Promise<RecordEventsResult> => {
        written.resolve();
        return { clocks: { base, rights: {} } };
      },
      // The next step of a case that knows it was recognised.
      composeLetter: async (): Promise<void> => letterWanted.resolve(),
    },
  });
  const running = worker.run();
  try {
    const workflowId = `${story.workflowId}-late-reading`;
    const answer = await client.workflow.executeUpdateWithStart(commandUpdate('command'), {
      args: [
        {
          version: 1,
          command: { kind: 'triage', verdict: 'rights-request', rights: ['access'] },
          meta: { commandId: uuid(), actor: 'ada', role: 'dpo', actsForController: true, at: story.now },
        },
      ],
      startWorkflowOperation: new WithStartWorkflowOperation(requestWorkflowType, {
        workflowId,
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
      }),
    });
    expect(answer.revision).toBe(input.state.revision + 1);
    await letterWanted.promise;
    const status = await client.workflow.getHandle(workflowId).query(requestStatusQuery);
    expect(status).toMatchObject({ revision: expect.any(Number), stage: 'identification' });
    await client.workflow.getHandle(workflowId).terminate('the test is over');
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
  }
});
