/**
 * Carries out what was decided on one right: erases, rectifies, restricts, stops, writes down what was refused. Idempotent by case, right
 * and decision; heartbeats say how far a long erasure has come, and a new attempt goes on from there (I9).
 */

import { activityInfo } from '@temporalio/activity';
import { given } from '../../../domain/given.ts';
import { findRight } from '../../../domain/request/course/case-state.ts';
import { outcomeWeight } from '../../../domain/request/course/grounds.ts';
import { optOutOf, rightKind } from '../../../domain/request/course/rights.ts';
import { assertNever } from '../../../domain/result.ts';
import { type Instant, instantPlus } from '../../../domain/time/instant.ts';
import { beginExecution, finishExecution, readExecutionLine } from '../../../storage/execution/execution-log.ts';
import { recordRefusals } from '../../../storage/execution/opt-outs.ts';
import type {
  EraseHeldInput,
  ExecuteInput,
  ExecuteResult,
  ExecutionActivities,
} from '../../../workflows/request/contract.ts';
import { failureOf } from '../../failures.ts';
import { keptAlive } from '../../heartbeat.ts';
import { type ErasedSoFar, nothingYet } from './erase-decided.ts';
import { eraseGranted, upholdObjection, withdrawConsent } from './erase-granted.ts';
import { type Execution, type ExecutionAttempt, type ExecutionDeps, nothingDone, readExecution } from './execution.ts';
import { rectifyDecided } from './rectify-decided.ts';
import { restrictGranted } from './restrict-granted.ts';

// Written by `finishExecution` from this type, never edited.
const asResult = (stored: unknown): ExecuteResult => stored as ExecuteResult;

const recordOptOut = async ({ deps, state, attempt }: Execution, { right }: ExecuteInput): Promise<ExecuteResult> => {
  const optOut = optOutOf(right);
  if (optOut !== undefined) {
    await recordRefusals(deps.database, {
      controller: state.controller,
      caseId: state.caseId,
      refused: [optOut],
      ground: 'opt-out',
      effectiveAt: state.receivedAt,
      now: attempt.now(),
    });
  }
  return nothingDone;
};

/** Whether nothing has to be done: refused, or nothing held; the letter says so. What is only deferred waits to be erased. */
const isDoneWithoutWork = ({ decision: { outcome } }: Execution, { right }: ExecuteInput): boolean =>
  outcome !== 'deferred' && outcomeWeight(rightKind(right), outcome) === 'denied';

const carryOut = async (execution: Execution, input: ExecuteInput, since: Instant): Promise<ExecuteResult> => {
  if (isDoneWithoutWork(execution, input)) return nothingDone;
  const { right, manifestId, suspensionId } = input;
  const kind = rightKind(right);
  const found = { right, since, ...given({ manifestId }) };
  switch (kind) {
    case 'erasure':
      return manifestId === undefined ? nothingDone : eraseGranted(execution, { right, manifestId, since });
    case 'objection':
      return upholdObjection(execution, found);
    case 'consent-withdrawal':
      // The step brings one id that nothing else of a withdrawal uses, the same in each attempt.
      return withdrawConsent(execution, { ...found, newManifestId: suspensionId });
    case 'opt-out':
      return recordOptOut(execution, input);
    case 'restriction':
      return restrictGranted(execution, input);
    case 'rectification':
      return rectifyDecided(execution, input);
    // What leaves with the letter is not taken from here.
    case 'access':
    case 'portability':
      return nothingDone;
    default:
      return assertNever(kind);
  }
};

/** Carries out the decision on a right, or answers what was done before. Fails, to be called again, when a service is away. */
export const executeDecision = async (
  deps: ExecutionDeps,
  attempt: ExecutionAttempt,
  input: ExecuteInput,
): Promise<ExecuteResult> => {
  const { caseId, controller, right } = input;
  const execution = await readExecution(deps, attempt, input);
  const key = { caseId, right, decidedAt: execution.decidedAt };
  const begun = await beginExecution(deps.database, { ...key, now: input.now }, asResult);
  if (begun.kind === 'finished') return begun.result;
  // Said again every few seconds until more is told: also what does not erase may take its time.
  attempt.heartbeat(attempt.resumeFrom ?? nothingYet);
  const result = await carryOut(execution, input, begun.since);
  await finishExecution(deps.database, {
    ...key,
    controller,
    now: attempt.now(),
    result,
    counts: { records: result.records, certificates: result.certificateCount ?? 0, kept: result.kept?.records ?? 0 },
  });
  return result;
};

/**
 * Erases of a decision that was carried out what something kept back then, as far as nothing does now. Answers with the totals; what
 * went meanwhile because its period ended is gone too, and not erased twice (I9).
 */
const eraseHeld = async (
  deps: ExecutionDeps,
  attempt: ExecutionAttempt,
  input: EraseHeldInput,
): Promise<ExecuteResult> => {
  const { caseId, right } = input;
  const execution = await readExecution(deps, attempt, input);
  // Taken back, or reported as done, while a run that is no more had this attempt scheduled.
  if (findRight(execution.state, right)?.heldErasure?.state !== 'waiting') return nothingDone;
  const line = await readExecutionLine(deps.database, { caseId, right, decidedAt: execution.decidedAt }, asResult);
  const manifestId = line?.result?.manifestId;
  if (line === undefined || manifestId === undefined) throw failureOf('case-unknown');
  attempt.heartbeat(attempt.resumeFrom ?? nothingYet);
  return eraseGranted(execution, { right, manifestId, since: line.since });
};

/** `now` of the step, moved on by what has passed since it was first scheduled: an erasure of hours is proven when it is. */
const runningFrom = (now: Instant): (() => Instant) => {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  const before = Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs);
  const began = performance.now();
  return () => instantPlus(now, Math.floor(before + performance.now() - began));
};

/** Makes the activity. */
export const createExecutionActivities = (deps: ExecutionDeps): ExecutionActivities => {
  const attempting = (
    startedAt: Instant,
    work: (attempt: ExecutionAttempt) => Promise<ExecuteResult>,
  ): Promise<ExecuteResult> => {
    // Written by the activity itself, by an earlier attempt.
    const resumeFrom = activityInfo().heartbeatDetails as ErasedSoFar | undefined;
    const now = runningFrom(startedAt);
    return keptAlive<ErasedSoFar, ExecuteResult>((heartbeat) => work({ heartbeat, resumeFrom, now }));
  };
  return {
    executeDecision: (input) => attempting(input.now, (attempt) => executeDecision(deps, attempt, input)),
    eraseHeld: (input) => attempting(input.now, (attempt) => eraseHeld(deps, attempt, input)),
  };
};
