/** Cases without their workflow: taken in and told what happened by the same storage as in production. */
import { randomUUID } from 'node:crypto';
import type { ControllerId } from '../../../domain/ids.ts';
import type { Policy } from '../../../domain/policy/policy.ts';
import { controllerClock } from '../../../domain/request/clock/controller-clock.ts';
import type { CaseState } from '../../../domain/request/course/case-state.ts';
import type { CaseEvent, EventMeta } from '../../../domain/request/course/events.ts';
import type { RightKey } from '../../../domain/request/course/rights.ts';
import { pendingReviewOn } from '../../../domain/request/decision/case-rules.ts';
import type { SubjectIdentifierKind } from '../../../domain/subject/subject-identifier.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { readCase } from '../../../storage/requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/requests/record-events.ts';
import { type TakeInInput, takeIn } from '../../../storage/requests/take-in.ts';
import { inps } from '../records.ts';
import type { World } from '../world.ts';

/** What a person is known by, in its normalised form. */
export type Identifier = { readonly kind: SubjectIdentifierKind; readonly value: string };

/** The policy of a controller; fails where it has none. */
export const policyOf = (world: World, controller: ControllerId): Policy => {
  const found = world.policies.find(({ policy }) => policy.controller === controller)?.policy;
  if (found === undefined) throw new Error(`There is no policy of ${controller}`);
  return found;
};

const clockOf = (policy: Policy) => controllerClock(new Map([[policy.controller, policy]]));

/** A case as it stands now. */
export const stateOf = async (world: World, caseId: string): Promise<CaseState> => {
  const found = await readCase(world.database('worker'), caseId);
  if (found === undefined) throw new Error('There is no such case');
  return found.state;
};

export type RecordEventsInput = {
  readonly caseId: string;
  readonly events: readonly CaseEvent[];
  readonly now: Instant;
  /** Default: a person of the DPO's staff. */
  readonly by?: Pick<EventMeta, 'actor' | 'role'>;
  readonly commandId?: string;
  readonly identifiers?: readonly Identifier[];
};

/** Writes events onto a case as if its workflow had. */
export const recordEvents = async (
  world: World,
  { caseId, events, now, by = { actor: 'dpo-1', role: 'dpo' }, commandId, identifiers = [] }: RecordEventsInput,
): Promise<void> => {
  const { controller, revision } = await stateOf(world, caseId);
  const policy = policyOf(world, controller);
  const recorded = await recordCaseEvents(
    { db: world.database('worker'), sealing: world.sealing },
    {
      caseId,
      onRevision: revision,
      events,
      meta: { at: now, ...by, ...(commandId === undefined ? {} : { commandId }) },
      identifiers,
      compute: clockOf(policy).compute,
      policyOf: () => policy,
    },
  );
  if (recorded.kind !== 'recorded') throw new Error(`The events were answered with ${recorded.kind}`);
};

export type OpenCaseInput = {
  readonly controller?: ControllerId;
  readonly rights?: readonly RightKey[];
  /** As the message names them. */
  readonly identifiers: readonly Identifier[];
  /** As staff checked them with the identity. */
  readonly verified?: readonly Identifier[];
  /** What else the message says. */
  readonly person?: Partial<Pick<TakeInInput['person'], 'requester' | 'text'>>;
  readonly language?: TakeInInput['language'];
  readonly now: Instant;
};

/** Opens a case whose rights are recognised and whose requester is identified; answers with its id. */
export const openCase = async (world: World, input: OpenCaseInput): Promise<string> => {
  const { controller = inps, rights = ['access'], identifiers, verified = [], person, language = 'it', now } = input;
  const policy = policyOf(world, controller);
  const { state } = await takeIn(
    { db: world.database('api'), sealing: world.sealing, compute: clockOf(policy).compute },
    {
      controller,
      policyVersion: policy.version,
      timeZone: policy.timeZone,
      reviewOn: pendingReviewOn(policy, now),
      channel: 'email',
      receivedAt: now,
      language,
      identityLevel: 'claimed',
      rights,
      person: {
        requester: { name: 'Ada' },
        capacity: 'self',
        identifiers: [...identifiers],
        messageId: randomUUID(),
        text: 'dati',
        ...person,
      },
      subjects: identifiers,
      actor: { id: 'dpo-1', role: 'dpo' },
      now,
    },
  );
  const { caseId } = state;
  const events: readonly CaseEvent[] = [
    { kind: 'recognised', rights, letterId: randomUUID() },
    { kind: 'identity-confirmed', level: 'digital-identity', capacity: 'self' },
  ];
  await recordEvents(world, { caseId, events, identifiers: verified, now });
  return caseId;
};
