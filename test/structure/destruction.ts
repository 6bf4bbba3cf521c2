/**
 * Finds code, configuration and SQL outside of the gate that could destroy records or objects (I5). It reads text, comments
 * included: what cannot be said by accident cannot be missed by a parser either, and SQL is text anyway.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';

/** A line that does what only a few places may do. */
export type Finding = {
  readonly file: string;
  readonly line: number;
  /** Which of the ways to do it. */
  readonly what: string;
};

/** A way of doing something, and what finds it in a text. */
export type Way = { readonly what: string; readonly found: RegExp };

/** Where destroying is the job: the gate, and the store's policy for the gate's user. */
const theGate = ['storage/erasure-gate/', 'deploy/store-policies/gate.json'];

/** The one other place: it drops the databases of tests, which it made, on a cluster that it started. */
const exceptions: readonly Pick<Finding, 'file' | 'what'>[] = [
  { file: 'stack/services/test-services.ts', what: 'SQL that drops' },
];

/** Folders that are no part of what runs: tests and benchmarks set scenes and measure floors with other means. */
const notRunning = new Set(['test', 'bench', 'node_modules', 'demo-output', 'dist', 'coverage']);

const readable = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.sql', '.json', '.yaml', '.yml', '.sh', '']);

/** Ways of destroying, each with what finds it. Names of a client's methods count also when they are not called on the spot. */
const ways: readonly Way[] = [
  { what: 'SQL that deletes rows', found: /\bdelete(?:\s|\\[nrt])+from\b/i },
  { what: 'SQL that empties a table', found: /\btruncate\s+(?!on\b)(?:table\s+|only\s+)?["$\w]/i },
  { what: 'SQL that merges rows away', found: /\bthen\s+delete\b/i },
  { what: 'SQL that drops', found: /\bdrop\s+(?:table|schema|database|owned|materialized|foreign)\b/i },
  { what: 'rows that go with others', found: /\bon\s+delete\s+(?:cascade|set)\b/i },
  { what: 'a query builder that deletes', found: /\b(?:deleteFrom|thenDelete|dropTable|dropSchema|dropColumn)\b/ },
  {
    what: 'a client that removes objects',
    found: /\bremove(?:Objects?|IncompleteUpload|Bucket)\b|\babortMultipartUpload\b/,
  },
  {
    what: 'a command that removes objects',
    found: /\b(?:Delete(?:Objects?|Bucket)|AbortMultipartUpload)Command\b|\bmc\s+(?:rm|rb|ilm)\b/,
  },
  { what: 'an option that overrides locks', found: /\b(?:forceDelete|governanceBypass|BypassGovernance\w*)\b/ },
  {
    what: 'a rule that lets objects lapse',
    found: /\b(?:set|put|apply)\w*Lifecycle\w*\b|\bLifecycleConfig\w*\b|\bilm\s+rule\b/i,
  },
  { what: 'a request that deletes', found: /\bmethod\s*[:=]\s*['"`]DELETE['"`]/ },
  {
    // A policy may take the right away from a user, one action to a statement.
    what: 'a right to remove objects',
    found:
      /(?<!"Effect": "Deny",\s*"Action": \[")\bs3:(?:Delete|Bypass|AbortMultipartUpload|PutLifecycle|PutBucketVersioning|PutBucketObjectLock)\w*|\bs3:\*/,
  },
  {
    what: 'a right to delete rows',
    found: /\bgrant\b[^;]*\b(?:delete|truncate|all)\b[^;]*\bto\b(?![^;]*\boblio_gate\b)/i,
  },
];

function* filesOf(folder: string, root: string): Generator<string> {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    const name = relative(root, path);
    if (notRunning.has(name) || ['node_modules', 'package-lock.json', 'LICENSE'].includes(entry)) continue;
    // Hidden folders hold data and history, save the one with the continuous integration.
    if (entry.startsWith('.') && name !== '.ci') continue;
    if (statSync(path).isDirectory()) yield* filesOf(path, root);
    else if (readable.has(extname(entry))) yield name;
  }
}

/** The lines of a file on which one of the ways is found. */
export const findingsIn = (root: string, file: string, ways: readonly Way[]): readonly Finding[] => {
  const text = readFileSync(join(root, file), 'utf8');
  return ways.flatMap(({ what, found }) =>
    [...text.matchAll(new RegExp(found, `${found.flags}g`))].map(({ index }) => ({
      file,
      line: text.slice(0, index).split('\n').length,
      what,
    })),
  );
};

/** Every place outside of the gate that could destroy something, by file and line. */
export const findDestruction = (root: string): readonly Finding[] =>
  filesLookedAt(root)
    .filter((file) => !theGate.some((place) => file.startsWith(place)))
    .flatMap((file) => findingsIn(root, file, ways))
    .filter(({ file, what }) => !exceptions.some((one) => one.file === file && one.what === what));

/** The files that are looked at; a room that is not among them would be a hole. */
export const filesLookedAt = (root: string): readonly string[] => [...filesOf(root, root)];
