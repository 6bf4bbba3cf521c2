/**
 * A policy is a promise with a number: what dated a record must stay readable as it was. So a changed policy needs a higher
 * version, and a process that finds one changed in silence refuses to start.
 */
import { createHash } from 'node:crypto';
import type { Policy } from '../domain/policy/policy.ts';
import { assertNever } from '../domain/result.ts';

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value);
};

/** SHA-256 of a policy's canonical form (JSON with sorted keys), lower-case hexadecimal: comments and layout do not count. */
export const policyDigest = (policy: Policy): string => createHash('sha256').update(canonical(policy)).digest('hex');

/** A version and the SHA-256 of what it says, in hexadecimal. */
export type PolicyState = { readonly version: number; readonly digest: string };

/**
 * How a loaded policy stands to the latest stored version of the same controller. `changed-without-new-version` and `older` must
 * stop the process: the first would re-date records without a trace, the second would undo a change that records rely on.
 */
export type PolicyComparison = 'same' | 'newer' | 'changed-without-new-version' | 'older';

/** Compares a loaded policy with the stored latest version; a first policy is `newer`. */
export const comparePolicy = ({
  loaded,
  stored,
}: {
  readonly loaded: PolicyState;
  readonly stored: PolicyState | undefined;
}): PolicyComparison => {
  if (stored === undefined || loaded.version > stored.version) return 'newer';
  if (loaded.version < stored.version) return 'older';
  return loaded.digest === stored.digest ? 'same' : 'changed-without-new-version';
};

/** Why a process may not start with a loaded policy, for the person who started it; `undefined` where it may. */
export const refusalToStart = ({
  loaded,
  stored,
}: {
  readonly loaded: { readonly policy: Policy; readonly digest: string; readonly file: string };
  readonly stored: PolicyState | undefined;
}): string | undefined => {
  const { version } = loaded.policy;
  const comparison = comparePolicy({ loaded: { version, digest: loaded.digest }, stored });
  switch (comparison) {
    case 'same':
    case 'newer':
      return undefined;
    case 'changed-without-new-version':
      return `${loaded.file} differs from version ${version} as it was stored: raise "version" to ${version + 1}, or undo the change`;
    case 'older':
      return `${loaded.file} is version ${version}, but version ${stored?.version} was in force already: use the newer file`;
    default:
      return assertNever(comparison);
  }
};
