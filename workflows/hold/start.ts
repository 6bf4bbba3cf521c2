/** How the workflow of a suspension is started: with the signal that it has changed, at its first change. */
import { TypedSearchAttributes } from '@temporalio/common';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import { startOnce, type WorkflowStart } from '../start.ts';
import { type HoldInput, type HoldWorkflow, holdWorkflowId } from './contract.ts';

/** The start of a suspension's workflow. */
export const holdStart = (
  { kind, ...suspension }: HoldWorkflow & { readonly kind: SuspensionKind },
  taskQueue: string,
): WorkflowStart<HoldInput> => ({
  ...startOnce,
  workflowId: holdWorkflowId(suspension),
  taskQueue,
  args: [{ version: 1, suspensionId: suspension.suspensionId }],
  staticSummary: `${suspension.controller}: ${kind}`,
  staticDetails: `Carries out a suspension of kind **${kind}** of controller **${suspension.controller}**. It is in force since it was placed, whether or not this workflow runs. Matter and reason are in the application under the id **${suspension.suspensionId}**.`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: attributes.controller, value: suspension.controller },
    { key: attributes.state, value: 'applying' },
  ]),
});
