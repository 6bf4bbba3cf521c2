/**
 * Cases brought to a decision without their workflow: taken in, searched and decided by the same storage as in production, so that carrying
 * out the decision can be tried by itself, broken off and repeated.
 */
import { v7 as uuid } from 'uuid';
import type { ExecuteInput, ExecuteResult } from '../../../activities/request-contracts.ts';
import type { ExecutionDeps } from '../../../activities/request-execution.ts';
import { executeDecision } from '../../../activities/request-execution.ts';
import { caseId as asCaseId, type CaseId, type ControllerId } from '../../../domain/ids.ts';
import { type Instant, instantPlus } from '../../../domain/instant.ts';
import { controllerClock } from '../../../domain/rights-request/controller-clock.ts';
import type { Decision } from '../../../domain/rights-request/decision.ts';
import type { CaseEvent } from '../../../domain/rights-request/events.ts';
import type { ManifestSummary } from '../../../domain/rights-request/manifest.ts';
import type { RightKey } from '../../../domain/rights-request/rights.ts';
import { normaliseSubjectIdentifier, type SubjectIdentifierKind } from '../../../domain/subject-identifier.ts';
import type { GateStep } from '../../../storage/erasure-gate/index.ts';
import { searchManifest } from '../../../storage/manifests/index.ts';
import { submitCommand } from '../../../storage/rights-requests/commands.ts';
import type { CommandWords } from '../../../storage/rights-requests/person.ts';
import { readCase } from '../../../storage/rights-requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/rights-requests/record-events.ts';
import { takeIn } from '../../../storage/rights-requests/take-in.ts';
import { connectTemporal } from '../../../worker/connect-temporal.ts';
import { prepareNamespace } from '../../../worker/register-namespace.ts';
import { createWorld, type World } from '../../support/world.ts';

export type Identifier = { readonly kind: SubjectIdentifierKind; readonly value: string };

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

  const policyOf = (controller: ControllerId) => {
    const policy = policies.get(controller);
    if (policy === undefined) throw new Error('The controller has no policy');
    return policy;
  };

  const stateOf = async (caseId: string) => {
    const found = await readCase(db, caseId);
    if (found === undefined) throw new Error('There is no such case');
    return found.state;
  };

  const record = async (caseId: string, events: readonly CaseEvent[], at: Instant, commandId?: string) => {
    const { revision } = await stateOf(caseId);
    const meta = { actor: 'test-officer', role: 'officer', at, ...(commandId === undefined ? {} : { commandId }) };
    const result = await recordCaseEvents(
      { db, sealing: world.sealing },
      { caseId, onRevision: revision, events, meta, compute: clock.compute, policyOf },
    );
    if (result.kind !== 'recorded') throw new Error(`The events were answered with ${result.kind}`);
  };

  /** Takes a case in and has its rights recognised and its person identified. */
  const open = async ({ controller, rights, identifiers, now }: OpenInput): Promise<string> => {
    const policy = policyOf(controller);
    const subjects = identifiers.map((identifier) => {
      const normal = normaliseSubjectIdentifier(identifier);
      if (!normal.ok) throw new Error(normal.reason.reason);
      return normal.value;
    });
    const { state } = await takeIn(
      { db: world.database('api'), sealing: world.sealing, compute: clock.compute },
      {
        controller,
        policyVersion: policy.version,
        timeZone: policy.timeZone,
        channel: 'pec',
        receivedAt: now,
        language: 'it',
        identityLevel: 'digital-identity',
        rights,
        person: {
          requester: { name: 'Ada Prova' },
          capacity: 'self',
          identifiers: [...identifiers],
          messageId: uuid(),
          text: 'richiesta',
        },
        subjects,
        actor: { id: 'test-dpo', role: 'dpo' },
        now,
      },
    );
    await record(state.caseId, [{ kind: 'recognised', rights, letterId: uuid() }], now);
    await record(state.caseId, [{ kind: 'identity-confirmed', level: 'digital-identity', capacity: 'self' }], now);
    return state.caseId;
  };

  /** Searches all classes and freezes the manifest. */
  const search = async (caseId: string, now: Instant): Promise<ManifestSummary> => {
    const { controller } = await stateOf(caseId);
    const policy = policyOf(controller);
    const manifest = await searchManifest(
      { db, sealing: world.sealing },
      {
        caseId,
        controller,
        manifestId: uuid(),
        searched: policy.recordClasses.map(({ id }) => id),
        now,
        tell: () => undefined,
      },
    );
    if (manifest === undefined) throw new Error('The search found no case');
    await record(caseId, [{ kind: 'search-finished', manifest }], now);
    return manifest;
  };

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
    const state = await stateOf(caseId);
    const now = options.now ?? instantPlus(state.receivedAt, 86_400_000);
    const input: ExecuteInput = {
      caseId,
      controller: state.controller,
      now,
      right,
      suspensionId: options.suspensionId ?? uuid(),
      restrictionReviewAt: instantPlus(now, 180 * 86_400_000),
      ...(state.manifest === undefined ? {} : { manifestId: state.manifest.manifestId }),
    };
    return executeDecision(deps(options), { heartbeat: () => undefined, resumeFrom: undefined, now: () => now }, input);
  };

  return {
    world,
    policies,
    open,
    search,
    decide,
    execute,
    record,
    stateOf,
    /** The id of a case as the gate takes it. */
    idOf: (caseId: string): CaseId => asCaseId(caseId),
    deps,
    close: () => temporal.close(),
  };
};

export type ExecutionWorld = Awaited<ReturnType<typeof executionIn>>;
