// The per-user cache of built programs: where a binary lies, the manifest that records what it is, and the check before each use.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Program } from './programs.ts';

const manifestSchema = z.object({
  program: z.string(),
  goPackage: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  reportedVersion: z.string(),
  builtAt: z.iso.datetime(),
  goVersion: z.string(),
});

/** What the cache knows of a binary it holds. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The per-user cache folder: OBLIO_CACHE, else ~/.cache/oblio (or below XDG_CACHE_HOME). */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  return environment.OBLIO_CACHE || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'oblio');
}

function programFolder(cache: string, program: Program): string {
  return join(cache, 'programs', program.name, `${program.version}-${process.platform}-${process.arch}`);
}

/** Where the pinned version of a program lies once it is built. */
export function cachedBinary(cache: string, program: Program): string {
  return join(programFolder(cache, program), program.name);
}

/** What a binary prints when asked for its version (both streams); undefined when it cannot be run or takes more than 20 seconds. */
export async function reportedVersion(
  binary: string,
  versionArguments: readonly string[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(binary, versionArguments, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code === 0 ? output.trim() : undefined));
  });
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function readManifest(path: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** What the check of a cached binary found. */
export type CacheState =
  | { state: 'absent' }
  | { state: 'verified'; binary: string; manifest: Manifest }
  | { state: 'damaged'; reason: string };

/** Compares the cached binary with its manifest (size, SHA-256) and asks it for its version. */
export async function checkCached(cache: string, program: Program): Promise<CacheState> {
  const binary = cachedBinary(cache, program);
  if (!existsSync(binary)) return { state: 'absent' };
  const manifest = readManifest(`${binary}.json`);
  if (!manifest) return { state: 'damaged', reason: 'its manifest is missing or unreadable' };
  if (manifest.version !== program.version)
    return { state: 'damaged', reason: `its manifest says version ${manifest.version}` };
  const { size } = await stat(binary);
  if (size !== manifest.bytes) return { state: 'damaged', reason: `it has ${size} bytes instead of ${manifest.bytes}` };
  const sha256 = await sha256OfFile(binary);
  if (sha256 !== manifest.sha256)
    return { state: 'damaged', reason: `its SHA-256 is ${sha256} instead of ${manifest.sha256}` };
  const reported = await reportedVersion(binary, program.versionArguments);
  if (reported === undefined) return { state: 'damaged', reason: 'it cannot be run' };
  const itsVersion = (text: string): string | undefined => program.versionPattern.exec(text)?.[0];
  if (itsVersion(reported) !== itsVersion(manifest.reportedVersion)) {
    return { state: 'damaged', reason: `it calls itself "${reported}" instead of "${manifest.reportedVersion}"` };
  }
  return { state: 'verified', binary, manifest };
}

/** Moves a freshly built binary into the cache under a temporary name first, so that half of it is never seen, and records what it is. */
export async function storeInCache(
  cache: string,
  program: Program,
  built: string,
  goVersion: string,
  builtAt: Date,
): Promise<Manifest> {
  const reported = await reportedVersion(built, program.versionArguments);
  if (reported === undefined || !program.versionPattern.test(reported)) {
    throw new Error(
      `The freshly built ${program.title} does not answer when asked for its version (it said: ${reported ?? 'nothing'}).`,
    );
  }
  const folder = programFolder(cache, program);
  await mkdir(folder, { recursive: true });
  const binary = cachedBinary(cache, program);
  const manifest: Manifest = {
    program: program.name,
    goPackage: program.goPackage,
    version: program.version,
    sha256: await sha256OfFile(built),
    bytes: (await stat(built)).size,
    reportedVersion: reported,
    builtAt: builtAt.toISOString(),
    goVersion,
  };
  await chmod(built, 0o755);
  // The manifest goes first: a crash in between leaves a manifest without (or beside an older) binary, which the next check refuses.
  await rm(binary, { force: true });
  await writeFile(`${binary}.json.new`, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(`${binary}.json.new`, `${binary}.json`);
  await rename(built, binary);
  return manifest;
}
