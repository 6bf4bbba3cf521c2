/** What the gate is given and what it answers. */
import type { DispositionBasis, ErasureRefusal } from '../../domain/certificate.ts';
import type { CertificateId, RecordId, UnitId } from '../../domain/ids.ts';
import type { KeptBack } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { DestroyingStore } from './destroying-store.ts';

/** The lines between which a crash must not matter, in the order in which a chunk passes them. */
export const gateSteps = [
  'unit-locked',
  'candidates-read',
  'store-listed',
  'fence-taken',
  'suspensions-read',
  'intent-written',
  'intent-committed',
  'objects-half-destroyed',
  'objects-destroyed',
  'rows-deleted',
  'rows-committed',
  'rows-read-back',
  'objects-read-back',
  'certificate-written',
  'certificate-committed',
] as const;

/** A named line of the gate at which a test may stop the process; in production nothing happens there. */
export type GateStep = (typeof gateSteps)[number];

/** What every step of the gate works with. */
export type GateTools = {
  /** The gate's own login: the only one that may delete records. */
  readonly db: Database;
  readonly store: ObjectStore;
  readonly destroyingStore: DestroyingStore;
  /** The real time; the gate compares `now` with it. */
  readonly clock: () => Instant;
  readonly atStep: (step: GateStep) => Promise<void>;
};

/** On what ground a chunk is destroyed; a decision names the records and needs no open window. */
export type EraseBasis =
  | Extract<DispositionBasis, { kind: 'retention-period-ended' }>
  | (Extract<DispositionBasis, { kind: 'decision' }> & { readonly recordIds: readonly RecordId[] });

/** Which unit, on which basis, and where the walk stands. */
export type EraseNextChunkInput = {
  readonly unitId: UnitId;
  /** What counts as now. Ahead of the real clock only where time travel is allowed. */
  readonly now: Instant;
  readonly basis: EraseBasis;
  /** Where an earlier call of the same walk stopped; absent at the walk's beginning. Opaque. */
  readonly cursor?: string;
  /** Records looked at in one chunk. */
  readonly limit?: number;
};

/** What became of the chunk. Counts only what was read back (I6). */
export type EraseNextChunkResult =
  | { readonly kind: 'refused'; readonly reason: ErasureRefusal }
  /** Another execution is at work on the unit. */
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'chunk';
      /** Absent where nothing was destroyed. */
      readonly certificateId: CertificateId | undefined;
      /** Records proven absent. */
      readonly gone: number;
      readonly kept: KeptBack;
      /** Records that a store would not let go, by its code. */
      readonly failed: readonly { readonly code: string; readonly records: number }[];
      /** Where the walk goes on; absent at its end. */
      readonly cursor: string | undefined;
    };
