/**
 * The activities of a retention unit: reading it, and a slice of its erasure, chunk after chunk through the gate, with heartbeats that carry
 * how far the walk has come. Dying anywhere costs at most one chunk, which the gate resumes from its ledger; running twice destroys and
 * certifies nothing twice.
 */
import { given } from '../../domain/given.ts';
import type { UnitId } from '../../domain/ids.ts';
import type { KeptBack } from '../../domain/suspension/suspension.ts';
import type { Database } from '../../storage/database/database.ts';
import type { ErasureGate } from '../../storage/erasure-gate/index.ts';
import { keptOfUnit } from '../../storage/suspensions/match-suspensions.ts';
import { readUnit as readUnitRow, readUnitTotals } from '../../storage/units/units.ts';
import type { EraseUnitInput, EraseUnitResult, ErasurePass, UnitSnapshot } from '../../workflows/retention/contract.ts';
import { failureOf } from '../failures.ts';

/** A search attribute is a short list; a unit of a day may be kept by thousands. */
const namedSuspensions = 10;

/** Kinds first, then the first suspensions by id. */
const keptBy = ({ byKind, suspensions }: KeptBack): readonly string[] => [
  ...byKind.map(({ kind }) => kind),
  ...suspensions.slice(0, namedSuspensions).map(({ suspensionId }) => suspensionId),
];

/** Two such lists as one, each name once. */
const together = (one: readonly string[], other: readonly string[]): readonly string[] => {
  const all = [...new Set([...one, ...other])];
  const isId = (name: string): boolean => /^[0-9a-f]{8}-/.test(name);
  return [...all.filter((name) => !isId(name)), ...all.filter(isId).slice(0, namedSuspensions)];
};

/** The unit as it is now. Fails with `unit-unknown`, which is not retried, if there is none. */
export const readUnit = async (
  { db }: { readonly db: Database },
  { unitId }: { readonly unitId: UnitId },
): Promise<UnitSnapshot> => {
  const unit = await readUnitRow(db, unitId);
  if (unit === undefined) throw failureOf('unit-unknown');
  const { controller, recordClass, unitSize, state, opensAt, dueAt, boundAt } = unit;
  const showsKeeper = unitSize === 'record' && state === 'open';
  return {
    unitId,
    controller,
    recordClass,
    unitSize,
    state,
    opensAt,
    dueAt,
    boundAt,
    ...(state === 'closed' ? { totals: await readUnitTotals(db, unitId) } : {}),
    keptBy: showsKeeper ? keptBy(await keptOfUnit(db, { controller, unitId })) : [],
  };
};

/** Database and gate, the size of a slice, and the ties to Temporal. */
export type EraseUnitDeps = {
  readonly db: Database;
  readonly gate: Pick<ErasureGate, 'eraseNextChunk' | 'closeUnit'>;
  /** Records the gate looks at in one chunk; absent: its own default. */
  readonly chunkSize?: number;
  /** Chunks of one call, so that a history shows progress and a worker can stop; default 50. */
  readonly chunksPerSlice?: number;
  /** Reports to Temporal how far the walk has come. */
  readonly heartbeat: (pass: ErasurePass) => void;
  /** Where an earlier attempt at the same call had come, if it said so. */
  readonly resumeFrom: ErasurePass | undefined;
  /** The worker stops: end after the chunk at hand. */
  readonly stopping: AbortSignal;
};

/** Erases up to a slice of a unit. Rejects when the database or the store does not answer; calling again goes on. */
export const eraseUnit = async (
  { db, gate, chunkSize, chunksPerSlice = 50, heartbeat, resumeFrom, stopping }: EraseUnitDeps,
  input: EraseUnitInput,
): Promise<EraseUnitResult> => {
  const { unitId, now } = input;
  let pass = resumeFrom ?? input.pass;
  for (let chunks = 0; chunks < chunksPerSlice && !stopping.aborted; chunks += 1) {
    heartbeat(pass);
    const chunk = await gate.eraseNextChunk({
      unitId,
      now,
      basis: { kind: 'retention-period-ended' },
      ...given({ cursor: pass.cursor, limit: chunkSize }),
    });
    if (chunk.kind === 'busy') throw failureOf('unit-busy');
    if (chunk.kind === 'refused') {
      if (chunk.reason === 'unknown-unit') throw failureOf('unit-unknown');
      return { ...(await readUnitTotals(db, unitId)), kind: 'refused', reason: chunk.reason };
    }
    const { cursor, kept, failed } = chunk;
    pass = {
      ...given({ cursor }),
      kept: pass.kept + kept.records,
      keptBy: together(pass.keptBy, keptBy(kept)),
      failed: pass.failed + failed.reduce((sum, { records }) => sum + records, 0),
    };
    if (cursor === undefined) {
      const closed = pass.kept === 0 && pass.failed === 0 && (await gate.closeUnit({ unitId, now })).kind === 'closed';
      const totals = await readUnitTotals(db, unitId);
      return closed ? { ...totals, kind: 'nothing-left' } : { ...totals, kind: 'left', pass };
    }
  }
  return { ...(await readUnitTotals(db, unitId)), kind: 'more', pass };
};
