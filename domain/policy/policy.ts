/**
 * What a controller's privacy notice says, as types (Art. 5(1)(e), 5(2), 13). The policy files hold the values; this file
 * says what a policy is made of. Types only: workflows and storage may import it at no cost.
 */
import type { ControllerId, RecordClassId } from '../ids.ts';
import type { Seat } from '../time/working-days.ts';

/** A text that letters quote: each policy states it in both languages. */
export type Bilingual = { readonly it: string; readonly en: string };

/** Where in a notice a rule comes from, for the reader who wants to check it. */
export type NoticeReference = {
  /** Title of the notice. */
  readonly notice: string;
  /** Section, table line or sentence. */
  readonly section: string;
};

/** A ceiling ("at most five years"): erasure is proven before the bound, inside the window that the lead opens. */
export type AtMostRule = {
  readonly kind: 'at-most';
  /** ISO 8601 duration in years, months or days, for example `P5Y`. */
  readonly period: string;
  /** ISO 8601 duration in days: how long before the bound the window opens (default `P1D`). */
  readonly lead: string;
};

/** An instant at which access ends and erasure follows at once: the end of the n-th day after the trigger event. */
export type EndOfDayAfterRule = {
  readonly kind: 'end-of-day-after';
  /** Calendar days after the day of the trigger event, which is not counted. */
  readonly days: number;
};

/** How long records of a class are kept: by a bound that must not be passed, or to the end of a day. */
export type RetentionRule = AtMostRule | EndOfDayAfterRule;

/** How large a retention unit is: one record, or all records of the class that fall due on the same local day. */
export type UnitSize = 'record' | 'day';

/** Why a public body's document may be destroyed (D.Lgs. 42/2004 art. 21(1)(d)). */
export type ArchivalBasis =
  | { readonly kind: 'not-archival'; readonly reason: string; readonly note?: string }
  | { readonly kind: 'selection-plan'; readonly plan: string; readonly note?: string }
  | { readonly kind: 'authorisation'; readonly number: string; readonly date: string; readonly note?: string };

/** Art. 6(1), by letter. */
export type LegalBasisArticle = '6.1.a' | '6.1.b' | '6.1.c' | '6.1.d' | '6.1.e' | '6.1.f';

/** On which article of Art. 6(1) a class is processed; portability and objection depend on it. */
export type LegalBasis = {
  readonly article: LegalBasisArticle;
  /** The law or general act behind a public task or legal obligation (Code art. 2-ter). */
  readonly source: string;
  /** What remains to be confirmed by the controller's DPO, if anything. */
  readonly note?: string;
};

/** A person or body to which records are disclosed (Art. 4(9), 15(1)(c)): named, since C-154/21 asks for names. */
export type Recipient = {
  readonly id: string;
  readonly name: string;
  readonly role: 'processor' | 'controller' | 'authority';
  /** What it does with the data, as letters say it. */
  readonly purpose: Bilingual;
  /** Where notifications under Art. 19 go; absent where the controller has not given one yet. */
  readonly notify?:
    | { readonly kind: 'email'; readonly address: string }
    | { readonly kind: 'webhook'; readonly url: string };
};

/** A field having one of its coded values. */
export type FieldCondition = { readonly field: string; readonly equals: string };

/** A field that records of a class carry besides their identifiers and content. */
export type FieldDefinition = {
  readonly name: string;
  readonly kind: 'text' | 'code' | 'instant' | 'local-date' | 'boolean' | 'number';
  readonly required: boolean;
  /** Required only where another field has a value (an appointment time where the survey follows an appointment). */
  readonly requiredWhen?: FieldCondition;
  /** For `code`: the closed list of values. */
  readonly values?: readonly string[];
  /** Whether a litigation hold may be scoped by this field (for example a claim number); it is kept as a keyed hash. */
  readonly holdScope: boolean;
  readonly description: Bilingual;
};

/** Evidence without which a record may not exist (for example that a caller was informed of the recording). */
export type EvidenceRequirement = {
  /** The name of the field that carries it. */
  readonly field: string;
  /** Only where this field has this value; absent: always. */
  readonly when?: FieldCondition;
  /**
   * What it must not lie after, where the notice says "beforehand": the first of these that a record has, a field or `trigger` (the
   * time of the trigger event). Absent: no order is asked for.
   */
  readonly notAfter?: readonly string[];
  readonly reason: string;
};

/** The event from which the period runs (never the time of recording in our system: openregister#3552). */
export type Trigger = {
  /** The event, unless `byField` names another one. */
  readonly event: string;
  /** Different rules for different values of one field (survey purpose 2 and 3 start from different events). */
  readonly byField?: { readonly field: string; readonly events: Readonly<Record<string, string>> };
  /**
   * Which field of the record carries the time of an event, by event name. An event that is not listed takes its time from the
   * record's own trigger time.
   */
  readonly timeFields?: Readonly<Record<string, string>>;
  /** Events that are known before they happen; absent: appointments alone. Any other one has happened when its record comes in. */
  readonly knownAhead?: readonly string[];
};

/** Why a class may be kept beyond its period, as the notice says it; each stands for a suspension that legal teams place. */
export type KeptLonger = { readonly suspension: 'litigation-hold' | 'legal-obligation'; readonly text: Bilingual };

/** Where the content of a class lies: sealed in the database, in the object store, or in both. */
export type ContentPlace = 'sealed-text' | 'objects' | 'both';

/** Who makes records of a class: the controller's systems hand them in, or Oblio registers its own (case files, packages). */
export type RecordOrigin = 'source' | 'oblio';

