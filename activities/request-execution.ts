/**
 * Carries out what was decided on one right: erases, rectifies, restricts, stops, writes down what was refused. Idempotent by case, right
 * and decision; heartbeats tell how far a long erasure has come, and a new attempt goes on from there (I9).
 */
import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { assertNever } from '../domain/assert-never.ts';
import { localDateAt } from '../domain/calendar.ts';
import { caseId as asCaseId, suspensionId as asSuspensionId, recordId } from '../domain/ids.ts';
import { type Instant, instantPlus } from '../domain/instant.ts';
import type { Policy } from '../domain/policy.ts';
import type { CaseState } from '../domain/rights-request/case-state.ts';
import { findRight } from '../domain/rights-request/case-state.ts';
import {
  erasureFollows,
  exceptionsInForce,
  grantsFor,
  type RecordException,
} from '../domain/rights-request/decided-records.ts';
import type { Decision } from '../domain/rights-request/decision.ts';
import { grounds } from '../domain/rights-request/grounds.ts';
import { outcomeWeight } from '../domain/rights-request/outcomes.ts';
import { optOutOf, rightKind } from '../domain/rights-request/rights.ts';
import { clauseLimit } from '../domain/suspension-scope.ts';
import type { ErasureGate } from '../storage/erasure-gate/index.ts';
import { beginExecution, finishExecution } from '../storage/execution/execution-log.ts';
import { recordRefusals, stoppedProcessing, withdrawnConsent } from '../storage/execution/opt-outs.ts';
import { readCaseCertificates } from '../storage/execution/record-fates.ts';
import { readRectificationOutcome } from '../storage/execution/rectifications.ts';
import { rectifyRecord } from '../storage/execution/rectify-record.ts';
import { endSpentRestrictions, type RestrictionScope, restrictAsDecided } from '../storage/execution/restrictions.ts';
import { attachStatements, wholeStatement } from '../storage/execution/statements.ts';
import { type FrozenRecord, searchManifest, streamManifest } from '../storage/manifests/index.ts';
import type { CommandWords } from '../storage/rights-requests/person.ts';
import { readCase, readHistory, readWords } from '../storage/rights-requests/read-cases.ts';
import { type ErasedSoFar, eraseDecided, nothingYet } from './erase-decided.ts';
import { failureOf } from './failures.ts';
import { keptAlive } from './keep-alive.ts';
import { policyFor, type RequestDeps } from './request-case-file.ts';
import type { ExecuteInput, ExecuteResult, ExecutionActivities } from './request-contracts.ts';
import { signalUnits } from './signal-units.ts';

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

type Execution = {
  readonly deps: ExecutionDeps;
  readonly attempt: ExecutionAttempt;
  readonly input: ExecuteInput;
  readonly state: CaseState;
  readonly policy: Policy;
  readonly decision: Decision;
  readonly decidedAt: Instant;
  readonly words: { readonly decided: CommandWords; readonly prepared: CommandWords };
  readonly exceptions: readonly RecordException[];
  /** When work on this decision first began. */
  readonly since: Instant;
};

const nothingDone: ExecuteResult = { records: 0, certificates: [] };

// Written by `finishExecution` from this type, never edited.
const asResult = (stored: unknown): ExecuteResult => stored as ExecuteResult;

const readDecisionWords = async (
  { database, sealing }: ExecutionDeps,
  { caseId, right }: ExecuteInput,
): Promise<Execution['words']> => {
  const [history, words] = await Promise.all([readHistory(database, caseId), readWords(database, sealing, caseId)]);
  const said = (kind: 'decided' | 'decision-prepared'): CommandWords => {
    const commandId = history.findLast(({ event }) => event.kind === kind && event.right === right)?.commandId;
    return (commandId === undefined ? undefined : words.get(commandId)) ?? {};
  };
  return { decided: said('decided'), prepared: said('decision-prepared') };
};

