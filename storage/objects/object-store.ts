/**
 * Objects (audio, transcripts, packages) in a versioned, lockable bucket, through the S3 API. This file puts, reads and lists; it
 * cannot remove anything, and its credentials cannot either (I5).
 */

import type { Readable } from 'node:stream';
import type { Client } from 'minio';
import { z } from 'zod';
import { given } from '../../domain/given.ts';
import { type PutObjectInput, type PutObjectResult, putObject } from './put-object.ts';
import { openStoreClient, type StoreSettings, storeErrorCode } from './store-client.ts';

/** One version of an object, or a marker that says it was deleted. */
export type StoredVersion = {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
  readonly size: number;
};

/** A page of what a prefix holds, delete markers included. */
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

/** What the store says of a version without its bytes; `size` in bytes. */
export type ObjectHead = { readonly size: number; readonly versionId: string | undefined };

/** What may be done with objects short of removing them. */
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

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

/** What the client makes of a listing of versions; its own types leave half of it out. */
const listedVersions = z.array(
  z
    .object({
      name: z.string().min(1),
      versionId: z.string().default('null'),
      isDeleteMarker: z.boolean(),
      isLatest: flag,
      size: z.number().optional(),
    })
    // A delete marker has no size in S3 (MinIO says 0); a version without one would be an answer that is not understood.
    .refine(({ size, isDeleteMarker }) => size !== undefined || isDeleteMarker, 'has no size')
    .transform(({ size = 0, ...version }) => ({ ...version, size }))
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
    put: (input) => putObject(client, bucket, input),
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
        const { versions, next } = await page({ prefix, ...given({ after: marker }) });
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
