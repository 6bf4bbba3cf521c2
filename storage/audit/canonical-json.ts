/** One spelling for one value: JSON with sorted keys and no spaces, so that a digest depends on what is said and not on how. */

/**
 * Canonical JSON of plain data (objects, arrays, strings, finite numbers, booleans, null); `undefined` entries are left out. Throws
 * a `TypeError` for anything else, since two spellings of it could have one digest.
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && (Object.getPrototypeOf(value) ?? Object.prototype) === Object.prototype) {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`;
  }
  throw new TypeError(`There is no canonical form of a ${typeof value}`);
};
