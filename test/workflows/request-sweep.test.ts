/** I1, I3: what Temporal lost of rights requests, holds and notifications is found by the sweep and goes on from Postgres. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import type { SweepDocument } from '../../storage/sweep/reports.ts';
import { readSweepReport } from '../../storage/sweep/reports.ts';
import { notificationWorkflowId } from '../../workflows/notification/contract.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { type SweepInput, sweepWorkflowId } from '../../workflows/sweep/contract.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story } from '../support/requests/story.ts';
import { place, workflowIdOfHold } from '../support/suspensions.ts';
import { eventually, worldClient } from '../support/temporal.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-sweep');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');

const sweep = async (): Promise<SweepDocument> => {
  const { queuePrefix } = await worldClient(world.world);
  const sweepId = randomUUID();
  const input: SweepInput = { version: 1, sweepId, asOf: world.world.clock.now() };
  await world.client.workflow.execute('sweep', {
    workflowId: sweepWorkflowId(sweepId),
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
  });
  return (await readSweepReport(world.world.database('api'), sweepId))?.report as SweepDocument;
};

const lose = async (workflowId: string): Promise<void> => {
  const handle = world.client.workflow.getHandle(workflowId);
  await eventually(
    () => handle.describe().catch(() => undefined),
    (found) => found?.status.name === 'RUNNING',
  );
  await handle.terminate('lost');
};

const runsAgain = (workflowId: string) =>
  eventually(
    () => world.client.workflow.getHandle(workflowId).describe(),
    ({ status }) => status.name === 'RUNNING',
  );

/** A workflow needs a minute until it counts as missing; here the minute is over. */
const startedLongAgo = async (): Promise<void> => {
  const aDayAgo = new Date(instantPlus(world.world.clock.now(), -days(1)));
  const db = world.world.superuser();
  await db.updateTable('request_case').set({ workflow_started_at: aDayAgo }).execute();
  await db.updateTable('suspension').set({ effective_at: aDayAgo }).execute();
};

it('I1: a request, a hold and a notification whose workflows were lost get them again, and go on from Postgres', async () => {
  const story = await Story.begin(world, 'comune-di-milano', message(received), [heldRecord('booking', '2028-01-10')]);
  await story.recognised('erasure');
  await story.decided('erasure', {
    outcome: 'erased',
    grounds: ['17.1.d'],
    lines: [{ recordClass: 'booking', result: 'granted', grounds: ['17.1.d'] }],
  });
  const notifications = await eventually(
    () =>
      world.world
        .database('worker')
        .selectFrom('recipient_notification')
        .select('id')
        .where('case_id', '=', story.caseId)
        .execute(),
    (rows) => rows.length > 0,
  );
  const [notification] = notifications;
  const { suspensionId } = await place(world.world, {
    scope: [{ subject: Buffer.alloc(32, 7) }],
    now: world.world.clock.now(),
  });
  const lost = {
    request: story.workflowId,
    hold: await workflowIdOfHold(world.world, suspensionId),
    notification: notificationWorkflowId(notification?.id ?? ''),
  };
  for (const workflowId of Object.values(lost)) await lose(workflowId);
  await startedLongAgo();

  const document = await sweep();
  expect(document.ids).toMatchObject({
    'requests-without-workflow': [story.caseId],
    'suspensions-without-workflow': [suspensionId],
    'notifications-without-workflow': [notification?.id],
  });
  expect(document.healed).toMatchObject({
    'requests-without-workflow': 1,
    'suspensions-without-workflow': 1,
    'notifications-without-workflow': 1,
  });
  for (const workflowId of Object.values(lost)) await runsAgain(workflowId);

  await startedLongAgo();
  expect((await sweep()).counts).toMatchObject({
    'requests-without-workflow': 0,
    'suspensions-without-workflow': 0,
    'notifications-without-workflow': 0,
  });
  // The case goes on as if nothing had happened; nothing is done twice.
  await story.do('dpo', 'compose-answer', {
    rights: ['erasure'],
    signatory: { name: 'U. Ufficiale', office: 'Ufficio' },
  });
  await story.deliver('answer');
  expect(await story.right('erasure')).toMatchObject({ state: 'closed', ending: 'answer' });
  const { history } = await story.read();
  const kinds = (history as { event: { kind: string } }[]).map(({ event }) => event.kind);
  expect(kinds.filter((kind) => kind === 'executed')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'recipients-told')).toHaveLength(1);
  expect(world.failures()).toEqual([]);
});

it('a case that is closed and gave everything back is not expected to run', async () => {
  const story = await Story.begin(world, 'inps', message(received));
  await story.do('dpo', 'triage', {
    verdict: 'not-a-request',
    text: 'Pubblicità.',
    signatory: { name: 'U. Ufficiale', office: 'Ufficio' },
  });
  await eventually(
    () => world.client.workflow.getHandle(story.workflowId).describe(),
    ({ status }) => status.name === 'COMPLETED',
  );
  await startedLongAgo();
  const { counts } = await sweep();
  expect(counts['requests-without-workflow']).toBe(0);
  expect(counts['suspensions-without-workflow']).toBe(0);
});

it('I1: a case that runs under an id of before goes on under it, and is never started under another', async () => {
  const story = await Story.begin(world, 'inps', message(received));
  const newId = story.workflowId;
  const oldId = `request-${story.caseId}`;
  // As an upgrade finds it: the row without the mark, its workflow under the old id alone.
  await lose(newId);
  await world.world
    .superuser()
    .updateTable('request_case')
    .set({ workflow_by_reference: false, workflow_started_at: null })
    .where('id', '=', story.caseId)
    .execute();
  await eventually(
    () =>
      world.client.workflow
        .getHandle(oldId)
        .describe()
        .catch(() => undefined),
    (found) => found?.status.name === 'RUNNING',
  );
  await startedLongAgo();
  expect((await sweep()).counts['requests-without-workflow']).toBe(0);
  await story.do('dpo', 'triage', {
    verdict: 'not-a-request',
    text: 'Pubblicità.',
    signatory: { name: 'U. Ufficiale', office: 'Ufficio' },
  });
  expect((await story.read()).workflow).toMatchObject({ id: oldId });
  expect((await world.client.workflow.getHandle(newId).describe()).status.name).toBe('TERMINATED');
});
