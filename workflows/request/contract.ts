/**
 * The contract of the `request` workflow: type, id, argument, updates, signal, query, and the activities it asks for. All of it is written in
 * the clear into Temporal's histories: codes, dates and ids only (I7). What people write lies in the case file under the command's id.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CertificateId, ControllerId } from '../../domain/ids.ts';
import type { CaseClocks } from '../../domain/request/course/apply-event.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import {
  type CaseCommand,
  type CaseRules,
  type CommandKind,
  type CommandMeta,
  commandKinds,
} from '../../domain/request/course/commands.ts';
import type { ManifestSummary } from '../../domain/request/course/decision.ts';
import type { LetterChannel, MailChannel, UndeliveredReason } from '../../domain/request/course/delivery.ts';
import type { AlarmKind, CaseEvent, EventMeta } from '../../domain/request/course/events.ts';
import { type Refusal, readRefusalCode } from '../../domain/request/course/refusals.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { Stage, WaitingFor } from '../../domain/request/course/states.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it: the name of the exported function. */
export const requestWorkflowType = 'request';

/** What the id of a case's workflow is made of, as its row remembers it. */
export type RequestWorkflow = {
  readonly caseId: string;
  /** `INPS-2026-000123`: no two cases of all controllers share one. */
  readonly reference: string;
  /** Whether the id bears the reference: a case of before keeps the id under which it runs. */
  readonly byReference: boolean;
};

/** Id of the one workflow that drives a case (I1): `request:INPS-2026-000123`. */
export const requestWorkflowId = ({ caseId, reference, byReference }: RequestWorkflow): string =>
  byReference ? `request:${reference}` : `request-${caseId}`;

/**
 * Argument of `request`: the case as Postgres has it at the start, so that an update that comes with the start is judged at once. The
 * first thing a run does is to compare it with Postgres.
 */
export type RequestInput = {
  readonly version: 1;
  readonly caseId: string;
  readonly state: CaseState;
  readonly rules: CaseRules;
  /** History length in events after which a run continues as new; absent: when the server suggests it. */
  readonly continueAfterEvents?: number;
};

/** The case as it was when its workflow ended: closed, with nothing standing. A reopened case gets a new run. */
export type RequestResult = { readonly stage: Stage; readonly revision: number };

/** A command of a person. */
export type CommandInput = {
  readonly version: 1;
  readonly command: CaseCommand;
  readonly meta: CommandMeta;
  /** Revision that Postgres had when the command was sent: a workflow that knows an older one reads the case before it judges. */
  readonly caseRevision?: number;
};

/** The case after an accepted command; the revision is the caller's next If-Match. */
export type CommandAnswer = { readonly revision: number; readonly stage: Stage };

/** The update of one kind of command. Its validator decides: accepted, or refused at once with a failure of type `refused` that carries a `Refusal`. */
export const commandUpdate = (kind: CommandKind | 'command') => defineUpdate<CommandAnswer, [CommandInput]>(kind);

/**
 * The updates of a case, each named by what it does (`triage`, `decide` ...), so that a history reads as what people did. All are handled
 * alike. `command` is their common name of before: histories hold it, and a caller of an older version still sends it.
 */
export const commandUpdateNames: readonly (CommandKind | 'command')[] = ['command', ...commandKinds];

/**
 * Sent when something that kept records back has ended: a decided erasure that waits for it is tried again. Early, late or doubled it does
 * no harm, because the gate looks anew.
 */
export const keepingEndedSignal = defineSignal<[]>('keepingEnded');

/** Type of the failure with which a command is refused; its only detail is the `Refusal`. */
export const refusedFailure = 'refused';

/** The refusal in a failure's details, or `undefined` where they hold none. */
export const refusalOf = (details: readonly unknown[] | null | undefined): Refusal | undefined => {
  const [first] = details ?? [];
  if (typeof first !== 'object' || first === null || !('code' in first)) return undefined;
  const code = readRefusalCode(first.code);
  return code === undefined ? undefined : { ...(first as Refusal), code };
};

