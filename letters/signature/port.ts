/**
 * How letters are signed, as a port. Conformance to PDF/A and PDF/UA holds in all three: the unsigned letter is a byte prefix of a
 * PAdES-signed one, and a CAdES file envelops it unchanged.
 */
import type { Instant } from '../../domain/time/instant.ts';

/** Signs a rendered letter; the result begins with the letter's own bytes. */
export type LocalSigner = (input: {
  readonly letter: Buffer;
  /** The office that signs, as the letter names it. */
  readonly signer: string;
  /** What the signature stands for, for a screen reader. */
  readonly reason: string;
  readonly at: Instant;
}) => Promise<Buffer>;

/** What this installation does about signatures, chosen in its settings. */
export type SignaturePort =
  /** Letters go as they are (default): name and office of the signatory stand in them. */
  | { readonly kind: 'unsigned' }
  /** Handed out, signed elsewhere, taken back after a check that it is the same document; nothing is sent before. */
  | { readonly kind: 'external' }
  /** Signed here with the controller's certificate right after rendering. */
  | { readonly kind: 'local'; readonly sign: LocalSigner };

/** The port of an installation that configures none. */
export const unsigned: SignaturePort = { kind: 'unsigned' };
