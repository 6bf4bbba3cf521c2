/** What the outbox holds: for each kind of row, which message goes to which workflow. Nothing else starts workflows by itself (I1). */
import type { Client } from '@temporalio/client';
import type { Policy } from '../../domain/policy/policy.ts';
import { rulesOf } from '../../domain/request/decision/case-rules.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DrainedPage, drainOutbox, type Outbox, type OutboxTable } from '../../storage/outbox/outbox.ts';
import { notificationsToSignal } from '../../storage/recipients/notifications-to-signal.ts';
import { transcriptsToStart } from '../../storage/records/transcript-deliveries.ts';
import { casesToStart } from '../../storage/requests/read-cases.ts';
import { suspensionsToSignal } from '../../storage/suspensions/suspensions-to-signal.ts';
import { unitsToSignal, unitsToStart } from '../../storage/units/units.ts';
import { holdChangedSignal, holdWorkflowType } from '../../workflows/hold/contract.ts';
import { holdStart } from '../../workflows/hold/start.ts';
import { notificationChangedSignal, notificationWorkflowType } from '../../workflows/notification/contract.ts';
import { notificationStart } from '../../workflows/notification/start.ts';
import { requestWorkflowType } from '../../workflows/request/contract.ts';
import { requestStart } from '../../workflows/request/start.ts';
import { redatedSignal, retentionWorkflowId, retentionWorkflowType } from '../../workflows/retention/contract.ts';
import { retentionStart } from '../../workflows/retention/start.ts';
import { transcriptWorkflowType } from '../../workflows/transcript/contract.ts';
import { transcriptStart } from '../../workflows/transcript/start.ts';
import { type Message, type SentMany, sendMany, signal, signalWithStart, start } from './messages.ts';

/** What draining a kind needs. */
export type DrainInput = {
  readonly db: Database;
  readonly client: Client;
  readonly now: Instant;
  readonly limit: number;
  /** The row behind which to begin: those before it could not be sent in this pass. */
  readonly after?: string | undefined;
  /** Called for a message that Temporal answers and refuses; its row goes on waiting. */
  readonly onRefused: (message: Message, error: unknown) => void;
};

/** One page; `lost` if Temporal went away meanwhile. */
export type Drained = Pick<SentMany<never>, 'lost'> & DrainedPage;

/** One kind of rows. */
export type OutboxKind = {
  /** Of its loop. */
  readonly name: string;
  readonly table: OutboxTable;
  readonly workflowType: string;
  /** Sends up to `limit` messages and marks their rows. Rejects where the database is away. */
  readonly drain: (input: DrainInput) => Promise<Drained>;
};

const kind = <Row>(
  name: string,
  workflowType: string,
  outbox: Outbox<Row>,
  messageOf: (row: Row) => Message | undefined,
): OutboxKind => ({
  name,
  table: outbox.table,
  workflowType,
  drain: async ({ db, client, now, limit, after, onRefused }) => {
    let outcome: SentMany<Row> = { sent: [] };
    const drained = await drainOutbox(db, outbox, {
      now,
      limit,
      after,
      send: async (rows) => {
        outcome = await sendMany(client, { rows, messageOf, onRefused });
        return outcome.sent;
      },
    });
    return outcome.lost === undefined ? drained : { ...drained, lost: outcome.lost };
  },
});

/** All kinds. The policies are those in force, by controller. */
export const outboxKinds = (policies: ReadonlyMap<string, Policy>, taskQueue: string): readonly OutboxKind[] => [
  kind('start-retention', retentionWorkflowType, unitsToStart, (unit) =>
    start(retentionWorkflowType, retentionStart(unit, taskQueue)),
  ),
  // Where no workflow runs nothing is started: the unit is gone, or it is still to be started and reads its dates then.
  kind('signal-units', retentionWorkflowType, unitsToSignal, (unit) =>
    signal(retentionWorkflowId(unit), redatedSignal),
  ),
  kind('start-transcripts', transcriptWorkflowType, transcriptsToStart, (transcript) =>
    start(transcriptWorkflowType, transcriptStart(transcript, taskQueue)),
  ),
  kind('start-requests', requestWorkflowType, casesToStart, (one) => {
    const policy = policies.get(one.state.controller);
    // A controller whose policy is gone keeps its cases until it is back.
    return policy === undefined
      ? undefined
      : start(requestWorkflowType, requestStart({ ...one, rules: rulesOf(policy) }, taskQueue));
  }),
  // A hold's workflow begins when it is placed, that of any other suspension when it ends.
  kind('signal-suspensions', holdWorkflowType, suspensionsToSignal, (suspension) =>
    signalWithStart(holdWorkflowType, holdStart(suspension, taskQueue), holdChangedSignal),
  ),
  kind('signal-notifications', notificationWorkflowType, notificationsToSignal, (notification) =>
    signalWithStart(notificationWorkflowType, notificationStart(notification, taskQueue), notificationChangedSignal),
  ),
];
