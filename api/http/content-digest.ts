/** The header `Content-Digest` (RFC 9530): what a body is announced to be, and what an answer is. */

const digestBytes = 32;

/** The SHA-256 of a `Content-Digest` header; `undefined` if it has none that is well formed. Other algorithms beside it are ignored. */
export const parseContentDigest = (header: string | undefined): Buffer | undefined => {
  for (const member of (header ?? '').split(',')) {
    const encoded = /^\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*$/.exec(member)?.[1];
    const digest = encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
    if (digest?.length === digestBytes) return digest;
  }
  return undefined;
};

/** Writes the header. */
export const contentDigest = (sha256: Buffer): string => `sha-256=:${sha256.toString('base64')}:`;
