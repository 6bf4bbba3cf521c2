/** The worker does nothing before it knows that its keys are those of the database; it waits for a database that is away. */
import type { Instant } from '../domain/time/instant.ts';
import type { Database } from '../storage/database/database.ts';
import { describeError } from '../storage/database/describe-error.ts';
import { confirmKeys, wrongKeys } from '../storage/sealing/confirm-keys.ts';
import type { OblioKeys } from '../storage/sealing/sealing.ts';
import { untilItWorks } from './loops/repeat.ts';
import type { Log } from './observability/logger.ts';

/** The database that knows its keys, the process's log and its real clock. */
export type AwaitKeysDeps = { readonly db: Database; readonly log: Log; readonly clock: () => Instant };

/** How long to wait for a database that is away. */
export type KeysWaiting = { readonly longestPauseMs: number; readonly signal: AbortSignal };

/** The keys that were loaded, and how long to wait. */
export type AwaitKeysInput = KeysWaiting & {
  readonly keys: OblioKeys;
  /** The file they were read from, to be named. */
  readonly keysFile: string;
};

/** Resolves to `true` when the keys are right, to `false` if the signal came first. Throws a `SealingError` for wrong keys. */
export const awaitKeys = async (
  { db, log, clock }: AwaitKeysDeps,
  { keys, keysFile, longestPauseMs, signal }: AwaitKeysInput,
): Promise<boolean> => {
  const confirmed = await untilItWorks(() => confirmKeys(db, { keys, now: clock() }), {
    longestPauseMs,
    signal,
    onFailure: (error, pauseMs) =>
      log.warn('service-awaited', { service: 'database', pauseMs, error: describeError(error) }),
  });
  if (confirmed === undefined) return false;
  if (confirmed.faults.length > 0) throw wrongKeys(keysFile, confirmed.faults);
  if (confirmed.firstSeen.length > 0) log.info('keys-first-used', { count: confirmed.firstSeen.length });
  return true;
};
