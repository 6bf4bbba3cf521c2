/**
 * What can come of a right (law.md section 5, column "outcomes") and the closed list of grounds a decision may rest on, each with its
 * article (sections 5 and 6). Kept as data because laws change: a new ground is a new line. The texts a letter prints for a code are in
 * `letters/`. Replayed in workflows.
 */
import { type RightKind, rightKinds } from './rights.ts';

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

/** What a ground may be used for, so that a decision resting on it can be checked before an officer signs. */
export type GroundDefinition = {
  /** As letters cite it, for example `Art. 17(3)(b) GDPR`. */
  readonly citation: string;
  readonly rights: readonly RightKind[];
  /** For what was asked, against it, or only explaining what was found. */
  readonly speaks: 'for' | 'against' | 'explains';
  /** The outcomes it can carry; absent: every outcome of the right on the side it speaks for. */
  readonly outcomes?: readonly Outcome[];
  /**
   * Whether the decision must say, in its own words, why the ground applies to this person (boilerplate is what the authorities
   * found most often: CEF 2024).
   */
  readonly needsReasons: boolean;
};

const conditional = rightKinds.filter((kind) => kind !== 'consent-withdrawal' && kind !== 'opt-out');

const code = (letter: string): GroundDefinition => ({
  citation: `Art. 2-undecies(1)(${letter}) D.Lgs. 196/2003`,
  rights: conditional,
  speaks: 'against',
  needsReasons: true,
});
const erasureFor = (letter: string): GroundDefinition => ({
  citation: `Art. 17(1)(${letter}) GDPR`,
  rights: ['erasure'],
  speaks: 'for',
  needsReasons: false,
});
const erasureAgainst = (letter: string): GroundDefinition => ({
  citation: `Art. 17(3)(${letter}) GDPR`,
  rights: ['erasure'],
  speaks: 'against',
  needsReasons: true,
});
const restrictionFor = (letter: string): GroundDefinition => ({
  citation: `Art. 18(1)(${letter}) GDPR`,
  rights: ['restriction'],
  speaks: 'for',
  needsReasons: false,
});

const definitions = {
  // Granted as asked.
  '15.1': { citation: 'Art. 15(1) and (3) GDPR', rights: ['access'], speaks: 'for', needsReasons: false },
  '16.inaccurate': {
    citation: 'Art. 16 GDPR, first sentence',
    rights: ['rectification'],
    speaks: 'for',
    outcomes: ['corrected', 'statement-attached'],
    needsReasons: false,
  },
  '16.incomplete': {
    citation: 'Art. 16 GDPR, second sentence',
    rights: ['rectification'],
    speaks: 'for',
    outcomes: ['corrected', 'statement-attached'],
    needsReasons: false,
  },
  '17.1.a': erasureFor('a'),
  '17.1.b': erasureFor('b'),
  '17.1.c': erasureFor('c'),
  '17.1.d': erasureFor('d'),
  '17.1.e': erasureFor('e'),
  '17.1.f': erasureFor('f'),
  '18.1.a': restrictionFor('a'),
  '18.1.b': restrictionFor('b'),
  '18.1.c': restrictionFor('c'),
  '18.1.d': restrictionFor('d'),
  '20.1': { citation: 'Art. 20(1) GDPR', rights: ['portability'], speaks: 'for', needsReasons: false },
  '21.1.not-shown': { citation: 'Art. 21(1) GDPR', rights: ['objection'], speaks: 'for', needsReasons: true },
  '7.3': { citation: 'Art. 7(3) GDPR', rights: ['consent-withdrawal'], speaks: 'for', needsReasons: false },
  notice: { citation: 'Privacy notice', rights: ['opt-out'], speaks: 'for', needsReasons: false },
  // Nothing held, or no longer.
  'not-held': {
    citation: 'Art. 15(1) GDPR',
    rights: conditional,
    speaks: 'explains',
    outcomes: ['no-data'],
    needsReasons: false,
  },
  'erased-when-due': { citation: 'Art. 5(1)(e) GDPR', rights: conditional, speaks: 'explains', needsReasons: false },
  // Refused, in whole or in part.
  '15.4': {
    citation: 'Art. 15(4) GDPR',
    rights: ['access'],
    speaks: 'against',
    outcomes: ['partly-granted'],
    needsReasons: true,
  },
  '16.accurate': { citation: 'Art. 16 GDPR', rights: ['rectification'], speaks: 'against', needsReasons: true },
  '17.1.none': { citation: 'Art. 17(1) GDPR', rights: ['erasure'], speaks: 'against', needsReasons: true },
  '17.3.a': erasureAgainst('a'),
  '17.3.b': erasureAgainst('b'),
  '17.3.c': erasureAgainst('c'),
  '17.3.d': erasureAgainst('d'),
  '17.3.e': erasureAgainst('e'),
  // No decision rests on it: what an erasure that was granted waits for, where a restriction keeps the records.
  '18.2': { citation: 'Art. 18(2) GDPR', rights: [], speaks: 'against', needsReasons: false },
  '18.1.none': { citation: 'Art. 18(1) GDPR', rights: ['restriction'], speaks: 'against', needsReasons: true },
  '20.3': { citation: 'Art. 20(3) GDPR', rights: ['portability'], speaks: 'against', needsReasons: false },
  '20.1.not-consent-or-contract': {
    citation: 'Art. 20(1)(a) GDPR',
    rights: ['portability'],
    speaks: 'against',
    needsReasons: false,
  },
  '20.4': { citation: 'Art. 20(4) GDPR', rights: ['portability'], speaks: 'against', needsReasons: true },
  '21.1.compelling': { citation: 'Art. 21(1) GDPR', rights: ['objection'], speaks: 'against', needsReasons: true },
  '21.1.legal-claims': { citation: 'Art. 21(1) GDPR', rights: ['objection'], speaks: 'against', needsReasons: true },
  '21.1.other-basis': { citation: 'Art. 21(1) GDPR', rights: ['objection'], speaks: 'against', needsReasons: true },
  '21.6.public-task-statistics': {
    citation: 'Art. 21(6) GDPR',
    rights: ['objection'],
    speaks: 'against',
    needsReasons: true,
  },
  '11.2': { citation: 'Art. 11(2) GDPR', rights: conditional, speaks: 'against', needsReasons: true },
  '12.5.unfounded': { citation: 'Art. 12(5) GDPR', rights: conditional, speaks: 'against', needsReasons: true },
  '12.5.excessive': { citation: 'Art. 12(5) GDPR', rights: conditional, speaks: 'against', needsReasons: true },
  '2-terdecies.no-standing': {
    citation: 'Art. 2-terdecies(1) D.Lgs. 196/2003',
    rights: conditional,
    speaks: 'against',
    needsReasons: true,
  },
  '2-terdecies.forbidden-by-the-person': {
    citation: 'Art. 2-terdecies(2) D.Lgs. 196/2003',
    rights: conditional,
    speaks: 'against',
    needsReasons: true,
  },
  '2-undecies.1.a': code('a'),
  '2-undecies.1.b': code('b'),
  '2-undecies.1.c': code('c'),
  '2-undecies.1.d': code('d'),
  '2-undecies.1.e': code('e'),
  '2-undecies.1.f': code('f'),
  // Added by L. 160/2019 art. 1(681).
  '2-undecies.1.f-bis': code('f-bis'),
} as const satisfies Readonly<Record<string, GroundDefinition>>;

