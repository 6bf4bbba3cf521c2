/** Calls the workflows of cases: something that kept records back from a decided erasure has ended. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { CaseId } from '../../domain/ids.ts';
import { keepingEndedSignal, requestWorkflowId } from '../../workflows/request/contract.ts';

/** Signals each case once. One whose workflow is lost is started again by the sweep, and looks by itself. */
export const signalCases = async (
  { temporal }: { readonly temporal: Client },
  cases: readonly CaseId[],
): Promise<void> => {
  for (const id of cases) {
    try {
      await temporal.workflow.getHandle(requestWorkflowId(id)).signal(keepingEndedSignal);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
};
