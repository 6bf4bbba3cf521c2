/**
 * How a letter leaves the house (Art. 12(3); CAD 6-quater): by which way, released by whom, and what became of it. Nothing is sent
 * that a person has not released, and nothing is sent twice without a person saying so (I9). Replayed in workflows.
 */
import type { Instant } from '../../time/instant.ts';

/** The ways to a person, as the letter's address block names them. */
export const letterChannels = ['pec', 'email', 'post', 'counter'] as const;

/** One way to a person. `pec` is certified mail, whose receipt proves the delivery; the others need staff to record it. */
export type LetterChannel = (typeof letterChannels)[number];

/** The ways on which the machine sends; on the others staff hand over what is printed, and record it. */
export type MailChannel = Extract<LetterChannel, 'pec' | 'email'>;

/** Whether the machine can send by a way. */
export const isMailChannel = (channel: LetterChannel | undefined): channel is MailChannel =>
  channel === 'pec' || channel === 'email';

/** Why a released letter came back to staff. */
export const undeliveredReasons = [
  /** The mail server will never take it: no such mailbox. */
  'refused',
  /**
   * The mail server was given it and did not answer, or the worker was killed in that moment: it may have left. Staff look, then decide.
   */
  'unknown',
  /** The mail server could not take it for several minutes. */
  'server-away',
  /** The letter has no address for mail. */
  'no-address',
  /** This installation sends signed letters only, and no signed file was handed back. */
  'signature-missing',
  /** A receipt of the provider says that it did not arrive. */
  'bounced',
] as const;

/** What staff read of a letter that came back; none of them leads to a second sending by itself (I9). */
export type UndeliveredReason = (typeof undeliveredReasons)[number];

/** Where the sending of a letter stands. */
export type LetterDispatch = {
  /** Id of the command that released it; each release is sent at most once. */
  readonly releaseId: string;
  readonly state: 'released' | 'sent' | 'undelivered';
  readonly at: Instant;
  readonly why?: UndeliveredReason;
};

const messageId = /<?letter\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@oblio>?/;

/** The message id of a letter: the same for every attempt and release, so that a mailbox shows it once and a receipt names its letter. */
export const letterMessageId = (letterId: string): string => `<letter.${letterId}@oblio>`;

/** The letter that a message id names, or `undefined` for any other. */
export const letterOfMessageId = (text: string): string | undefined => messageId.exec(text.trim().toLowerCase())?.[1];
