/** What the race search and the process that runs its gate say to each other. */
import type { UnitId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { EraseNextChunkResult, GateStep } from '../../../storage/erasure-gate/index.ts';

/** Faults that the search must find; they are made around the gate, which knows nothing of them. */
export const gateMutants = ['without-fence', 'suspensions-read-outside'] as const;
export type GateMutant = (typeof gateMutants)[number];

export type ToGate =
  | {
      readonly kind: 'erase';
      readonly execution: number;
      readonly unitId: UnitId;
      readonly now: Instant;
      readonly limit: number;
      readonly cursor?: string;
    }
  /** The execution may leave the step at which it stopped; `freely`: and stops no more. */
  | { readonly kind: 'go'; readonly execution: number; readonly freely: boolean };

export type FromGate =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped'; readonly execution: number; readonly step: GateStep }
  | {
      readonly kind: 'ended';
      readonly execution: number;
      readonly result: EraseNextChunkResult;
      readonly closed: boolean;
    }
  | { readonly kind: 'broke'; readonly execution: number; readonly code: string };
