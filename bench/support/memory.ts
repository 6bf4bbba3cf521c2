// Resident memory of a process while something happens (Linux: /proc).

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const pageBytes = 4_096;

/** Resident bytes of a process now; undefined where the system does not tell. */
export const residentBytes = (pid: number): number | undefined => {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages * pageBytes;
  } catch {
    return undefined;
  }
};

/** Resident memory in bytes, sample by sample, and the highest of them. */
export type MemoryCourse = { readonly samples: readonly number[]; readonly peak: number };

/** Watches a process until told to stop; a sample every 200 ms. */
export const watchMemory = (pid: number): { readonly stop: () => Promise<MemoryCourse> } => {
  const samples: number[] = [];
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const bytes = residentBytes(pid);
      if (bytes !== undefined) samples.push(bytes);
      await sleep(200, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await watching;
      return { samples, peak: Math.max(0, ...samples) };
    },
  };
};

/** `312 MB`. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;
