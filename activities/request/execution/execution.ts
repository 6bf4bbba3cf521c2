/** A decision on its way to being carried out: what was decided, in whose words, and what the attempt works with. */
import type { Client } from '@temporalio/client';
import type { Policy } from '../../../domain/policy/policy.ts';
import { type CaseState, findRight } from '../../../domain/request/course/case-state.ts';
import type { Decision } from '../../../domain/request/course/decision.ts';
import type { CommandWords } from '../../../domain/request/decision/case-words.ts';
import { exceptionsInForce, type RecordException } from '../../../domain/request/decision/decided-records.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { ErasureGate } from '../../../storage/erasure-gate/index.ts';
import { readCase, readHistory, readWords } from '../../../storage/requests/read-cases.ts';
import type { EraseHeldInput, ExecuteResult } from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { policyFor, type RequestDeps } from '../case-file/case-file.ts';
import type { ErasedSoFar } from './erase-decided.ts';

/** What carrying out decisions needs besides the case file: the gate, and Temporal for signalling the workflows of units. */
export type ExecutionDeps = RequestDeps & {
  readonly gate: Pick<ErasureGate, 'eraseNextChunk' | 'closeUnit'>;
  readonly temporal: Client;
};

/** What belongs to one attempt. */
export type ExecutionAttempt = {
  readonly heartbeat: (soFar: ErasedSoFar) => void;
  readonly resumeFrom: ErasedSoFar | undefined;
  /** What counts as now, as time passes. */
  readonly now: () => Instant;
};

/** An exception of single records, with its grounds. */
export type ExecutedException = RecordException & { readonly grounds: readonly string[] };

/** A decision with all that carrying it out needs. */
export type Execution = {
  readonly deps: ExecutionDeps;
  readonly attempt: ExecutionAttempt;
  readonly state: CaseState;
  readonly policy: Policy;
  readonly decision: Decision;
  readonly decidedAt: Instant;
  readonly words: { readonly decided: CommandWords; readonly prepared: CommandWords };
  readonly exceptions: readonly ExecutedException[];
};

/** Nothing had to be done. */
export const nothingDone: ExecuteResult = { records: 0, certificates: [] };

const readDecisionWords = async (
  { database, sealing }: ExecutionDeps,
  { caseId, right }: Pick<EraseHeldInput, 'caseId' | 'right'>,
): Promise<Execution['words']> => {
  const [history, words] = await Promise.all([readHistory(database, caseId), readWords(database, sealing, caseId)]);
  const said = (kind: 'decided' | 'decision-prepared'): CommandWords => {
    const commandId = history.findLast(({ event }) => event.kind === kind && event.right === right)?.commandId;
    return (commandId === undefined ? undefined : words.get(commandId)) ?? {};
  };
  return { decided: said('decided'), prepared: said('decision-prepared') };
};

/** Reads the decision on a right. Fails where there is none. */
export const readExecution = async (
  deps: ExecutionDeps,
  attempt: ExecutionAttempt,
  input: Pick<EraseHeldInput, 'caseId' | 'controller' | 'right'>,
): Promise<Execution> => {
  const { caseId, controller, right } = input;
  const found = await readCase(deps.database, caseId);
  const decided = found && findRight(found.state, right)?.decided;
  if (found === undefined || decided === undefined || found.state.controller !== controller) {
    throw failureOf('case-unknown');
  }
  const words = await readDecisionWords(deps, input);
  return {
    deps,
    attempt,
    state: found.state,
    policy: policyFor(deps, controller),
    decision: decided.decision,
    decidedAt: decided.at,
    words,
    exceptions: exceptionsInForce(words.decided.exceptions, words.prepared.exceptions),
  };
};
