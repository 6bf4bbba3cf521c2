/**
 * The signature itself: a detached CMS signature at level PAdES-B-B (ETSI EN 319 142-1), which binds the signer's certificate with
 * the attribute signing-certificate-v2 (RFC 5035). The time stands in the PDF's signature dictionary, as the level asks.
 */
import { createHash } from 'node:crypto';
import { ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  type Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs';
import type { Instant } from '../../domain/time/instant.ts';
import type { SigningIdentity } from './certificate-file.ts';
import { fillSignature, prepareSignature, signedBytes } from './signature-field.ts';

// Signs a letter with a certificate file of the controller (PAdES-B-B). The letter's own bytes stay as they are and come first, so
// PDF/A-3a still holds and the register's hash of the letter can be checked against the signed file.

/** The rendered letter and what its signature says; `at` is the signer's own claim of time, not a timestamp of a third party. */
type SignLetterInput = {
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

const oid = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

const sha256 = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(createHash('sha256').update(bytes).digest()).buffer;

/** ESSCertIDv2 with its default hash, SHA-256. */
const certificateReference = (certificate: Certificate): Sequence =>
  new Sequence({
    value: [
      new Sequence({
        value: [
          new Sequence({
            value: [new OctetString({ valueHex: sha256(new Uint8Array(certificate.toSchema().toBER(false))) })],
          }),
        ],
      }),
    ],
  });

/** Signs the bytes; answers with the signature in DER. */
export const signDetached = async (content: Buffer, { key, certificates }: SigningIdentity): Promise<Buffer> => {
  const [own] = certificates;
  const attributes = [
    new Attribute({ type: oid.contentType, values: [new ObjectIdentifier({ value: oid.data })] }),
    new Attribute({ type: oid.messageDigest, values: [new OctetString({ valueHex: sha256(content) })] }),
    new Attribute({ type: oid.signingCertificateV2, values: [certificateReference(own)] }),
  ];
  // DER wants the members of a set in the order of their encodings.
  const ordered = attributes.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.toSchema().toBER(false)), Buffer.from(other.toSchema().toBER(false))),
  );
  const signed = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: oid.data }),
    signerInfos: [
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({ issuer: own.issuer, serialNumber: own.serialNumber }),
        digestAlgorithm: new AlgorithmIdentifier({ algorithmId: oid.sha256 }),
        signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes: ordered }),
      }),
    ],
    certificates: [...certificates],
  });
  await signed.sign(key, 0, 'SHA-256', new Uint8Array(content).buffer);
  const info = new ContentInfo({ contentType: oid.signedData, content: signed.toSchema(true) });
  return Buffer.from(info.toSchema().toBER(false));
};
