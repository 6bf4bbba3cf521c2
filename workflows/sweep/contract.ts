/**
 * The contract of the `sweep` workflow: type, ids, argument, and the activities it asks for. All of it is written in the clear into
 * Temporal's histories: counts and ids only, the first hundred of each kind (I7).
 */
import type { Finding, FinishedSweep } from '../../domain/sweep-report.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it: the name of the exported function. */
export const sweepWorkflowType = 'sweep';

/** Id of a sweep on demand; those of the schedule are made from `sweepScheduleId`. */
export const sweepWorkflowId = (sweepId: string): string => `sweep-${sweepId}`;

/** Id of the schedule of the daily sweep, one a namespace and queue prefix. */
export const sweepScheduleId = (prefix: string): string => `${prefix}-daily-sweep`;

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

/** Obligations in Postgres compared with what runs in Temporal (I1). */
export type WorkflowFindings = {
  readonly units: number;
  readonly transcripts: number;
  readonly unitsWithoutWorkflow: Finding;
  readonly transcriptsWithoutWorkflow: Finding;
  /** Handed to the starter, which starts them within moments. */
  readonly unitsStartedAgain: number;
  readonly transcriptsStartedAgain: number;
  /** The same of holds, rights requests and notifications of recipients; absent in sweeps that began before they were looked at. */
  readonly others?: Readonly<Record<OtherProcedure, MissingProcedures>>;
};

/** Procedures whose workflow may be lost besides those of units and transcripts. */
export type OtherProcedure = 'suspensions' | 'requests' | 'notifications';

/** The same comparison for one further kind of workflow. */
export type MissingProcedures = {
  readonly compared: number;
  readonly missing: Finding;
  readonly startedAgain: number;
};

/** Objects in the store compared with rows in Postgres, in both directions. */
export type StoreFindings = {
  readonly objects: number;
  readonly objectsWithoutRecord: Finding;
  readonly leftovers: Finding;
  readonly recordsWithoutObject: Finding;
};

/** What a sweep erased that should have been gone already, through the gate like everything else (I5). */
export type LeftoversErased = {
  /** Records a restored backup had brought back: found, and erased again. */
  readonly recordsBack: number;
  readonly recordsErasedAgain: number;
  /** Keys of the list of abandoned objects that were cleared. */
  readonly keysCleared: number;
  readonly keysRefused: number;
};

/**
 * What the ledger says of lateness and of proof: units past their bound, intents without proof, certificates missing or
 * miscounted (I3, I6).
 */
export type LedgerFindings = {
  readonly unitsOverdue: Finding;
  /** Overdue units whose workflow was woken. */
  readonly unitsWoken: number;
  readonly intentsUnproven: Finding;
  readonly certificatesMissing: Finding;
  readonly certificatesMiscounted: Finding;
};

type AsOf = { readonly asOf: Instant };

/** On the procedures queue. */
export type SweepActivities = {
  /** Compares open units and due transcripts with running workflows, and has missing ones started. */
  readonly sweepWorkflows: (input: AsOf) => Promise<WorkflowFindings>;
  /** Compares records with objects; puts leftovers on the gate's list, touches nothing else. */
  readonly sweepObjects: (input: AsOf) => Promise<StoreFindings>;
  /** Finds what is late and what the ledger lacks; wakes what is late. */
  readonly sweepLedger: (input: AsOf) => Promise<LedgerFindings>;
  readonly writeSweepReport: (input: FinishedSweep) => Promise<void>;
};

/** On the erasure queue. */
export type SweepErasureActivities = {
  /** Through the gate: what broken-off uploads left, and what a restored backup brought back. */
  readonly eraseLeftovers: (input: AsOf) => Promise<LeftoversErased>;
};
