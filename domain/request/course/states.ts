/**
 * Where a case and each of its rights can stand. Const lists: the workflow, the database's CHECKs, the API's enumerations and the
 * exhaustive test are made from them. Replayed in workflows.
 */

/** Where a case stands. */
export const stages = [
  /** Waits for triage. */
  'received',
  /** A rights request; who asks and with what authority is being settled. */
  'identification',
  /** The requester was asked for what is missing; the clock stands still. */
  'identification-asked',
  /** The machine searches every class of the controller. */
  'searching',
  /** Staff mark what is other people's. */
  'reviewing',
  /** A second person looks at the marks. */
  'review-confirmation',
  /** Each right is prepared, decided, executed and answered on its own. */
  'deciding',
  /** Nothing is left to decide; a last letter is on its way. */
  'closing-letter',
  /** Answered; a restriction is in force until it is lifted, or an erasure waits until nothing keeps the records. */
  'standing',
  /** Closed, and a request to reopen it waits for a second person. */
  'reopening',
  'closed',
] as const;

/** Where the case as a whole stands; while it is `deciding`, each right stands in a `RightState` of its own. */
export type Stage = (typeof stages)[number];

/** Where a right of a case stands while the case is `deciding`. */
export const rightStates = [
  /** Waits for its decision to be prepared. */
  'open',
  /** Prepared; waits for the DPO's opinion. */
  'prepared',
  /** With an opinion on file; waits for the officer. */
  'advised',
  /** Decided; the machine does what was decided. */
  'executing',
  /** Done; waits for its letter to be composed. */
  'executed',
  /** In a letter that is not delivered yet. */
  'lettered',
  'closed',
] as const;

/** Where one right stands, `open` also before the case comes to be decided. */
export type RightState = (typeof rightStates)[number];

/** How a right ended. */
export const rightEndings = ['answer', 'withdrawal', 'no-identification', 'not-a-request'] as const;

/** Why a right is closed: answered on its merits, or without a decision on it. */
export type RightEnding = (typeof rightEndings)[number];

/** States in which a right is still undecided, so that it can be withdrawn or its search repeated. */
export const undecidedStates: readonly RightState[] = ['open', 'prepared', 'advised'];

/** Where a restriction of processing stands (Art. 18). */
export const restrictionStates = [
  /** Must be placed by the machine. */
  'ordered',
  'in-force',
  /** A letter about the lifting was ordered; it is not delivered yet. */
  'notice-ordered',
  /** The person was informed; the days of notice run. */
  'notice-given',
  /** Must be lifted by the machine. */
  'lifting',
  'lifted',
] as const;

/** Where a restriction stands between its order and its end; it is in force in every state but the first and the last. */
export type RestrictionState = (typeof restrictionStates)[number];

/** For whom a case waits, for lists and search attributes. */
export const waitingFor = [
  'dpo',
  'second-person',
  'officer',
  'requester',
  'machine',
  'delivery',
  'review-date',
  'nobody',
] as const;

/** Whose turn it is, derived from the state each time (`waitingForOf`), never kept by hand. */
export type WaitingFor = (typeof waitingFor)[number];
