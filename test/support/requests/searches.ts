/** Searches on real storage, as the worker runs them. */
import { randomUUID } from 'node:crypto';
import type { ControllerId, RecordId } from '../../../domain/ids.ts';
import type { ManifestSummary } from '../../../domain/request/course/decision.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import { type FrozenRecord, type ManifestPart, streamManifest } from '../../../storage/manifests/read-manifest.ts';
import { type SearchDeps, searchManifest } from '../../../storage/manifests/search.ts';
import { inps } from '../records.ts';
import type { World } from '../world.ts';
import { policyOf, recordEvents, stateOf } from './stored-cases.ts';

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
      onProgress: tell,
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
  { caseId, now, ...input }: SearchAgainInput,
): Promise<ManifestSummary> => {
  const { controller } = await stateOf(world, caseId);
  const manifest = await search(world, { controller, caseId, now, ...input });
  const events = [{ kind: 'search-finished', manifest }] as const;
  await recordEvents(world, { caseId, events, by: { actor: 'oblio', role: 'system' }, now });
  return manifest;
};
