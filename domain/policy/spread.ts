/**
 * A small pure hash that spreads ids evenly, for timers that should not fire together. Not a secret and not a digest: for those
 * there is cryptography outside the workflows.
 */

/** A number in [0, 1) that depends on the text alone (FNV-1a with the finaliser of MurmurHash3). */
export const spread = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
};
