/**
 * The disposition certificate: proof that records were destroyed, when, under which rule and on which authority (Art. 5(1)(e),
 * 5(2); D.Lgs. 42/2004 art. 21(1)(d)). It is written from what was verified, never from what was intended (I6), and says nothing
 * by which a person could be found: record ids are in it as a digest only.
 */
import type { CaseId, CertificateId, ControllerId, IntentId, RecordClassId, UnitId } from './ids.ts';
import type {
  ArchivalBasis,
  Bilingual,
  LegalBasis,
  NoticeReference,
  RetentionRule,
  UnitSize,
} from './policy/policy.ts';
import type { KeptBack } from './suspension/suspension.ts';
import type { Instant } from './time/instant.ts';
import type { LocalDate } from './time/local-date.ts';

/** Why records were destroyed: their period had ended, or a right was decided (Art. 17, 21). */
export type DispositionBasis =
  | { readonly kind: 'retention-period-ended' }
  | { readonly kind: 'decision'; readonly caseId: CaseId };

/** Why the erasure gate touches nothing of a unit (I2; D.Lgs. 42/2004 art. 21(1)(d)). */
export type ErasureRefusal = 'unknown-unit' | 'ahead-of-the-clock' | 'before-window' | 'no-archival-basis';

/** Records that a store would not let go, by the store's code. They are not proven gone and not counted as gone. */
export type FailedRecords = {
  readonly records: number;
  readonly codes: readonly { readonly code: string; readonly records: number }[];
  /** The intent under which their destruction goes on. */
  readonly continuedBy?: IntentId;
};

/** The document itself; its fields are part of the format and keep their meaning in it for ever. */
export type DispositionCertificate = {
  readonly format: 'oblio-disposition-certificate-1';
  readonly certificateId: CertificateId;
  readonly intentId: IntentId;
  /** The intent whose remainder this one finished, if it did. */
  readonly continues?: IntentId;
  readonly unitId: UnitId;
  readonly unitSize: UnitSize;
  readonly controller: { readonly id: ControllerId; readonly name: string };
  readonly recordClass: { readonly id: RecordClassId; readonly title: Bilingual };
  readonly basis: DispositionBasis;
  /** The version of the controller's policy that dated the records, and what it says. */
  readonly policyVersion: number;
  readonly rule: RetentionRule;
  readonly triggerEvent: string;
  readonly notice: NoticeReference;
  readonly legalBasis: LegalBasis;
  readonly archivalBasis: ArchivalBasis;
  /** The first and the last trigger event of the records. */
  readonly triggers: { readonly first: Instant; readonly last: Instant };
  readonly opensAt: Instant;
  readonly dueAt: Instant;
  readonly boundAt: Instant;
  /** The point of no return. */
  readonly intentWrittenAt: Instant;
  /** When absence had been read back from every store. */
  readonly verifiedAt: Instant;
  /** `verifiedAt` minus `boundAt`; negative where erasure was proven before the bound (I3). */
  readonly lagMilliseconds: number;
  readonly recordsGone: number;
  /** SHA-256, lower-case hexadecimal, over the ids of the records gone, sorted, each followed by a line feed. */
  readonly recordIdsDigest: string;
  readonly stores: {
    readonly database: {
      readonly gone: number;
      /** What suspensions kept back when the intent was written. */
      readonly kept: KeptBack;
      readonly failed: FailedRecords;
    };
    readonly objects: {
      /** Objects proven absent, and their versions and delete markers that were there. */
      readonly gone: number;
      readonly versionsGone: number;
      /** Objects of records that failed. */
      readonly failed: number;
      /** Objects that the database named and the store did not have. */
      readonly notFound: number;
    };
  };
  /** For how long suspensions kept the records beyond their due date. */
  readonly suspended: { readonly records: number; readonly longestDays: number };
  /** The last day on which backups may still hold the data, in the controller's time zone. */
  readonly backupsMayHoldUntil: LocalDate;
};
