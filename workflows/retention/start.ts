/** How the workflow of a retention unit is started, and what an operator reads about it from then on. */
import { TypedSearchAttributes } from '@temporalio/common';
import type { UnitSize } from '../../domain/policy/policy.ts';
import { epochMs, type Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import { startOnce, type WorkflowStart } from '../start.ts';
import { type RetentionInput, type RetentionWorkflow, retentionWorkflowId } from './contract.ts';

/** What the start shows of a unit. */
export type UnitToStart = RetentionWorkflow & {
  readonly unitSize: UnitSize;
  readonly boundDay: LocalDate;
  readonly opensAt: Instant;
  readonly dueAt: Instant;
  readonly boundAt: Instant;
};

const staticDetails = ({ unitSize, recordClass, controller, opensAt, dueAt, boundAt }: UnitToStart): string =>
  [
    unitSize === 'record'
      ? `Retention of one record of class **${recordClass}** of controller **${controller}**.`
      : `Retention of all records of class **${recordClass}** of controller **${controller}** that fall due on one day.`,
    `At the start: may be erased from ${opensAt}, planned for ${dueAt}, must be gone before ${boundAt}.`,
    'The current dates are in the details below, what it contains is in the application under the id that ends the workflow id.',
  ].join('\n\n');

/** The start of a unit's workflow. */
export const retentionStart = (unit: UnitToStart, taskQueue: string): WorkflowStart<RetentionInput> => ({
  ...startOnce,
  workflowId: retentionWorkflowId(unit),
  taskQueue,
  args: [{ version: 1, unitId: unit.unitId }],
  staticSummary: `${unit.controller} / ${unit.recordClass}: gone by ${unit.boundDay}`,
  staticDetails: staticDetails(unit),
  typedSearchAttributes: new TypedSearchAttributes([
    { key: attributes.controller, value: unit.controller },
    { key: attributes.recordClass, value: unit.recordClass },
    { key: attributes.state, value: 'waiting' },
    { key: attributes.dueAt, value: new Date(epochMs(unit.dueAt)) },
  ]),
});