/** What a case's workflow answers about itself. Lists for people come from Postgres, never from here. */
export type RequestStatus = {
  readonly caseId: string;
  readonly reference: string;
  readonly revision: number;
  readonly stage: Stage;
  readonly waitingFor: WaitingFor;
  readonly nextDeadline?: Instant;
  /** What the machine is doing, or tries again after a failure. */
  readonly working?: string;
};

/** Asks for a `RequestStatus`; for operators and tests. */
export const requestStatusQuery = defineQuery<RequestStatus>('requestStatus');

/** A case and the rules of its controller, as Postgres and the policy have them now. */
export type CaseSnapshot = { readonly state: CaseState; readonly rules: CaseRules };

/**
 * Events to be written, and who or what made them. Refused with `case-moved-on` where Postgres has another revision.
 */
export type RecordEventsInput = {
  readonly caseId: string;
  /** The revision on which the events build; another one in Postgres means that another writer came before. */
  readonly onRevision: number;
  readonly events: readonly CaseEvent[];
  readonly meta: EventMeta;
};

/** The clocks after the events; computed here because calendars stay out of workflows. */
export type RecordEventsResult = { readonly clocks: CaseClocks };

/** The case file: read, and written in one transaction with its audit entries. */
export type CaseFileActivities = {
  readonly readCase: (input: { readonly caseId: string }) => Promise<CaseSnapshot>;
  /** Fails with `case-moved-on` (not retried) where the revision is another one. Repeated with the same events it changes nothing. */
  readonly recordEvents: (input: RecordEventsInput) => Promise<RecordEventsResult>;
};

/** Which case, and what counts as now; most activities of a case need no more. */
export type CaseStep = { readonly caseId: string; readonly controller: ControllerId; readonly now: Instant };

/** Suspensions of a case: what keeps the person's records while the answer is out, and restrictions of processing (Art. 18). */
export type CaseSuspensionActivities = {
  /** Keeps again what is in scope of a reopened case. Answers with the suspension that stands, placed now or before. */
  readonly keepForRequest: (
    input: CaseStep & { readonly suspensionId: string },
  ) => Promise<{ readonly suspensionId: string }>;
  readonly releaseForRequest: (input: CaseStep & { readonly suspensionId: string }) => Promise<void>;
  /** Restricts what the person's identifiers cover, until the right is decided. */
  readonly restrictMeanwhile: (
    input: CaseStep & { readonly suspensionId: string; readonly right: RightKey; readonly reviewAt: Instant },
  ) => Promise<{ readonly suspensionId: string }>;
  readonly liftRestriction: (
    input: CaseStep & { readonly suspensionId: string; readonly right: RightKey },
  ) => Promise<void>;
};

/** Letters: composed from case, decision, policy and manifest, stored sealed in the case file. */
export type CaseLetterActivities = {
  readonly composeLetter: (input: CaseStep & { readonly letterId: string }) => Promise<void>;
};

/** How a release ended, as the workflow hears it. */
export type SendLetterResult =
  | { readonly kind: 'sent'; readonly channel: MailChannel }
  | { readonly kind: 'undelivered'; readonly why: Exclude<UndeliveredReason, 'server-away' | 'bounced'> };

/** A letter's file, and its way to the person by mail: each release once at most (I9). */
export type DeliveryActivities = {
  /** Renders what was composed; again gives the same bytes. Answers with the way the letter goes. */
  readonly renderLetter: (
    input: CaseStep & { readonly letterId: string },
  ) => Promise<{ readonly channel: LetterChannel }>;
  /** Tries once; fails with `service-unreachable` where the mail server could not take it. */
  readonly sendLetter: (
    input: CaseStep & { readonly letterId: string; readonly releaseId: string },
  ) => Promise<SendLetterResult>;
  /** Ends the attempts of a release. */
  readonly giveUpSending: (input: CaseStep & { readonly releaseId: string }) => Promise<void>;
};

