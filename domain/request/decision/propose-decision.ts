/**
 * What a rule would propose for a right, so that people start from the usual answer (law.md section 6). It never decides: a proposal
 * has no effect until people prepare, advise and decide (Art. 22). Where only people can weigh, there is none.
 */
import { given } from '../../given.ts';
import type { RecordClassId } from '../../ids.ts';
import type { LegalBasisArticle } from '../../policy/policy.ts';
import type { DecisionLine, ManifestClass, ManifestSummary } from '../course/decision.ts';
import type { GroundCode, Outcome } from '../course/grounds.ts';
import type { RightKind } from '../course/rights.ts';
import { type ErasureProposal, type FoundBasis, proposeErasure } from './propose-erasure.ts';

/** The usual answer, in the parts of a decision. It carries no reasons: those are the person's own facts, and people write them. */
export type Proposal = {
  readonly outcome: Outcome;
  readonly grounds: readonly GroundCode[];
  readonly lines: readonly DecisionLine[];
  /** Records that an erasure treats otherwise than their class, because they rest on another basis. */
  readonly exceptions?: ErasureProposal['exceptions'];
  /** Of an erasure: each basis on which records rest, with what it leads to under Art. 17(1) and (3). */
  readonly byBasis?: ErasureProposal['byBasis'];
};

/** What the usual answer follows from; no personal data are needed for it. */
export type ProposalInput = {
  readonly kind: RightKind;
  readonly manifest: ManifestSummary;
  /** Legal basis of a class, from the policy. */
  readonly basisOf: (recordClass: RecordClassId) => LegalBasisArticle;
  /** On what the records found rest, as the manifest has it; absent: each class on its own basis. */
  readonly bases?: readonly FoundBasis[];
  /** Whether the person withdraws consent in the same case. */
  readonly consentWithdrawn: boolean;
  /** How many records or passages the review withheld. */
  readonly withheld: number;
  /** The date it is at the controller, `YYYY-MM-DD`. */
  readonly today: string;
};

/** What the search found of a class, as resting on the basis that the policy gives the class: where the manifest does not say more. */
const ofClassBasis = (
  { recordClass, found, suspended, latestBound }: ManifestClass,
  { basisOf }: ProposalInput,
): FoundBasis => ({
  recordClass,
  legalBasis: { article: basisOf(recordClass) },
  found,
  suspended,
  ...given({ latestBound }),
});

const erasure = (held: readonly ManifestClass[], input: ProposalInput): Proposal => {
  const { bases = [] } = input;
  const { lines, exceptions, byBasis } = proposeErasure(
    held.flatMap((found) => {
      const own = bases.filter(({ recordClass }) => recordClass === found.recordClass);
      return own.length > 0 ? own : [ofClassBasis(found, input)];
    }),
    input,
  );
  return {
    outcome: outcomeOf(lines, 'erased', 'partly-erased'),
    grounds: [],
    lines,
    ...(exceptions.length === 0 ? {} : { exceptions }),
    byBasis,
  };
};

const portabilityLine = (recordClass: RecordClassId, basis: LegalBasisArticle): DecisionLine => {
  if (basis === '6.1.a' || basis === '6.1.b') return { recordClass, result: 'granted', grounds: ['20.1'] };
  return { recordClass, result: 'denied', grounds: [basis === '6.1.e' ? '20.3' : '20.1.not-consent-or-contract'] };
};

const objectionLine = (recordClass: RecordClassId, basis: LegalBasisArticle): DecisionLine =>
  basis === '6.1.e' || basis === '6.1.f'
    ? { recordClass, result: 'granted', grounds: ['21.1.not-shown'] }
    : { recordClass, result: 'denied', grounds: ['21.1.other-basis'] };

const outcomeOf = (lines: readonly DecisionLine[], granted: Outcome, partly: Outcome): Outcome => {
  const results = new Set(lines.map(({ result }) => result));
  if (results.has('granted')) return results.size === 1 ? granted : partly;
  return results.has('deferred') ? 'deferred' : 'refused';
};

/** A proposal, or `undefined` where only people can weigh. */
export const proposeDecision = (input: ProposalInput): Proposal | undefined => {
  const { kind, manifest, basisOf, withheld } = input;
  const held = manifest.classes.filter(({ found }) => found > 0);
  if (kind === 'consent-withdrawal') return { outcome: 'recorded', grounds: ['7.3'], lines: [] };
  if (kind === 'opt-out') return { outcome: 'recorded', grounds: ['notice'], lines: [] };
  if (held.length === 0) return { outcome: 'no-data', grounds: ['not-held'], lines: [] };
  switch (kind) {
    case 'access':
      return withheld > 0
        ? { outcome: 'partly-granted', grounds: ['15.1', '15.4'], lines: [] }
        : { outcome: 'granted', grounds: ['15.1'], lines: [] };
    case 'erasure':
      return erasure(held, input);
    case 'portability': {
      const lines = held.map(({ recordClass }) => portabilityLine(recordClass, basisOf(recordClass)));
      return { outcome: outcomeOf(lines, 'granted', 'granted'), grounds: [], lines };
    }
    case 'objection': {
      const lines = held.map(({ recordClass }) => objectionLine(recordClass, basisOf(recordClass)));
      return { outcome: outcomeOf(lines, 'upheld', 'upheld'), grounds: [], lines };
    }
    case 'rectification':
    case 'restriction':
      return undefined;
  }
};
