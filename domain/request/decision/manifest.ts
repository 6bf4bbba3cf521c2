/**
 * What a search found, frozen: the one list that access shows and erasure removes (I8). The manifest lives in Postgres; through
 * Temporal go its id and counts only.
 */
import type { CertificateId, ObjectId, RecordClassId, RecordId } from '../../ids.ts';
import type { LegalBasis } from '../../policy/policy.ts';
import type { Instant } from '../../time/instant.ts';
import type { LocalDate } from '../../time/local-date.ts';
import type { GroundCode } from '../course/grounds.ts';
import type { PersonalTie } from './record-tie.ts';

/** One version of one object of a found record. */
export type ManifestObject = {
  readonly objectId: ObjectId;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
};

/** One record that was found by the subject's identifiers. */
export type ManifestRecord = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  /** The last day on which it may exist. */
  readonly boundDay: LocalDate;
  readonly legalBasis: LegalBasis;
  /** Keyed digest of the content, in hexadecimal. */
  readonly contentDigest: string;
  readonly objects: readonly ManifestObject[];
  /** Whether a hold, legal duty or restriction keeps it back (not the pending request itself). */
  readonly suspendedBy: readonly ('litigation-hold' | 'legal-obligation' | 'restriction')[];
  /** How the record is tied to the person (`record-tie.ts`); absent in what was never searched for. */
  readonly tie?: PersonalTie;
  /** Whether it also names another person by an identifier of their own: their part is for the review (Art. 15(4)). */
  readonly namesOthers?: boolean;
};

/** A record of the subject that was gone before, as its certificate says. */
export type ManifestErased = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly certificate: CertificateId;
  readonly erasedAt: Instant;
};

/** Grounds on which a review may withhold something (Art. 15(4); Code art. 2-undecies). */
export const redactionGrounds = [
  '15.4',
  '2-undecies.1.a',
  '2-undecies.1.b',
  '2-undecies.1.c',
  '2-undecies.1.d',
  '2-undecies.1.e',
  '2-undecies.1.f',
  '2-undecies.1.f-bis',
] as const satisfies readonly GroundCode[];

/** How much of a record a review can withhold; what is not withheld is shown (redact, do not refuse all). */
export const redactionKinds = ['whole-record', 'passage', 'object', 'segment-of-recording'] as const;

/** What the review withholds of a record because it is other people's, with a ground each (Art. 15(4)). */
export type AccessRedaction = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly what: (typeof redactionKinds)[number];
  readonly ground: (typeof redactionGrounds)[number];
  /** Where: a field and character range, an object's name, seconds of a recording. Never the text itself. */
  readonly where: string;
};
