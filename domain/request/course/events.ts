/**
 * What has happened to a case: its history, append-only, codes and ids only. The state of a case is the fold of its events; every
 * event is an entry of the audit trail too. Read where histories are replayed.
 */
import type { CertificateId, ControllerId } from '../../ids.ts';

import type { Instant } from '../../time/instant.ts';
import type { ClockPause, ExtensionReason } from '../clock/clock.ts';
import type { DeliveryProof, Opinion } from './commands.ts';
import type { Decision, ManifestSummary } from './decision.ts';
import type { LetterChannel, UndeliveredReason } from './delivery.ts';
import type {
  AuthorityProof,
  IdentificationAbout,
  IdentificationItem,
  IdentityLevel,
  RequesterCapacity,
} from './identity.ts';
import type { RightKey } from './rights.ts';

/**
 * Where a request can reach the controller. Any of them starts the clock, also where the notice asks for another (EDPB
 * 01/2022 paras. 53-56).
 */
export const intakeChannels = ['pec', 'email', 'post', 'counter', 'portal', 'phone'] as const;

/** Where a request came in; the instant at which it reached this channel is the receipt that starts the clock. */
export type IntakeChannel = (typeof intakeChannels)[number];

/** What the case file knows at intake, without a word about the person. */
export type Intake = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly reference: string;
  readonly channel: IntakeChannel;
  readonly receivedAt: Instant;
  readonly language: 'it' | 'en';
  readonly identityLevel: IdentityLevel;
  readonly capacity: RequesterCapacity;
  /** As staff read them at intake; triage confirms or corrects them. Empty: none recognised yet. */
  readonly rights: readonly RightKey[];
  readonly suspensionId: string;
};

/** The kinds of letter to the person of a case, in the order in which a case may write them. */
export const caseLetterKinds = [
  'acknowledgement',
  'identification-request',
  'extension',
  'answer',
  'restriction-to-be-lifted',
  'closed-unidentified',
  'not-a-request',
  'request-withdrawn',
  'recipients-report',
  'recipient-notification',
] as const;

/** A letter that belongs to a case, as its events and its file name it. */
export type CaseLetterKind = (typeof caseLetterKinds)[number];

/** Kinds of alarm, each raised once for the same deadline. */
export const alarmKinds = [
  'target-reached',
  'deadline-near',
  'first-month-ends',
  'deadline-tomorrow',
  'overdue',
  'restriction-review',
  'held-erasure-review',
] as const;

/** What an alarm warns of: a deadline of the case, or a review that an answer announced. */
export type AlarmKind = (typeof alarmKinds)[number];

/** What a decision erases and something else keeps: how many records, and kinds of suspension or codes. */
export type KeptBack = { readonly records: number; readonly by: readonly string[] };

/** What was done for a right, in figures that are read back from the ledger and never added up from what was tried (I6). */
export type DoneForRight = {
  readonly records: number;
  /** The first of them; the ledger has all. */
  readonly certificates: readonly CertificateId[];
  readonly certificateCount?: number;
  /** What the decision grants and something else keeps. */
  readonly kept?: KeptBack;
  /** By when staff review what is kept, as the answer says. */
  readonly reviewAt?: Instant;
};

/**
 * One thing that happened to a case, in codes, dates and ids. Kept as written: a changed form of an event must still read the old ones.
 */
