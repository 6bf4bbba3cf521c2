/**
 * Signs a letter with a certificate file of the controller (PAdES-B-B). The letter's own bytes stay as they are and come first, so
 * PDF/A-3a still holds and the register's hash of the letter can be checked against the signed file.
 */
import type { Instant } from '../../domain/time/instant.ts';
import type { SigningIdentity } from './certificate-file.ts';
import { fillSignature, prepareSignature, signedBytes } from './signature-field.ts';
import { signDetached } from './signed-data.ts';

/**
 * The rendered letter and what its signature says; `at` is the signer's own claim of time, not a timestamp of a third
 * party.
 */
export type SignLetterInput = {
  readonly letter: Buffer;
  /** The office that signs, as the letter names it. */
  readonly signer: string;
  /** What the signature stands for, read out by a screen reader. */
  readonly reason: string;
  readonly at: Instant;
};

/**
 * The signed letter.
 * @throws `UnreadablePdf` where the file is no letter of ours or carries a signature already
 */
export const signLetter = async (identity: SigningIdentity, input: SignLetterInput): Promise<Buffer> => {
  const prepared = prepareSignature(input.letter, input);
  return fillSignature(prepared, await signDetached(signedBytes(prepared), identity));
};
