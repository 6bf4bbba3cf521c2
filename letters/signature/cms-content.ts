/** Signatures in CMS (RFC 5652): what a `.p7m` envelops, and whether a signature is one of the bytes it is said to be of. */

import { X509Certificate } from 'node:crypto';
import { fromBER, GeneralizedTime, OctetString, UTCTime } from 'asn1js';
import { ContentInfo, SignedData, type SignerInfo } from 'pkijs';
import { given } from '../../domain/given.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';

const signedDataType = '1.2.840.113549.1.7.2';

const bytesOf = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

/** The signed data in bytes of BER; `undefined` where they are none. */
const signedDataIn = (bytes: Buffer): SignedData | undefined => {
  const { offset, result } = fromBER(bytesOf(bytes));
  if (offset < 0) return undefined;
  try {
    const info = new ContentInfo({ schema: result });
    return info.contentType === signedDataType ? new SignedData({ schema: info.content }) : undefined;
  } catch {
    // The library reports what is no CMS by many kinds of errors; for us it is one.
    return undefined;
  }
};

const octetsOf = (part: unknown): Buffer =>
  part instanceof OctetString
    ? part.valueBlock.value.length > 0
      ? Buffer.concat(part.valueBlock.value.map(octetsOf))
      : Buffer.from(part.valueBlock.valueHexView)
    : Buffer.alloc(0);

/** Who signed, as the certificate inside of the signature says: whether that certificate can be trusted is not decided here. */
export type Signer = {
  /** Distinguished name, for example `C=IT, O=Ente, CN=Rosa Verdi`. */
  readonly subject: string;
  /** The time the signer claims, where the signature has one; no proof of it. */
  readonly claimedTime?: Instant;
};

const signingTime = '1.2.840.113549.1.9.5';

const claimedTimeOf = (info: SignerInfo): Instant | undefined => {
  const [value]: readonly unknown[] =
    info.signedAttrs?.attributes.find(({ type }) => type === signingTime)?.values ?? [];
  return value instanceof UTCTime || value instanceof GeneralizedTime
    ? instantFromEpoch(value.toDate().getTime())
    : undefined;
};

/** Verifies one signature with its own certificate: its digest is the content's, its value the certificate's key's. */
const signerOf = async (
  signed: SignedData,
  index: number,
  detached: Buffer | undefined,
): Promise<Signer | undefined> => {
  const info = signed.signerInfos[index];
  if (info === undefined) return undefined;
  try {
    const { signatureVerified, signerCertificate } = await signed.verify({
      signer: index,
      checkChain: false,
      extendedMode: true,
      ...(detached === undefined ? {} : { data: bytesOf(detached) }),
    });
    if (signatureVerified !== true || !signerCertificate) return undefined;
    const { subject } = new X509Certificate(Buffer.from(signerCertificate.toSchema(true).toBER()));
    const claimedTime = claimedTimeOf(info);
    return { subject: subject.replaceAll('\n', ', '), ...given({ claimedTime }) };
  } catch {
    return undefined;
  }
};

/** All signers of the content; `undefined` where there is none, or where one of the signatures is not of this content. */
const signersOf = async (signed: SignedData, detached: Buffer | undefined): Promise<readonly Signer[] | undefined> => {
  const signers: Signer[] = [];
  for (const index of signed.signerInfos.keys()) {
    const signer = await signerOf(signed, index, detached);
    if (signer === undefined) return undefined;
    signers.push(signer);
  }
  return signers.length === 0 ? undefined : signers;
};

/** `signers` is absent where a signature does not hold. */
export type SignedContent = { readonly content: Buffer; readonly signers: readonly Signer[] | undefined };

/** The content a `.p7m` envelops; `undefined` where the bytes are no signature with content. */
export const signedContentOf = async (bytes: Buffer): Promise<SignedContent | undefined> => {
  const signed = signedDataIn(bytes);
  const enveloped = signed?.encapContentInfo.eContent;
  if (signed === undefined || enveloped === undefined) return undefined;
  return { content: octetsOf(enveloped), signers: await signersOf(signed, undefined) };
};

/** Who signed these bytes with a detached signature; `undefined` where it is not one of them. */
export const detachedSigners = async (signature: Buffer, content: Buffer): Promise<readonly Signer[] | undefined> => {
  const signed = signedDataIn(signature);
  return signed === undefined ? undefined : signersOf(signed, content);
};
