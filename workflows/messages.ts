/**
 * The contracts of the workflows: their names, ids, queues, arguments, signals, queries and search attributes. Whoever starts or
 * calls a workflow imports this file and no other of the room. What it names is written in the clear into Temporal's histories,
 * so it holds ids, codes, counts and times only (I7).
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ErasurePass } from '../activities/contracts.ts';
import type { ControllerId, RecordClassId, RecordId, UnitId } from '../domain/ids.ts';
import type { UnitSize } from '../domain/policy/policy.ts';
import type { Instant } from '../domain/time/instant.ts';

/** Workflow types as Temporal knows them; each equals the name of the exported workflow function. */
export const workflowTypes = {
  retention: 'retention',
  sweep: 'sweep',
  transcript: 'transcript',
  request: 'request',
  notification: 'notification',
} as const;

/** Task queue of workflows and light activities. */
export const proceduresQueue = (prefix: string): string => `${prefix}-procedures`;

/** Task queue of the gate's activities, with a rate limit of its own so that erasures never crowd out the rest. */
export const erasureQueue = (prefix: string): string => `${prefix}-erasure`;

/** The erasure queue that belongs to a procedures queue: a workflow finds it from the queue it runs on itself. */
export const erasureQueueBeside = (queue: string): string => queue.replace(/-procedures$/, '-erasure');

/** Id of the one workflow that erases a retention unit (I1). */
export const retentionWorkflowId = (unitId: UnitId): string => `retention-${unitId}`;

/** Id of the one workflow that sends a chat's transcript (I9). */
export const transcriptWorkflowId = (recordId: RecordId): string => `transcript-${recordId}`;

/** Id of a sweep on demand; those of the schedule are made from `sweepScheduleId`. */
export const sweepWorkflowId = (sweepId: string): string => `sweep-${sweepId}`;

/** Id of the schedule of the daily sweep, one a namespace and queue prefix. */
export const sweepScheduleId = (prefix: string): string => `${prefix}-daily-sweep`;

/** What a unit's workflow is doing, in the order in which it usually does it. */
export const retentionStates = ['waiting', 'due', 'erasing', 'kept', 'failed', 'erased'] as const;

/** What the unit's workflow does now, also its value of the search attribute `OblioState`. */
export type RetentionState = (typeof retentionStates)[number];

/** Search attributes, registered once per namespace. They say nothing about a person. */
export const searchAttributes = {
  controller: defineSearchAttributeKey('OblioController', 'KEYWORD'),
  recordClass: defineSearchAttributeKey('OblioRecordClass', 'KEYWORD'),
  /** A `RetentionState`, and later the states of holds and requests. */
  state: defineSearchAttributeKey('OblioState', 'KEYWORD'),
  dueAt: defineSearchAttributeKey('OblioDueAt', 'DATETIME'),
  /** Kinds and ids of the suspensions that keep something of the unit; empty when nothing is kept. */
  keptBy: defineSearchAttributeKey('OblioKeptBy', 'KEYWORD_LIST'),
  /** Rights of a request that still wait for an answer. */
  right: defineSearchAttributeKey('OblioRight', 'KEYWORD_LIST'),
  /** The earliest statutory deadline of a request. */
  deadline: defineSearchAttributeKey('OblioDeadline', 'DATETIME'),
  /** For whom a request waits. */
  waitingFor: defineSearchAttributeKey('OblioWaitingFor', 'KEYWORD'),
};

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

/** What ended or was decided, for whoever reads a history; the unit looks at Postgres whatever the reason. */
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

/** Argument of `sweep`. */
export type SweepInput = {
  readonly version: 1;
  /** Id of the report; absent in scheduled sweeps, which take the run's id. */
  readonly sweepId?: string;
  /** What the sweep calls now; absent: the time at which it runs. Ahead of the clock only where time travel is allowed. */
  readonly asOf?: Instant;
};

/** Counts of the finished sweep; what was found stands in its report in Postgres. */
export type SweepResult = { readonly sweepId: string; readonly findings: number; readonly healed: number };

/** Argument of `transcript`. */
export type TranscriptInput = { readonly version: 1; readonly recordId: RecordId };

/**
 * How the sending ended. `unknown`: the mail server was given the text and did not answer, so nobody sends again (I9).
 */
export type TranscriptResult = {
  readonly outcome: 'sent' | 'refused' | 'unknown' | 'given-up' | 'record-gone';
  readonly attempts: number;
};

export * from './hold/contract.ts';
export * from './notification/contract.ts';
export * from './request/contract.ts';
