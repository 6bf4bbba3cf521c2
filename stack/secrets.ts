// Keys of the application on a local stack: for keyed hashes and sealing, and a token issuer for development. Made once per data folder.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';

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

async function writeOnce(file: string, content: () => Promise<unknown> | unknown): Promise<void> {
  if (existsSync(file)) return;
  await writeFile(`${file}.new`, `${JSON.stringify(await content(), null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** New keys for keyed hashes of identifiers and for sealing, 256 random bits each. */
export function makeKeys(): {
  identifierHashKey: string;
  sealingKeys: Record<string, string>;
  currentSealingKey: string;
} {
  const key = (): string => randomBytes(32).toString('base64');
  return { identifierHashKey: key(), sealingKeys: { '1': key() }, currentSealingKey: '1' };
}

/** Creates what is missing (files of mode 0600 in `secrets/`) and says where everything is. */
export async function ensureSecrets(dataFolder: string): Promise<Secrets> {
  const folder = join(dataFolder, 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keysFile = join(folder, 'keys.json');
  const jwksFile = join(folder, 'jwks.json');
  const privateJwkFile = join(folder, 'issuer-private-key.json');
  await writeOnce(keysFile, makeKeys);
  if (!existsSync(privateJwkFile) || !existsSync(jwksFile)) {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const described = { kid: randomBytes(8).toString('hex'), alg: 'ES256', use: 'sig' };
    const [publicJwk, privateJwk] = [await exportJWK(publicKey), await exportJWK(privateKey)];
    // The public file last: it is the one whose presence says that the pair is complete.
    await writeFile(privateJwkFile, `${JSON.stringify({ ...privateJwk, ...described }, null, 2)}\n`, { mode: 0o600 });
    await writeOnce(jwksFile, () => ({ keys: [{ ...publicJwk, ...described }] }));
  }
  return { keysFile, jwksFile, privateJwkFile, issuer: 'https://oblio.local', audience: 'oblio-api' };
}
