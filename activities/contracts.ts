/**
 * What workflows may ask of the world, as types: workflows import this file with `import type` and nothing else of the room.
 * Arguments and results are written into Temporal's histories: ids, codes, counts and times only (I7).
 */
import type { ErasureRefusal } from '../domain/certificate.ts';
import type { ControllerId, RecordClassId, RecordId, UnitId } from '../domain/ids.ts';
import type { UnitSize } from '../domain/policy/policy.ts';
import type { Instant } from '../domain/time/instant.ts';

/** A retention unit as Postgres has it now. */
export type UnitSnapshot = {
  readonly unitId: UnitId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly unitSize: UnitSize;
  readonly state: 'open' | 'closed';
  readonly opensAt: Instant;
  readonly dueAt: Instant;
  readonly boundAt: Instant;
  /** Kinds and ids of the suspensions that keep a unit of one record now; always empty for larger units, where it would be a count. */
  readonly keptBy: readonly string[];
  /** What certificates prove of a closed unit; absent while it is open. */
  readonly totals?: { readonly recordsGone: number; readonly certificates: number };
};

/** One walk over a unit, from its first record to its last, as far as it has come; resumable at any chunk. */
export type ErasurePass = {
  /** Where the walk stands; absent at its beginning. Opaque, an id. */
  readonly cursor?: string;
  /** Records that suspensions keep back. */
  readonly kept: number;
  /** Their kinds, and the ids of the first of them. */
  readonly keptBy: readonly string[];
  /** Records of which a store refused to let go. */
  readonly failed: number;
};

/** Which unit, what counts as now for its window, and the pass to go on with. */
export type EraseUnitInput = { readonly unitId: UnitId; readonly now: Instant; readonly pass: ErasurePass };

/** What is proven so far, and how the slice ended. Nothing in it says whose records they were. */
export type EraseUnitResult = {
  /** Records of the unit that certificates prove gone, by all calls together. */
  readonly recordsGone: number;
  readonly certificates: number;
} & (
  | { readonly kind: 'nothing-left' }
  /** The slice of one call is done, the walk is not: call again with this pass. */
  | { readonly kind: 'more'; readonly pass: ErasurePass }
  /** The walk is done and something is left of the unit. */
  | { readonly kind: 'left'; readonly pass: ErasurePass }
  | { readonly kind: 'refused'; readonly reason: ErasureRefusal }
);

/** The chat's record, and what counts as now. */
export type SendTranscriptInput = { readonly recordId: RecordId; readonly now: Instant };

/** Whether the sending is over. `unknown` is over: the text may have left, and is never sent twice (I9). */
export type SendTranscriptResult =
  | { readonly kind: 'settled'; readonly outcome: 'sent' | 'refused' | 'unknown' | 'given-up' | 'record-gone' }
  /** Nothing left this house: the mail server could not take it now, or processing of the chat is restricted (Art. 18). */
  | { readonly kind: 'try-later'; readonly because: 'mail-server' | 'restricted' };

/** Activities on the procedures queue. */
export type ProcedureActivities = {
  readonly readUnit: (input: { readonly unitId: UnitId }) => Promise<UnitSnapshot>;
  readonly sendTranscript: (input: SendTranscriptInput) => Promise<SendTranscriptResult>;
  readonly giveUpTranscript: (input: SendTranscriptInput) => Promise<void>;
};

/** Activities on the erasure queue: the only ones that can destroy. */
export type ErasureActivities = {
  readonly eraseUnit: (input: EraseUnitInput) => Promise<EraseUnitResult>;
};
