/**
 * What an answer says of one right, outcome by outcome (law.md section 5, column "letter"): a part that the law asks
 * for and that is missing does not compile.
 */

import type { Bilingual, LegalBasis } from '../policy/policy.ts';
import type { RightKind } from '../request/course/rights.ts';
import type { AccessRedaction } from '../request/decision/manifest.ts';
import type { LocalDate } from '../time/local-date.ts';
import type {
  BackupLine,
  ClassDescription,
  ErasedLine,
  NonEmpty,
  RecipientLine,
  RecordLine,
  RightReference,
  StatedGround,
} from './parts.ts';

/** Common to the answers on every right. */
type Answer<Name extends string> = {
  readonly answer: Name;
  readonly right: RightReference;
  /** The day the officer decided. */
  readonly decidedOn: LocalDate;
  /** The restriction that held while the right was weighed ends after this day (Art. 18(3)); absent where none was placed. */
  readonly restrictionEndsAfter?: LocalDate;
};

/** What Art. 15(1)(a)-(d), (g) asks about each class of which records are held. */
export type AccessFacts = ClassDescription & {
  /** Art. 15(1)(a). */
  readonly purposes: NonEmpty<Bilingual>;
  readonly legalBasis: LegalBasis;
  /** Where some of the person's records of the class rest on another basis: which. */
  readonly otherBases?: readonly LegalBasis[];
  /** Art. 15(1)(b). */
  readonly dataCategories: NonEmpty<Bilingual>;
  /** Art. 15(1)(c), by name (C-154/21); empty where the class has none. */
  readonly recipients: readonly {
    readonly name: string;
    readonly role: 'processor' | 'controller' | 'authority';
    readonly purpose: Bilingual;
  }[];
  /** Art. 15(1)(d): the rule; the date of each record is in its line. */
  readonly retention: { readonly period: Bilingual; readonly keptLongerFor: readonly Bilingual[] };
  /** Art. 15(1)(g). */
  readonly source: Bilingual;
};

/** Everything of Art. 15(1) and (2) that does not depend on a class. */
export type AccessStatement = {
  readonly facts: NonEmpty<AccessFacts>;
  /** Every record held at receipt, in scope, not withheld. */
  readonly records: readonly RecordLine[];
  /** Art. 15(1)(e): the rights to rectification, erasure, restriction, objection. */
  readonly otherRights: NonEmpty<'16' | '17' | '18' | '21'>;
  /** Art. 15(1)(h). */
  readonly automatedDecisions: 'none';
  /** Art. 15(2); empty: none. */
  readonly transfers: readonly Bilingual[];
  /** Art. 15(3): how the copy is handed over. */
  readonly copy: { readonly files: number; readonly records: number; readonly recordings: number };
  /** Data the notice names that cannot be tied to a person (Art. 11): explained, not searched. */
  readonly notTied: readonly { readonly id: string; readonly reason: Bilingual }[];
  /** Fell due before the request was received: as its certificate says. */
  readonly erasedBefore: readonly ErasedLine[];
};

/** Access in full (Art. 15): everything of paragraphs 1, 2 and 3. */
export type AccessGranted = Answer<'access-granted'> & AccessStatement;

/** Access with something withheld: the rest of the statement is given in full (Art. 15(4); Code art. 2-undecies). */
export type AccessPartlyGranted = Answer<'access-partly-granted'> &
  AccessStatement & {
    readonly grounds: NonEmpty<StatedGround>;
    /** What is withheld or blacked out, with a ground each; redact, do not refuse all (law.md section 6). */
    readonly withheld: NonEmpty<AccessRedaction>;
  };

/** Nothing is held on the person: said for every right, also when the data are gone (Garante 10021452). */
export type NoDataHeld = Answer<'no-data'> & {
  readonly searched: NonEmpty<ClassDescription>;
  readonly erasedBefore: readonly ErasedLine[];
  readonly notTied: readonly { readonly id: string; readonly reason: Bilingual }[];
};

