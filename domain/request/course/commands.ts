/**
 * What people can do to a case. A command carries codes, dates and ids only; its free text, identifiers and files lie in the case
 * file under the command's id. Who may do what in which state is in `transitions.ts`.
 */
import type { Instant } from '../../time/instant.ts';
import type { ExtensionReason } from '../clock/clock.ts';
import type { Decision } from './decision.ts';
import type {
  AuthorityProof,
  IdentificationAbout,
  IdentificationItem,
  IdentityLevel,
  RequesterCapacity,
} from './identity.ts';
import type { RightKey } from './rights.ts';

/** Roles that can act on a case, out of all a token can carry. */
export const caseRoles = ['dpo', 'officer', 'legal'] as const;

/**
 * The role under which somebody acts on a case: the DPO's staff prepare and track, an officer of the controller decides
 * (Arts. 38-39), legal teams link proceedings.
 */
export type CaseRole = (typeof caseRoles)[number];

/** How a letter reached the person, as staff record it. */
export const deliveryProofs = ['pec-receipt', 'email-sent', 'registered-post', 'handed-over', 'portal-opened'] as const;

/** What staff hold in hand to prove that a letter arrived; the deadline is met by delivery, not by writing. */
export type DeliveryProof = (typeof deliveryProofs)[number];

/** What the DPO says about a prepared decision (Art. 39(1)(a)). */
export const opinions = ['agrees', 'agrees-with-remarks', 'disagrees'] as const;

/** The DPO's word on a prepared decision. It binds nobody, but no right is decided before it is on file. */
export type Opinion = (typeof opinions)[number];

/**
 * Every step a person can take, with the codes it needs. `right` is the key of one right of the case; a step is
 * refused, never bent, where it does not fit (`transitions.ts`).
 */
export type CaseCommand =
  /** A person says what the message is (Art. 22: never a rule alone). */
  | { readonly kind: 'triage'; readonly verdict: 'rights-request'; readonly rights: readonly RightKey[] }
  | { readonly kind: 'triage'; readonly verdict: 'not-a-request'; readonly passedOn: boolean }
  /** Asks for what is missing; stops the clock while the answer is out (Art. 12(6)). */
  | {
      readonly kind: 'ask-requester';
      readonly about: IdentificationAbout;
      readonly asked: readonly IdentificationItem[];
    }
  | { readonly kind: 'record-answer' }
  | {
      readonly kind: 'confirm-identity';
      readonly level: IdentityLevel;
      readonly capacity: RequesterCapacity;
      readonly proof?: AuthorityProof;
    }
  /** The one extension (Art. 12(3)); it counts once its letter has been delivered inside the first month. Each right by itself. */
  | {
      readonly kind: 'extend';
      readonly rights: readonly RightKey[];
      readonly months: 1 | 2;
      readonly reason: ExtensionReason;
    }
  /** The message was received at another time than was typed at intake: every clock of the case runs from this one. */
  | { readonly kind: 'correct-receipt'; readonly receivedAt: Instant }
  | { readonly kind: 'repeat-search' }
  | { readonly kind: 'submit-review'; readonly withheld: number }
  | { readonly kind: 'confirm-review' }
  | { readonly kind: 'return-review' }
  | { readonly kind: 'prepare-decision'; readonly right: RightKey; readonly decision: Decision }
  | { readonly kind: 'give-opinion'; readonly right: RightKey; readonly opinion: Opinion }
  | { readonly kind: 'return-decision'; readonly right: RightKey }
  /** The officer decides: as prepared, or otherwise. `acknowledgedLate` takes responsibility for a refusal after the first month. */
  | {
      readonly kind: 'decide';
      readonly right: RightKey;
      readonly decision: Decision;
      readonly acknowledgedLate: boolean;
    }
  | { readonly kind: 'compose-answer'; readonly rights: readonly RightKey[] }
  | {
      readonly kind: 'record-delivery';
      readonly letterId: string;
      readonly deliveredAt: Instant;
      readonly proof: DeliveryProof;
    }
  /** Releases a letter for sending by PEC or e-mail. */
  | { readonly kind: 'send-letter'; readonly letterId: string }
  /** A receipt says that what was sent did not arrive; it goes back to staff. */
  | { readonly kind: 'report-undelivered'; readonly letterId: string }
  | { readonly kind: 'withdraw'; readonly rights: readonly RightKey[] }
  /** Tells the person that a restriction will be lifted (Art. 18(3)). */
  | { readonly kind: 'announce-lifting'; readonly right: RightKey }
  | { readonly kind: 'lift-restriction'; readonly right: RightKey }
  | { readonly kind: 'request-reopening' }
  | { readonly kind: 'confirm-reopening'; readonly rights: readonly RightKey[] }
  | { readonly kind: 'decline-reopening' }
  | {
      readonly kind: 'link-proceeding';
      readonly proceeding: 'complaint' | 'court';
      /** The hold that legal teams placed because of it, if any. */
      readonly suspensionId?: string;
    }
  | { readonly kind: 'add-note' };

/** The name of a step, as the API's body and the table of who may do what carry it. */
export type CommandKind = CaseCommand['kind'];

/** Who sends a command, when, and on which state of the case they looked. */
export type CommandMeta = {
  /** Id of the command and of what lies under it in the case file. */
  readonly commandId: string;
  /** Opaque id of the caller. */
  readonly actor: string;
  readonly role: string;
  /** Whether the caller acts for the case's controller. */
  readonly actsForController: boolean;
  readonly at: Instant;
  /** The revision the caller saw (If-Match); absent: whatever it is now. */
  readonly expectedRevision?: number;
};

/** What a decision about a command must know besides the case: rules of the controller, no personal data. */
export type CaseRules = {
  readonly notARequest: 'no-reply' | 'short-note';
  /** Ids of the policy's opt-outs. */
  readonly optOuts: readonly string[];
  /** Days after a question without an answer until the case is closed (default 60). */
  readonly unansweredDays: number;
  /** Days between telling the person and lifting a restriction (default 15). */
  readonly liftingNoticeDays: number;
  /** Days after which a restriction is looked at again (default 180). */
  readonly restrictionReviewDays: number;
};

/**
 * Days that hold where a controller's policy names none: until an unanswered question closes the case, of notice before
 * a restriction is lifted (Art. 18(3)), until a restriction is looked at again.
 */
export const defaultCaseRules = {
  unansweredDays: 60,
  liftingNoticeDays: 15,
  restrictionReviewDays: 180,
} as const;
