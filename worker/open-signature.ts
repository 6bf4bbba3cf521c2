/** Opens the way in which letters are signed, as the settings say; a certificate file is read once, when the worker starts. */
import { readFile } from 'node:fs/promises';
import { readCertificateFile, UnusableCertificateFile } from '../letters/pades/certificate-file.ts';
import { signLetter } from '../letters/pades/signed-data.ts';
import { type SignaturePort, unsigned } from '../letters/signature/port.ts';
import { WrongSettings } from '../settings/environment.ts';
import type { SignatureSettings } from './config.ts';

/** Throws `WrongSettings` where the certificate file or its password cannot be used. */
export const openSignature = async (settings: SignatureSettings): Promise<SignaturePort> => {
  switch (settings.kind) {
    case 'unsigned':
      return unsigned;
    case 'external':
      return { kind: 'external' };
    case 'local': {
      const [file, password] = await Promise.all([
        readFile(settings.certificateFile),
        readFile(settings.passwordFile, 'utf8'),
      ]).catch(() => {
        throw new WrongSettings('OBLIO_SIGNING_CERTIFICATE_FILE or OBLIO_SIGNING_PASSWORD_FILE cannot be read.');
      });
      const identity = await readCertificateFile(file, password.trimEnd()).catch((error: unknown) => {
        throw error instanceof UnusableCertificateFile ? new WrongSettings(error.message) : error;
      });
      return { kind: 'local', sign: (input) => signLetter(identity, input) };
    }
  }
};