const eraseGranted = async (
  { deps, attempt, input, since }: Execution,
  manifestId: string,
  grants: (record: FrozenRecord) => boolean,
): Promise<ExecuteResult & { readonly granted: number }> => {
  const { database: db, gate, temporal } = deps;
  const { caseId, controller } = input;
  const { granted, gone, kept, keptBy } = await eraseDecided(
    {
      db,
      gate,
      ...attempt,
      tellClosed: (units) => signalUnits({ temporal }, { units, reason: 'decision' }),
    },
    { caseId: asCaseId(caseId), manifestId, grants },
  );
  await endSpentRestrictions(db, { controller, caseId, now: attempt.now() });
  const { count, first } = await readCaseCertificates(db, { caseId, since });
  return {
    records: gone,
    certificates: first,
    certificateCount: count,
    ...(kept === 0 ? {} : { kept: { records: kept, by: keptBy } }),
    granted,
  };
};

const erase = async (execution: Execution): Promise<ExecuteResult> => {
  const { input, decision, exceptions } = execution;
  if (input.manifestId === undefined) return nothingDone;
  const { granted: _, ...result } = await eraseGranted(execution, input.manifestId, grantsFor(decision, exceptions));
  return result;
};

/** Art. 21: the processing stops, for good; what was processed on that ground alone is erased (Art. 17(1)(c)). */
const upholdObjection = async (execution: Execution): Promise<ExecuteResult> => {
  const { deps, input, state, decision, exceptions, attempt } = execution;
  const { caseId, controller, manifestId } = input;
  const stopped = decision.lines.filter(({ result }) => result === 'granted').map(({ recordClass }) => recordClass);
  await recordRefusals(deps.database, {
    controller,
    caseId,
    refused: stopped.map(stoppedProcessing),
    ground: 'objection',
    effectiveAt: state.receivedAt,
    now: attempt.now(),
  });
  if (manifestId === undefined) return nothingDone;
  const grants = grantsFor(decision, exceptions);
  const result = await eraseGranted(
    execution,
    manifestId,
    (record) => grants(record) && erasureFollows(state, record.recordClass),
  );
  let affected = 0;
  for await (const record of streamManifest(deps.database, manifestId)) if (grants(record)) affected += 1;
  const { granted: _, ...told } = result;
  // Recipients hear of it also where nothing was erased: for all of these records the processing stopped.
  return { ...told, records: affected };
};

/** Art. 7(3): recorded for all that rests on consent; what rested on nothing else is erased (Art. 17(1)(b)). */
const withdrawConsent = async (execution: Execution): Promise<ExecuteResult> => {
  const { deps, input, state, policy, decision, exceptions, attempt } = execution;
  const { caseId, controller } = input;
  const classes = policy.recordClasses
    .filter(({ legalBasis, legalBasisByField }) =>
      [legalBasis, ...Object.values(legalBasisByField?.bases ?? {})].some(({ article }) => article === '6.1.a'),
    )
    .map(({ id }) => id);
  await recordRefusals(deps.database, {
    controller,
    caseId,
    refused: classes.map(withdrawnConsent),
    ground: 'consent-withdrawal',
    effectiveAt: state.receivedAt,
    now: attempt.now(),
  });
  if (classes.length === 0) return nothingDone;
  // A withdrawal needs no search to be recorded; what it erases is found and frozen by one all the same (I8).
  const manifestId = input.manifestId ?? (await searchConsent(execution, classes));
  const allowed = grantsFor(decision, exceptions, true);
  const { granted: _, ...result } = await eraseGranted(
    execution,
    manifestId,
    (record) => record.legalBasis.article === '6.1.a' && allowed(record) && erasureFollows(state, record.recordClass),
  );
  return result;
};

const searchConsent = async (
  { deps: { database: db, sealing }, input: { caseId, controller, suspensionId }, attempt }: Execution,
  searched: Parameters<typeof searchManifest>[1]['searched'],
): Promise<string> => {
  // The step brings one id that nothing else of a withdrawal uses, the same in each attempt.
  const manifestId = suspensionId;
  const found = await searchManifest(
    { db, sealing },
    { caseId, controller, manifestId, searched, now: attempt.now(), tell: () => undefined },
  );
  if (found === undefined) throw failureOf('case-unknown');
  return manifestId;
};

