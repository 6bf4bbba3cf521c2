/**
 * Takes back a letter that was signed elsewhere: is it the same document? Checks sameness and that the signature covers all of it;
 * whether the certificate is valid and qualified is the verifier's business, and so is its revocation.
 */
import { signedContentOf } from './cms-content.ts';
import type { ReturnedFileFault } from './returned-file-faults.ts';
import { pdfUpdateFault } from './signed-pdf.ts';

export { returnedFileFaults } from './returned-file-faults.ts';

export type ReturnedFile =
  | { readonly kind: 'same'; readonly format: 'pades' | 'cades'; readonly mediaType: string }
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
    const fault = await pdfUpdateFault(original, returned);
    return fault === undefined
      ? { kind: 'same', format: 'pades', mediaType: 'application/pdf' }
      : { kind: 'refused', fault };
  }
  const signed = await signedContentOf(unarmoured(returned));
  if (signed === undefined) return { kind: 'refused', fault: 'not-signed' };
  if (!signed.content.equals(original)) return { kind: 'refused', fault: 'other-document' };
  return signed.holds
    ? { kind: 'same', format: 'cades', mediaType: 'application/pkcs7-mime' }
    : { kind: 'refused', fault: 'signature-broken' };
};
