/**
 * What can come of a right (law.md section 5, column "outcomes"), and whether an outcome denies something: a denial, also in
 * part, must reach the person inside the first month, because Art. 12(4) knows no extension.
 */
import type { RightKind } from './rights.ts';

/**
 * The outcomes each kind of right can have. `no-data` says that nothing is held on the person; the two unconditional
 * rights can only be recorded.
 */
export const outcomesOf = {
  access: ['granted', 'partly-granted', 'no-data', 'refused'],
  rectification: ['corrected', 'statement-attached', 'no-data', 'refused'],
  erasure: ['erased', 'partly-erased', 'deferred', 'no-data', 'refused'],
  restriction: ['restricted', 'no-data', 'refused'],
  portability: ['granted', 'no-data', 'refused'],
  objection: ['upheld', 'no-data', 'refused'],
  'consent-withdrawal': ['recorded'],
  'opt-out': ['recorded'],
} as const satisfies Readonly<Record<RightKind, readonly string[]>>;

/** The outcomes of one kind of right: an outcome of another right does not compile. */
export type OutcomeOf<Kind extends RightKind> = (typeof outcomesOf)[Kind][number];

/** Any outcome of any right, as columns and messages carry it; whether it fits the right is for `isOutcomeOf`. */
export type Outcome = OutcomeOf<RightKind>;

/** All outcomes once each, in a fixed order: the API's enumeration and the database's CHECK are made from it. */
export const allOutcomes: readonly Outcome[] = [...new Set(Object.values(outcomesOf).flat())];

/** Whether a right of this kind can have this outcome. */
export const isOutcomeOf = (kind: RightKind, outcome: Outcome): boolean =>
  outcomesOf[kind].some((possible) => possible === outcome);

/**
 * `full`: what was asked is done. `partial`: some of it, with reasons for the rest. `denied`: none of it, with reasons. "No data
 * held" answers an access request in full (Art. 15(1): confirmation), but denies action under any other right.
 */
export type OutcomeWeight = 'full' | 'partial' | 'denied';

/** How much of what was asked an outcome gives. */
export const outcomeWeight = (kind: RightKind, outcome: Outcome): OutcomeWeight => {
  switch (outcome) {
    case 'granted':
    case 'corrected':
    case 'statement-attached':
    case 'erased':
    case 'restricted':
    case 'upheld':
    case 'recorded':
      return 'full';
    case 'partly-granted':
    case 'partly-erased':
      return 'partial';
    case 'no-data':
      return kind === 'access' ? 'full' : 'denied';
    case 'deferred':
    case 'refused':
      return 'denied';
  }
};
