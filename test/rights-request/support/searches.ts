/** Cases and searches on real storage: intake, identity and identifiers as the API and the workflow write them. */
import { randomUUID } from 'node:crypto';
import type { ControllerId, RecordId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import { controllerClock } from '../../../domain/rights-request/controller-clock.ts';
import type { CaseEvent } from '../../../domain/rights-request/events.ts';
import type { ManifestSummary } from '../../../domain/rights-request/manifest.ts';
import type { SubjectIdentifierKind } from '../../../domain/subject-identifier.ts';
import {
  type FrozenRecord,
  type ManifestPart,
  searchManifest,
  streamManifest,
} from '../../../storage/manifests/index.ts';
import type { SearchDeps } from '../../../storage/manifests/search.ts';
import { readCase } from '../../../storage/rights-requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/rights-requests/record-events.ts';
import { takeIn } from '../../../storage/rights-requests/take-in.ts';
import { inps } from '../../support/records.ts';
import type { World } from '../../support/world.ts';

export type Identifier = { readonly kind: SubjectIdentifierKind; readonly value: string };

/** In their normalised form. */
export type OpenCaseInput = {
  readonly controller?: ControllerId;
  /** As the message names them. */
  readonly identifiers: readonly Identifier[];
  /** As staff checked them with the identity. */
  readonly verified?: readonly Identifier[];
  readonly now: Instant;
};

const policyOf = (world: World, controller: ControllerId) => {
  const found = world.policies.find(({ policy }) => policy.controller === controller)?.policy;
  if (found === undefined) throw new Error(`There is no policy of ${controller}`);
  return found;
};

/** Opens a case whose requester is identified; answers with its id. */
export const openCase = async (
  world: World,
  { controller = inps, identifiers, verified = [], now }: OpenCaseInput,
): Promise<string> => {
  const policy = policyOf(world, controller);
  const clock = controllerClock(new Map([[controller, policy]]));
  const { state } = await takeIn(
    { db: world.database('api'), sealing: world.sealing, compute: clock.compute },
    {
      controller,
      policyVersion: policy.version,
      timeZone: policy.timeZone,
      channel: 'email',
      receivedAt: now,
      language: 'it',
      identityLevel: 'claimed',
      rights: ['access'],
      person: {
        requester: { name: 'Ada' },
        capacity: 'self',
        identifiers: [...identifiers],
        messageId: randomUUID(),
        text: 'dati',
      },
      subjects: identifiers,
      actor: { id: 'dpo-1', role: 'dpo' },
      now,
    },
  );
  const events: readonly CaseEvent[] = [
    { kind: 'recognised', rights: ['access'], letterId: randomUUID() },
    { kind: 'identity-confirmed', level: 'digital-identity', capacity: 'self' },
  ];
  const recorded = await recordCaseEvents(
    { db: world.database('worker'), sealing: world.sealing },
    {
      caseId: state.caseId,
      onRevision: state.revision,
      events,
      meta: { at: now, actor: 'dpo-1', role: 'dpo' },
      identifiers: verified,
      compute: clock.compute,
      policyOf: () => policy,
    },
  );
  if (recorded.kind !== 'recorded') throw new Error(`The identity was answered with ${recorded.kind}`);
  return state.caseId;
};

export type SearchAgainInput = {
  readonly caseId: string;
  readonly controller?: ControllerId;
  readonly manifestId?: string;
  readonly now: Instant;
  readonly pageSize?: number;
  readonly atStep?: SearchDeps['atStep'];
  readonly tell?: (looked: number) => void;
};

/** Searches with the worker's login, as the activity does. */
export const search = async (
  world: World,
  {
    caseId,
    controller = inps,
    manifestId = randomUUID(),
    now,
    pageSize = 100,
    atStep,
    tell = () => undefined,
  }: SearchAgainInput,
): Promise<ManifestSummary> => {
  const summary = await searchManifest(
    { db: world.database('worker'), sealing: world.sealing, pageSize, ...(atStep === undefined ? {} : { atStep }) },
    {
      caseId,
      controller,
      manifestId,
      searched: policyOf(world, controller).recordClasses.map(({ id }) => id),
      now,
      tell,
    },
  );
  if (summary === undefined) throw new Error('The search found no such case');
  return summary;
};

/** All records of one part of a manifest. */
export const recordsIn = async (
  world: World,
  manifestId: string,
  part: ManifestPart = 'personal',
): Promise<readonly FrozenRecord[]> => {
  const records: FrozenRecord[] = [];
  for await (const record of streamManifest(world.database('worker'), manifestId, { batch: 7, part }))
    records.push(record);
  return records;
};

/** Their ids, sorted. */
export const idsIn = async (
  world: World,
  manifestId: string,
  part: ManifestPart = 'personal',
): Promise<readonly RecordId[]> => (await recordsIn(world, manifestId, part)).map(({ recordId }) => recordId).sort();

/** Searches and tells the case, as its workflow does. */
export const searchAndReport = async (
  world: World,
  { caseId, controller = inps, now }: SearchAgainInput,
): Promise<ManifestSummary> => {
  const manifest = await search(world, { caseId, controller, now });
  const policy = policyOf(world, controller);
  const found = await readCase(world.database('worker'), caseId);
  if (found === undefined) throw new Error('There is no such case');
  const recorded = await recordCaseEvents(
    { db: world.database('worker'), sealing: world.sealing },
    {
      caseId,
      onRevision: found.state.revision,
      events: [{ kind: 'search-finished', manifest }],
      meta: { at: now, actor: 'oblio', role: 'system' },
      compute: controllerClock(new Map([[controller, policy]])).compute,
      policyOf: () => policy,
    },
  );
  if (recorded.kind !== 'recorded') throw new Error(`The end of the search was answered with ${recorded.kind}`);
  return manifest;
};
