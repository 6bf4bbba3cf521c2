/**
 * A case as the fold of its events: codes, dates and ids, so that the workflow that drives it can hold it (I7). What a person
 * wrote or is called lies sealed in the case file. Replayed in workflows.
 */
import type { ControllerId } from '../../ids.ts';
import type { Instant } from '../../time/instant.ts';
import type { ClockPause, ComputedClock, ExtensionReason } from '../clock/clock.ts';
import type { Opinion } from './commands.ts';
import type { Decision, ManifestSummary } from './decision.ts';
import type { LetterChannel, LetterDispatch } from './delivery.ts';
import type { AlarmKind, CaseLetterKind, IntakeChannel } from './events.ts';
import type {
  AuthorityProof,
  IdentificationAbout,
  IdentificationItem,
  IdentityLevel,
  RequesterCapacity,
} from './identity.ts';
import type { RightKey } from './rights.ts';
import type { RestrictionState, RightEnding, RightState, Stage, WaitingFor } from './states.ts';

/** A restriction of processing that a right brought about (Art. 18). */
export type CaseRestriction = {
  /** `18.1.a`, `18.1.d`: by law while the right is weighed; `decided`: what was asked for. */
  readonly why: '18.1.a' | '18.1.d' | 'decided';
  readonly state: RestrictionState;
  readonly suspensionId?: string;
  readonly reviewAt?: Instant;
  /** Once the person was informed: the first instant at which it may be lifted. */
  readonly liftNotBefore?: Instant;
};

/**
 * An extension of one right's deadline (Art. 12(3)): two months at the most, counted from receipt, and void if its
 * letter came after the first month.
 */
export type RightExtension = {
  readonly months: 1 | 2;
  readonly reason: ExtensionReason;
  readonly letterId: string;
  readonly orderedAt: Instant;
  /** Counts only if the person was informed in time. */
  readonly told?: { readonly at: Instant; readonly void: boolean };
};

/** One right of a case. */
export type RightCase = {
  readonly key: RightKey;
  readonly state: RightState;
  readonly prepared?: { readonly by: string; readonly at: Instant; readonly decision: Decision };
  readonly opinion?: { readonly by: string; readonly at: Instant; readonly opinion: Opinion };
  readonly decided?: { readonly by: string; readonly at: Instant; readonly decision: Decision; readonly late: boolean };
  readonly executed?: {
    readonly at: Instant;
    readonly records: number;
    readonly certificates: number;
    /** Records that were to be erased and that something else keeps. */
    readonly kept?: number;
  };
  /**
   * A decided erasure that something keeps back (Art. 17(3)(b), (e)): `waiting` until nothing does, `telling` until the person has the
   * letter that it was done. As long as it is here the case is not closed, so that it cannot be forgotten.
   */
  readonly heldErasure?:
    | { readonly state: 'waiting'; readonly reviewAt?: Instant; readonly letterId?: never }
    | {
        readonly state: 'telling';
        readonly letterId: string;
        /** The person took the request back before it was done: the letter says that nothing more is erased by the decision. */
        readonly withdrawn?: true;
      };
  readonly letterId?: string;
  readonly ending?: RightEnding;
  readonly extension?: RightExtension;
  readonly restriction?: CaseRestriction;
  /** Art. 19: `due` until the machine has set the notifications going. Each notification says how far it is. */
  readonly recipients?: 'due' | 'ordered';
  readonly clock?: ComputedClock;
};

/** A letter of the case; its content lies sealed in the case file. */
export type LetterState = {
  readonly letterId: string;
  readonly kind: CaseLetterKind;
  readonly rights: readonly RightKey[];
  readonly state: 'ordered' | 'composed' | 'delivered';
  readonly orderedAt: Instant;
  /** Known once it is composed. */
  readonly channel?: LetterChannel;
  readonly dispatch?: LetterDispatch;
  readonly deliveredAt?: Instant;
  /** Another letter has taken its place before it left: it is not sent any more. */
  readonly superseded?: boolean;
};

/** What the requester was asked, while the answer is out. */
export type OpenQuestion = {
  readonly about: IdentificationAbout;
  readonly asked: readonly IdentificationItem[];
  readonly at: Instant;
  readonly closesAt: Instant;
  readonly letterId: string;
};

