/**
 * Takes back a letter that was signed elsewhere: is it the same document? Checks sameness, that the signature covers all of it and
 * holds with its own certificate; whether that certificate can be trusted, is qualified or revoked is the verifier's business.
 */
import { type Signer, signedContentOf } from './cms-content.ts';
import { checkSignedPdf, type ReturnedFileFault } from './signed-pdf.ts';

/** What a returned file is: the same document with who signed it, or refused with a reason. */
export type ReturnedFile =
  | {
      readonly kind: 'same';
      readonly format: 'pades' | 'cades';
      readonly mediaType: string;
      readonly signers: readonly Signer[];
    }
  | { readonly kind: 'refused'; readonly fault: ReturnedFileFault };

const startsLikePdf = (bytes: Buffer): boolean => bytes.subarray(0, 5).toString('latin1') === '%PDF-';

/** A .p7m may come in base64, with or without PEM lines. */
const unarmoured = (bytes: Buffer): Buffer => {
  if (bytes[0] === 0x30) return bytes;
  const text = bytes.toString('latin1').replaceAll(/-----(BEGIN|END) [A-Z0-9 ]+-----/g, '');
  return /^[A-Za-z0-9+/=\s]+$/.test(text) ? Buffer.from(text, 'base64') : bytes;
};

/** Compares a file that was handed back with the one that was handed out. */
export const checkReturnedFile = async (original: Buffer, returned: Buffer): Promise<ReturnedFile> => {
  if (startsLikePdf(returned)) {
    const checked = await checkSignedPdf(original, returned);
    return checked.kind === 'refused'
      ? checked
      : { kind: 'same', format: 'pades', mediaType: 'application/pdf', signers: checked.signers };
  }
  const signed = await signedContentOf(unarmoured(returned));
  if (signed === undefined) return { kind: 'refused', fault: 'not-signed' };
  if (!signed.content.equals(original)) return { kind: 'refused', fault: 'other-document' };
  return signed.signers === undefined
    ? { kind: 'refused', fault: 'signature-broken' }
    : { kind: 'same', format: 'cades', mediaType: 'application/pkcs7-mime', signers: signed.signers };
};