/** The code of a ground: its article, with a point and a word where one article gives several (`17.1.none`). */
export type GroundCode = keyof typeof definitions;

/** All grounds by their code, widened to one type for reading. */
export const grounds: Readonly<Record<GroundCode, GroundDefinition>> = definitions;

/** Reads a code handed in from outside. */
export const isGroundCode = (text: string): text is GroundCode => Object.hasOwn(definitions, text);

/** All codes in a fixed order: the API's enumeration and the database's CHECK are made from it. */
export const groundCodes: readonly GroundCode[] = Object.keys(definitions).filter(isGroundCode);

/**
 * Whether a right that this ground limits can be exercised through the Garante, which the letter must say (Code art. 2-undecies(3), 160).
 * For a parliamentary inquiry (letter c) the rules of Parliament apply instead (2-undecies(2)).
 */
export const exercisedThroughTheGarante = (ground: GroundCode): boolean =>
  ground.startsWith('2-undecies.') && ground !== '2-undecies.1.c';

/** Art. 12(5) can only be claimed by showing the earlier requests or the abuse. */
export const unfoundedOrExcessive: readonly GroundCode[] = ['12.5.unfounded', '12.5.excessive'];

/**
 * The outcomes of a right that rest on a ground: what it says for granting, what it says against for refusing, both where an
 * outcome gives some and denies some.
 */
export const outcomesResting = (kind: RightKind, ground: GroundCode): readonly Outcome[] => {
  const definition = grounds[ground];
  if (!definition.rights.includes(kind)) return [];
  const possible = allOutcomes.filter((outcome) => outcomesOf[kind].some((own) => own === outcome));
  if (definition.outcomes) return possible.filter((outcome) => definition.outcomes?.includes(outcome));
  const wanted: Readonly<Record<GroundDefinition['speaks'], readonly Outcome[]>> = {
    for: [
      'granted',
      'partly-granted',
      'corrected',
      'statement-attached',
      'erased',
      'partly-erased',
      'deferred',
      'restricted',
      'upheld',
      'recorded',
    ],
    against: ['partly-granted', 'partly-erased', 'deferred', 'refused'],
    explains: possible,
  };
  return possible.filter((outcome) => wanted[definition.speaks].includes(outcome));
};