/** The whole of a case as of its revision. Optional parts are absent until their event has happened; all instants are UTC. */
export type CaseState = {
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly reference: string;
  /** Number of events so far; the ETag of the case. */
  readonly revision: number;
  readonly channel: IntakeChannel;
  readonly receivedAt: Instant;
  /** When the message was put on file; absent in cases that were taken in before this was kept here. */
  readonly registeredAt?: Instant;
  /** Each time the receipt was put right: what had been noted before, and the letter that informed the person. */
  readonly receiptCorrections?: readonly {
    readonly at: Instant;
    readonly formerly: Instant;
    readonly letterId?: string;
  }[];
  readonly language: 'it' | 'en';
  readonly stage: Stage;
  readonly identity: {
    readonly level: IdentityLevel;
    readonly capacity: RequesterCapacity;
    readonly confirmed: boolean;
    readonly proof?: AuthorityProof;
  };
  readonly question?: OpenQuestion;
  readonly pauses: readonly ClockPause[];
  readonly rights: readonly RightCase[];
  readonly manifest?: ManifestSummary;
  readonly review?: { readonly by: string; readonly withheld: number; readonly confirmedBy?: string };
  readonly letters: readonly LetterState[];
  /** Keeps what is in scope until the answer is delivered. */
  readonly suspension: { readonly id: string; readonly state: 'active' | 'released' };
  readonly reopening?: { readonly by: string; readonly at: Instant };
  readonly proceedings: readonly { readonly proceeding: 'complaint' | 'court'; readonly suspensionId?: string }[];
  /** Which alarms were raised about which deadline, so that none is raised twice. */
  readonly alarms: readonly { readonly alarm: AlarmKind; readonly right: RightKey; readonly about: Instant }[];
  /** The clock of the message itself, before rights are known and without any extension. */
  readonly clock?: ComputedClock;
  /** The latest commands that were applied, so that a repeated one is recognised (I9). */
  readonly recentCommands: readonly { readonly commandId: string; readonly revision: number }[];
};

/** The right a key names, if the case has it. */
export const findRight = (state: CaseState, key: RightKey): RightCase | undefined =>
  state.rights.find((right) => right.key === key);

/** Rights that still wait for an answer. */
export const openRights = (state: CaseState): readonly RightCase[] =>
  state.rights.filter(({ state: at }) => at !== 'closed');

/** Whether an erasure that was decided waits until nothing keeps the records, so that the person can still take it back. */
export const erasureWaits = ({ key, heldErasure }: RightCase): boolean =>
  key === 'erasure' && heldErasure?.state === 'waiting';

/** The letter with an id, if the case has it. */
export const findLetter = (state: CaseState, letterId: string): LetterState | undefined =>
  state.letters.find((letter) => letter.letterId === letterId);

/** Restrictions that are in force or on their way in or out. */
export const liveRestrictions = (state: CaseState): readonly RightCase[] =>
  state.rights.filter(({ restriction }) => restriction !== undefined && restriction.state !== 'lifted');

/** Rights of which a decided erasure is held back, or was carried out later and is not in a delivered letter yet. */
export const heldErasures = (state: CaseState): readonly RightCase[] =>
  state.rights.filter(({ heldErasure }) => heldErasure !== undefined);

const byRight: Readonly<Record<RightState, WaitingFor>> = {
  open: 'dpo',
  prepared: 'dpo',
  advised: 'officer',
  executing: 'machine',
  executed: 'dpo',
  lettered: 'delivery',
  closed: 'nobody',
};

/** People who can go on come before the machine and the post. */
const order: readonly WaitingFor[] = [
  'dpo',
  'second-person',
  'officer',
  'machine',
  'delivery',
  'requester',
  'review-date',
  'nobody',
];

/** For whom the case waits now: one word for lists, search attributes and the people who look at them. */
export const waitingForOf = (state: CaseState): WaitingFor => {
  switch (state.stage) {
    case 'received':
    case 'identification':
    case 'reviewing':
      return 'dpo';
    case 'identification-asked':
      return 'requester';
    case 'searching':
      return 'machine';
    case 'review-confirmation':
    case 'reopening':
      return 'second-person';
    case 'deciding':
      return (
        state.rights
          .map((right) => byRight[right.state])
          .toSorted((one, other) => order.indexOf(one) - order.indexOf(other))[0] ?? 'nobody'
      );
    case 'closing-letter':
      return 'delivery';
    case 'standing':
      return liveRestrictions(state).some(({ restriction }) => restriction?.state === 'notice-ordered') ||
        heldErasures(state).some(({ heldErasure }) => heldErasure?.state === 'telling')
        ? 'delivery'
        : 'review-date';
    case 'closed':
      return 'nobody';
  }
};

/** A right about which nothing has been done yet. */
export const openRight = (key: RightKey): RightCase => ({ key, state: 'open' });

/** The keys of all rights of a case. */
export const allKeys = (state: CaseState): readonly RightKey[] => state.rights.map(({ key }) => key);

/** Changes some rights of a case. */
export const mapRights = (
  state: CaseState,
  keys: readonly RightKey[],
  change: (right: RightCase) => RightCase,
): CaseState => ({ ...state, rights: state.rights.map((right) => (keys.includes(right.key) ? change(right) : right)) });

/** Changes one letter of a case. */
export const mapLetter = (
  state: CaseState,
  letterId: string,
  change: (letter: LetterState) => LetterState,
): CaseState => ({
  ...state,
  letters: state.letters.map((letter) => (letter.letterId === letterId ? change(letter) : letter)),
});

/** Has a letter written. */
export const orderLetter = (
  state: CaseState,
  letterId: string,
  kind: CaseLetterKind,
  rights: readonly RightKey[],
  at: Instant,
): CaseState => ({
  ...state,
  letters: [...state.letters, { letterId, kind, rights, state: 'ordered', orderedAt: at }],
});

/** A right whose decision has to be prepared again. */
export const undecide = ({ prepared: _prepared, opinion: _opinion, ...right }: RightCase): RightCase => ({
  ...right,
  state: 'open',
});
