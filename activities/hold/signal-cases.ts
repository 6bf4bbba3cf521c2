/** Calls the workflows of cases: something that kept records back from a decided erasure has ended. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { CaseId } from '../../domain/ids.ts';
import type { Database } from '../../storage/database/database.ts';
import { caseWorkflows } from '../../storage/requests/read-cases.ts';
import { keepingEndedSignal, requestWorkflowId } from '../../workflows/request/contract.ts';

/** Signals each case once. One whose workflow is lost is started again by the sweep, and looks by itself. */
export const signalCases = async (
  { db, temporal }: { readonly db: Database; readonly temporal: Client },
  cases: readonly CaseId[],
): Promise<void> => {
  for (const one of await caseWorkflows(db, cases)) {
    try {
      await temporal.workflow.getHandle(requestWorkflowId(one)).signal(keepingEndedSignal);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
};