/** Which package of which case; the id makes a repetition the same package (I9). */
export type BuildPackageInput = CaseStep & {
  readonly packageId: string;
  /** The letter that goes into it; its file must be there. */
  readonly letterId?: string;
};

/** The package as it lies in the store, in figures. */
export type BuildPackageResult = {
  readonly packageId: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
  readonly files: number;
  readonly records: number;
};

/** The copy of the data (Art. 15(3), 20(1)), as one file in the store. Long: heartbeats; repeated it gives the same package (I9). */
export type PackageActivities = {
  readonly buildPackage: (input: BuildPackageInput) => Promise<BuildPackageResult>;
};

/** Search across all classes of the controller, frozen as a manifest (I8). Long: heartbeats, resumes where it was. */
export type SearchActivities = {
  readonly searchSubject: (input: CaseStep & { readonly manifestId: string }) => Promise<ManifestSummary>;
};

/**
 * Which decided right is carried out. Ids that it may need are made by the workflow, so that a second attempt uses the
 * same (I9).
 */
export type ExecuteInput = CaseStep & {
  readonly right: RightKey;
  readonly manifestId?: string;
  /** For a restriction that was granted, or a purpose that an upheld objection stops: the id the suspension shall have. */
  readonly suspensionId: string;
  readonly restrictionReviewAt: Instant;
};

/** What was done, counted from the database afterwards (I6). */
export type ExecuteResult = {
  /** Records on which something was done. */
  readonly records: number;
  /** The first hundred; the case reads all of them from the ledger by its id. */
  readonly certificates: readonly CertificateId[];
  /** How many there are, where something was erased. */
  readonly certificateCount?: number;
  /** Records that the decision grants and that stay because something else keeps them; and what: kinds of suspension, codes. */
  readonly kept?: { readonly records: number; readonly by: readonly string[] };
  /** Set where a restriction was placed. */
  readonly restricted?: { readonly suspensionId: string; readonly reviewAt: Instant };
  /** Set where something was erased: the manifest it was taken from, for what is erased later. */
  readonly manifestId?: string;
};

/** The right whose erasure waited for something that kept its records. */
export type EraseHeldInput = CaseStep & { readonly right: RightKey };

/** Does what was decided on one right, from the frozen manifest. Erasures go through the gate, with the decision as their basis. */
export type ExecutionActivities = {
  readonly executeDecision: (input: ExecuteInput) => Promise<ExecuteResult>;
  /** Erases what something kept back when the decision was carried out, as far as nothing does any more. Answers with the totals. */
  readonly eraseHeld: (input: EraseHeldInput) => Promise<ExecuteResult>;
};

/** Notifications under Art. 19. */
export type RecipientActivities = {
  /** Notes by which ids recipients know what a search found, before anything is done to it. Long: heartbeats. */
  readonly noteReferences: (
    input: CaseStep & { readonly right: RightKey; readonly manifestId: string },
  ) => Promise<void>;
  /** Sets them going: one durable task per recipient. Returns how many there are. `lifted`: the right's restriction has ended. */
  readonly tellRecipients: (
    input: CaseStep & { readonly right: RightKey; readonly lifted?: true },
  ) => Promise<{ readonly recipients: number }>;
};

/** Tells the people who work on the case that a deadline comes near or has passed. */
export type AlarmActivities = {
  readonly raiseAlarm: (
    input: CaseStep & { readonly alarm: AlarmKind; readonly right: RightKey; readonly about: Instant },
  ) => Promise<void>;
};

/** Everything the workflow calls. */
export type RequestActivities = CaseFileActivities &
  CaseSuspensionActivities &
  CaseLetterActivities &
  DeliveryActivities &
  SearchActivities &
  ExecutionActivities &
  RecipientActivities &
  AlarmActivities;
