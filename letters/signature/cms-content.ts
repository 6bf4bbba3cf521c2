/** Signatures in CMS (RFC 5652): what a `.p7m` envelops, and whether a signature is one of the bytes it is said to be of. */
import { fromBER, OctetString } from 'asn1js';
import { ContentInfo, SignedData } from 'pkijs';

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
    // The library tells what is no CMS by many kinds of errors; for us it is one.
    return undefined;
  }
};

const octetsOf = (part: unknown): Buffer =>
  part instanceof OctetString
    ? part.valueBlock.value.length > 0
      ? Buffer.concat(part.valueBlock.value.map(octetsOf))
      : Buffer.from(part.valueBlock.valueHexView)
    : Buffer.alloc(0);

/** Whether the first signer's signature is one of the content; says nothing of who the signer is. */
const holds = async (signed: SignedData, detached: Buffer | undefined): Promise<boolean> => {
  if (signed.signerInfos.length === 0) return false;
  try {
    return await signed.verify({
      signer: 0,
      checkChain: false,
      ...(detached === undefined ? {} : { data: bytesOf(detached) }),
    });
  } catch {
    return false;
  }
};

export type SignedContent = { readonly content: Buffer; readonly holds: boolean };

/** The content a `.p7m` envelops; `undefined` where the bytes are no signature with content. */
export const signedContentOf = async (bytes: Buffer): Promise<SignedContent | undefined> => {
  const signed = signedDataIn(bytes);
  const enveloped = signed?.encapContentInfo.eContent;
  if (signed === undefined || enveloped === undefined) return undefined;
  return { content: octetsOf(enveloped), holds: await holds(signed, undefined) };
};

/** Whether a detached signature is one of these bytes. */
export const signatureHolds = async (signature: Buffer, content: Buffer): Promise<boolean> => {
  const signed = signedDataIn(signature);
  return signed !== undefined && (await holds(signed, content));
};
