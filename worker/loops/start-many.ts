/** Starts many workflows at once and distinguishes: started, refused (this one), Temporal away (all). */
import type { Client } from '@temporalio/client';
import { wasRefused } from '../temporal/grpc-codes.ts';

/** Items whose workflows are to be started, and how to start one; starting one that runs must be harmless. */
export type StartManyInput<Item> = {
  readonly client: Client;
  readonly items: readonly Item[];
  readonly start: (item: Item) => Promise<unknown>;
  /** Told of an item that could not be started though Temporal answers; it stays to be started. */
  readonly onRefused: (item: Item, error: unknown) => void;
};

const startsAtOnce = 32;
const deadlineMs = 10_000;

/**
 * Answers which items were started. Rejects when Temporal does not answer and nothing was started, so that the caller waits before it tries
 * again. Starts are idempotent by workflow id: what was started without our knowing is started again without effect (I9).
 */
export const startMany = async <Item>(input: StartManyInput<Item>): Promise<readonly Item[]> => {
  const { client, items, start, onRefused } = input;
  const started: Item[] = [];
  const waiting = items.values();
  let lost: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      if (lost !== undefined) return;
      try {
        await start(item);
        started.push(item);
      } catch (error) {
        if (wasRefused(error)) onRefused(item, error);
        else lost = { error };
      }
    }
  };
  await client.withDeadline(Date.now() + deadlineMs, () =>
    Promise.all(Array.from({ length: Math.min(startsAtOnce, items.length) }, lane)),
  );
  if (lost !== undefined && started.length === 0) throw lost.error;
  return started;
};