/** A change as the letter shows it. */
export type RectifiedLine = {
  readonly record: RecordLine;
  readonly what: string;
  /** What it is called; absent where the policy has no words for it. */
  readonly title?: Bilingual;
  readonly before: string;
  readonly after: string;
  readonly on: LocalDate;
};

/** Records were corrected or completed (Art. 16), and which recipients were notified (Art. 19). */
export type RectificationCorrected = Answer<'rectification-corrected'> & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly changes: NonEmpty<RectifiedLine>;
  readonly recipients: readonly RecipientLine[];
};
/** Where the record is an archive that must not be altered: the person's statement stands beside it. */
export type RectificationStatementAttached = Answer<'rectification-statement-attached'> & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly records: NonEmpty<RecordLine>;
  readonly statement: string;
  readonly attachedOn: LocalDate;
  readonly recipients: readonly RecipientLine[];
};

/** Nothing is corrected, with the reasons (Art. 12(4)). */
export type RectificationRefused = Answer<'rectification-refused'> & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly records: readonly RecordLine[];
};

/** All that was asked for is erased (Art. 17), with the proof, the end of the backups and which recipients were notified (Art. 19). */
export type ErasureDone = Answer<'erasure-erased'> & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly erased: NonEmpty<ErasedLine>;
  readonly backups: NonEmpty<BackupLine>;
  readonly recipients: readonly RecipientLine[];
};

/** Some is erased and some stays, each with its ground. */
export type ErasurePartlyDone = Answer<'erasure-partly-erased'> & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly erased: NonEmpty<ErasedLine>;
  readonly backups: NonEmpty<BackupLine>;
  readonly recipients: readonly RecipientLine[];
  /** What stays, with the ground per class and the date by which each will be erased. */
  readonly kept: NonEmpty<KeptClass>;
};
/** Refused with grounds, and the date by which each record will be erased (notices.md, INPS rights). */
export type ErasureRefused = Answer<'erasure-refused'> & {
  readonly kept: NonEmpty<KeptClass>;
};
/** Deferred while a hold or legal duty stands (Art. 17(3)(e), (b)); no matter is named. */
export type ErasureDeferred = Answer<'erasure-deferred'> & {
  readonly kept: NonEmpty<KeptClass>;
  readonly reviewOn: LocalDate;
};

/** The records of one class that stay, each with the date by which it will be erased. */
export type KeptClass = ClassDescription & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly records: NonEmpty<RecordLine>;
};

/** What a decision that grants a right denies of it, with the grounds (Art. 12(4)); empty or absent where it grants all. */
type WithDenied = { readonly denied?: readonly KeptClass[] };

/** What an upheld objection or a withdrawn consent would erase, and something still keeps (Art. 17(3)). */
export type HeldErasure = {
  readonly grounds: NonEmpty<StatedGround>;
  readonly records: readonly RecordLine[];
  readonly reviewOn: LocalDate;
};

/** Processing is restricted (Art. 18): since when, what stays allowed, and when it is looked at again. */
export type RestrictionGranted = Answer<'restriction-granted'> &
  WithDenied & {
    readonly grounds: NonEmpty<StatedGround>;
    readonly records: NonEmpty<RecordLine>;
    /** Art. 18(2): what stays allowed. */
    readonly stillAllowed: NonEmpty<
      'storage' | 'consent' | 'legal-claims' | 'rights-of-others' | 'important-public-interest'
    >;
    readonly restrictedFrom: LocalDate;
    readonly reviewOn: LocalDate;
    /** The person is informed before it is lifted (Art. 18(3)), this many days ahead. */
    readonly noticeDays: number;
    readonly recipients: readonly RecipientLine[];
  };

/** The data are handed over in forms that machines read (Art. 20(1)). */
export type PortabilityGranted = Answer<'portability-granted'> &
  WithDenied & {
    readonly grounds: NonEmpty<StatedGround>;
    readonly records: NonEmpty<RecordLine>;
    readonly formats: NonEmpty<'json' | 'csv'>;
  };

