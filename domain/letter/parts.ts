/**
 * What letters are made of: the parts that law.md section 5 asks of every letter ("M") and those that several letters share.
 * Types only. Code that composes a letter must fill every part: a missing element does not compile.
 */
import type { CertificateId, RecordClassId, RecordId } from '../ids.ts';
import type { Bilingual } from '../policy/policy.ts';
import type { GroundCode } from '../request/course/grounds.ts';
import type { RightArticle, RightKey } from '../request/course/rights.ts';
import type { LocalDate } from '../time/local-date.ts';

/** The language of the request. In English, a letter carries the complete Italian text beside it (law.md section 4). */
export type LetterLanguage = 'it' | 'en';

/** A list that cannot be empty: a decision without a ground, an answer without a right. */
export type NonEmpty<Item> = readonly [Item, ...Item[]];

/** Who writes: the head of every letter (Art. 13(1)(a), (b)). */
export type Letterhead = {
  readonly controller: {
    readonly name: string;
    readonly address: string;
    readonly email?: string;
    readonly pec?: string;
  };
  readonly dpo: { readonly address: string; readonly email?: string; readonly pec?: string };
};

/**
 * The entry in the outgoing protocol register (DPR 445/2000 arts. 53, 57): reserved before rendering, so that it can be printed.
 * `number` has at least seven digits and starts again each year.
 */
export type Protocol = { readonly number: string; readonly date: LocalDate };

/** To whom and by which way a letter goes; the way decides what the address block shows. */
export type Addressee = {
  readonly name: string;
  /** On whose behalf they write, where a representative is answered. */
  readonly representing?: string;
  readonly delivery:
    | { readonly kind: 'pec' | 'email'; readonly address: string }
    | { readonly kind: 'post'; readonly lines: NonEmpty<string> }
    | { readonly kind: 'counter' };
};

/** Who signs, with the office (law.md section 5). */
export type Signatory = { readonly name: string; readonly office: string };

/** The request a letter answers. */
export type RequestReference = {
  /** For example `INPS-2026-000123`. */
  readonly reference: string;
  /** The day it reached the controller, in the controller's time zone. */
  readonly receivedOn: LocalDate;
  readonly channel: 'pec' | 'email' | 'post' | 'counter' | 'portal' | 'phone';
  /** Every right the request exercises, with its article, in the order they were asked. */
  /** None where a message exercises no right. */
  readonly rights: readonly RightReference[];
};

/** A right as a letter names it. */
export type RightReference = {
  readonly key: RightKey;
  readonly article: RightArticle;
  /** The policy's own words for an opt-out. */
  readonly optOutTitle?: Bilingual;
};

/**
 * Complaint **or, alternatively,** court (Arts. 77, 79; Code arts. 140-bis, 152; D.Lgs. 150/2011 art. 10): named always, also
 * where everything was granted; advice which of the two to choose is not given.
 */
export type Remedies = {
  readonly complaint: { readonly authority: 'Garante per la protezione dei dati personali'; readonly articles: '77' };
  /** The tribunal of the controller's seat; the letter adds that of the person's residence. */
  readonly court: { readonly seat: string; readonly articles: '79' };
};

/**
 * Whose data a letter is about where they are not the addressee's own: a person the addressee acts for, or one who has died, on whose
 * data the addressee has rights of their own (Code art. 2-terdecies; recital 27).
 */
export type ConcernedPerson = { readonly kind: 'represented' | 'deceased'; readonly name: string };

/** The frame of every letter to the person who made a request (law.md section 5, "M"). */
export type SubjectFrame = {
  readonly audience: 'subject';
  readonly language: LetterLanguage;
  readonly letterhead: Letterhead;
  readonly date: LocalDate;
  readonly protocol: Protocol;
  readonly addressee: Addressee;
  readonly concerning?: ConcernedPerson;
  readonly request: RequestReference;
  readonly signatory: Signatory;
  readonly remedies: Remedies;
  /** Art. 12(5): every letter says that the answer costs nothing. */
  readonly freeOfCharge: true;
  /** Paragraphs that staff added; they never replace what the law requires. */
  readonly addedParagraphs: readonly string[];
};

/** The frame of a letter to another party: a recipient, the custodian of a hold, an authority. */
export type ThirdPartyFrame = {
  readonly audience: 'recipient' | 'custodian' | 'authority';
  readonly language: LetterLanguage;
  readonly letterhead: Letterhead;
  readonly date: LocalDate;
  readonly protocol: Protocol;
  readonly addressee: Addressee;
  readonly signatory: Signatory;
  readonly addedParagraphs: readonly string[];
};

/** A ground as a letter states it: the code chooses the phrase, the reasons say why it applies to this person. */
export type StatedGround = {
  readonly code: GroundCode;
  /** As cited, for example `Art. 17(3)(b) GDPR`. */
  readonly citation: string;
  /** The decision's own words, in the letter's language; present wherever the ground asks for them. */
  readonly reasons?: string;
};

/** One record as a letter lists it. */
export type RecordLine = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  /** The day of the event from which the period runs: the call, the end of the chat, the appointment. */
  readonly eventOn: LocalDate;
  /** The last day on which it may exist: "by" this date it will be erased (Art. 15(1)(d)). */
  readonly keptUntil: LocalDate;
  /** Suspended now (hold, restriction): it may be kept beyond the date; the letter says so without naming a matter. */
  readonly keptLonger: boolean;
  /** Its day is over: it is here only because the request is being answered, and goes when the answer is delivered. */
  readonly keptForAnswer?: true;
};

/** How a class is named and described in a letter, once, before its records. */
export type ClassDescription = {
  readonly recordClass: RecordClassId;
  readonly title: Bilingual;
  readonly description: Bilingual;
};

/** A record that was erased before or by the decision, with its proof. */
export type ErasedLine = {
  readonly recordId: RecordId;
  readonly recordClass: RecordClassId;
  readonly erasedOn: LocalDate;
  readonly certificate: CertificateId;
};

/** Until when backups may still hold what was erased, per class (CEF 2025). */
export type BackupLine = { readonly recordClass: RecordClassId; readonly until: LocalDate };

/** A recipient that was notified under Art. 19, or could not be and why. */
export type RecipientLine = {
  readonly name: string;
  readonly outcome:
    | { readonly kind: 'told'; readonly on: LocalDate }
    | { readonly kind: 'acknowledged'; readonly on: LocalDate }
    | { readonly kind: 'pending' }
    | { readonly kind: 'impossible'; readonly reason: string }
    | { readonly kind: 'disproportionate'; readonly reason: string };
};
