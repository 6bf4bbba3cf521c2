/** Reads a certificate file (PKCS #12, `.p12` or `.pfx`): the key that signs and the certificates that vouch for it. */
import { createPrivateKey, type KeyObject, type webcrypto, X509Certificate } from 'node:crypto';
import { CertBag, Certificate, PFX, PKCS8ShroudedKeyBag } from 'pkijs';

/** The file cannot be used; the message says why. */
export class UnusableCertificateFile extends Error {}

/** The key and the certificates with which letters are signed; kept in memory only. */
export type SigningIdentity = {
  readonly key: webcrypto.CryptoKey;
  /** The signer's certificate first, then those above it. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
};

const derOf = (part: { toSchema(): { toBER(): ArrayBuffer } }): Buffer => Buffer.from(part.toSchema().toBER());

const openBags = async (file: Buffer, password: string) => {
  const secret = new Uint8Array(Buffer.from(password, 'utf8')).buffer;
  const pfx = PFX.fromBER(new Uint8Array(file));
  await pfx.parseInternalValues({ password: secret, checkIntegrity: true });
  const safe = pfx.parsedValue?.authenticatedSafe;
  if (safe === undefined) throw new UnusableCertificateFile('The certificate file is empty.');
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password: secret })) });
  const contents: readonly { readonly value: { readonly safeBags: readonly { readonly bagValue: unknown }[] } }[] =
    safe.parsedValue.safeContents;
  const bags = contents.flatMap(({ value }) => value.safeBags.map(({ bagValue }) => bagValue));
  const shrouded = bags.find((bag) => bag instanceof PKCS8ShroudedKeyBag);
  return {
    key:
      shrouded === undefined
        ? undefined
        : createPrivateKey({ key: derOf(shrouded), format: 'der', type: 'pkcs8', passphrase: password }),
    certificates: bags.flatMap((bag) =>
      bag instanceof CertBag && bag.parsedValue instanceof Certificate ? [bag.parsedValue] : [],
    ),
  };
};

const algorithmOf = (key: KeyObject): webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams => {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'prime256v1') return { name: 'ECDSA', namedCurve: 'P-256' };
  if (curve === 'secp384r1') return { name: 'ECDSA', namedCurve: 'P-384' };
  throw new UnusableCertificateFile(
    `A key of type ${curve ?? key.asymmetricKeyType} cannot sign: RSA, P-256 and P-384 can.`,
  );
};

/**
 * Reads the file with its password.
 * @throws `UnusableCertificateFile` for a wrong password, a file without key or certificate, or one encrypted in the old way
 */
export const readCertificateFile = async (file: Buffer, password: string): Promise<SigningIdentity> => {
  let read: Awaited<ReturnType<typeof openBags>>;
  try {
    read = await openBags(file, password);
  } catch (error) {
    if (error instanceof UnusableCertificateFile) throw error;
    throw new UnusableCertificateFile(
      'The certificate file cannot be opened: it is no PKCS #12 file, the password is wrong, or it is encrypted with RC2 or 3DES and has to be written again with AES.',
      { cause: error },
    );
  }
  const { key, certificates } = read;
  if (key === undefined) throw new UnusableCertificateFile('The certificate file holds no private key.');
  const own = certificates.find((certificate) => new X509Certificate(derOf(certificate)).checkPrivateKey(key));
  if (own === undefined) {
    throw new UnusableCertificateFile('No certificate in the file belongs to its private key.');
  }
  return {
    key: key.toCryptoKey(algorithmOf(key), false, ['sign']),
    certificates: [own, ...certificates.filter((one) => one !== own)],
  };
};
