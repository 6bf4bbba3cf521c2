/**
 * Sealing of record content (AES-256-GCM) and keyed hashes (HMAC-SHA-256) by which records are found without their identifiers
 * lying in the database as plain text (Art. 25, 32). Keys come from OBLIO_KEYS_FILE and stay in this file's closures.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ControllerId, RecordClassId } from '../../domain/ids.ts';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const formatVersion = 1;

const key = z.base64().transform((text, context) => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== keyBytes) context.addIssue({ code: 'custom', message: `must be ${keyBytes} bytes in base64` });
  return bytes;
});

const keysSchema = z
  .object({
    /** Master of all keyed hashes. It can never change: every index of identifiers hangs on it. */
    identifierHashKey: key,
    /** Sealing keys by id; old ones stay as long as anything sealed with them does. */
    sealingKeys: z.record(z.string().regex(/^[A-Za-z0-9-]{1,32}$/), key),
    currentSealingKey: z.string(),
  })
  .refine(({ sealingKeys, currentSealingKey }) => sealingKeys[currentSealingKey] !== undefined, {
    path: ['currentSealingKey'],
    message: 'names no key of sealingKeys',
  });

/** The keys file as read: a secret. A holder of it and of the database can read everything. */
export type OblioKeys = z.output<typeof keysSchema>;

/** Thrown when the keys file is missing or wrong, or when something sealed does not open. Never says what was inside. */
export class SealingError extends Error {
  override readonly name = 'SealingError';
}

/** Reads OBLIO_KEYS_FILE. Throws a `SealingError` that names the field at fault. */
export const readKeysFile = async (file: string): Promise<OblioKeys> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SealingError(`The keys file ${file} cannot be read: ${error.code ?? error.message}`);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own message would quote the keys.
    throw new SealingError(`The keys file ${file} is no JSON`);
  }
  const parsed = keysSchema.safeParse(content);
  if (!parsed.success) throw new SealingError(`The keys file ${file} is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** What may be done with the keys; the keys themselves are not to be had from it. */
export type Sealing = {
  /** Encrypts; the result opens only together with `boundTo` (the id of the row it lies in). */
  readonly seal: (plain: Uint8Array, boundTo: string) => Buffer;
  /** Decrypts; throws a `SealingError` if the bytes were changed, moved to another row, or their key is not there. */
  readonly open: (sealed: Uint8Array, boundTo: string) => Buffer;
  /** Finds the records of a data subject by one identifier, in its normalised form. */
  readonly subjectKey: (input: {
    readonly controller: ControllerId;
    readonly kind: string;
    readonly value: string;
  }) => Buffer;
  /** Finds records by a field that a hold may be scoped by, across the controller's classes. */
  readonly attributeKey: (input: {
    readonly controller: ControllerId;
    readonly name: string;
    readonly value: string;
  }) => Buffer;
  /** Finds a record, or the tombstone of one, by the source system's own id. */
  readonly sourceKey: (input: {
    readonly controller: ControllerId;
    readonly recordClass: RecordClassId;
    readonly sourceId: string;
  }) => Buffer;
  /** Recognises content that is handed in again (`canonical`: JSON with sorted keys). */
  readonly contentDigest: (canonical: string) => Buffer;
  /** 32 bytes for one purpose of Oblio that is no hash of anything (a signing key, one-use codes); the same in every process. */
  readonly derivedSecret: (purpose: string) => Buffer;
};

// A purpose each has its own key, so that a hash of one kind never equals a hash of another.
const hasher = (master: Buffer, purpose: string): ((...parts: readonly string[]) => Buffer) => {
  // A key object, made once: from plain bytes Node makes one in each call, which costs five times the hash itself.
  const derived = createSecretKey(Buffer.from(hkdfSync('sha256', master, 'oblio', purpose, keyBytes)));
  // JSON keeps the borders between the parts: ("a", "bc") and ("ab", "c") differ.
  return (...parts) => createHmac('sha256', derived).update(JSON.stringify(parts)).digest();
};

/**
 * A value per key of the file, by the key's place in it, that shows whether a key is the same and nothing else of it: a keyed hash of
 * a fixed text, under a key derived for this purpose alone.
 */
export const checkValues = ({ identifierHashKey, sealingKeys }: OblioKeys): ReadonlyMap<string, Buffer> =>
  new Map(
    [
      ['identifierHashKey', identifierHashKey] as const,
      ...Object.entries(sealingKeys).map(([id, bytes]) => [`sealingKeys.${id}`, bytes] as const),
    ].map(([name, bytes]) => [name, hasher(bytes, 'key-check')(name)]),
  );

const usesAFetch = 512;

/** Hands out `bytes` fresh random bytes each time; none is handed out twice. */
const randomSupply = (bytes: number): (() => Buffer) => {
  let supply = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used === supply.length) {
      supply = randomBytes(bytes * usesAFetch);
      used = 0;
    }
    used += bytes;
    return supply.subarray(used - bytes, used);
  };
};

/** Sealing and hashing with a set of keys. */
export const createSealing = ({ identifierHashKey, sealingKeys, currentSealingKey }: OblioKeys): Sealing => {
  const subject = hasher(identifierHashKey, 'subject');
  const attribute = hasher(identifierHashKey, 'attribute');
  const source = hasher(identifierHashKey, 'source');
  const content = hasher(identifierHashKey, 'content');
  const nextNonce = randomSupply(nonceBytes);
  const keys = new Map(Object.entries(sealingKeys).map(([id, key]) => [id, createSecretKey(key)]));
  const keyOf = (id: string): KeyObject => {
    const found = keys.get(id);
    if (found === undefined) throw new SealingError(`There is no sealing key "${id}"`);
    return found;
  };
  // Envelope: version, length of the key id, key id, nonce, tag, ciphertext. The header is authenticated together with the row's id.
  return {
    seal: (plain, boundTo) => {
      const header = Buffer.concat([
        Buffer.from([formatVersion, currentSealingKey.length]),
        Buffer.from(currentSealingKey, 'latin1'),
      ]);
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', keyOf(currentSealingKey), nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.concat([header, Buffer.from(boundTo, 'utf8')]));
      const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([header, nonce, cipher.getAuthTag(), encrypted]);
    },
    open: (sealedBytes, boundTo) => {
      const sealed = Buffer.from(sealedBytes.buffer, sealedBytes.byteOffset, sealedBytes.byteLength);
      const headerEnd = 2 + (sealed[1] ?? 0);
      const textStart = headerEnd + nonceBytes + tagBytes;
      if (sealed[0] !== formatVersion || sealed.length < textStart)
        throw new SealingError('This was not sealed by Oblio');
      const header = sealed.subarray(0, headerEnd);
      const nonce = sealed.subarray(headerEnd, headerEnd + nonceBytes);
      const sealingKey = keyOf(header.subarray(2).toString('latin1'));
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.concat([header, Buffer.from(boundTo, 'utf8')]));
      decipher.setAuthTag(sealed.subarray(headerEnd + nonceBytes, textStart));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(textStart)), decipher.final()]);
      } catch {
        throw new SealingError('Sealed content does not open: it was changed, or belongs to another row');
      }
    },
    subjectKey: ({ controller, kind, value }) => subject(controller, kind, value),
    attributeKey: ({ controller, name, value }) => attribute(controller, name, value),
    sourceKey: ({ controller, recordClass, sourceId }) => source(controller, recordClass, sourceId),
    contentDigest: (canonical) => content(canonical),
    derivedSecret: (purpose) =>
      Buffer.from(hkdfSync('sha256', identifierHashKey, 'oblio', `derived/${purpose}`, keyBytes)),
  };
};
