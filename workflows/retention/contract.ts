/**
 * The contract of the `retention` workflow: type, id, argument, signals, query, and the activities it asks for. All of it is written in
 * the clear into Temporal's histories: ids, codes, counts and times only (I7).
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ErasureRefusal } from '../../domain/certificate.ts';
import type { ControllerId, RecordClassId, UnitId } from '../../domain/ids.ts';
import type { UnitSize } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it: the name of the exported function. */
export const retentionWorkflowType = 'retention';

/** What the id of a unit's workflow is made of, as its row remembers it. */
export type RetentionWorkflow = {
  readonly unitId: UnitId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  /** A unit of before keeps the id under which it runs. */
  readonly readableId: boolean;
};

/** Id of the one workflow that erases a unit (I1): `retention:inps:chat:<unit>`. Without a date, since units are re-dated. */
export const retentionWorkflowId = ({ unitId, controller, recordClass, readableId }: RetentionWorkflow): string =>
  readableId ? `retention:${controller}:${recordClass}:${unitId}` : `retention-${unitId}`;

/** What a unit's workflow is doing, in the order in which it usually does it. */
export const retentionStates = ['waiting', 'due', 'erasing', 'kept', 'failed', 'erased'] as const;

/** What the unit's workflow does now, also its value of the search attribute `OblioState`. */
export type RetentionState = (typeof retentionStates)[number];

/** Argument of `retention`. The workflow reads everything else about its unit from Postgres, where it may change. */
export type RetentionInput = {
  readonly version: 1;
  readonly unitId: UnitId;
  /** What earlier runs of the same workflow did; absent in the first. */
  readonly soFar?: RetentionSoFar;
  /** History length in events after which a run continues as new; absent: when the server suggests it. */
  readonly continueAfterEvents?: number;
};

/** What a run hands on to the next when it continues as new. */
export type RetentionSoFar = {
  readonly recordsGone: number;
  readonly certificates: number;
  /** Attempts in a row that erased nothing, for the next pause between attempts. */
  readonly failuresInARow: number;
  /** Where a walk over a large unit stands, when a run continues as new in the middle of one. */
  readonly pass?: ErasurePass;
};

/**
 * How many records the certificates of the unit prove gone, by how many certificates. A unit ends with nothing left of
 * it.
 */
export type RetentionResult = { readonly recordsGone: number; readonly certificates: number };

/** The unit's dates have changed in Postgres: read them again. */
export const redatedSignal = defineSignal<[]>('redated');

/** Why a unit is woken; codes only. */
export const wakeUpReasons = [
  'suspension-placed',
  'suspension-released',
  'suspension-narrowed',
  'decision',
  'sweep',
  'operator',
] as const;

/** What ended or was decided, for the reader of a history; the unit looks at Postgres whatever the reason. */
export type WakeUpReason = (typeof wakeUpReasons)[number];

/** Argument of `wakeUp`. The version lets older workers tell a form they do not know. */
export type WakeUpInput = { readonly version: 1; readonly reason: WakeUpReason };

/** Something that kept the unit may have ended: look at it again now. Harmless at any time and any number of times. */
export const wakeUpSignal = defineSignal<[WakeUpInput]>('wakeUp');

/** What a unit's workflow answers about itself. Lists for people come from Postgres, never from here. */
export type RetentionStatus = {
  readonly unitId: UnitId;
  readonly state: RetentionState;
  readonly controller?: ControllerId;
  readonly recordClass?: RecordClassId;
  readonly unitSize?: UnitSize;
  readonly dueAt?: Instant;
  readonly boundAt?: Instant;
  readonly keptBy: readonly string[];
  readonly recordsGone: number;
  readonly certificates: number;
  readonly failuresInARow: number;
};

/** Asks for a `RetentionStatus`; for operators and tests. */
export const retentionStatusQuery = defineQuery<RetentionStatus>('retentionStatus');

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

/** Activities of the `retention` workflow on the procedures queue. */
export type RetentionActivities = {
  readonly readUnit: (input: { readonly unitId: UnitId }) => Promise<UnitSnapshot>;
};

/** Its activity on the erasure queue, which can destroy. */
export type RetentionErasureActivities = {
  readonly eraseUnit: (input: EraseUnitInput) => Promise<EraseUnitResult>;
};
