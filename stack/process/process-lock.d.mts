/** A living process that holds a lock. */
export type LockHolder = { pid: number; what: string };

/** When the process was started, to distinguish it from a later one of the same number; '' if there is none. */
export function processBirth(pid: number): string;
/** The living process that holds the lock, or undefined if it is free. */
export function lockHolder(folder: string): LockHolder | undefined;
/** Takes the lock if it is free and returns the function that releases it. */
export function tryLock(folder: string, what: string): (() => void) | undefined;
/** Waits for the lock; calls `onWait` once with its holder; rejects when the signal is aborted. */
export function waitForLock(
  folder: string,
  what: string,
  onWait?: (holder: LockHolder) => void,
  signal?: AbortSignal,
): Promise<() => void>;
