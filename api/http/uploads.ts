/** What an upload announces about itself in its headers, and whether a body keeps to it. */
import { createHash } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { UploadMismatchError } from '../../storage/objects/put-object.ts';
import type { ObjectFacts } from '../../storage/objects/record-objects.ts';
import { bodyBytes, mediaTypeOf, parseContentDigest, uploadBrokenOff } from './bodies.ts';
import type { ApiContext } from './context.ts';
import { refusal } from './problems.ts';

/** The largest object: hours of audio; a store's single object may be larger. */
export const largestObject = 5 * 1024 ** 3;

const mediaTypeForm = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/** Length, digest and media type as announced, or a refusal that names the header at fault. */
export const announcedFacts = (c: ApiContext): ObjectFacts => {
  const length = c.req.header('content-length') ?? '';
  if (!/^\d{1,15}$/.test(length)) {
    throw refusal('length-required', { detail: 'Send the header Content-Length; a body in chunks has none.' });
  }
  const size = Number(length);
  if (size > largestObject) {
    throw refusal('body-too-large', { detail: `An object may have at most ${largestObject} bytes.` });
  }
  const mediaType = mediaTypeOf(c);
  if (!mediaTypeForm.test(mediaType)) {
    throw refusal('media-type-unsupported', {
      detail: 'Say in Content-Type what the object is, for example audio/wav.',
    });
  }
  if (!['', 'identity'].includes((c.req.header('content-encoding') ?? '').trim().toLowerCase())) {
    throw refusal('media-type-unsupported', { detail: 'Send the object as it is, without Content-Encoding.' });
  }
  const sha256 = parseContentDigest(c.req.header('content-digest'));
  if (sha256 === undefined) {
    throw refusal('invalid-object', {
      detail: 'The object was not stored.',
      errors: [{ field: 'Content-Digest', code: 'required', detail: 'send sha-256=:<base64>: of the body (RFC 9530)' }],
    });
  }
  return { mediaType, size, sha256 };
};

/**
 * The bytes of an upload as they come from the connection: a web stream in between would copy each of them. What is left unread is
 * drained once the answer is out, as with any body.
 */
export async function* uploadBytes(c: ApiContext): AsyncGenerator<Uint8Array> {
  const incoming: unknown = Reflect.get(c.env ?? {}, 'incoming');
  if (!(incoming instanceof IncomingMessage)) {
    yield* bodyBytes(c);
    return;
  }
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) yield chunk;
  } catch {
    throw uploadBrokenOff();
  }
}

/** Reads a body to its end without keeping it. Throws an `UploadMismatchError` if it is not what was announced. */
export const verifyBody = async (body: AsyncIterable<Uint8Array>, { size, sha256 }: ObjectFacts): Promise<void> => {
  const hash = createHash('sha256');
  let counted = 0;
  for await (const chunk of body) {
    counted += chunk.length;
    if (counted > size) break;
    hash.update(chunk);
  }
  if (counted !== size) throw new UploadMismatchError('size', 'The body has another length than was announced');
  if (!hash.digest().equals(sha256)) {
    throw new UploadMismatchError('sha256', 'The body has another SHA-256 than was announced');
  }
};
