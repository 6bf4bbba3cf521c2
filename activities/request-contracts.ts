/**
 * What the `request` workflow asks of the world, as types. Arguments and results are written into Temporal's histories: ids, codes,
 * counts and times only (I7). Every activity is idempotent by the ids it gets (I9).
 */
import type { CertificateId, ControllerId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { CaseState } from '../domain/rights-request/case-state.ts';
import type { CaseRules } from '../domain/rights-request/commands.ts';
import type { AlarmKind, CaseEvent, EventMeta } from '../domain/rights-request/events.ts';
import type { CaseClocks } from '../domain/rights-request/history.ts';
import type { ManifestSummary } from '../domain/rights-request/manifest.ts';
import type { RightKey } from '../domain/rights-request/rights.ts';

/** A case and the rules of its controller, as Postgres and the policy have them now. */
export type CaseSnapshot = { readonly state: CaseState; readonly rules: CaseRules };

export type RecordEventsInput = {
  readonly caseId: string;
  /** The revision on which the events build; another one in Postgres means that somebody else wrote. */
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

/** Search across all classes of the controller, frozen as a manifest (I8). Long: heartbeats, resumes where it was. */
export type SearchActivities = {
  readonly searchSubject: (input: CaseStep & { readonly manifestId: string }) => Promise<ManifestSummary>;
};

export type ExecuteInput = CaseStep & {
  readonly right: RightKey;
  readonly manifestId?: string;
  /** For a restriction that was granted, or a purpose that an upheld objection stops: the id the suspension shall have. */
  readonly suspensionId: string;
  readonly restrictionReviewAt: Instant;
};

export type ExecuteResult = {
  /** Records on which something was done. */
  readonly records: number;
  readonly certificates: readonly CertificateId[];
  /** Set where a restriction was placed. */
  readonly restricted?: { readonly suspensionId: string; readonly reviewAt: Instant };
};

/** Does what was decided on one right, from the frozen manifest. Erasures go through the gate, with the decision as their basis. */
export type ExecutionActivities = {
  readonly executeDecision: (input: ExecuteInput) => Promise<ExecuteResult>;
};

/** Sets the notifications under Art. 19 going: one durable task per recipient. Returns how many there are. */
export type RecipientActivities = {
  readonly tellRecipients: (input: CaseStep & { readonly right: RightKey }) => Promise<{ readonly recipients: number }>;
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
  SearchActivities &
  ExecutionActivities &
  RecipientActivities &
  AlarmActivities;
