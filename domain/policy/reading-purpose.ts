/**
 * What a record may be read for. Restriction (Art. 18) leaves storage and five uses: the four of Art. 18(2), and answering the
 * person's own request, which is their own right (Art. 15 to 22) and never a use against them.
 */

import type { AuditRole } from '../audit.ts';
import type { CaseId } from '../ids.ts';
import { assertNever } from '../result.ts';

/** The uses that Art. 18(2) leaves for restricted data, besides storage. */
export const restrictedUses = [
  /** With the data subject's consent. */
  'subject-consent',
  /** For the establishment, exercise or defence of legal claims. */
  'legal-claims',
  /** For the protection of the rights of another natural or legal person. */
  'protection-of-another-person',
  /** For reasons of important public interest of the Union or of a Member State. */
  'important-public-interest',
] as const;

/** One of the uses that Art. 18(2) leaves. */
export type RestrictedUse = (typeof restrictedUses)[number];

/** What a record is read for. */
export type ReadingPurpose =
  /** The work it was collected for, or any other: not while it is restricted. */
  | { readonly kind: 'ordinary' }
  /** `reason`: the reference of what is on file (the consent, the dispute); never a name or an identifier. */
  | { readonly kind: RestrictedUse; readonly reason: string }
  /** Answering, by this case, the request of the person whom the record is about. */
  | { readonly kind: 'subject-request'; readonly caseId: CaseId };

/** The name of a purpose, as callers claim it. */
export type ReadingPurposeKind = ReadingPurpose['kind'];

/** The ordinary purpose. */
export const ordinary: ReadingPurpose = { kind: 'ordinary' };

/** Who may claim what. `system` is Oblio itself: it composes and delivers answers, and claims nothing else. */
const claimants: Readonly<Record<Exclude<ReadingPurposeKind, 'ordinary'>, readonly AuditRole[]>> = {
  'subject-consent': ['dpo', 'officer'],
  'legal-claims': ['dpo', 'officer', 'legal'],
  'protection-of-another-person': ['dpo', 'officer', 'legal'],
  'important-public-interest': ['dpo', 'officer'],
  'subject-request': ['dpo', 'officer', 'system'],
};

/** The purposes beyond the ordinary one that a role may claim. */
export const purposesOf = (role: AuditRole): readonly Exclude<ReadingPurposeKind, 'ordinary'>[] =>
  ([...restrictedUses, 'subject-request'] as const).filter((kind) => claimants[kind].includes(role));

/** Why a restricted record is not read. */
export type ReadingRefusal =
  /** No purpose of Art. 18(2) was claimed. */
  | 'restricted'
  /** The one that was claimed is not for this role. */
  | 'purpose-not-yours'
  /** The case is none of this controller's, is closed, or is about another person. */
  | 'not-of-that-case';

/** A reading of a restricted record: what for, and by whom. */
export type RestrictedReadingInput = {
  readonly purpose: ReadingPurpose;
  readonly role: AuditRole;
  /** Whether the case of a `subject-request` is about a person whom the record is about. */
  readonly ofThatCase: boolean;
};

/** Whether a restricted record may be read, or why not. */
export const restrictedReading = ({
  purpose,
  role,
  ofThatCase,
}: RestrictedReadingInput): 'admitted' | ReadingRefusal => {
  switch (purpose.kind) {
    case 'ordinary':
      return 'restricted';
    case 'subject-consent':
    case 'legal-claims':
    case 'protection-of-another-person':
    case 'important-public-interest':
      return claimants[purpose.kind].includes(role) ? 'admitted' : 'purpose-not-yours';
    case 'subject-request':
      if (!claimants[purpose.kind].includes(role)) return 'purpose-not-yours';
      return ofThatCase ? 'admitted' : 'not-of-that-case';
    default:
      return assertNever(purpose);
  }
};
