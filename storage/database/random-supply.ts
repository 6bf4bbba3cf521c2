/** Random bytes fetched for many uses at once: asking the system for a few costs more than sealing a record with them. */
import { randomBytes } from 'node:crypto';

const usesAFetch = 512;

/** Hands out `bytes` fresh random bytes each time; none is handed out twice. */
export const randomSupply = (bytes: number): (() => Buffer) => {
  let supply = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used === supply.length) {
      supply = randomBytes(bytes * usesAFetch);
      used = 0;
    }
    used += bytes;
    return supply.subarray(used - bytes, used);
  };
};
