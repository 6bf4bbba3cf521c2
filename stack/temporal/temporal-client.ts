// What the stack itself asks of a Temporal server: whether it serves, and that a namespace exists.

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { messageOf } from '../process/stack-error.ts';

/** How long to wait for a connection: a person who starts the stack hears soon, a test on a busy machine has time. */
export type ConnectWithin = '3s' | '60s';

async function withTemporal<T>(
  { address, within }: { address: string; within: ConnectWithin },
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: within });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** Whether the server serves, which is more than listening: the calls need the history shards and the database. */
export async function temporalServes(address: string): Promise<boolean> {
  return withTemporal({ address, within: '3s' }, async (connection) => {
    const deadline = Date.now() + 3_000;
    const { workflowService, healthService } = connection;
    await connection.withDeadline(deadline, () => workflowService.describeNamespace({ namespace: 'temporal-system' }));
    const health = await connection.withDeadline(deadline, () =>
      healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' }),
    );
    return health.status === 1;
  });
}

/**
 * Makes sure the namespace exists and can be used: the histories of closed workflows are kept for `historyDays`.
 * Answers when the server really serves it, since it learns of new namespaces from a cache.
 */
export async function ensureNamespace(
  address: string,
  namespace: string,
  historyDays: number,
  within: ConnectWithin = '3s',
): Promise<void> {
  await withTemporal({ address, within }, async ({ workflowService }) => {
    try {
      await workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs(`${historyDays} days`),
      });
    } catch (error) {
      if (!/already exists|already registered/i.test(messageOf(error))) throw error;
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        await workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
        return;
      } catch (error) {
        if (attempt === 100) throw error;
        await sleep(200);
      }
    }
  });
}
