/**
 * A decision on one right, as codes, and whether it can stand on what the search found. Only codes and counts travel through Temporal; the
 * words (why a ground applies to this person) and what is said about single records lie sealed in the case file. Replayed in workflows.
 */
import type { RecordClassId } from '../../ids.ts';
import type { Instant } from '../../time/instant.ts';
import type { LocalDate } from '../../time/local-date.ts';
import {
  type GroundCode,
  grounds,
  isOutcomeOf,
  type Outcome,
  outcomesResting,
  outcomeWeight,
  unfoundedOrExcessive,
} from './grounds.ts';
import { type RightKind, rights } from './rights.ts';

/** Per class: what was found, and what was erased when due before the request was received. */
export type ManifestClass = {
  readonly recordClass: RecordClassId;
  readonly found: number;
  readonly suspended: number;
  /**
   * Records that only a contact address or number ties to the person: not among those found, neither shown nor erased
   * until staff name them as the person's and search again (Art. 11, 12(6), 15(4)).
   */
  readonly unclear?: number;
  readonly earliestBound?: LocalDate;
  readonly latestBound?: LocalDate;
};

/** What the case and its workflow know of a frozen search: its id, digest and counts, never a record. */
export type ManifestSummary = {
  readonly manifestId: string;
  readonly frozenAt: Instant;
  /** SHA-256 in hexadecimal over the sorted lines. */
  readonly digest: string;
  readonly records: number;
  readonly classes: readonly ManifestClass[];
};

/** What happens to the records of one class, with its grounds. For erasures this is the test of Art. 17(1), then 17(3). */
export const lineResults = ['granted', 'denied', 'deferred'] as const;

/** `denied` and `deferred` both keep the records; only what is deferred is erased as soon as nothing keeps it any more. */
export type LineResult = (typeof lineResults)[number];

/** What is decided for all found records of one class, except those that an exception names. */
export type DecisionLine = {
  readonly recordClass: RecordClassId;
  readonly result: LineResult;
  readonly grounds: readonly GroundCode[];
};

/** A whole decision on one right. `grounds` speak for the right as a whole, those of `lines` for one class each. */
export type Decision = {
  readonly outcome: Outcome;
  readonly grounds: readonly GroundCode[];
  /** One line for each class of which records were found, for rights that are decided class by class. */
  readonly lines: readonly DecisionLine[];
  /** Grounds for which the case file holds the decision's own reasons. */
  readonly reasonsFor: readonly GroundCode[];
  /** References of the earlier cases that make a request excessive (Art. 12(5)). */
  readonly earlierCases: readonly string[];
};

/** Why a decision cannot stand; each is a code of the closed list of refusals, where its sentence is. */
export type DecisionFault =
  | 'outcome-not-possible'
  | 'ground-missing'
  | 'ground-not-possible'
  | 'reasons-missing'
  | 'earlier-cases-missing'
  | 'class-undecided'
  | 'class-not-found'
  | 'erasure-untested'
  | 'lines-contradict-outcome'
  | 'nothing-was-found'
  | 'ties-unclear'
  | 'hold-missing';

/** Rights that are decided class by class; the others apply to the person or to single records. */
const decidedByClass: readonly RightKind[] = ['erasure', 'restriction', 'portability', 'objection'];

/** Every ground of a decision once, of the whole and of its lines. */
export const allGrounds = ({ grounds: whole, lines }: Decision): readonly GroundCode[] => [
  ...new Set([...whole, ...lines.flatMap((line) => line.grounds)]),
];

/** Grounds that refuse the request as a whole, whatever was found. */
const asAWhole: readonly GroundCode[] = [
  ...unfoundedOrExcessive,
  '11.2',
  '2-terdecies.no-standing',
  '2-terdecies.forbidden-by-the-person',
];

/** Whether a refusal looks at no single class. */
export const refusesAsAWhole = (decision: Decision): boolean =>
  decision.outcome === 'refused' &&
  decision.grounds.some((ground) => asAWhole.includes(ground) || ground.startsWith('2-undecies'));

