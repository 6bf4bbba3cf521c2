/**
 * The paths through the workflows whose histories are kept and replayed. A history that was recorded once is replayed for ever: as
 * long as a workflow of that age may still be running, today's code must take the same path. Synthetic records only.
 */
import type { Client } from '@temporalio/client';
import { v7 as uuidV7 } from 'uuid';
import { days, minutes } from '../../domain/time/duration.ts';
import { epochMs, instant, instantPlus } from '../../domain/time/instant.ts';
import type { GateStep } from '../../storage/erasure-gate/index.ts';
import { readUnit } from '../../storage/units/units.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import {
  type RetentionInput,
  redatedSignal,
  retentionStatusQuery,
  wakeUpSignal,
} from '../../workflows/retention/contract.ts';
import { sweepWorkflowId } from '../../workflows/sweep/contract.ts';
import { transcriptWorkflowId } from '../../workflows/transcript/contract.ts';
import { createRecipientWorld, type RecipientWorld } from './recipients/recipient-world.ts';
import { handIn, handInOne, recordClasses, type TestRecord } from './records.ts';
import { requestHistoryScenarios } from './request-history-scenarios.ts';
import { place, release } from './suspensions.ts';
import { eventually } from './temporal.ts';
import { runToEnd, travelTo } from './time-travel.ts';
import { realNow, type World } from './world.ts';

export type ScenarioDeps = {
  readonly world: World;
  readonly client: Client;
  readonly queuePrefix: string;
  /** Sets what the gate does at its named lines from now on. */
  readonly atGateStep: (hook: (step: GateStep) => Promise<void>) => void;
};

/** Which execution to keep; with a run, that run; with a client, of that client's namespace. */
export type Recorded = { readonly workflowId: string; readonly runId?: string; readonly client?: Client };

type Scenario = (deps: ScenarioDeps) => Promise<readonly Recorded[]>;

const day = days(1);

const recording = ({ world }: ScenarioDeps): Promise<TestRecord> =>
  handInOne(world, { recordClass: recordClasses.callRecording, triggerAt: realNow() });

const waiting = async ({ world, client }: ScenarioDeps, record: TestRecord): Promise<string> => {
  await eventually(
    () => readUnit(world.database('worker'), record.unit.id),
    (unit) => unit?.workflowStartedAt !== undefined,
  );
  const workflowId = record.workflowId;
  await client.workflow.getHandle(workflowId).query(retentionStatusQuery);
  return workflowId;
};

const erased: Scenario = async (deps) => {
  const workflowId = await waiting(deps, await recording(deps));
  await runToEnd({ client: deps.client, workflowId });
  return [{ workflowId }];
};

const stillWaiting: Scenario = async (deps) => [{ workflowId: await waiting(deps, await recording(deps)) }];

const inSlices: Scenario = async (deps) => {
  const [record] = await handIn(deps.world, {
    recordClass: recordClasses.sms,
    triggerAt: instant('2026-03-10T09:00:00Z'),
    now: realNow(),
    count: 25,
  });
  if (record === undefined) throw new Error('nothing was handed in');
  const workflowId = await waiting(deps, record);
  await runToEnd({ client: deps.client, workflowId });
  return [{ workflowId }];
};

const redated: Scenario = async (deps) => {
  const record = await recording(deps);
  const workflowId = await waiting(deps, record);
  const handle = deps.client.workflow.getHandle(workflowId);
  await deps.world
    .database('worker')
    .updateTable('retention_unit')
    .set({ due_at: new Date(epochMs(record.unit.boundAt)) })
    .where('id', '=', record.unit.id)
    .execute();
  await handle.signal(redatedSignal);
  await eventually(
    () => handle.query(retentionStatusQuery),
    ({ dueAt }) => dueAt === record.unit.boundAt,
  );
  await runToEnd({ client: deps.client, workflowId });
  return [{ workflowId }];
};

const keptAndWoken: Scenario = async (deps) => {
  const { world, client } = deps;
  const record = await recording(deps);
  const workflowId = await waiting(deps, record);
  const { suspensionId } = await place(world, { scope: [{ record: record.recordId }], now: realNow() });
  await travelTo({ client, workflowId }, instantPlus(record.unit.boundAt, day));
  const handle = client.workflow.getHandle(workflowId);
  await eventually(
    () => handle.query(retentionStatusQuery),
    ({ state }) => state === 'kept',
  );
  const now = instantPlus(record.unit.boundAt, day);
  await release(world, suspensionId, now);
  await handle.signal(wakeUpSignal, { version: 1, reason: 'suspension-released' });
  await handle.result();
  return [{ workflowId }];
};

const failedThenErased: Scenario = async (deps) => {
  const record = await recording(deps);
  const workflowId = await waiting(deps, record);
  deps.atGateStep(async (step) => {
    if (step === 'unit-locked') throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
  });
  await travelTo({ client: deps.client, workflowId }, instantPlus(record.unit.dueAt, minutes(5)));
  deps.atGateStep(async () => undefined);
  await runToEnd({ client: deps.client, workflowId });
  return [{ workflowId }];
};

