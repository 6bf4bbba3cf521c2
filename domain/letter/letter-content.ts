/**
 * The content of every letter Oblio writes, as one discriminated union by `kind`: what is said, with its grounds and data (law.md
 * section 5). Texts in Italian and English and the PDF are made from these types in `letters/`. Holds personal data: it is composed
 * in activities, stored sealed in the case file, and never travels through Temporal (I7).
 */

import type { Bilingual } from '../policy/policy.ts';
import type { ExtensionReason } from '../request/clock/clock.ts';
import type { IdentificationItem } from '../request/course/identity.ts';
import type { RightArticle, RightKey } from '../request/course/rights.ts';
import type { LocalDate } from '../time/local-date.ts';
import type { RightAnswer } from './answers.ts';
import type {
  ClassDescription,
  NonEmpty,
  Protocol,
  RecipientLine,
  RecordLine,
  StatedGround,
  SubjectFrame,
  ThirdPartyFrame,
} from './parts.ts';

export type * from './answers.ts';
export type * from './parts.ts';

/** Acknowledges receipt: date, deadline of each right, what happens with the case file (Art. 13; EDPB 01/2022 para. 57). */
export type AcknowledgementLetter = SubjectFrame & {
  readonly kind: 'acknowledgement';
  /** The day of receipt that earlier letters gave by mistake, where this letter puts it right. */
  readonly formerlyReceivedOn?: LocalDate;
  readonly deadlines: NonEmpty<{ readonly right: RightKey; readonly lastDay: LocalDate }>;
  /** Art. 13 on the case file itself: purpose and basis (Art. 6(1)(c) with 12), and how long it is kept. */
  readonly caseFile: {
    readonly keptFor: Bilingual;
    /** Art. 13(1)(e): to whom data of the file may go, by name; absent in letters written before they said so. */
    readonly recipients?: readonly string[];
  };
  /** The rights whose weighing restricts the processing at once (Art. 18(1)(a), (d)). */
  readonly restrictedMeanwhile?: readonly { readonly right: RightKey; readonly why: '18.1.a' | '18.1.d' }[];
};

/** Asks for what is missing to identify the person, prove authority, or specify a large request (Art. 12(6), rec. 63). */
export type IdentificationRequestLetter = SubjectFrame & {
  readonly kind: 'identification-request';
  readonly about: 'identity' | 'authority' | 'specification';
  /** Why there is doubt, in its own words: a doubt must be reasonable and recorded. */
  readonly doubt: string;
  /** What would settle it: never more than needed. */
  readonly asked: NonEmpty<IdentificationItem>;
  /** The clock stands still from this day until the answer arrives. */
  readonly clockStandsFrom: LocalDate;
  /** Without an answer by this day the request is closed with a letter; one that was to be specified is then answered in full. */
  readonly answerBy: LocalDate;
};

/** The one extension, with its reasons, inside the first month (Art. 12(3)). */
export type ExtensionLetter = SubjectFrame & {
  readonly kind: 'extension';
  readonly rights: NonEmpty<{ readonly right: RightKey; readonly until: LocalDate; readonly before: LocalDate }>;
  readonly months: 1 | 2;
  readonly reason: ExtensionReason;
  readonly explanation: string;
};

/** The answer: the outcome of one or more rights. */
export type AnswerLetter = SubjectFrame & {
  readonly kind: 'answer';
  readonly answers: NonEmpty<RightAnswer>;
  /** Rights of the request that other letters answer, and by when; absent where there are none. */
  readonly others?: readonly { readonly right: RightKey; readonly lastDay?: LocalDate }[];
};

/** A restriction is about to be lifted: the person is informed before (Art. 18(3)). */
export type RestrictionToBeLiftedLetter = SubjectFrame & {
  readonly kind: 'restriction-to-be-lifted';
  readonly right: RightKey;
  readonly reason: string;
  readonly notBefore: LocalDate;
  readonly records: readonly RecordLine[];
  /** What happens afterwards to records whose period has ended meanwhile. */
  readonly thenErased: boolean;
};

/** Closed because the person could not be identified in time; may be taken up again when the missing proof arrives. */
export type ClosedUnidentifiedLetter = SubjectFrame & {
  readonly kind: 'closed-unidentified';
  /** Never a request that was not specified: that one is answered in full (recital 63). */
  readonly about: 'identity' | 'authority';
  readonly askedOn: LocalDate;
  readonly asked: NonEmpty<IdentificationItem>;
  /** Why nothing can be done without it, where an article says so. */
  readonly grounds: readonly StatedGround[];
  /** The restriction that held meanwhile ends after this day (Art. 18(3)); absent where none was placed. */
  readonly restrictionEndsAfter?: LocalDate;
};

