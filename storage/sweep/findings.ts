/** What a sweep may find, as counts and ids: enough to look each of them up, nothing about a person. */

/** Findings of one kind: how many there are, and the first of them. */
export type Finding = { readonly count: number; readonly ids: readonly string[] };

/** A report names the first of each kind; the counts are complete. */
export const namedFindings = 100;

/** Looked, and found nothing. */
export const noFinding: Finding = { count: 0, ids: [] };

/** Findings together with further ones of the same kind. */
export const withFindings = (finding: Finding, ids: readonly string[]): Finding => ({
  count: finding.count + ids.length,
  ids: [...finding.ids, ...ids].slice(0, namedFindings),
});
