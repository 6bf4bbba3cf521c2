/**
 * Objects (audio, transcripts, packages) in a versioned, lockable bucket, through the S3 API. This file puts, reads and lists; it
 * cannot remove anything, and its credentials cannot either (I5).
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Client } from 'minio';
import { z } from 'zod';
import { openStoreClient, type StoreSettings, storeErrorCode } from './store-client.ts';

/** Bytes of a part. S3 asks for 5 MiB at least; an upload holds two parts in memory at most. */
export const partBytes = 5 * 1024 * 1024;

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

/** One version of an object, or a marker that says it was deleted. */
export type StoredVersion = {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
  readonly size: number;
};

export type VersionsPage = {
  /** Sorted by key, in byte order. */
  readonly versions: readonly StoredVersion[];
  /** Where the next page begins; absent on the last. */
  readonly next?: VersionsMarker;
};

/** Listing goes on behind this key, or behind this version of it. */
export type VersionsMarker = { readonly key: string; readonly versionId?: string };

/** Parts of an upload that was begun and not finished. */
export type UnfinishedUpload = { readonly key: string; readonly uploadId: string; readonly begunAt: Date };

export type ObjectHead = { readonly size: number; readonly versionId: string | undefined };

export type ObjectStore = {
  readonly bucket: string;
  /** Stores a stream under a key that is used once; memory stays flat. Throws `UploadMismatchError` or the store's error. */
  readonly put: (input: PutObjectInput) => Promise<PutObjectResult>;
  /** A version's bytes. Throws the store's error (`NoSuchKey`, `NoSuchVersion`) if it is not there. */
  readonly get: (input: { readonly key: string; readonly versionId?: string }) => Promise<Readable>;
  /** Size of a version (default: the latest), or `undefined` if it is not there. */
  readonly head: (input: { readonly key: string; readonly versionId?: string }) => Promise<ObjectHead | undefined>;
  /** Up to `limit` (1,000) versions and delete markers whose keys begin with a prefix. */
  readonly listVersionsPage: (input: {
    readonly prefix: string;
    readonly after?: VersionsMarker;
    readonly limit?: number;
  }) => Promise<VersionsPage>;
  /** All of them, page by page. */
  readonly listVersions: (input: {
    readonly prefix: string;
    readonly after?: VersionsMarker;
  }) => AsyncGenerator<readonly StoredVersion[]>;
  /** Unfinished uploads under one exact key: the only form of this listing that every S3 store has. */
  readonly listUnfinishedUploads: (key: string) => Promise<readonly UnfinishedUpload[]>;
  /** Fails if the bucket is out of reach, or is not versioned. */
  readonly check: () => Promise<void>;
};

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

const put = async (client: Client, bucket: string, input: PutObjectInput): Promise<PutObjectResult> => {
  const { key, mediaType } = input;
  const { passOn, verify } = measured(input);
  const parts = inParts(passOn());
  const first = await parts.next();
  const second = await parts.next();
  const headers = { 'Content-Type': mediaType };
  const versionOf = (versionId: string | null): string => {
    if (versionId === null || versionId === '') throw new Error(`The bucket ${bucket} is not versioned`);
    return versionId;
  };
  if (first.done === true || second.done === true) {
    const facts = verify();
    const { versionId } = await client.putObject(bucket, key, first.value ?? Buffer.alloc(0), facts.size, headers);
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
  // Compared before the parts become an object: what does not match is never seen by anybody.
  const facts = verify();
  const { versionId } = await client.completeMultipartUpload(bucket, key, uploadID, uploaded);
  return { versionId: versionOf(versionId), ...facts };
};

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

/** What the client makes of a listing of versions; its own types leave half of it out. */
const listedVersions = z.array(
  z
    .object({
      name: z.string().min(1),
      versionId: z.string().default('null'),
      isDeleteMarker: z.boolean(),
      isLatest: flag,
      size: z.number(),
    })
    .transform(({ name, ...rest }) => ({ key: name, ...rest })),
);

const listVersionsPage = async (
  client: Client,
  bucket: string,
  { prefix, after, limit = 1000 }: Parameters<ObjectStore['listVersionsPage']>[0],
): Promise<VersionsPage> => {
  const { objects, isTruncated, keyMarker, versionIdMarker } = await client.listObjectsQuery(bucket, prefix, '', {
    Delimiter: '',
    MaxKeys: limit,
    IncludeVersion: true,
    // The client puts markers into the query as they are.
    ...(after === undefined ? {} : { keyMarker: encodeURIComponent(after.key) }),
    ...(after?.versionId === undefined ? {} : { versionIdMarker: encodeURIComponent(after.versionId) }),
  });
  const versions: StoredVersion[] = listedVersions.parse(objects);
  versions.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  if (!flag.parse(isTruncated ?? false)) return { versions };
  if (keyMarker === undefined) throw new Error('The store cut a listing short without saying where');
  const key = decodeURIComponent(keyMarker);
  return { versions, next: versionIdMarker === undefined ? { key } : { key, versionId: versionIdMarker } };
};

/** Opens the store with one set of credentials. */
export const openObjectStore = (settings: StoreSettings): ObjectStore => {
  const client = openStoreClient(settings);
  const { bucket } = settings;
  const page: ObjectStore['listVersionsPage'] = (input) => listVersionsPage(client, bucket, input);
  return {
    bucket,
    put: (input) => put(client, bucket, input),
    get: ({ key, versionId }) => client.getObject(bucket, key, versionId === undefined ? {} : { versionId }),
    head: async ({ key, versionId }) => {
      try {
        const stat = await client.statObject(bucket, key, versionId === undefined ? {} : { versionId });
        return { size: stat.size, versionId: stat.versionId ?? undefined };
      } catch (error) {
        if (['NotFound', 'NoSuchKey', 'NoSuchVersion'].includes(storeErrorCode(error))) return undefined;
        throw error;
      }
    },
    listVersionsPage: page,
    listVersions: async function* ({ prefix, after }) {
      let marker = after;
      do {
        const { versions, next } = await page({ prefix, ...(marker === undefined ? {} : { after: marker }) });
        if (versions.length > 0) yield versions;
        marker = next;
      } while (marker !== undefined);
    },
    listUnfinishedUploads: async (key) => {
      const found: UnfinishedUpload[] = [];
      let keyMarker = '';
      let uploadIdMarker = '';
      for (;;) {
        const listing = await client.listIncompleteUploadsQuery(bucket, key, keyMarker, uploadIdMarker, '');
        for (const { key: uploadKey, uploadId, initiated } of listing.uploads) {
          if (uploadKey === key) found.push({ key, uploadId, begunAt: new Date(initiated) });
        }
        if (!listing.isTruncated) return found;
        keyMarker = listing.nextKeyMarker;
        uploadIdMarker = listing.nextUploadIdMarker;
      }
    },
    check: async () => {
      const { Status } = await client.getBucketVersioning(bucket);
      if (Status !== 'Enabled') throw new Error(`The bucket ${bucket} is not versioned`);
    },
  };
};
