/** The only client of the object store that can remove anything, with the gate's credentials. */
import { z } from 'zod';
import type { StoredVersion, UnfinishedUpload } from '../objects/object-store.ts';
import { openStoreClient, type StoreSettings, storeErrorCode } from '../objects/store-client.ts';

/** A version that the store would not remove, and the store's code for why. */
export type RefusedVersion = { readonly key: string; readonly versionId: string; readonly code: string };

/** What the gate alone may do with the store (I5). */
export type DestroyingStore = {
  /**
   * Removes versions and delete markers for good; those that are gone already count as removed. Returns the ones that the store refused
   * (a legal hold, missing rights). Throws when the store does not answer: then nothing is known, and all of it is repeated.
   */
  readonly removeVersions: (
    versions: readonly Pick<StoredVersion, 'key' | 'versionId'>[],
  ) => Promise<readonly RefusedVersion[]>;
  /** Removes the parts of an unfinished upload; one that is gone already counts as removed. Returns the store's code if it refused. */
  readonly abortUpload: (upload: Pick<UnfinishedUpload, 'key' | 'uploadId'>) => Promise<string | undefined>;
};

// The client passes the store's XML on as it is; its own type for this says something else.
const refusals = z.array(
  z.object({
    Key: z.string(),
    VersionId: z.coerce.string().default('null'),
    Code: z.string().min(1),
    Message: z.string().default(''),
  }),
);

/** MinIO calls a version under legal hold or retention an invalid request and explains itself in the message only. */
const codeOf = ({ Code, Message }: z.output<typeof refusals>[number]): string =>
  Code === 'InvalidRequest' && /WORM/.test(Message) ? 'ObjectLocked' : Code;

const absentAlready = new Set(['NoSuchKey', 'NoSuchVersion', 'NoSuchUpload', 'NotFound']);

/** The most versions S3 takes in one request. */
export const removalBatch = 1000;

/** Opens it with the gate's credentials, which can remove versions but cannot lift a legal hold. */
export const openDestroyingStore = (settings: StoreSettings): DestroyingStore => {
  const client = openStoreClient(settings);
  const { bucket } = settings;
  return {
    removeVersions: async (versions) => {
      const refused: RefusedVersion[] = [];
      for (let from = 0; from < versions.length; from += removalBatch) {
        const batch = versions.slice(from, from + removalBatch);
        const answer: unknown = await client.removeObjects(
          bucket,
          batch.map(({ key, versionId }) => ({ name: key, versionId })),
        );
        for (const refusal of refusals.parse(answer)) {
          if (absentAlready.has(refusal.Code)) continue;
          refused.push({ key: refusal.Key, versionId: refusal.VersionId, code: codeOf(refusal) });
        }
      }
      return refused;
    },
    abortUpload: async ({ key, uploadId }) => {
      try {
        await client.abortMultipartUpload(bucket, key, uploadId);
        return undefined;
      } catch (error) {
        const code = storeErrorCode(error);
        if (absentAlready.has(code)) return undefined;
        if (code === 'AccessDenied') return code;
        throw error;
      }
    },
  };
};