/**
 * What a granted restriction covers: the very records, as far as they can be listed, so that nobody else's are restricted by a shared
 * phone; beyond that the person's records of the granted classes.
 */
const restrictionScope = async (
  { deps, decision, exceptions }: Execution,
  manifestId: string,
): Promise<{ readonly records: number; readonly scope: RestrictionScope }> => {
  const grants = grantsFor(decision, exceptions);
  const listed: RestrictionScope[number][] = [];
  let records = 0;
  for await (const record of streamManifest(deps.database, manifestId)) {
    if (!grants(record)) continue;
    records += 1;
    if (records <= clauseLimit) listed.push({ record: record.recordId });
  }
  if (records <= clauseLimit) return { records, scope: listed };
  const classes = decision.lines
    .filter(({ result }) => result === 'granted')
    .map(({ recordClass }) => ({ recordClass }));
  const single = exceptions
    .filter(({ result }) => result === 'granted')
    .map((one) => ({ record: recordId(one.recordId) }));
  return { records, scope: [...classes, ...single.slice(0, clauseLimit / 2)] };
};

const restrict = async (execution: Execution): Promise<ExecuteResult> => {
  const { deps, input, policy, decision } = execution;
  const { caseId, controller, right, manifestId, suspensionId, restrictionReviewAt } = input;
  if (manifestId === undefined) return nothingDone;
  const { records, scope } = await restrictionScope(execution, manifestId);
  if (records === 0) return nothingDone;
  const lines = decision.lines.filter(({ result }) => result === 'granted');
  const codes = [...new Set([...decision.grounds, ...lines.flatMap((line) => line.grounds)])];
  const basis = codes.filter((code) => grounds[code].speaks === 'for').map((code) => grounds[code].citation);
  const standing = await restrictAsDecided(deps.database, {
    controller,
    caseId,
    right,
    suspensionId: asSuspensionId(suspensionId),
    legalBasis: basis.length > 0 ? basis.join(', ') : 'Art. 18(1) GDPR',
    scope,
    reviewOn: localDateAt(restrictionReviewAt, policy.timeZone),
    now: input.now,
  });
  return {
    records,
    certificates: [],
    restricted: { suspensionId: standing.suspensionId, reviewAt: restrictionReviewAt },
  };
};

const rectify = async (execution: Execution): Promise<ExecuteResult> => {
  const { deps, input, policy, decision, decidedAt, words, exceptions, attempt } = execution;
  const { database: db, sealing, temporal } = deps;
  const { caseId, controller, manifestId } = input;
  const changes = (words.decided.changes ?? words.prepared.changes ?? []).map((change, position) => ({
    ...change,
    position,
  }));
  for (const [id, those] of Map.groupBy(changes, (change) => change.recordId)) {
    await rectifyRecord(
      { db, sealing },
      { controller, caseId, decidedAt, recordId: recordId(id), changes: those, policy, now: attempt.now() },
    );
  }
  const statement = words.decided.statement ?? words.prepared.statement;
  let attached = 0;
  if (decision.outcome === 'statement-attached' && statement !== undefined && manifestId !== undefined) {
    attached = await attachToAll(execution, manifestId, statement, grantsFor(decision, exceptions, true));
  }
  const { records, unitsToWake } = await readRectificationOutcome(db, { caseId, decidedAt });
  // Also those of an attempt that died before this line: each looks at its dates again, which is harmless.
  await signalUnits({ temporal }, { units: unitsToWake, reason: 'decision' });
  return { records: Math.max(attached, records.length), certificates: [] };
};

const statementsAtOnce = 500;

