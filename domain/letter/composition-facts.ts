/**
 * What a letter is composed from: the case, its decision, the controller's policy, what was found and what was done. Gathered by an
 * activity; composing is pure. Calendar-correct in the controller's zone, so not for workflows.
 */

import type { Policy } from '../policy/policy.ts';
import type { CaseState } from '../request/course/case-state.ts';
import type { GroundCode } from '../request/course/grounds.ts';
import type { RightKey } from '../request/course/rights.ts';
import type { RecordException } from '../request/decision/decided-records.ts';
import type { AccessRedaction, ManifestErased, ManifestRecord } from '../request/decision/manifest.ts';
import type { Instant } from '../time/instant.ts';
import type { LocalDate } from '../time/local-date.ts';
import type { Addressee, ErasedLine, Protocol, RecipientLine, RectifiedLine, Signatory } from './letter-content.ts';

/** What people wrote about the decision on one right. */
export type DecisionWords = {
  readonly reasons: Readonly<Partial<Record<GroundCode, string>>>;
  readonly balance?: string;
  readonly statement?: string;
  /** Single records that the decision treats otherwise than their class, as carried out. */
  readonly exceptions?: readonly (RecordException & { readonly grounds: readonly GroundCode[] })[];
};

/** All that composing may look at; what is absent here cannot be in a letter. */
export type CompositionFacts = {
  readonly state: CaseState;
  readonly policy: Policy;
  readonly protocol: Protocol;
  readonly now: Instant;
  readonly addressee: Addressee;
  readonly signatory: Signatory;
  readonly addedParagraphs: readonly string[];
  /** The free text of the command that ordered the letter: a doubt, an explanation, a reason. */
  readonly words: string | undefined;
  /** Where a message was passed on to. */
  readonly passedOnTo: string | undefined;
  readonly decisions: Readonly<Partial<Record<RightKey, DecisionWords>>>;
  /** Everything found, held at receipt. */
  readonly records: readonly ManifestRecord[];
  /** Fell due before receipt. */
  readonly erasedBefore: readonly ManifestErased[];
  readonly redactions: readonly AccessRedaction[];
  /** Erased by the decision of this case. */
  readonly erased: readonly ErasedLine[];
  /** What kept records back when a decision was carried out, by kind of suspension. */
  readonly keptBy: Readonly<Partial<Record<RightKey, readonly string[]>>>;
  readonly rectified: readonly (Omit<RectifiedLine, 'record'> & {
    readonly recordId: string;
    /** Whether it stands beside the record as a statement, the record being unaltered. */
    readonly attached?: boolean;
  })[];
  /** Where the letter extends: the day to which it would move each deadline. */
  readonly extendedUntil: Readonly<Partial<Record<RightKey, LocalDate>>>;
  readonly recipients: readonly RecipientLine[];
  readonly earlierCases: readonly {
    readonly reference: string;
    readonly receivedOn: LocalDate;
    readonly outcome: string;
  }[];
};

/** Thrown when a letter cannot say what the law asks of it: the case lacks a fact. Names the element, never a value. */
export class LetterIncompleteError extends Error {
  override readonly name = 'LetterIncompleteError';
}
