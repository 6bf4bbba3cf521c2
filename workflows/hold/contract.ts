/** The contract of the `hold` workflow: name, id, argument, signal, query. Ids, codes, counts and times only (I7). */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { WalkProgress } from '../../activities/hold-contracts.ts';
import type { SuspensionId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it. */
export const holdWorkflowType = 'hold';

/** Id of the one workflow that carries out a suspension. */
export const holdWorkflowId = (id: SuspensionId): string => `hold-${id}`;

/** What a hold's workflow is doing. */
export const holdStates = ['lifting', 'applying', 'in-force', 'review-due', 'verifying', 'released'] as const;

/**
 * What the workflow does now. Whether the hold itself is in force is for Postgres: the gate never asks a workflow (I4).
 */
export type HoldState = (typeof holdStates)[number];

/** Argument of `hold`. Everything else is read from Postgres, where it may change. */
export type HoldInput = {
  readonly version: 1;
  readonly suspensionId: SuspensionId;
  readonly soFar?: HoldSoFar;
  /** History length in events after which a run continues as new; absent: when the server suggests it. */
  readonly continueAfterEvents?: number;
};

/** What earlier runs of the same workflow found and did. */
export type HoldSoFar = {
  /** The scope that was carried out completely. */
  readonly carriedOut?: number;
  readonly covered?: WalkProgress;
  /** Reminders given for one review date. */
  readonly reminders?: { readonly reviewAt: Instant; readonly given: number };
  /** When the flags are compared with the store again. */
  readonly verifyAt?: Instant;
};

/** The workflow ends only with its suspension, when everything that waited for it has been woken. */
export type HoldResult = { readonly released: true };

/** The suspension has changed in Postgres: read it again. Harmless at any time and any number of times. */
export const holdChangedSignal = defineSignal<[]>('holdChanged');

/** What a hold's workflow answers about itself. */
export type HoldStatus = {
  readonly suspensionId: SuspensionId;
  readonly state: HoldState;
  /** The last revision that was read. */
  readonly revision: number;
  readonly reviewAt?: Instant;
  /** What is covered, once it has been counted. */
  readonly covered?: WalkProgress;
  readonly remindersGiven: number;
};

/** Asks for a `HoldStatus`; for operators and tests. */
export const holdStatusQuery = defineQuery<HoldStatus>('holdStatus');
