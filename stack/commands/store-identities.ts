// Command, run before the store of docker-compose.yml at each start: writes down for SeaweedFS who its users are and what each may do (the policies of
// deploy/store-policies, as they are in this version), and the certificate that closes its inner port. Argument: the folder, which only the store reads.
//
// SeaweedFS opens the port by which its parts tell the S3 part of new users on the same address as S3 itself, and asks no one who comes there for a
// password: whoever reaches it could make itself an administrator. With a certificate it takes only clients with one of the same issuer, and nothing
// issues any.

import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrintableString } from 'asn1js';
import { AttributeTypeAndValue, Certificate, CryptoEngine } from 'pkijs';
import { z } from 'zod';
import { days } from '../../domain/time/duration.ts';
import { StackError } from '../process/stack-error.ts';
import { writeState } from '../process/stored-state.ts';
import { seaweedIdentities } from '../store/seaweedfs.ts';
import { storeAccessKey } from '../store/store-users.ts';

const secret = z.string().min(16, 'must have 16 characters or more');
const settingsSchema = z.object({
  S3_ADMIN_ACCESS_KEY: z.string().min(3),
  S3_ADMIN_SECRET_KEY: secret,
  S3_API_SECRET_KEY: secret,
  S3_WORKER_SECRET_KEY: secret,
  S3_GATE_SECRET_KEY: secret,
});

const pem = (label: string, der: ArrayBuffer): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

/** A certificate that vouches for itself, and its key, both as PEM. */
const selfSigned = async (): Promise<{ readonly certificate: string; readonly key: string }> => {
  const engine = new CryptoEngine({
    name: 'node',
    crypto: webcrypto as ConstructorParameters<typeof CryptoEngine>[0]['crypto'],
  });
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = new Certificate({ version: 2 });
  certificate.serialNumber.valueBlock.valueHexView = webcrypto
    .getRandomValues(new Uint8Array(8))
    .map((byte) => byte & 0x7f);
  for (const name of [certificate.issuer, certificate.subject])
    name.typesAndValues.push(
      new AttributeTypeAndValue({ type: '2.5.4.3', value: new PrintableString({ value: 'Oblio store, inner port' }) }),
    );
  certificate.notBefore.value = new Date(Date.now() - days(1));
  certificate.notAfter.value = new Date(Date.now() + days(20 * 365));
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  await certificate.sign(keys.privateKey, 'SHA-256', engine);
  return {
    certificate: pem('CERTIFICATE', certificate.toSchema(true).toBER()),
    key: pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
  };
};

try {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new StackError('Usage: store-identities.ts <folder>');
  const parsed = settingsSchema.safeParse(process.env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new StackError(`Settings that cannot be used:\n${problems.join('\n')}`);
  }
  const settings = parsed.data;
  const identities = seaweedIdentities(
    { accessKey: settings.S3_ADMIN_ACCESS_KEY, secretKey: settings.S3_ADMIN_SECRET_KEY },
    {
      api: { accessKey: storeAccessKey('api'), secretKey: settings.S3_API_SECRET_KEY },
      worker: { accessKey: storeAccessKey('worker'), secretKey: settings.S3_WORKER_SECRET_KEY },
      gate: { accessKey: storeAccessKey('gate'), secretKey: settings.S3_GATE_SECRET_KEY },
    },
  );
  writeState(join(folder, 'identities.json'), identities);
  const { certificate, key } = await selfSigned();
  writeFileSync(join(folder, 'inner-port.crt'), certificate, { mode: 0o600 });
  writeFileSync(join(folder, 'inner-port.key'), key, { mode: 0o600 });
  console.log('The store knows its administrator and the three users of Oblio.');
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
