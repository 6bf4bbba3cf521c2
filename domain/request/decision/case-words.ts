/**
 * What people write in a case, in words: who asks, and what stands in a command beside its codes. Lies sealed in the case file and never
 * travels through Temporal (I7).
 */
import type { SubjectIdentifierKind } from '../../subject/subject-identifier.ts';
import type { LineResult } from '../course/decision.ts';
import type { RequesterCapacity } from '../course/identity.ts';
import type { AccessRedaction } from './manifest.ts';

/** An identifier as it was handed in. */
export type WrittenIdentifier = { readonly kind: SubjectIdentifierKind; readonly value: string };

/** Who asks, about whom, and what they wrote. */
export type CasePerson = {
  readonly requester: {
    readonly name: string;
    readonly email?: string | undefined;
    readonly pec?: string | undefined;
    readonly postalLines?: readonly string[] | undefined;
  };
  readonly capacity: RequesterCapacity;
  /** Present where another person asks. */
  readonly subject?: { readonly name: string } | undefined;
  /** By these the records are searched; as handed in. */
  readonly identifiers: readonly WrittenIdentifier[];
  readonly messageId?: string | undefined;
  readonly subjectLine?: string | undefined;
  readonly text: string;
  readonly reason?: string | undefined;
};

/** What a person wrote with a command. */
export type CommandWords = {
  /** Reasons, explanations, doubts: the free text of a command. */
  readonly text?: string | undefined;
  /** For decisions: why each ground applies to this person. */
  readonly reasons?: Readonly<Record<string, string>> | undefined;
  /** The balance of an objection, on the person's own situation. */
  readonly balance?: string | undefined;
  /** A rectification: what is changed, from what to what. */
  readonly changes?:
    | readonly {
        readonly recordId: string;
        readonly what: string;
        readonly before: string;
        readonly after: string;
      }[]
    | undefined;
  readonly statement?: string | undefined;
  /** What a review withholds. */
  readonly redactions?:
    | readonly (Omit<AccessRedaction, 'recordId' | 'recordClass'> & {
        readonly recordId: string;
        readonly recordClass: string;
      })[]
    | undefined;
  /** Single records that a decision treats otherwise than their class. */
  readonly exceptions?:
    | readonly { readonly recordId: string; readonly result: LineResult; readonly grounds: readonly string[] }[]
    | undefined;
  /** Identifiers that became known later: with the answer to a question, or when identity was confirmed. */
  readonly identifiers?: readonly WrittenIdentifier[] | undefined;
  readonly addedParagraphs?: readonly string[] | undefined;
  readonly signatory?: { readonly name: string; readonly office: string } | undefined;
  /** File number of a complaint or action, receipt number of a delivery. */
  readonly reference?: string | undefined;
};