/** Art. 20 does not reach these classes: (3) a public task, (1) neither consent nor contract. */
export type PortabilityRefused = Answer<'portability-refused'> & {
  readonly classes: NonEmpty<
    ClassDescription & {
      readonly legalBasis: LegalBasis;
      readonly otherBases?: readonly LegalBasis[];
      readonly grounds: NonEmpty<StatedGround>;
    }
  >;
  /** Art. 15: access and a copy are offered instead. */
  readonly accessOffered: true;
};

/** The processing stops (Art. 21(1)), and what follows from it. */
export type ObjectionUpheld = Answer<'objection-upheld'> &
  WithDenied & {
    readonly grounds: NonEmpty<StatedGround>;
    /** The balance, on the person's own situation. */
    readonly balance: string;
    readonly stoppedOn: LocalDate;
    readonly stoppedFor: NonEmpty<ClassDescription>;
    /** Erased under Art. 17(1)(c); empty where the data serve another purpose that stands. */
    readonly erased: readonly ErasedLine[];
    readonly backups: readonly BackupLine[];
    readonly held?: HeldErasure;
    readonly recipients: readonly RecipientLine[];
  };

/** Compelling legitimate grounds prevail, as the balance shows (Art. 21(1)). */
export type ObjectionRefused = Answer<'objection-refused'> & {
  readonly grounds: NonEmpty<StatedGround>;
  readonly balance: string;
  readonly records: readonly RecordLine[];
};

/** A withdrawn consent (Art. 7(3)): unconditional, with effect from the day it was received. */
export type ConsentWithdrawalRecorded = Answer<'consent-withdrawal-recorded'> & {
  readonly effectiveOn: LocalDate;
  /** The classes whose basis was consent; processing before the withdrawal stays lawful (Art. 7(3)). */
  readonly stoppedFor: readonly ClassDescription[];
  /** Erased under Art. 17(1)(b), where nothing else justified keeping it. */
  readonly erased?: readonly ErasedLine[];
  readonly backups?: readonly BackupLine[];
  readonly held?: HeldErasure;
  /** Which recipients were notified of what was erased (Art. 19). */
  readonly recipients?: readonly RecipientLine[];
};

/** An opt-out that the controller's notice promises, in the policy's own words. */
export type OptOutRecorded = Answer<'opt-out-recorded'> & {
  readonly optOut: { readonly id: string; readonly title: Bilingual };
  readonly effectiveOn: LocalDate;
};

/**
 * A refusal that looks at no single record: unfounded or excessive (Art. 12(5)), not identifiable (11(2)), limits of the Code
 * (2-undecies, 2-terdecies), a whole access or restriction request refused.
 */
export type RefusedAsAWhole = Answer<'refused'> & {
  readonly kind: Exclude<RightKind, 'consent-withdrawal' | 'opt-out'>;
  readonly grounds: NonEmpty<StatedGround>;
  /** The earlier cases that make it excessive; empty for other grounds. */
  readonly earlierCases: readonly {
    readonly reference: string;
    readonly receivedOn: LocalDate;
    readonly outcome: string;
  }[];
  /** Art. 2-undecies(3): the person may act through the Garante (Code art. 160). */
  readonly throughTheGarante: boolean;
};

/** What a letter can say of a right; `answer` names the right and its outcome. */
export type RightAnswer =
  | AccessGranted
  | AccessPartlyGranted
  | NoDataHeld
  | RectificationCorrected
  | RectificationStatementAttached
  | RectificationRefused
  | ErasureDone
  | ErasurePartlyDone
  | ErasureRefused
  | ErasureDeferred
  | RestrictionGranted
  | PortabilityGranted
  | PortabilityRefused
  | ObjectionUpheld
  | ObjectionRefused
  | ConsentWithdrawalRecorded
  | OptOutRecorded
  | RefusedAsAWhole;
