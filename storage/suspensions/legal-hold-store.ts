/**
 * The object store's own legal hold, set and lifted with the worker's credentials: the gate's cannot (I5), so that what may
 * destroy can never first remove what forbids it.
 */
import type { ObjectStore } from '../objects/object-store.ts';
import { openStoreClient, type StoreSettings, storeErrorCode } from '../objects/store-client.ts';

/** What the worker alone may do with the store: set and lift the legal hold of versions. */
export type LegalHoldStore = {
  /** How long one call may take before it counts as failed; far below the length of a claim (`settle-object-holds.ts`). */
  readonly callTimeoutMs: number;
  /** Puts the flag on, or takes it off, every version under one exact key; the number of versions. Repeating it changes nothing. */
  readonly setLegalHold: (input: { readonly key: string; readonly on: boolean }) => Promise<number>;
};

const defaultCallTimeoutMs = 10_000;

/** Thrown when the store does not answer in time; what it did is unknown until it is asked again. */
export class StoreTimeoutError extends Error {
  override readonly name = 'StoreTimeoutError';
  readonly code = 'ETIMEDOUT';
}

const inTime = async <Value>(timeoutMs: number, call: Promise<Value>): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreTimeoutError('The object store did not answer in time')), timeoutMs);
  });
  try {
    return await Promise.race([call, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};

/** Opens the legal holds of a bucket; `objects` lists its versions. */
export const openLegalHoldStore = (
  settings: StoreSettings,
  objects: Pick<ObjectStore, 'listVersions'>,
  callTimeoutMs: number = defaultCallTimeoutMs,
): LegalHoldStore => {
  const client = openStoreClient(settings);
  const versionsOf = async (key: string): Promise<string[]> => {
    const ids: string[] = [];
    // A prefix may find the keys of other objects as well; a delete marker holds nothing.
    for await (const page of objects.listVersions({ prefix: key })) {
      for (const version of page) if (version.key === key && !version.isDeleteMarker) ids.push(version.versionId);
    }
    return ids;
  };
  return {
    callTimeoutMs,
    setLegalHold: async ({ key, on }) => {
      const versions = await inTime(callTimeoutMs, versionsOf(key));
      let flagged = 0;
      for (const versionId of versions) {
        try {
          // The client's types say it returns nothing; it returns a promise.
          await inTime(
            callTimeoutMs,
            Promise.resolve(client.setObjectLegalHold(settings.bucket, key, { status: on ? 'ON' : 'OFF', versionId })),
          );
          flagged += 1;
        } catch (error) {
          // Gone between listing and asking: only the gate removes, and only what no hold covers.
          if (!['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'].includes(storeErrorCode(error))) throw error;
        }
      }
      return flagged;
    },
  };
};