const continuedAsNew: Scenario = async (deps) => {
  const { client, queuePrefix } = deps;
  const record = await recording(deps);
  const workflowId = await waiting(deps, record);
  const handle = client.workflow.getHandle(workflowId);
  await handle.terminate('started again with a shorter history');
  const input: RetentionInput = { version: 1, unitId: record.unit.id, continueAfterEvents: 15 };
  const first = await client.workflow.start('retention', {
    workflowId,
    taskQueue: proceduresQueue(queuePrefix),
    args: [input],
  });
  const runs = [first.firstExecutionRunId];
  while (runs.length < 2) {
    await handle.signal(redatedSignal);
    const { runId } = await eventually(
      () => handle.describe(),
      ({ raw }) => raw.pendingWorkflowTask == null,
    );
    if (!runs.includes(runId)) runs.push(runId);
  }
  await runToEnd({ client, workflowId });
  return runs.map((runId) => ({ workflowId, runId }));
};

const transcriptSent: Scenario = async ({ world, client }) => {
  const { recordId } = await handInOne(world, { recordClass: recordClasses.chat, triggerAt: realNow() });
  const workflowId = transcriptWorkflowId(recordId);
  await eventually(
    () =>
      world
        .database('worker')
        .selectFrom('transcript_delivery')
        .select('state')
        .where('record_id', '=', recordId)
        .executeTakeFirstOrThrow(),
    ({ state }) => state === 'sent',
  );
  await client.workflow.getHandle(workflowId).result();
  return [{ workflowId }];
};

const swept: Scenario = async ({ client, queuePrefix }) => {
  const sweepId = uuidV7();
  const workflowId = sweepWorkflowId(sweepId);
  await client.workflow.execute('sweep', {
    workflowId,
    taskQueue: proceduresQueue(queuePrefix),
    args: [{ version: 1, sweepId }],
  });
  return [{ workflowId }];
};

/** Recipients have a world of their own: their addresses are in its policies. */
const recipientsToTell = async ({ world }: ScenarioDeps) => {
  const recipients = await createRecipientWorld('histories-recipients');
  world.defer(() => recipients.close());
  await recipients.startWorkers();
  return recipients;
};

const notificationOf = async (recipients: RecipientWorld, caseId: string, id: string) => {
  const found = (await recipients.notificationsOf(caseId)).find(({ notificationId }) => notificationId === id);
  if (found === undefined) throw new Error('the notification is gone');
  return found;
};

const recipientReminded: Scenario = async (deps) => {
  const recipients = await recipientsToTell(deps);
  recipients.receiver.behave('busy', 'busy', 'busy', 'take');
  const { caseId, to } = await recipients.tell();
  const { notificationId } = to('gpi');
  const read = () => notificationOf(recipients, caseId, notificationId);
  const journey = recipients.journey({ notificationId });
  await eventually(read, ({ attempts }) => attempts === 3);
  await travelTo(journey, instantPlus(realNow(), day));
  await eventually(read, ({ state }) => state === 'told');
  await travelTo(journey, instantPlus(realNow(), 9 * day));
  await eventually(read, ({ chased }) => chased === 1);
  const message = recipients.receiver.received.at(-1);
  const { code } = (message?.body.acknowledgement ?? {}) as { code?: string };
  await recipients.call('POST', `/acknowledgements/${notificationId}`, { body: { code } });
  await recipients.startNotifications();
  await recipients.client.workflow.getHandle(journey.workflowId).result();
  return [{ workflowId: journey.workflowId, client: recipients.client }];
};

const recipientToldByHand: Scenario = async (deps) => {
  const recipients = await recipientsToTell(deps);
  recipients.receiver.behave('refuse');
  const { caseId, to } = await recipients.tell();
  const { notificationId } = to('gpi');
  const read = () => notificationOf(recipients, caseId, notificationId);
  await eventually(read, ({ alerts }) => alerts === 1);
  await recipients.call(
    'POST',
    `/controllers/comune-di-milano/requests/${caseId}/recipients/${notificationId}/outcomes`,
    {
      body: { record: 'told-by-hand', text: 'telefonata' },
      headers: { 'idempotency-key': 'history-1' },
    },
  );
  await recipients.startNotifications();
  const { workflowId } = recipients.journey({ notificationId });
  await recipients.client.workflow.getHandle(workflowId).result();
  return [{ workflowId, client: recipients.client }];
};

/** By the name under which a history is kept. */
export const historyScenarios: Readonly<Record<string, Scenario>> = {
  'retention-waiting': stillWaiting,
  'retention-erased': erased,
  'retention-in-slices': inSlices,
  'retention-redated': redated,
  'retention-kept-and-woken': keptAndWoken,
  'retention-failed-then-erased': failedThenErased,
  'retention-continued-as-new': continuedAsNew,
  'transcript-sent': transcriptSent,
  'sweep-finished': swept,
  'notification-reminded': recipientReminded,
  'notification-told-by-hand': recipientToldByHand,
  ...requestHistoryScenarios,
};