/** Everything a controller has bound itself to for one class of records. */
export type RecordClassPolicy = {
  readonly id: RecordClassId;
  /** `source` where it is absent. No source may hand in to a class of origin `oblio`. */
  readonly origin?: RecordOrigin;
  readonly title: Bilingual;
  readonly description: Bilingual;
  readonly notice: NoticeReference;
  readonly purposes: readonly Bilingual[];
  readonly legalBasis: LegalBasis;
  /** Another basis for records with a certain value of a coded field (an SMS sent on the person's explicit authorisation). */
  readonly legalBasisByField?: { readonly field: string; readonly bases: Readonly<Record<string, LegalBasis>> };
  readonly dataCategories: readonly Bilingual[];
  readonly recipients: readonly string[];
  /** Where the data come from (Art. 15(1)(g)). */
  readonly source: Bilingual;
  readonly rule: RetentionRule;
  /** Whether the notice gives the period or the controller set it (Milano's bookings: council resolutions). */
  readonly periodSetBy: 'notice' | 'controller';
  /** Where the controller set it, the act that did. */
  readonly periodSource?: string;
  /** What the notice excepts from the period ("without prejudice to any disputes"). */
  readonly keptLongerFor?: readonly KeptLonger[];
  readonly trigger: Trigger;
  readonly unitSize: UnitSize;
  readonly content: ContentPlace;
  readonly fields: readonly FieldDefinition[];
  readonly evidence: readonly EvidenceRequirement[];
  readonly archivalBasis: ArchivalBasis;
  /** ISO 8601 duration: how long backups may still hold what was erased. */
  readonly backupPeriod: string;
  /**
   * Who may open the content itself: every caller with a right to the record, or only the specifically authorised on a reasoned request.
   */
  readonly access: 'service-need' | 'reasoned-request';
  /** Who sees the records inside and outside the controller, in the notice's terms. */
  readonly disclosure?: Bilingual;
  /** Chats end with a transcript to the address the user gave (INPS notice). */
  readonly transcriptToSubject: boolean;
};

/**
 * Where Oblio keeps what rights requests leave behind, so that it ends in the same gate (Art. 5(1)(e), 5(2)). Both are classes of
 * origin `oblio`.
 */
export type RightsRequestClasses = {
  /** Case files, one record each from the closing of the case. */
  readonly caseFileClass: RecordClassId;
  /** Packages made for a person who asked for access, one record each. */
  readonly packageClass: RecordClassId;
  readonly periods?: CasePeriods;
};

/** Days that a controller sets for its cases; a default holds for each that it does not name. */
export type CasePeriods = {
  /** After a question without an answer, until the case is closed. */
  readonly unansweredDays?: number;
  /** Between informing the person and lifting a restriction (Art. 18(3)). */
  readonly liftingNoticeDays?: number;
  /** Until a restriction, or an erasure that is held back, is looked at again. */
  readonly restrictionReviewDays?: number;
  /** Until staff look whether a pending request must still keep what is in scope. */
  readonly pendingReviewDays?: number;
};

/** Where Oblio keeps what holds leave behind, so that it ends in the same gate; a class of origin `oblio`. */
export type HoldClasses = {
  /** Notices to custodians and their deliveries, one record a hold, from its release. */
  readonly fileClass: RecordClassId;
};

/** Data the notice names that never become records here (anonymous statistics, anonymous survey answers). */
export type NotARecord = {
  readonly id: string;
  readonly reason: Bilingual;
  readonly notice: NoticeReference;
};

/** A use of contact details that a person may refuse without giving reasons. */
export type OptOut = {
  readonly id: string;
  readonly title: Bilingual;
  readonly notice: NoticeReference;
};

/** A line of the notice that binds the controller and is no rule of a single class. */
export type Commitment = { readonly id: string; readonly text: Bilingual; readonly notice: NoticeReference };

/** An office with the addresses under which it is reached. */
export type Office = {
  readonly name: string;
  readonly address: string;
  readonly email?: string;
  readonly pec?: string;
};

/** Everything a controller's privacy notice binds it to, in one version. */
export type Policy = {
  readonly controller: ControllerId;
  /** Grows by one with each change; a record remembers the version that dated it. */
  readonly version: number;
  /** Local date from which this version is in force. */
  readonly validFrom: string;
  readonly name: string;
  readonly office: Office;
  /** The department that answers for the processing inside the controller, where the notice names one. */
  readonly department?: Office;
  readonly dpo: Office;
  /** Where rights requests may be sent. */
  readonly channels: readonly {
    readonly kind: 'pec' | 'email' | 'post' | 'counter' | 'portal' | 'phone';
    readonly address: string;
  }[];
  /** What happens to a message that is no rights request (law.md section 3). */
  readonly notARequest: 'no-reply' | 'short-note';
  /** IANA time zone in which days begin and end. */
  readonly timeZone: string;
  readonly seat: Seat;
  readonly noticeTitle: string;
  /** Local date of the notice's first publication, where it says so. */
  readonly noticePublished?: string;
  /** Local date of the notice in force. */
  readonly noticeDate: string;
  readonly recipients: readonly Recipient[];
  /** Transfers to third countries (Art. 15(2)); empty where the notice says there are none. */
  readonly transfers: readonly Bilingual[];
  /** What the controller must check before a letter says anything about transfers. */
  readonly transfersNote?: string;
  readonly recordClasses: readonly RecordClassPolicy[];
  readonly rightsRequests: RightsRequestClasses;
  readonly holds: HoldClasses;
  readonly notRecords: readonly NotARecord[];
  readonly optOuts: readonly OptOut[];
  readonly commitments?: readonly Commitment[];
};
