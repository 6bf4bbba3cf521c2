/** How the workflow of a case is started: by the worker, or with a command that comes before it runs. */
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseRules } from '../../domain/request/course/commands.ts';
import { startOnce, type WorkflowStart } from '../start.ts';
import { type RequestInput, type RequestWorkflow, requestWorkflowId } from './contract.ts';

/** The case as Postgres has it, the rules of its policy, and what the id of its workflow is made of. */
export type CaseToStart = {
  readonly state: CaseState;
  readonly rules: CaseRules;
  readonly workflow: RequestWorkflow;
};

/** The start of a case's workflow. */
export const requestStart = (
  { state, rules, workflow }: CaseToStart,
  taskQueue: string,
): WorkflowStart<RequestInput> => ({
  ...startOnce,
  workflowId: requestWorkflowId(workflow),
  taskQueue,
  args: [{ version: 1, caseId: state.caseId, state, rules }],
  staticSummary: `Rights request ${state.reference}`,
});
