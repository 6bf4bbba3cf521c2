/**
 * Erases what a decision grants of a frozen manifest (I8): batch by batch in the manifest's order, unit by unit through the gate, with the
 * decision as the ground. What is counted is read back from the database after each batch, never added up from what was tried: dying
 * anywhere, or running twice, erases nothing twice, skips nothing, and reports nothing gone that is not (I6, I9).
 */

import { setTimeout } from 'node:timers/promises';
import { given } from '../../../domain/given.ts';
import { type CaseId, type RecordId, recordClassId, recordId, type UnitId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { Database } from '../../../storage/database/database.ts';
import { inParallel } from '../../../storage/database/in-parallel.ts';
import type { ErasureGate } from '../../../storage/erasure-gate/index.ts';
import { emptyUnits, readFates } from '../../../storage/execution/record-fates.ts';
import { type FrozenRecord, readManifestRecords } from '../../../storage/manifests/read-manifest.ts';
import { failureOf } from '../../failures.ts';

/** How far the walk over the manifest has come, and what the database said of the records so far. Codes, ids and counts. */
export type ErasedSoFar = {
  /** The last record looked at. */
  readonly after?: { readonly recordClass: string; readonly triggerAt: Instant; readonly recordId: string };
  /** Records that the decision grants. */
  readonly granted: number;
  /** Of these, proven gone by certificates. */
  readonly gone: number;
  /** Of these, left because something else keeps them, and what: kinds of suspension, or `no-archival-basis`. */
  readonly kept: number;
  readonly keptBy: readonly string[];
  /** Past the point of no return and not proven: a store refused to let go. Tried again until it does. */
  readonly failed: number;
};

/** At the beginning of a walk. */
export const nothingYet: ErasedSoFar = { granted: 0, gone: 0, kept: 0, keptBy: [], failed: 0 };

/** Database and gate, and the ties to Temporal: where an earlier attempt stood, and who is informed of progress. */
export type EraseDecidedDeps = {
  readonly db: Database;
  readonly gate: Pick<ErasureGate, 'eraseNextChunk' | 'closeUnit'>;
  readonly heartbeat: (soFar: ErasedSoFar) => void;
  /** Where an earlier attempt of the same call had come. */
  readonly resumeFrom: ErasedSoFar | undefined;
  /** What counts as now, as time passes. */
  readonly now: () => Instant;
  /** Signals the workflows of units of which nothing is left. */
  readonly tellClosed: (units: readonly UnitId[]) => Promise<void>;
  /** Records of the manifest in one batch. */
  readonly batchSize?: number;
};

/** Which frozen manifest, for which case, and which of its records the decision grants. */
export type EraseDecidedInput = {
  readonly caseId: CaseId;
  readonly manifestId: string;
  readonly grants: (record: FrozenRecord) => boolean;
};

/** Units worked on at once: each keeps a connection of the gate's, which others need too. */
const unitsAtOnce = 2;
/** The unit's own workflow, or a clock that is a little behind, is waited for this often before the attempt gives up. */
const patience = 20;
const pauseMs = 500;
/** A record that is re-dated while it is being erased is found in its new unit by the next round. */
const rounds = 4;

type KeptOfUnit = { readonly records: number; readonly by: readonly string[] };

const eraseUnit = async (
  { gate, now }: EraseDecidedDeps,
  unitId: UnitId,
  basis: { readonly kind: 'decision'; readonly caseId: CaseId; readonly recordIds: readonly RecordId[] },
): Promise<KeptOfUnit> => {
  let cursor: string | undefined;
  let records = 0;
  const by = new Set<string>();
  for (let waited = 0; ; ) {
    const chunk = await gate.eraseNextChunk({ unitId, now: now(), basis, ...given({ cursor }) });
    if (chunk.kind === 'chunk') {
      records += chunk.kept.records;
      for (const { kind } of chunk.kept.byKind) by.add(kind);
      cursor = chunk.cursor;
      if (cursor === undefined) return { records, by: [...by] };
      continue;
    }
    // The policy does not say why these documents may be destroyed (D.Lgs. 42/2004 art. 21(1)(d)): they stay, and the outcome says so.
    if (chunk.kind === 'refused' && chunk.reason === 'no-archival-basis') {
      return { records: basis.recordIds.length, by: ['no-archival-basis'] };
    }
    if (chunk.kind === 'refused' && chunk.reason !== 'ahead-of-the-clock') throw failureOf('unit-unknown');
    waited += 1;
    if (waited > patience) throw failureOf('unit-busy');
    await setTimeout(pauseMs);
  }
};

/** Closes the units of which nothing is left, and signals their workflows, which would find out when they are due. */
const closeEmpty = async ({ db, gate, now, tellClosed }: EraseDecidedDeps, units: readonly UnitId[]): Promise<void> => {
  const closed: UnitId[] = [];
  for (const unitId of await emptyUnits(db, units)) {
    const { kind } = await gate.closeUnit({ unitId, now: now() });
    if (kind === 'closed') closed.push(unitId);
  }
  await tellClosed(closed);
};

/** Erases a batch; what is still here afterwards is kept, and by what. */
const eraseBatch = async (
  deps: EraseDecidedDeps,
  caseId: CaseId,
  recordIds: readonly RecordId[],
): Promise<Omit<ErasedSoFar, 'after' | 'granted'>> => {
  for (let round = 1; ; round += 1) {
    const left = (await readFates(deps.db, recordIds)).flatMap(({ recordId: id, fate, unitId }) =>
      unitId === undefined || fate === 'gone' ? [] : [{ id, unitId }],
    );
    const units = [...Map.groupBy(left, ({ unitId }) => unitId)];
    let keptRecords = 0;
    const keptBy = new Set<string>();
    await inParallel(unitsAtOnce, units, async ([unitId, those]) => {
      const kept = await eraseUnit(deps, unitId, { kind: 'decision', caseId, recordIds: those.map(({ id }) => id) });
      keptRecords += kept.records;
      for (const name of kept.by) keptBy.add(name);
    });
    await closeEmpty(
      deps,
      units.map(([unitId]) => unitId),
    );
    const after = await readFates(deps.db, recordIds);
    const count = (wanted: (typeof after)[number]['fate']): number =>
      after.filter(({ fate }) => fate === wanted).length;
    const here = count('here');
    if (here <= keptRecords) {
      return { gone: count('gone'), kept: here, keptBy: [...keptBy].sort(), failed: count('being-erased') };
    }
    if (round === rounds) throw failureOf('unit-busy');
  }
};

const together = (one: ErasedSoFar, batch: Omit<ErasedSoFar, 'granted'>, granted: number): ErasedSoFar => ({
  ...given({ after: batch.after }),
  granted: one.granted + granted,
  gone: one.gone + batch.gone,
  kept: one.kept + batch.kept,
  keptBy: [...new Set([...one.keptBy, ...batch.keptBy])].sort(),
  failed: one.failed + batch.failed,
});

/**
 * Erases all that is granted. Fails, to be called again, when the database or the store does not answer, when a store refuses to let
 * go of something (once everything else is done), or when a unit stays busy; calling again goes on.
 */
export const eraseDecided = async (
  deps: EraseDecidedDeps,
  { caseId, manifestId, grants }: EraseDecidedInput,
): Promise<ErasedSoFar> => {
  const { db, heartbeat, resumeFrom, batchSize = 500 } = deps;
  // What a store refused lies behind: then the walk begins again, and finds what is gone by a look at the ledger.
  let soFar = resumeFrom !== undefined && resumeFrom.failed === 0 ? resumeFrom : nothingYet;
  for (;;) {
    heartbeat(soFar);
    const { after } = soFar;
    const page = await readManifestRecords(db, manifestId, {
      limit: batchSize,
      ...(after === undefined
        ? {}
        : { after: { ...after, recordClass: recordClassId(after.recordClass), recordId: recordId(after.recordId) } }),
    });
    const last = page.at(-1);
    if (last === undefined) break;
    const wanted = page.filter(grants).map((record) => record.recordId);
    const batch = await eraseBatch(deps, caseId, wanted);
    soFar = together(
      soFar,
      { ...batch, after: { recordClass: last.recordClass, triggerAt: last.triggerAt, recordId: last.recordId } },
      wanted.length,
    );
  }
  heartbeat(soFar);
  if (soFar.failed > 0) throw failureOf('store-refused');
  return soFar;
};
