/** What can happen in a run of the race search, and how often. Numbers pick among what is there at that moment. */
import fc from 'fast-check';

export const classes = ['call-recording', 'portal-interaction'] as const;

export type RecordSpec = {
  readonly recordClass: (typeof classes)[number];
  readonly subject: number;
  readonly claim: number;
  /** Day of the trigger, counted from the first day of the run. */
  readonly day: number;
  readonly objects: number;
};

export type ClauseSpec = {
  readonly record?: number | undefined;
  readonly subject?: number | undefined;
  readonly claim?: number | undefined;
  readonly recordClass?: (typeof classes)[number] | undefined;
  readonly from?: number | undefined;
  readonly until?: number | undefined;
};

export type Action =
  | { readonly kind: 'register'; readonly spec: RecordSpec }
  | { readonly kind: 'upload'; readonly record: number }
  | { readonly kind: 'gate'; readonly unit: number; readonly steps: number }
  | { readonly kind: 'kill' }
  | { readonly kind: 'cut-connections'; readonly of: 'gate' | 'worker' }
  | { readonly kind: 'place'; readonly scope: readonly ClauseSpec[] }
  | { readonly kind: 'change'; readonly hold: number; readonly scope: readonly ClauseSpec[] }
  | { readonly kind: 'release'; readonly hold: number }
  /** A slice of the hold's workflow; after so many calls to the store its process dies. */
  | { readonly kind: 'carry-out'; readonly hold: number; readonly diesAfter?: number | undefined };

const recordSpec: fc.Arbitrary<RecordSpec> = fc.record({
  recordClass: fc.constantFrom(...classes),
  subject: fc.integer({ min: 0, max: 2 }),
  claim: fc.integer({ min: 0, max: 1 }),
  day: fc.integer({ min: 0, max: 2 }),
  objects: fc.integer({ min: 0, max: 1 }),
});

const clauseSpec: fc.Arbitrary<ClauseSpec> = fc.oneof(
  fc.record({ record: fc.nat({ max: 20 }) }),
  fc.record({ subject: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ claim: fc.integer({ min: 0, max: 1 }) }),
  fc.record({ recordClass: fc.constantFrom(...classes) }),
  fc.record({ recordClass: fc.constantFrom(...classes), from: fc.constantFrom(0, 1), until: fc.constantFrom(2, 3) }),
  fc.record({ subject: fc.integer({ min: 0, max: 2 }), recordClass: fc.constantFrom(...classes) }),
);

const scope = fc.array(clauseSpec, { minLength: 1, maxLength: 2 });
const pick = fc.nat({ max: 30 });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('register' as const), spec: recordSpec }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('upload' as const), record: pick }) },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('gate' as const), unit: pick, steps: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut-connections' as const), of: fc.constantFrom('gate', 'worker') }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('place' as const), scope }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), hold: pick, scope }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), hold: pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('carry-out' as const),
      hold: pick,
      diesAfter: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 3 }),
    }),
  },
);

/** A course of events. A few records come first: nothing races over an empty store. */
export const actions: fc.Arbitrary<readonly Action[]> = fc
  .tuple(
    fc.array(
      recordSpec.map((spec): Action => ({ kind: 'register', spec })),
      { minLength: 2, maxLength: 5 },
    ),
    fc.array(action, { minLength: 4, maxLength: 30 }),
  )
  .map(([first, rest]) => [...first, ...rest]);
