/**
 * The contract of the `request` workflow: its id, argument, updates, signals and query. Codes, dates and ids only (I7): what people
 * write lies in the case file under the command's id.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta } from '../../domain/request/course/commands.ts';
import { type Refusal, readRefusalCode } from '../../domain/request/course/refusals.ts';
import type { Stage, WaitingFor } from '../../domain/request/course/states.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** Id of the one workflow that drives a case (I1). */
export const requestWorkflowId = (caseId: string): string => `request-${caseId}`;

/**
 * Argument of `request`: the case as Postgres has it at the start, so that an update that comes with the start is judged at once. The
 * first thing a run does is to compare it with Postgres.
 */
export type RequestInput = {
  readonly version: 1;
  readonly caseId: string;
  readonly state: CaseState;
  readonly rules: CaseRules;
  /** History length in events after which a run continues as new; absent: when the server suggests it. */
  readonly continueAfterEvents?: number;
};

/** The case as it was when its workflow ended: closed, with nothing standing. A reopened case gets a new run. */
export type RequestResult = { readonly stage: Stage; readonly revision: number };

/** A command of a person. */
export type CommandInput = {
  readonly version: 1;
  readonly command: CaseCommand;
  readonly meta: CommandMeta;
  /** Revision that Postgres had when the command was sent: a workflow that knows an older one reads the case before it judges. */
  readonly caseRevision?: number;
};

/** The case after an accepted command; the revision is the caller's next If-Match. */
export type CommandAnswer = { readonly revision: number; readonly stage: Stage };

/** A command is decided by the validator: accepted, or refused at once with a failure of type `refused` that carries a `Refusal`. */
export const commandUpdate = defineUpdate<CommandAnswer, [CommandInput]>('command');

/**
 * Sent when something that kept records back has ended: a decided erasure that waits for it is tried again. Early, late or doubled it does
 * no harm, because the gate looks anew.
 */
export const keepingEndedSignal = defineSignal<[]>('keepingEnded');

/** Type of the failure with which a command is refused; its only detail is the `Refusal`. */
export const refusedFailure = 'refused';

/** The refusal in a failure's details, or `undefined` where they hold none. */
export const refusalOf = (details: readonly unknown[] | null | undefined): Refusal | undefined => {
  const [first] = details ?? [];
  if (typeof first !== 'object' || first === null || !('code' in first)) return undefined;
  const code = readRefusalCode(first.code);
  return code === undefined ? undefined : { ...(first as Refusal), code };
};

/** What a case's workflow answers about itself. Lists for people come from Postgres, never from here. */
export type RequestStatus = {
  readonly caseId: string;
  readonly reference: string;
  readonly revision: number;
  readonly stage: Stage;
  readonly waitingFor: WaitingFor;
  readonly nextDeadline?: Instant;
  /** What the machine is doing, or tries again after a failure. */
  readonly working?: string;
};

/** Asks for a `RequestStatus`; for operators and tests. */
export const requestStatusQuery = defineQuery<RequestStatus>('requestStatus');