/** The person's statement stands beside each of the records that the answer names. */
const attachToAll = async (
  { deps: { database, sealing }, input: { controller, caseId }, decidedAt, attempt }: Execution,
  manifestId: string,
  text: string,
  grants: (record: FrozenRecord) => boolean,
): Promise<number> => {
  let attached = 0;
  let batch: FrozenRecord['recordId'][] = [];
  const flush = async (): Promise<void> => {
    const recordIds = batch;
    batch = [];
    attached += await database.transaction().execute((tx) =>
      attachStatements(tx, sealing, {
        controller,
        caseId,
        decidedAt,
        position: wholeStatement,
        recordIds,
        text,
        now: attempt.now(),
      }),
    );
  };
  for await (const record of streamManifest(database, manifestId)) {
    if (grants(record)) batch.push(record.recordId);
    if (batch.length === statementsAtOnce) await flush();
  }
  await flush();
  return attached;
};

const recordOptOut = async ({ deps, input, state, attempt }: Execution): Promise<ExecuteResult> => {
  const optOut = optOutOf(input.right);
  if (optOut !== undefined) {
    await recordRefusals(deps.database, {
      controller: input.controller,
      caseId: input.caseId,
      refused: [optOut],
      ground: 'opt-out',
      effectiveAt: state.receivedAt,
      now: attempt.now(),
    });
  }
  return nothingDone;
};

const carryOut = (execution: Execution): Promise<ExecuteResult> => {
  const { input, decision } = execution;
  const kind = rightKind(input.right);
  // Refused, deferred, or nothing held: the letter says so, and nothing is done.
  if (outcomeWeight(kind, decision.outcome) === 'denied') return Promise.resolve(nothingDone);
  switch (kind) {
    case 'erasure':
      return erase(execution);
    case 'objection':
      return upholdObjection(execution);
    case 'consent-withdrawal':
      return withdrawConsent(execution);
    case 'opt-out':
      return recordOptOut(execution);
    case 'restriction':
      return restrict(execution);
    case 'rectification':
      return rectify(execution);
    // What leaves with the letter is not taken from here.
    case 'access':
    case 'portability':
      return Promise.resolve(nothingDone);
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
  const found = await readCase(deps.database, caseId);
  const decided = found && findRight(found.state, right)?.decided;
  if (found === undefined || decided === undefined || found.state.controller !== controller) {
    throw failureOf('case-unknown');
  }
  const decidedAt = decided.at;
  const key = { caseId, right, decidedAt };
  const begun = await beginExecution(deps.database, { ...key, now: input.now }, asResult);
  if (begun.kind === 'finished') return begun.result;
  // Said again every few seconds until more is told: also what does not erase may take its time.
  attempt.heartbeat(attempt.resumeFrom ?? nothingYet);
  const words = await readDecisionWords(deps, input);
  const result = await carryOut({
    deps,
    attempt,
    input,
    state: found.state,
    policy: policyFor(deps, controller),
    decision: decided.decision,
    decidedAt,
    words,
    exceptions: exceptionsInForce(words.decided.exceptions, words.prepared.exceptions),
    since: begun.since,
  });
  await finishExecution(deps.database, {
    ...key,
    controller,
    now: attempt.now(),
    result,
    counts: {
      records: result.records,
      certificates: result.certificateCount ?? 0,
      kept: result.kept?.records ?? 0,
    },
  });
  return result;
};

/** `now` of the step, moved on by what has passed since it was first scheduled: an erasure of hours is proven when it is. */
const runningFrom = (now: Instant): (() => Instant) => {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  const before = Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs);
  const began = performance.now();
  return () => instantPlus(now, Math.floor(before + performance.now() - began));
};

/** Makes the activity. */
export const createExecutionActivities = (deps: ExecutionDeps): ExecutionActivities => ({
  executeDecision: (input) => {
    // Written by the activity itself, by an earlier attempt.
    const resumeFrom = activityInfo().heartbeatDetails as ErasedSoFar | undefined;
    const now = runningFrom(input.now);
    return keptAlive<ErasedSoFar, ExecuteResult>((heartbeat) =>
      executeDecision(deps, { heartbeat, resumeFrom, now }, input),
    );
  },
});
