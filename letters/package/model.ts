/**
 * What an access package is made of, as data (Art. 15(3), 20(1)): the records of a frozen manifest with what a review left of them,
 * and what is said of those that are not in it. Types only.
 */
import type { CertificateId, RecordClassId, RecordId } from '../../domain/ids.ts';
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { Bilingual, FieldDefinition } from '../../domain/policy/policy.ts';
import type { AccessRedaction, ManifestErased } from '../../domain/request/decision/manifest.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';

/** `access`: everything that is disclosed (Art. 15). `portability`: what Art. 20 grants, to be read by other systems. */
export type PackageVariant = 'access' | 'portability';

/** What a record says, as it was handed in. */
export type RecordWords = {
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly text?: string;
  /** The person's statements that stand beside the record (Art. 16), oldest first. */
  readonly statements?: readonly { readonly text: string; readonly attachedAt: Instant }[];
};

/** A file of a record, as the manifest froze it. */
export type FrozenFile = {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
};

/** A record as the manifest froze it. */
export type FrozenRecord = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly triggerAt: Instant;
  readonly boundDay: LocalDate;
  /** Kept beyond that day by a hold, a legal duty or a restriction. */
  readonly keptLonger: boolean;
  readonly files: readonly FrozenFile[];
};

/** What became of a frozen record until the package was made. */
export type RecordNow =
  | { readonly kind: 'unchanged' | 'changed'; readonly words: RecordWords }
  /** Destroyed by the gate; the certificate follows when absence is proven. */
  | { readonly kind: 'erased'; readonly certificate?: CertificateId }
  /** Under restriction, and not to be read for this case (Art. 18(2)). */
  | { readonly kind: 'restricted' };

/** What a package says of each record of the manifest: every one is listed, also those whose content is not in it. */
export const recordStatuses = [
  'included',
  'changed-since-search',
  'withheld',
  'restricted',
  'erased-since-search',
] as const;

/** Whether a record's content is in the package, and why not where it is not. */
export type RecordStatus = (typeof recordStatuses)[number];

/** Something withheld, with its ground. */
export type Withheld = Pick<AccessRedaction, 'what' | 'ground' | 'where'>;

/** A file of a record as the package shows it. */
export type PackagedFile = FrozenFile &
  (
    | { readonly status: 'included'; readonly path: string }
    /** A recording with silence in the place of what is withheld; the digest is that of the file in the package. */
    | { readonly status: 'redacted'; readonly path: string; readonly withheld: readonly Withheld[] }
    | { readonly status: 'withheld'; readonly withheld: Withheld }
    /** A copy that was made for an earlier request: listed, and not packed into the next one. */
    | { readonly status: 'earlier-copy' }
    | { readonly status: 'not-held' }
  );

/** A record as the package shows it. */
export type PackagedRecord = Omit<FrozenRecord, 'files'> & {
  /** Its place in the manifest, from 1. */
  readonly number: number;
  readonly status: RecordStatus;
  readonly certificate?: CertificateId;
  /** Absent where the record is withheld as a whole, or gone. Withheld passages are replaced by a mark. */
  readonly words?: RecordWords;
  /** Where its text stands by itself, for conversations. */
  readonly transcript?: string;
  readonly files: readonly PackagedFile[];
  readonly withheld: readonly Withheld[];
};

/** A class of records in the package. */
export type PackagedClass = {
  readonly recordClass: RecordClassId;
  readonly title: Bilingual;
  readonly description: Bilingual;
  readonly fields: readonly FieldDefinition[];
  /** Names of the fields that the tables show, in the order of the policy. */
  readonly fieldNames: readonly string[];
  readonly records: number;
  /** Of them, in the package. */
  readonly included: number;
  /** Whether its texts are conversations, which stand as files of their own too. */
  readonly isConversation: boolean;
};

/** The facts of the whole package. */
export type PackageFacts = {
  readonly packageId: string;
  readonly variant: PackageVariant;
  readonly language: LetterLanguage;
  readonly controllerName: string;
  /** Contact of the data protection officer. */
  readonly contact: string;
  readonly reference: string;
  readonly frozenAt: Instant;
  /** IANA name: days are written in the controller's zone. */
  readonly timeZone: string;
  /** SHA-256 of the manifest, hexadecimal. */
  readonly manifestDigest: string;
  readonly classes: readonly PackagedClass[];
  /** Past the point of no return when the search looked; the proof follows the erasure. */
  readonly erasedBefore: readonly (Pick<ManifestErased, 'recordId' | 'recordClass'> &
    Partial<Pick<ManifestErased, 'certificate' | 'erasedAt'>>)[];
  /** Whether the letter is in it. */
  readonly withLetter: boolean;
};

/** A file that was written into the package. */
export type WrittenFile = {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** What is withheld of a recording that is in the package otherwise. */
  readonly withheld?: readonly Withheld[];
};
