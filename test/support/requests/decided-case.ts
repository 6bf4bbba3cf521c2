/**
 * Cases brought to a decision without their workflow: taken in, searched and decided by the same storage as in production, so that carrying
 * out the decision can be tried by itself, broken off and repeated.
 */
import { v7 as uuid } from 'uuid';
import { executeDecision } from '../../../activities/request/execution/execute.ts';
import type { ExecutionDeps } from '../../../activities/request/execution/execution.ts';
import { caseId as asCaseId, type CaseId, type ControllerId } from '../../../domain/ids.ts';
import { controllerClock } from '../../../domain/request/clock/controller-clock.ts';
import type { Decision } from '../../../domain/request/course/decision.ts';
import type { CaseEvent } from '../../../domain/request/course/events.ts';
import type { RightKey } from '../../../domain/request/course/rights.ts';
import type { CommandWords } from '../../../domain/request/decision/case-words.ts';
import { normaliseSubjectIdentifier } from '../../../domain/subject/subject-identifier.ts';
import { days } from '../../../domain/time/duration.ts';
import { type Instant, instantPlus } from '../../../domain/time/instant.ts';
import type { GateStep } from '../../../storage/erasure-gate/index.ts';
import { submitCommand } from '../../../storage/requests/commands.ts';
import { connectTemporal } from '../../../worker/temporal/connect-temporal.ts';
import { prepareNamespace } from '../../../worker/temporal/register-namespace.ts';
import type { ExecuteInput, ExecuteResult } from '../../../workflows/request/contract.ts';
import { createWorld, type World } from '../world.ts';
import { searchAndReport } from './searches.ts';
import { type Identifier, openCase, recordEvents, stateOf } from './stored-cases.ts';

export type OpenInput = {
  readonly controller: ControllerId;
  readonly rights: readonly RightKey[];
  readonly identifiers: readonly Identifier[];
  readonly now: Instant;
};

export type ExecuteOptions = {
  readonly now?: Instant;
  readonly atStep?: (step: GateStep) => Promise<void>;
  readonly suspensionId?: string;
};

const normalised = (identifier: Identifier): Identifier => {
  const normal = normaliseSubjectIdentifier(identifier);
  if (!normal.ok) throw new Error(normal.reason.reason);
  return normal.value;
};

/** Opens a world with Temporal beside it; `close()` in `afterAll`. */
export const createExecutionWorld = async (label: string) => {
  const world = await createWorld({ label });
  const execution = await executionIn(world);
  return {
    ...execution,
    close: async () => {
      await execution.close();
      await world.close();
    },
  };
};

/** The same in a world that is there already and stays when this is closed. */
export const executionIn = async (world: World) => {
  const namespace = world.environment.TEMPORAL_NAMESPACE ?? '';
  const temporal = await connectTemporal({
    address: world.environment.TEMPORAL_ADDRESS ?? '',
    namespace,
    identity: 'test',
  });
  await prepareNamespace(temporal.connection, { namespace, historyDays: 1, queuePrefix: 'execution' });
  const policies = new Map(world.policies.map(({ policy }) => [String(policy.controller), policy]));
  const clock = controllerClock(policies);
  const db = world.database('worker');
  const deps = (options: ExecuteOptions = {}): ExecutionDeps => ({
    database: db,
    sealing: world.sealing,
    policies,
    clock,
    gate: world.gate(options.atStep === undefined ? {} : { atStep: options.atStep }),
    temporal: temporal.client,
  });

  const record = (caseId: string, events: readonly CaseEvent[], at: Instant, commandId?: string): Promise<void> =>
    recordEvents(world, {
      caseId,
      events,
      now: at,
      by: { actor: 'test-officer', role: 'officer' },
      ...(commandId === undefined ? {} : { commandId }),
    });

  /** Decides a right; `words` as the officer wrote them. */
  const decide = async (
    caseId: string,
    right: RightKey,
    decision: Partial<Decision> & Pick<Decision, 'outcome'>,
    { words = {}, at }: { readonly words?: CommandWords; readonly at: Instant },
  ): Promise<void> => {
    const submitted = await submitCommand(world.database('api'), world.sealing, {
      caseId,
      kind: 'decide',
      idempotencyKey: uuid(),
      requestDigest: Buffer.alloc(32),
      words,
      actor: { id: 'test-officer', role: 'officer' },
      now: at,
    });
    if (submitted.kind !== 'submitted') throw new Error('The decision was not submitted');
    const whole = { grounds: [], lines: [], reasonsFor: [], earlierCases: [], ...decision };
    await record(caseId, [{ kind: 'decided', right, decision: whole, late: false }], at, submitted.commandId);
  };

  /** One attempt at carrying a decision out. */
  const execute = async (caseId: string, right: RightKey, options: ExecuteOptions = {}): Promise<ExecuteResult> => {
    const state = await stateOf(world, caseId);
    const now = options.now ?? instantPlus(state.receivedAt, days(1));
    const input: ExecuteInput = {
      caseId,
      controller: state.controller,
      now,
      right,
      suspensionId: options.suspensionId ?? uuid(),
      restrictionReviewAt: instantPlus(now, days(180)),
      ...(state.manifest === undefined ? {} : { manifestId: state.manifest.manifestId }),
    };
    return executeDecision(deps(options), { heartbeat: () => undefined, resumeFrom: undefined, now: () => now }, input);
  };

  return {
    world,
    policies,
    open: (input: OpenInput) => openCase(world, { ...input, identifiers: input.identifiers.map(normalised) }),
    search: (caseId: string, now: Instant) => searchAndReport(world, { caseId, now }),
    decide,
    execute,
    record,
    stateOf: (caseId: string) => stateOf(world, caseId),
    /** The id of a case as the gate takes it. */
    idOf: (caseId: string): CaseId => asCaseId(caseId),
    deps,
    close: () => temporal.close(),
  };
};

export type ExecutionWorld = Awaited<ReturnType<typeof executionIn>>;
