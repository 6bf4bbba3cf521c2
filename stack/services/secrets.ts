// Keys of the application on a local stack: for keyed hashes and sealing, and a token issuer for development. Made once per data folder.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { StackError } from '../process/stack-error.ts';
import { writeState } from '../process/stored-state.ts';
import { credentialsFileOf } from './credentials.ts';

/** Where the keys of a local stack lie, and what its development tokens say. */
export type Secrets = {
  /** OBLIO_KEYS_FILE: identifierHashKey, sealingKeys, currentSealingKey. */
  keysFile: string;
  /** OBLIO_JWKS_FILE: public keys of the token issuer. */
  jwksFile: string;
  /** Private key of the development issuer (ES256, JWK): only the command that makes tokens reads it. */
  privateJwkFile: string;
  issuer: string;
  audience: string;
};

/** New keys for keyed hashes of identifiers and for sealing, 256 random bits each. */
export function makeKeys(): {
  identifierHashKey: string;
  sealingKeys: Record<string, string>;
  currentSealingKey: string;
} {
  const key = (): string => randomBytes(32).toString('base64');
  return { identifierHashKey: key(), sealingKeys: { '1': key() }, currentSealingKey: '1' };
}

/**
 * Creates what is missing (files of mode 0600 in `secrets/`) and says where everything is. Throws a StackError when the keys are gone
 * from a folder that was started before: with new ones, the records in it could be neither opened nor found, without a word.
 */
export async function ensureSecrets(dataFolder: string): Promise<Secrets> {
  const folder = join(dataFolder, 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keysFile = join(folder, 'keys.json');
  const jwksFile = join(folder, 'jwks.json');
  const privateJwkFile = join(folder, 'issuer-private-key.json');
  if (!existsSync(keysFile)) {
    // The passwords are made right after the keys, in the same first start.
    if (existsSync(credentialsFileOf(dataFolder)))
      throw new StackError(
        `${keysFile} is gone. What is sealed in ${dataFolder} can be neither opened nor found without these keys: restore the file, or begin anew in another folder (OBLIO_DATA).`,
      );
    writeState(keysFile, makeKeys());
  }
  if (!existsSync(privateJwkFile) || !existsSync(jwksFile)) {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const described = { kid: randomBytes(8).toString('hex'), alg: 'ES256', use: 'sig' };
    const [publicJwk, privateJwk] = [await exportJWK(publicKey), await exportJWK(privateKey)];
    // The public file last: it is the one whose presence says that the pair is complete.
    writeState(privateJwkFile, { ...privateJwk, ...described });
    writeState(jwksFile, { keys: [{ ...publicJwk, ...described }] });
  }
  return { keysFile, jwksFile, privateJwkFile, issuer: 'https://oblio.local', audience: 'oblio-api' };
}