const erasureLineFault = (line: DecisionLine): DecisionFault | undefined => {
  const met = line.grounds.some((ground) => ground.startsWith('17.1.') && ground !== '17.1.none');
  const none = line.grounds.includes('17.1.none');
  const exceptions = line.grounds.some((ground) => ground.startsWith('17.3.'));
  // Art. 17(1) first, then 17(3): a line says whether a condition is met, and if one is, whether an exception stands against it.
  if (met === none) return 'erasure-untested';
  // Deferred is what would be erased but for the exception; where no condition is met nothing waits, and the period decides.
  const expected: readonly LineResult[] = exceptions && met ? ['denied', 'deferred'] : met ? ['granted'] : ['denied'];
  return expected.includes(line.result) ? undefined : 'lines-contradict-outcome';
};

const linesFault = (kind: RightKind, decision: Decision, manifest: ManifestSummary): DecisionFault | undefined => {
  const held = manifest.classes.filter(({ found }) => found > 0);
  for (const line of decision.lines) {
    const found = held.find(({ recordClass }) => recordClass === line.recordClass);
    if (found === undefined) return 'class-not-found';
    if (line.grounds.length === 0) return 'ground-missing';
    if (kind === 'erasure') {
      const fault = erasureLineFault(line);
      if (fault !== undefined) return fault;
    }
    if (line.result === 'deferred') {
      if (kind !== 'erasure') return 'lines-contradict-outcome';
      // Deferred means: a hold or a legal duty keeps it (Art. 17(3)(b), (e)); without one there is nothing to wait for.
      if (found.suspended === 0) return 'hold-missing';
    }
  }
  if (held.some(({ recordClass }) => decision.lines.filter((line) => line.recordClass === recordClass).length !== 1)) {
    return 'class-undecided';
  }
  return undefined;
};

const outcomeOfLines = (kind: RightKind, lines: readonly DecisionLine[]): Outcome => {
  const results = new Set(lines.map(({ result }) => result));
  if (kind === 'erasure') {
    if (results.has('granted')) return results.size === 1 ? 'erased' : 'partly-erased';
    return results.has('deferred') ? 'deferred' : 'refused';
  }
  if (!results.has('granted')) return 'refused';
  return kind === 'restriction' ? 'restricted' : kind === 'objection' ? 'upheld' : 'granted';
};

/**
 * Why a decision cannot stand, or `undefined`. Checks the closed lists, the tests of Art. 17, that every class found is decided and
 * that each ground which needs the person's own facts has them. Whether it is right is for people.
 */
export const decisionFault = (
  kind: RightKind,
  decision: Decision,
  manifest: ManifestSummary | undefined,
): DecisionFault | undefined => {
  const { outcome } = decision;
  if (!isOutcomeOf(kind, outcome)) return 'outcome-not-possible';
  const used = allGrounds(decision);
  if (used.length === 0) return 'ground-missing';
  if (used.some((ground) => !grounds[ground].rights.includes(kind))) return 'ground-not-possible';
  if (decision.grounds.some((ground) => !outcomesResting(kind, ground).includes(outcome))) return 'ground-not-possible';
  if (used.some((ground) => grounds[ground].needsReasons && !decision.reasonsFor.includes(ground)))
    return 'reasons-missing';
  if (used.includes('12.5.excessive') && decision.earlierCases.length === 0) return 'earlier-cases-missing';
  if (!rights[kind].needsSearch) return undefined;
  if (refusesAsAWhole(decision)) return undefined;
  const found = manifest?.records ?? 0;
  if (outcome === 'no-data') {
    if (found > 0) return 'lines-contradict-outcome';
    const unclear = (manifest?.classes ?? []).reduce((sum, one) => sum + (one.unclear ?? 0), 0);
    // A person must not be informed that nothing is held while records that may be theirs wait for staff to decide (Art. 12(6), 11(2)).
    return unclear > 0 && !decision.reasonsFor.includes('not-held') ? 'ties-unclear' : undefined;
  }
  if (found === 0) return 'nothing-was-found';
  const denied = outcomeWeight(kind, outcome) === 'denied';
  const against = used.some((ground) => grounds[ground].speaks === 'against');
  if (manifest === undefined || !decidedByClass.includes(kind))
    return denied && !against ? 'ground-missing' : undefined;
  const fault = linesFault(kind, decision, manifest);
  if (fault !== undefined) return fault;
  if (outcomeOfLines(kind, decision.lines) !== outcome) return 'lines-contradict-outcome';
  return denied && !against ? 'ground-missing' : undefined;
};