/** No data-protection matter: a short note, where the controller's notice does not rule it out. */
export type NotARequestLetter = SubjectFrame & {
  readonly kind: 'not-a-request';
  /** Where the message was passed on to (access to documents under L. 241/1990, FOIA), if anywhere. */
  readonly passedOnTo?: string;
};

/** The person withdrew the request, or a part of it. */
export type RequestWithdrawnLetter = SubjectFrame & {
  readonly kind: 'request-withdrawn';
  readonly withdrawnOn: LocalDate;
  /** Where an erasure that was decided still waited: it is not carried out any more; how many records had been erased before. */
  readonly deferredErasure?: { readonly erasedBefore: number };
  readonly rights: NonEmpty<{ readonly right: RightKey; readonly article: RightArticle }>;
  /** The restriction that held meanwhile ends after this day (Art. 18(3)); absent where none was placed. */
  readonly restrictionEndsAfter?: LocalDate;
};

/** Which recipients were notified under Art. 19, on the person's request (last sentence). */
export type RecipientsReportLetter = SubjectFrame & {
  readonly kind: 'recipients-report';
  readonly recipients: NonEmpty<RecipientLine>;
};

/** Notifies a recipient of a rectification, erasure or restriction (Art. 19). Names the person only by what the recipient needs. */
export type RecipientNotificationLetter = ThirdPartyFrame & {
  readonly kind: 'recipient-notification';
  readonly audience: 'recipient';
  readonly reference: string;
  readonly what: 'rectified' | 'erased' | 'restricted' | 'restriction-lifted' | 'processing-stopped';
  readonly on: LocalDate;
  readonly classes: NonEmpty<ClassDescription>;
  /** The identifiers under which the recipient knows the person. */
  readonly identifiers: NonEmpty<{ readonly kind: string; readonly value: string }>;
  /** For a rectification: before and after. */
  readonly changes: readonly { readonly what: string; readonly before: string; readonly after: string }[];
  readonly acknowledgeBy: LocalDate;
};

/** Informs the custodian of records that a litigation hold or legal duty preserves them. */
export type PreservationNotice = ThirdPartyFrame & {
  readonly kind: 'preservation-notice';
  readonly audience: 'custodian';
  readonly matterReference: string;
  readonly legalBasis: string;
  readonly effectiveOn: LocalDate;
  readonly scope: NonEmpty<
    ClassDescription & { readonly records: number; readonly from?: LocalDate; readonly until?: LocalDate }
  >;
  readonly reviewOn: LocalDate;
  /** The notice that the same custodian had before a change of the hold. */
  readonly replaces?: Protocol;
};

/** Informs the custodian that the hold is over and that what is due will be erased. */
export type ReleaseNotice = ThirdPartyFrame & {
  readonly kind: 'release-notice';
  readonly audience: 'custodian';
  readonly matterReference: string;
  readonly effectiveOn: LocalDate;
  readonly releasedOn: LocalDate;
  readonly scope: NonEmpty<ClassDescription & { readonly records: number; readonly dueNow: number }>;
};

/** The notices of a hold. */
export type HoldNotice = PreservationNotice | ReleaseNotice;

/** The cover of a disclosure to an authority in a particular inquiry (Art. 4(9)). */
export type AuthorityDisclosureCover = ThirdPartyFrame & {
  readonly kind: 'authority-disclosure';
  readonly audience: 'authority';
  readonly orderReference: string;
  readonly legalBasis: string;
  readonly records: NonEmpty<ClassDescription & { readonly records: number; readonly files: number }>;
  /** SHA-256 in hexadecimal of the manifest that comes with it. */
  readonly manifestDigest: string;
};

/** Letters that belong to a rights request, composed by its case. */
export type CaseLetter =
  | AcknowledgementLetter
  | IdentificationRequestLetter
  | ExtensionLetter
  | AnswerLetter
  | RestrictionToBeLiftedLetter
  | ClosedUnidentifiedLetter
  | NotARequestLetter
  | RequestWithdrawnLetter
  | RecipientsReportLetter
  | RecipientNotificationLetter;

/** Every letter. */
export type LetterContent = CaseLetter | HoldNotice | AuthorityDisclosureCover;
