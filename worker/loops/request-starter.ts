/**
 * Starts the workflow of every case that has none (I1): a case is on file before Temporal hears of it, so that intake never waits. The
 * row without a start time is the intent; starting twice is harmless, because the id is the case's.
 */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { Policy } from '../../domain/policy/policy.ts';
import { rulesOf } from '../../domain/request/decision/case-rules.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../../storage/database/database.ts';
import { markStarted, readCase, unstartedCases } from '../../storage/requests/read-cases.ts';
import { proceduresQueue } from '../../workflows/queues.ts';
import { type RequestInput, requestWorkflowId, requestWorkflowType } from '../../workflows/request/contract.ts';
import { startMany } from './start-many.ts';

/** What starting cases needs: their rows, Temporal, and the policies for the rules a case starts with. */
export type RequestStarterDeps = {
  readonly db: Database;
  readonly client: Client;
  readonly queuePrefix: string;
  readonly policies: ReadonlyMap<string, Policy>;
  /** Told of one that could not be started though Temporal answers; it stays to be started. */
  readonly onRefused: (caseId: string, error: unknown) => void;
};

type Start = { readonly caseId: string; readonly summary: string; readonly input: RequestInput };

const startOf = async (
  { db, policies }: RequestStarterDeps,
  { caseId, controller }: { readonly caseId: string; readonly controller: string },
): Promise<Start | undefined> => {
  const policy = policies.get(controller);
  const found = policy === undefined ? undefined : await readCase(db, caseId);
  // A controller whose policy is gone keeps its cases until it is back.
  if (policy === undefined || found === undefined) return undefined;
  const { state } = found;
  return {
    caseId,
    summary: `Rights request ${state.reference}`,
    input: { version: 1, caseId, state, rules: rulesOf(policy) },
  };
};

/** Starts up to `limit` that wait; how many waited and how many run now. Rejects when Temporal or the database is away. */
export const startWaitingRequests = async (
  deps: RequestStarterDeps,
  { now, limit }: { readonly now: Instant; readonly limit: number },
): Promise<{ readonly taken: number; readonly started: number }> => {
  const waiting = await unstartedCases(deps.db, limit);
  const starts = (await Promise.all(waiting.map((one) => startOf(deps, one)))).flatMap((one) => one ?? []);
  const started = await startMany({
    client: deps.client,
    items: starts,
    start: ({ caseId, summary, input }) =>
      deps.client.workflow.start(requestWorkflowType, {
        workflowId: requestWorkflowId(caseId),
        taskQueue: proceduresQueue(deps.queuePrefix),
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: summary,
      }),
    onRefused: ({ caseId }, error) => deps.onRefused(caseId, error),
  });
  await Promise.all(started.map(({ caseId }) => markStarted(deps.db, caseId, now)));
  return { taken: waiting.length, started: started.length };
};
