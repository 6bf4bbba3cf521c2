/**
 * What a rule would propose on an erasure (Art. 17): each class tested by the basis on which its records rest. Records of one class can
 * rest on several (an invitation by SMS on consent, one by e-mail on a public task), and then what is decided differs too: consent that
 * is withdrawn leaves nothing to keep (17(1)(b)), a public task does (17(3)(b)).
 */
import type { RecordClassId, RecordId } from '../../ids.ts';
import type { LegalBasisArticle } from '../../policy/policy.ts';
import type { LocalDate } from '../../time/local-date.ts';
import type { DecisionLine, LineResult } from '../course/decision.ts';
import { type GroundCode, grounds } from '../course/grounds.ts';

/** Records of a class that rest on the same basis, as the search froze it with them. */
export type FoundBasis = {
  readonly recordClass: RecordClassId;
  readonly legalBasis: { readonly article: LegalBasisArticle; readonly source?: string };
  readonly found: number;
  readonly suspended: number;
  /** The latest last day among them. */
  readonly latestBound?: LocalDate;
  /** Which they are, where their class rests on several and they are few enough to be decided one by one. */
  readonly recordIds?: readonly RecordId[];
};

/** A basis with what follows from it, for the staff who prepare the decision. */
export type BasisProposal = Pick<FoundBasis, 'recordClass' | 'legalBasis'> & {
  readonly records: number;
  readonly result: LineResult;
  readonly grounds: readonly { readonly code: GroundCode; readonly citation: string }[];
};

/** The lines of an erasure, the records that differ from their class, and why, basis by basis. */
export type ErasureProposal = {
  readonly lines: readonly DecisionLine[];
  readonly exceptions: readonly {
    readonly recordId: RecordId;
    readonly result: LineResult;
    readonly grounds: readonly GroundCode[];
  }[];
  readonly byBasis: readonly BasisProposal[];
};

/** What the test of Art. 17 turns on besides the basis: whether consent is withdrawn in the same case, and the date, `YYYY-MM-DD`. */
export type ErasureTest = { readonly consentWithdrawn: boolean; readonly today: string };

const tested = (
  { recordClass, legalBasis: { article }, suspended, latestBound }: FoundBasis,
  { consentWithdrawn, today }: ErasureTest,
): DecisionLine => {
  const over = latestBound !== undefined && latestBound < today;
  const met: GroundCode | undefined = article === '6.1.a' && consentWithdrawn ? '17.1.b' : over ? '17.1.a' : undefined;
  if (met !== undefined) {
    return suspended > 0
      ? { recordClass, result: 'deferred', grounds: [met, '17.3.e'] }
      : { recordClass, result: 'granted', grounds: [met] };
  }
  if (suspended > 0) return { recordClass, result: 'denied', grounds: ['17.1.none', '17.3.e'] };
  // Inside the prescribed period: still necessary, for a public task or a legal duty.
  return {
    recordClass,
    result: 'denied',
    grounds: ['17.1.none', ...(article === '6.1.c' || article === '6.1.e' ? ['17.3.b' as const] : [])],
  };
};

const mostGiven: readonly LineResult[] = ['granted', 'deferred', 'denied'];

type Tested = { readonly basis: FoundBasis; readonly line: DecisionLine };

const same = (one: DecisionLine, other: DecisionLine): boolean =>
  one.result === other.result && one.grounds.join() === other.grounds.join();

/**
 * A line for the class, and exceptions for what differs from it. An outcome is carried out by its lines, so the line gives what some of the
 * records are given and the others are named; where they cannot all be named, the line gives no more than all of them are given.
 */
const ofClass = (those: readonly [Tested, ...Tested[]]): Pick<ErasureProposal, 'lines' | 'exceptions'> => {
  const ranked = those.toSorted(
    (one, other) => mostGiven.indexOf(one.line.result) - mostGiven.indexOf(other.line.result),
  );
  const [most = those[0]] = ranked;
  const others = ranked.filter(({ line }) => !same(line, most.line));
  if (others.some(({ basis }) => basis.recordIds === undefined)) {
    return { lines: [(ranked.at(-1) ?? most).line], exceptions: [] };
  }
  return {
    lines: [most.line],
    exceptions: others.flatMap(({ basis, line: { result, grounds: because } }) =>
      (basis.recordIds ?? []).map((recordId) => ({ recordId, result, grounds: because })),
    ),
  };
};

/** Tests each basis of each class that was found. */
export const proposeErasure = (bases: readonly FoundBasis[], test: ErasureTest): ErasureProposal => {
  const all = bases.map((basis): Tested => ({ basis, line: tested(basis, test) }));
  const classes = [...Map.groupBy(all, ({ basis }) => basis.recordClass).values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [ofClass([first, ...rest])],
  );
  return {
    lines: classes.flatMap(({ lines }) => lines),
    exceptions: classes.flatMap(({ exceptions }) => exceptions),
    byBasis: all.map(({ basis: { recordClass, legalBasis, found }, line }) => ({
      recordClass,
      legalBasis,
      records: found,
      result: line.result,
      grounds: line.grounds.map((code) => ({ code, citation: grounds[code].citation })),
    })),
  };
};
