/**
 * The contract of the `hold` workflow: type, id, argument, signal, query, and the activities it asks for. All of it is written in the clear
 * into Temporal's histories: ids, codes, counts and times only (I7). A matter or a reason stays in Postgres.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it. */
export const holdWorkflowType = 'hold';

/** What the id of a suspension's workflow is made of, as its row remembers it. */
export type HoldWorkflow = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  /** A suspension of before has none and keeps the id under which its workflow runs. */
  readonly number: number | null;
};

/** Id of the one workflow that carries out a suspension: `hold:inps:12`. */
export const holdWorkflowId = ({ suspensionId, controller, number }: HoldWorkflow): string =>
  number === null ? `hold-${suspensionId}` : `hold:${controller}:${number}`;

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

/** A suspension as Postgres has it now. */
export type HoldSnapshot = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly state: 'active' | 'released';
  /** Grows with everything that happens to it. */
  readonly revision: number;
  /** Grows when its scope changes or ends. */
  readonly scopeRevision: number;
  /** Start of the day, at the controller's seat, on which legal must say whether it is still needed. */
  readonly reviewAt: Instant;
  /** Whether anything of its scope was given back: by a narrower scope or by the release. */
  readonly gaveBack: boolean;
  /** Whether whole classes are or were in its scope, so that it may cover very many records. */
  readonly wholeClasses: boolean;
};

/**
 * The walks over a suspension's records. `free-overdue`: units of whole classes that are overdue are given back first, the longest
 * overdue before the others: flags off, then called. `lift`: take the store's flags off what was given back, unless another hold needs them.
 * `wake`: call the units of what was given back. `tell-soon`: `tell` for units of whole classes that fall due within a month, the next
 * one first. `cover`: count what is in scope and put the flags on. `tell`: have units of one
 * record show by what they are kept. `verify`: as `cover`, asking the store again for flags that should be on.
 */
export const holdWalks = ['free-overdue', 'lift', 'wake', 'tell-soon', 'cover', 'tell', 'verify'] as const;

/** Why a suspension's records are walked over. */
export type HoldWalk = (typeof holdWalks)[number];

/** Which walk over which state of the scope. The same call again goes on where the last one stopped. */
export type WalkHoldInput = {
  readonly suspensionId: SuspensionId;
  readonly walk: HoldWalk;
  /** The scope that is walked; if it has changed since, the walk is outdated. */
  readonly scopeRevision: number;
  /** Begin anew if a walk over this scope was finished before; one that was broken off is always taken up where it stopped. */
  readonly restart: boolean;
  readonly now: Instant;
};

/** How far a walk has come. */
export type WalkProgress = {
  readonly records: Readonly<Record<string, number>>;
  readonly objects: number;
  readonly units: number;
};

/** How far the walk has come after this slice. */
export type WalkHoldResult =
  | { readonly kind: 'more'; readonly progress: WalkProgress }
  | { readonly kind: 'finished'; readonly progress: WalkProgress }
  /** The scope has changed meanwhile: read the suspension again. */
  | { readonly kind: 'outdated' };

/** Activities of the `hold` workflow, on the procedures queue. */
export type HoldActivities = {
  readonly readHold: (input: { readonly suspensionId: SuspensionId }) => Promise<HoldSnapshot>;
  /** A slice of a walk; goes on where the last one stopped, whichever worker that was. */
  readonly walkHold: (input: WalkHoldInput) => Promise<WalkHoldResult>;
  /** Leaves a reminder in the audit trail, once per review date and round. */
  readonly remindOfReview: (input: {
    readonly suspensionId: SuspensionId;
    readonly reviewAt: Instant;
    /** 1 for the first reminder of this date, then 2, 3 ... */
    readonly round: number;
    readonly now: Instant;
  }) => Promise<void>;
};
