/** Messages to workflows, and sending many at once, which distinguishes: sent, refused (this one), Temporal away (all). */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { WorkflowStart } from '../../workflows/start.ts';
import { wasRefused } from '../temporal/grpc-codes.ts';

/** What is sent to one workflow. Idempotent: what arrived without our knowing is sent again without effect (I9). */
export type Message = { readonly workflowId: string; readonly send: (client: Client) => Promise<unknown> };

/** Starts a workflow unless it runs. */
export const start = (type: string, options: WorkflowStart<unknown>): Message => ({
  workflowId: options.workflowId,
  send: (client) => client.workflow.start(type, options),
});

/** Signals a workflow, and starts it where it is not there. */
export const signalWithStart = (
  type: string,
  options: WorkflowStart<unknown>,
  signalled: SignalDefinition,
): Message => ({
  workflowId: options.workflowId,
  send: (client) => client.workflow.signalWithStart(type, { ...options, signal: signalled }),
});

/** Signals a workflow if it runs. */
export const signal = (workflowId: string, signalled: SignalDefinition): Message => ({
  workflowId,
  send: (client) =>
    client.workflow
      .getHandle(workflowId)
      .signal(signalled)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }),
});

/** Rows, and the message of each. */
export type SendManyInput<Row> = {
  readonly rows: readonly Row[];
  /** Absent for a row that has to wait. */
  readonly messageOf: (row: Row) => Message | undefined;
  /** Called for a message that Temporal answers and refuses; its row goes on waiting. */
  readonly onRefused: (message: Message, error: unknown) => void;
  /** How long one message may take until Temporal counts as away. */
  readonly deadlineMs?: number;
};

/** Which rows were sent; `lost` is the failure that kept the others back, if Temporal is away. */
export type SentMany<Row> = { readonly sent: readonly Row[]; readonly lost?: { readonly error: unknown } };

const sendsAtOnce = 32;
const usualDeadlineMs = 10_000;

/**
 * Sends until Temporal no longer answers. The deadline is each message's own: a Temporal that is slow but answers is not away, however many
 * wait for it.
 */
export const sendMany = async <Row>(
  client: Client,
  { rows, messageOf, onRefused, deadlineMs = usualDeadlineMs }: SendManyInput<Row>,
): Promise<SentMany<Row>> => {
  const sent: Row[] = [];
  const waiting = rows.values();
  let lost: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const row of waiting) {
      if (lost !== undefined) return;
      const message = messageOf(row);
      if (message === undefined) continue;
      try {
        await client.withDeadline(Date.now() + deadlineMs, () => message.send(client));
        sent.push(row);
      } catch (error) {
        if (wasRefused(error)) onRefused(message, error);
        else lost = { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(sendsAtOnce, rows.length) }, lane));
  return lost === undefined ? { sent } : { sent, lost };
};
