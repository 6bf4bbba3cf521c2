/**
 * Reads the controllers' policies from a folder, one YAML file each. A wrong policy stops the process at start: the error names
 * every fault of every file by file, line, column, field and reason.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import type { z } from 'zod';
import type { Policy } from '../domain/policy/policy.ts';
import type { PolicyFault } from './policy-checks.ts';
import { policyFaults } from './policy-checks.ts';
import { policySchema } from './policy-schema.ts';
import { policyDigest } from './policy-version.ts';

/** A policy as its file states it. */
export type LoadedPolicy = {
  readonly policy: Policy;
  /** SHA-256 of its canonical form, lower-case hexadecimal. */
  readonly digest: string;
  readonly file: string;
};

/** Thrown when a policy cannot govern; its message lists every fault. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The policies cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

type YamlDocument = Document.Parsed<ParsedNode, true>;

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** The offset of the key or item at a path; of its nearest parent where the field is missing. */
const offsetOf = (document: YamlDocument, path: readonly PropertyKey[]): number => {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    const parent: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(parent) && typeof key === 'number') {
      node = parent.items[key];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
};

const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (so, key) => (typeof key === 'number' ? `${so}[${key}]` : so === '' ? String(key) : `${so}.${String(key)}`),
    '',
  );

const faultsOfIssue = (issue: z.core.$ZodIssue): readonly PolicyFault[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], reason: 'is no field of a policy' }));
  }
  return [{ path: issue.path, reason: issue.message }];
};

const expected = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}`;
  }
  if (issue.code === 'invalid_value') {
    return issue.input === undefined ? 'is missing' : `must be ${issue.values.map(String).join(' or ')}`;
  }
  if (issue.code === 'invalid_union') return 'is none of the known kinds';
  return undefined;
};

const readPolicy = (
  file: string,
  source: string,
): { readonly loaded: LoadedPolicy } | { readonly faults: readonly string[] } => {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return { faults: document.errors.map(({ pos, message }) => `${at(pos[0])} ${message.split('\n')[0]}`) };
  }
  const content: unknown = document.toJS();
  const parsed = policySchema.safeParse(content, { error: expected });
  const faults = [...(parsed.success ? [] : parsed.error.issues.flatMap(faultsOfIssue)), ...policyFaults(content)];
  if (parsed.success && faults.length === 0) {
    return { loaded: { policy: parsed.data, digest: policyDigest(parsed.data), file } };
  }
  const located = faults.map((fault) => ({ ...fault, offset: offsetOf(document, fault.path) }));
  located.sort((one, other) => one.offset - other.offset);
  return {
    faults: located.map(({ offset, path, reason }) => `${at(offset)} ${fieldPath(path) || 'the file'}: ${reason}`),
  };
};

/**
 * Every policy of a folder (`*.yaml`), by file name. Throws a `PolicyError` when a file is wrong, when two files are about one
 * controller, or when there is none.
 */
export const loadPolicies = async ({ folder }: { readonly folder: string }): Promise<readonly LoadedPolicy[]> => {
  const files = (await readdir(folder)).filter((entry) => /\.ya?ml$/.test(entry)).sort();
  if (files.length === 0) throw new PolicyError([`${folder}: there is no policy file (*.yaml)`]);
  const results = await Promise.all(
    files.map(async (entry) => {
      const file = join(folder, entry);
      return readPolicy(file, await readFile(file, 'utf8'));
    }),
  );
  const loaded = results.flatMap((result) => ('loaded' in result ? [result.loaded] : []));
  const byController = Map.groupBy(loaded, ({ policy }) => policy.controller);
  const twice = [...byController].flatMap(([controller, those]) =>
    those.slice(1).map(({ file }) => `${file}: controller "${controller}" has a policy already, in ${those[0]?.file}`),
  );
  const faults = [...results.flatMap((result) => ('faults' in result ? result.faults : [])), ...twice];
  if (faults.length > 0) throw new PolicyError(faults);
  return loaded;
};