export type CaseEvent =
  | { readonly kind: 'received'; readonly intake: Intake }
  | { readonly kind: 'recognised'; readonly rights: readonly RightKey[]; readonly letterId: string }
  | { readonly kind: 'found-no-request'; readonly passedOn: boolean; readonly letterId?: string }
  | {
      readonly kind: 'requester-asked';
      readonly about: IdentificationAbout;
      readonly asked: readonly IdentificationItem[];
      readonly pause?: ClockPause;
      readonly closesAt: Instant;
      readonly letterId: string;
    }
  | { readonly kind: 'requester-answered' }
  | { readonly kind: 'requester-silent'; readonly letterId: string }
  | {
      readonly kind: 'identity-confirmed';
      readonly level: IdentityLevel;
      readonly capacity: RequesterCapacity;
      readonly proof?: AuthorityProof;
    }
  | {
      readonly kind: 'extension-ordered';
      readonly rights: readonly RightKey[];
      readonly months: 1 | 2;
      readonly reason: ExtensionReason;
      readonly letterId: string;
    }
  /** The true time of receipt, the one it takes the place of, and the letter that informs the person, if one had named the former time. */
  | {
      readonly kind: 'receipt-corrected';
      readonly receivedAt: Instant;
      readonly formerly: Instant;
      readonly letterId?: string;
    }
  | { readonly kind: 'search-ordered' }
  | {
      readonly kind: 'search-finished';
      readonly manifest: ManifestSummary;
      /**
       * Whether recipients are notified of the restrictions that hold while rights are weighed; absent in what was searched before they
       * did.
       */
      readonly restrictionsTold?: true;
    }
  | { readonly kind: 'review-submitted'; readonly withheld: number }
  | { readonly kind: 'review-confirmed' }
  | { readonly kind: 'review-returned' }
  | { readonly kind: 'decision-prepared'; readonly right: RightKey; readonly decision: Decision }
  | { readonly kind: 'opinion-given'; readonly right: RightKey; readonly opinion: Opinion }
  | { readonly kind: 'decision-returned'; readonly right: RightKey }
  | { readonly kind: 'decided'; readonly right: RightKey; readonly decision: Decision; readonly late: boolean }
  | ({
      readonly kind: 'executed';
      readonly right: RightKey;
      readonly restricted?: { readonly suspensionId: string; readonly reviewAt: Instant };
    } & DoneForRight)
  /** Erased later, when what had kept it back was over: the totals of the right now. */
  | ({
      readonly kind: 'held-erased';
      readonly right: RightKey;
      /** The letter that says so, where the answer was written before. */
      readonly letterId?: string;
    } & DoneForRight)
  | {
      readonly kind: 'letter-ordered';
      readonly letterId: string;
      readonly letter: CaseLetterKind;
      readonly rights: readonly RightKey[];
    }
  /** Composed and rendered: content and file lie sealed in the case file. */
  | { readonly kind: 'letter-composed'; readonly letterId: string; readonly channel?: LetterChannel }
  /** A person released it for sending by mail. */
  | { readonly kind: 'letter-released'; readonly letterId: string; readonly releaseId: string }
  /** The mail server took it. A letter by PEC is delivered when its receipt says so. */
  | { readonly kind: 'letter-sent'; readonly letterId: string; readonly releaseId: string }
  /** It came back to staff. */
  | {
      readonly kind: 'letter-undelivered';
      readonly letterId: string;
      readonly releaseId: string;
      readonly why: UndeliveredReason;
    }
  | {
      readonly kind: 'letter-delivered';
      readonly letterId: string;
      readonly deliveredAt: Instant;
      readonly proof: DeliveryProof;
      /** An extension of which the person is informed after the first month has no effect. */
      readonly extensionVoid?: boolean;
      /** First instant at which a restriction that the letter announces the end of may be lifted (Art. 18(3)). */
      readonly liftNotBefore: Instant;
    }
  | { readonly kind: 'rights-withdrawn'; readonly rights: readonly RightKey[]; readonly letterId: string }
  | {
      readonly kind: 'restriction-placed';
      readonly right: RightKey;
      readonly suspensionId: string;
      readonly reviewAt: Instant;
    }
  | { readonly kind: 'lifting-announced'; readonly right: RightKey; readonly letterId: string }
  | { readonly kind: 'lifting-ordered'; readonly right: RightKey }
  | { readonly kind: 'restriction-lifted'; readonly right: RightKey }
  /** So many notifications were ordered (Art. 19); how far each of them is, its own notification says. */
  | { readonly kind: 'recipients-told'; readonly right: RightKey; readonly recipients: number }
  | { readonly kind: 'suspension-released' }
  | { readonly kind: 'suspension-placed-again'; readonly suspensionId: string }
  | { readonly kind: 'reopening-requested' }
  | { readonly kind: 'reopened'; readonly rights: readonly RightKey[] }
  | { readonly kind: 'reopening-declined' }
  | { readonly kind: 'proceeding-linked'; readonly proceeding: 'complaint' | 'court'; readonly suspensionId?: string }
  | { readonly kind: 'note-added' }
  | { readonly kind: 'alarm-raised'; readonly alarm: AlarmKind; readonly right: RightKey; readonly about: Instant };

/** Who or what made an event, when, and under which command its words lie. */
export type EventMeta = {
  /** Opaque id of a person, or `oblio`. */
  readonly actor: string;
  readonly role: string;
  readonly at: Instant;
  readonly commandId?: string;
};

/** An event at its place in the history of its case. */
export type RecordedEvent = EventMeta & { readonly sequence: number; readonly event: CaseEvent };
