/**
 * What people can do to a case, and who may do it in which state. A command carries codes, dates and ids only; its free text,
 * identifiers and files lie in the case file under the command's id. Replayed in workflows.
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
import type { RightState, Stage } from './states.ts';

/** Roles that can act on a case, out of all a token can carry. */
export const caseRoles = ['dpo', 'officer', 'legal'] as const;

/**
 * The role under which a caller acts on a case: the DPO's staff prepare and track, an officer of the controller decides
 * (Arts. 38-39), legal teams link proceedings.
 */
export type CaseRole = (typeof caseRoles)[number];

/** How a letter reached the person, as staff record it. */
export const deliveryProofs = ['pec-receipt', 'email-sent', 'registered-post', 'handed-over', 'portal-opened'] as const;

/** What staff hold in hand to prove that a letter arrived; the deadline is met by delivery, not by writing. */
export type DeliveryProof = (typeof deliveryProofs)[number];

/** What the DPO says about a prepared decision (Art. 39(1)(a)). */
export const opinions = ['agrees', 'agrees-with-remarks', 'disagrees'] as const;

/** The DPO's word on a prepared decision. It does not bind the officer, but no right is decided before it is on file. */
export type Opinion = (typeof opinions)[number];

/**
 * Every step a person can take, with the codes it needs. `right` is the key of one right of the case; a step is
 * refused, never bent, where it does not fit (`commandRules`).
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
  /** Informs the person that a restriction will be lifted (Art. 18(3)). */
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
  /** Days after a question without an answer until the case is closed. */
  readonly unansweredDays: number;
  /** Days between informing the person and lifting a restriction. */
  readonly liftingNoticeDays: number;
  /** Days after which a restriction is looked at again. */
  readonly restrictionReviewDays: number;
};

// Who may do what in which state: one table. The exhaustive test walks it, the API's enumeration and documentation
// are made from it, and `decideCommand` reads nothing else to know whether a command fits the state.

/** Who may send a command and where the case must stand for it. */
export type CommandRule = {
  readonly roles: readonly CaseRole[];
  readonly stages: readonly Stage[];
  /** For commands about a right: the states it may be in while the case is `deciding`. */
  readonly rightStates?: readonly RightState[];
};

const before = [
  'received',
  'identification',
  'identification-asked',
  'searching',
  'reviewing',
  'review-confirmation',
] as const;
const always = [...before, 'deciding', 'closing-letter', 'standing', 'reopening', 'closed'] as const;

/**
 * The table itself. Only an officer of the controller decides, extends and lifts; whatever needs a second person is
 * judged where the command is decided.
 */
const commandRules = {
  triage: { roles: ['dpo'], stages: ['received'] },
  'ask-requester': { roles: ['dpo'], stages: ['identification'] },
  'record-answer': { roles: ['dpo'], stages: ['identification-asked'] },
  'confirm-identity': { roles: ['dpo'], stages: ['identification'] },
  // The controller answers for an extension, so its officer grants it.
  extend: {
    roles: ['officer'],
    stages: ['identification', 'searching', 'reviewing', 'review-confirmation', 'deciding'],
    rightStates: ['open', 'prepared', 'advised'],
  },
  // So does what the deadline runs from: the person who typed the day at intake does not change it alone.
  'correct-receipt': { roles: ['officer'], stages: [...before, 'deciding'] },
  'repeat-search': {
    roles: ['dpo'],
    stages: ['reviewing', 'review-confirmation', 'deciding'],
    rightStates: ['open', 'prepared', 'advised'],
  },
  'submit-review': { roles: ['dpo'], stages: ['reviewing'] },
  'confirm-review': { roles: ['dpo', 'officer'], stages: ['review-confirmation'] },
  'return-review': { roles: ['dpo', 'officer'], stages: ['review-confirmation'] },
  'prepare-decision': { roles: ['dpo'], stages: ['deciding'], rightStates: ['open', 'prepared', 'advised'] },
  'give-opinion': { roles: ['dpo'], stages: ['deciding'], rightStates: ['prepared'] },
  'return-decision': { roles: ['officer'], stages: ['deciding'], rightStates: ['prepared', 'advised'] },
  decide: { roles: ['officer'], stages: ['deciding'], rightStates: ['advised'] },
  'compose-answer': { roles: ['dpo'], stages: ['deciding'], rightStates: ['executed'] },
  'record-delivery': { roles: ['dpo'], stages: [...always] },
  'send-letter': { roles: ['dpo', 'officer'], stages: [...always] },
  'report-undelivered': { roles: ['dpo', 'officer'], stages: [...always] },
  // Also, whatever its state, a right of which a decided erasure still waits (`erasureWaits`).
  withdraw: {
    roles: ['dpo'],
    stages: [...before, 'deciding', 'closing-letter', 'standing'],
    rightStates: ['open', 'prepared', 'advised'],
  },
  'announce-lifting': { roles: ['officer'], stages: ['deciding', 'standing'], rightStates: ['closed'] },
  'lift-restriction': { roles: ['officer'], stages: ['deciding', 'standing'], rightStates: ['closed'] },
  // Also while something stands: a restriction may hold for years, and a mistake, or an order under Art. 58(2), does not wait for its end.
  'request-reopening': { roles: ['dpo', 'officer'], stages: ['closed', 'standing'] },
  'confirm-reopening': { roles: ['dpo', 'officer'], stages: ['reopening'] },
  'decline-reopening': { roles: ['dpo', 'officer'], stages: ['reopening'] },
  'link-proceeding': { roles: ['dpo', 'legal'], stages: [...always] },
  'add-note': { roles: ['dpo', 'officer', 'legal'], stages: [...always] },
} as const satisfies Readonly<Record<CommandKind, CommandRule>>;

/** All commands, in the order a case meets them. */
export const commandKinds: readonly CommandKind[] = Object.keys(commandRules).filter((kind): kind is CommandKind =>
  Object.hasOwn(commandRules, kind),
);

/** The rule of a command. */
export const ruleOf = (kind: CommandKind): CommandRule => commandRules[kind];
