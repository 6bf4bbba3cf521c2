/**
 * Starts the workflow of every case that has none (I1): a case is on file before Temporal hears of it, so that intake never waits. The
 * row without a start time is the intent; starting twice is harmless, because the id is the case's.
 */
import type { Client } from '@temporalio/client';
import type { Instant } from '../domain/instant.ts';
import type { Policy } from '../domain/policy.ts';
import { rulesOf } from '../domain/rights-request/controller-clock.ts';
import type { Database } from '../storage/database.ts';
import { markStarted, readCase, unstartedCases } from '../storage/rights-requests/read-cases.ts';
import { type RequestInput, requestWorkflowId, workflowTypes } from '../workflows/messages.ts';

export type RequestStarterDeps = {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly policies: ReadonlyMap<string, Policy>;
};

const batch = 50;

/** Starts what waits; returns whether there may be more. Throws when Temporal or the database is away. */
export const startWaitingRequests = async (deps: RequestStarterDeps, now: Instant): Promise<boolean> => {
  const waiting = await unstartedCases(deps.database, batch);
  for (const { caseId, controller } of waiting) {
    const policy = deps.policies.get(controller);
    const found = policy === undefined ? undefined : await readCase(deps.database, caseId);
    // A controller whose policy is gone keeps its cases until it is back.
    if (policy === undefined || found === undefined) continue;
    const input: RequestInput = { version: 1, caseId, state: found.state, rules: rulesOf(policy) };
    await deps.client.workflow.start(workflowTypes.request, {
      workflowId: requestWorkflowId(caseId),
      taskQueue: deps.taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `Rights request ${found.state.reference}`,
    });
    await markStarted(deps.database, caseId, now);
  }
  return waiting.length === batch;
};
