/**
 * Sends a command to the case's workflow as an update and waits for its answer. The words are in the case file before Temporal receives
 * the command; a repeated key gets the same answer (I9); a closed case is opened by nothing that would be refused anyway.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Policy } from '../../domain/policy/policy.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CommandMeta } from '../../domain/request/course/commands.ts';
import { decideCommand } from '../../domain/request/course/decide-command.ts';
import type { Refusal } from '../../domain/request/course/refusals.ts';
import { rulesOf } from '../../domain/request/decision/case-rules.ts';
import { canonicalJson } from '../../storage/audit/canonical-json.ts';
import { recordRefusal, submitCommand } from '../../storage/requests/commands.ts';
import { caseWorkflow, markStarted, readCase } from '../../storage/requests/read-cases.ts';
import {
  type CommandAnswer,
  commandUpdate,
  refusalOf,
  refusedFailure,
  requestWorkflowType,
} from '../../workflows/request/contract.ts';
import { requestStart } from '../../workflows/request/start.ts';
import type { Caller } from '../access/authentication.ts';
import type { ApiDeps } from '../http/context.ts';
import { temporalAnswers } from '../http/outages.ts';
import { refusal as problemOf } from '../http/problems.ts';
import type { ParsedCommand } from './command-bodies.ts';

/** How long a caller waits for the workflow; the command is not lost after it, and its key finds the answer. */
const patienceMs = 20_000;

/** Between attempts while a run of the workflow ends and the next begins. */
const pauseMs = 50;

/**
 * A command as it came over HTTP. `expectedRevision` is the caller's If-Match; without it the command is judged on
 * whatever the case is by then.
 */
export type SendCommandInput = {
  readonly caseId: string;
  readonly policy: Policy;
  readonly caller: Caller;
  readonly parsed: ParsedCommand;
  readonly idempotencyKey: string;
  readonly expectedRevision: number | undefined;
  readonly now: CommandMeta['at'];
};

/** The workflow's answer, or the one on file where the same idempotency key was answered before. */
export type SendCommandResult =
  | { readonly kind: 'accepted'; readonly commandId: string; readonly answer: CommandAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const refusalIn = (error: unknown): Refusal | undefined => {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  return cause instanceof ApplicationFailure && cause.type === refusedFailure ? refusalOf(cause.details) : undefined;
};

const update = async (
  deps: ApiDeps,
  state: CaseState,
  { policy, parsed }: SendCommandInput,
  meta: CommandMeta,
  attempt: number,
): Promise<CommandAnswer> => {
  const [client, workflow] = await Promise.all([deps.temporal.client(), caseWorkflow(deps.database, state.caseId)]);
  const start = requestStart({ state, rules: rulesOf(policy), workflow }, deps.temporal.proceduresQueue);
  return client.withDeadline(Date.now() + patienceMs, () =>
    client.workflow.executeUpdateWithStart(commandUpdate(parsed.command.kind), {
      // An update that was refused in its turn keeps that answer under its id; a retry is recognised by the command's own id.
      updateId: attempt === 1 ? meta.commandId : `${meta.commandId}.${attempt}`,
      args: [{ version: 1, command: parsed.command, meta, caseRevision: state.revision }],
      startWorkflowOperation: new WithStartWorkflowOperation(requestWorkflowType, start),
    }),
  );
};

const storedAnswer = (state: 'accepted' | 'refused', commandId: string, answer: unknown): SendCommandResult => {
  if (state === 'refused') {
    const refusal = refusalOf([answer]);
    if (refusal === undefined) throw new TypeError('A stored refusal has no known code');
    return { kind: 'refused', refusal };
  }
  // Written by the case file when the command was applied.
  return { kind: 'accepted', commandId, answer: answer as CommandAnswer };
};

const notTaken = () =>
  problemOf('temporal-unavailable', {
    detail: 'The workflow of this case did not take the command. Send it again under the same idempotency key.',
  });

/** Sends a command. Throws a problem where Temporal or the key does not allow it. */
export const sendCommand = async (deps: ApiDeps, input: SendCommandInput): Promise<SendCommandResult> => {
  const { caseId, policy, caller, parsed, idempotencyKey, expectedRevision, now } = input;
  const actor = { id: caller.actor, role: caller.role };
  const { database, sealing } = deps;
  const submitted = await submitCommand(database, sealing, {
    caseId,
    kind: parsed.command.kind,
    idempotencyKey,
    requestDigest: sealing.contentDigest(canonicalJson(parsed)),
    words: parsed.words,
    actor,
    now,
  });
  if (submitted.kind === 'other-command') {
    throw problemOf('idempotency-key-reused', { detail: 'This key came with another command before; use a new one.' });
  }
  const { commandId } = submitted;
  if (submitted.kind === 'answered') return storedAnswer(submitted.state, commandId, submitted.answer);
  const meta: CommandMeta = {
    commandId,
    actor: caller.actor,
    role: caller.role,
    actsForController: caller.controllers.includes(policy.controller),
    at: now,
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  };
  const refuse = async (refusal: Refusal): Promise<SendCommandResult> => {
    await recordRefusal(database, {
      caseId,
      controller: policy.controller,
      commandId,
      kind: parsed.command.kind,
      refusal,
      actor,
      now,
    });
    return { kind: 'refused', refusal };
  };
  const giveUpAt = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    const found = await readCase(database, caseId);
    if (found === undefined) throw problemOf('request-unknown', { detail: 'There is no such rights request.' });
    const { state } = found;
    const applied = state.recentCommands.find((known) => known.commandId === commandId);
    // An earlier call with the same key took effect, and its answer was lost.
    if (applied !== undefined)
      return { kind: 'accepted', commandId, answer: { revision: applied.revision, stage: state.stage } };
    if (state.stage === 'closed') {
      // Nothing runs for a closed case, so Postgres is the judge; what it permits opens a new run.
      const verdict = decideCommand(state, parsed.command, meta, rulesOf(policy));
      if (verdict.kind === 'refused') return refuse(verdict.refusal);
    }
    try {
      const answer = await temporalAnswers(update(deps, state, input, meta, attempt));
      await markStarted(database, [caseId], now);
      return { kind: 'accepted', commandId, answer };
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal !== undefined) return refuse(refusal);
      // The run ended in the moment the command arrived: the next attempt meets a closed case or a new run.
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      if (performance.now() > giveUpAt) throw notTaken();
      await sleep(pauseMs);
    }
  }
};
