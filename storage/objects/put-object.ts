/**
 * Uploads: a stream is cut into parts, counted and hashed on its way, and becomes an object only if it is what was announced. Two
 * parts are in memory at most.
 */
import { createHash } from 'node:crypto';
import type { Client } from 'minio';

/** Bytes of a part. S3 asks for 5 MiB at least; an upload holds two parts in memory at most. */
export const partBytes = 5 * 1024 * 1024;

/** A stream and what it was announced to be; `size` and `maxSize` in bytes. */
export type PutObjectInput = {
  readonly key: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** What the body must turn out to be; an upload that is anything else never becomes an object. */
  readonly size?: number;
  readonly sha256?: Buffer;
  /** Bytes beyond which the body is not read further. */
  readonly maxSize?: number;
  readonly mediaType: string;
};

/** What the store has now, as it was measured on the way. */
export type PutObjectResult = { readonly versionId: string; readonly size: number; readonly sha256: Buffer };

/** Thrown when a body is not what was announced. Nothing of it can be read; parts may lie in the store until the gate removes them. */
export class UploadMismatchError extends Error {
  override readonly name = 'UploadMismatchError';
  readonly reason: 'size' | 'sha256' | 'too-large';
  constructor(reason: UploadMismatchError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Cuts a stream into parts of `partBytes`; the last may be shorter. At least one part, which may be empty. */
async function* inParts(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  let cut = false;
  for await (const chunk of body) {
    let rest = chunk;
    while (bytes + rest.length > partBytes) {
      const room = partBytes - bytes;
      yield Buffer.concat([...pending, rest.subarray(0, room)], partBytes);
      cut = true;
      rest = rest.subarray(room);
      pending = [];
      bytes = 0;
    }
    pending.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0 || !cut) yield Buffer.concat(pending, bytes);
}

/** Passes a body on while it counts and hashes; `verify` then compares with what was announced. */
const measured = ({ body, size, sha256, maxSize = Number.POSITIVE_INFINITY }: PutObjectInput) => {
  const hash = createHash('sha256');
  let counted = 0;
  const limit = Math.min(maxSize, size ?? Number.POSITIVE_INFINITY);
  async function* passOn(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      counted += chunk.length;
      if (counted > limit) {
        throw counted > maxSize
          ? new UploadMismatchError('too-large', `The body is longer than ${maxSize} bytes`)
          : new UploadMismatchError('size', `The body is longer than the ${size} bytes that were announced`);
      }
      hash.update(chunk);
      yield chunk;
    }
  }
  const verify = (): { readonly size: number; readonly sha256: Buffer } => {
    if (size !== undefined && counted !== size) {
      throw new UploadMismatchError('size', `The body has ${counted} bytes, ${size} were announced`);
    }
    const digest = hash.digest();
    if (sha256 !== undefined && !digest.equals(sha256)) {
      throw new UploadMismatchError('sha256', 'The body has another SHA-256 than was announced');
    }
    return { size: counted, sha256: digest };
  };
  return { passOn, verify };
};

/**
 * Puts a whole body in one request. Its SHA-256 is known already, so the client's own put, which would copy the body and hash it twice
 * more, is passed by. Over plain HTTP the digest is part of the signature, and the store refuses a body that is another; over TLS the
 * body goes unsigned, as the client has it, and the store compares its MD5.
 */
const putWhole = async (
  client: Client,
  { bucket, key, mediaType }: { readonly bucket: string; readonly key: string; readonly mediaType: string },
  { body, sha256 }: { readonly body: Buffer; readonly sha256: Buffer },
): Promise<string | undefined> => {
  const signed = client.enableSHA256;
  const headers = {
    'Content-Type': mediaType,
    'Content-Length': body.length,
    ...(signed ? {} : { 'Content-MD5': createHash('md5').update(body).digest('base64') }),
  };
  const request = { method: 'PUT', bucketName: bucket, objectName: key, headers };
  const answer = await client.makeRequestStreamAsync(request, body, signed ? sha256.toString('hex') : '', [200], '');
  // Read to its end, so that the connection can be used again.
  for await (const _ of answer);
  const versionId = answer.headers['x-amz-version-id'];
  return typeof versionId === 'string' ? versionId : undefined;
};

/** Stores a stream as one object. Throws `UploadMismatchError` or the store's error. */
export const putObject = async (client: Client, bucket: string, input: PutObjectInput): Promise<PutObjectResult> => {
  const { key, mediaType } = input;
  const { passOn, verify } = measured(input);
  const parts = inParts(passOn());
  const first = await parts.next();
  const second = await parts.next();
  const headers = { 'Content-Type': mediaType };
  const versionOf = (versionId: string | null | undefined): string => {
    if (versionId === null || versionId === undefined || versionId === '')
      throw new Error(`The bucket ${bucket} is not versioned`);
    return versionId;
  };
  if (first.done === true || second.done === true) {
    const facts = verify();
    const body = first.value ?? Buffer.alloc(0);
    const versionId = await putWhole(client, { bucket, key, mediaType }, { body, sha256: facts.sha256 });
    return { versionId: versionOf(versionId), ...facts };
  }
  const uploadID = await client.initiateNewMultipartUpload(bucket, key, headers);
  const uploaded: { part: number; etag: string }[] = [];
  const send = async (part: Buffer): Promise<void> => {
    const partNumber = uploaded.length + 1;
    const md5 = createHash('md5').update(part).digest('base64');
    const place = { bucketName: bucket, objectName: key, uploadID, partNumber, headers: { 'Content-MD5': md5 } };
    const { etag } = await client.uploadPart(place, part);
    uploaded.push({ part: partNumber, etag });
  };
  await send(first.value);
  await send(second.value);
  for await (const part of parts) await send(part);
  // Compared before the parts become an object: what does not match is never visible.
  const facts = verify();
  const { versionId } = await client.completeMultipartUpload(bucket, key, uploadID, uploaded);
  return { versionId: versionOf(versionId), ...facts };
};
