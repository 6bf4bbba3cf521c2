/** How the workflow of a suspension is started: with the signal that it has changed, at its first change. */
import { TypedSearchAttributes } from '@temporalio/common';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import { startOnce, type WorkflowStart } from '../start.ts';
import { type HoldInput, holdWorkflowId } from './contract.ts';

/** The start of a suspension's workflow. */
export const holdStart = (
  {
    id,
    controller,
    kind,
  }: { readonly id: SuspensionId; readonly controller: ControllerId; readonly kind: SuspensionKind },
  taskQueue: string,
): WorkflowStart<HoldInput> => ({
  ...startOnce,
  workflowId: holdWorkflowId(id),
  taskQueue,
  args: [{ version: 1, suspensionId: id }],
  staticSummary: `${controller}: ${kind}`,
  staticDetails: `Carries out a suspension of kind **${kind}** of controller **${controller}**. It is in force since it was placed, whether or not this workflow runs. Matter and reason are in the application under the id after "hold-".`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: attributes.controller, value: controller },
    { key: attributes.state, value: 'applying' },
  ]),
});
