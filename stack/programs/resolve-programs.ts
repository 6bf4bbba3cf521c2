// Finds each program the stack needs, in this order: a binary named by a setting, one on PATH that proves to be the right one, the pinned version in
// the cache, the pinned prebuilt, and where there is none `go install`.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { waitForLock } from '../process/process-lock.mjs';
import { StackError } from '../process/stack-error.ts';
import { buildPrograms } from './build-programs.ts';
import { canFetch, fetchPrebuilt } from './fetch-prebuilt.ts';
import { cacheFolder, checkCached, reportedVersion } from './program-cache.ts';
import { composeSpecification, type Program, type ProgramName, platform, programNamed, programs } from './programs.ts';

/** A binary that proved to be what it claims, and where it came from. */
export type ResolvedProgram = { binary: string; from: 'setting' | 'path' | 'cache'; version: string };

/** The settings that may name binaries, and where progress is reported. */
export type ResolveOptions = { environment: NodeJS.ProcessEnv; log: (line: string) => void; signal?: AbortSignal };

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function fromSetting(program: Program, environment: NodeJS.ProcessEnv): Promise<ResolvedProgram | undefined> {
  const binary = environment[program.setting];
  if (!binary) return undefined;
  const version = await reportedVersion(binary, program.versionArguments);
  if (version === undefined)
    throw new StackError(`${program.setting} names ${binary}, which cannot be run. Correct the setting or remove it.`);
  if (!program.acceptedVersion.test(version)) {
    throw new StackError(
      `${program.setting} names ${binary}, which calls itself "${version}". Oblio needs ${program.acceptedTitle}. Correct the setting or remove it.`,
    );
  }
  return { binary, from: 'setting', version };
}

async function fromPath(program: Program, options: ResolveOptions): Promise<ResolvedProgram | undefined> {
  for (const folder of (options.environment.PATH ?? '').split(delimiter)) {
    for (const name of program.pathNames) {
      const binary = join(folder, name);
      if (folder === '' || !executable(binary)) continue;
      const version = await reportedVersion(binary, program.versionArguments);
      if (version !== undefined && program.acceptedVersion.test(version)) return { binary, from: 'path', version };
      options.log(`${binary} is not ${program.acceptedTitle} and is left alone.`);
    }
  }
  return undefined;
}

async function fromCache(
  wanted: readonly Program[],
  options: ResolveOptions,
): Promise<Map<ProgramName, ResolvedProgram>> {
  const cache = cacheFolder(options.environment);
  const found = new Map<ProgramName, ResolvedProgram>();
  const look = async (explain: boolean): Promise<Program[]> => {
    const missing: Program[] = [];
    for (const program of wanted) {
      if (found.has(program.name)) continue;
      const state = await checkCached(cache, program);
      if (state.state === 'verified')
        found.set(program.name, { binary: state.binary, from: 'cache', version: state.manifest.version });
      else missing.push(program);
      if (state.state === 'damaged' && explain)
        options.log(
          `The ${program.title} in the cache is not used: ${state.reason}. It is ${program.go ? 'built' : 'fetched'} again.`,
        );
    }
    return missing;
  };
  if ((await look(false)).length === 0) return found;
  const release = await waitForLock(
    join(cache, 'lock'),
    'fetching or building the programs of the stack',
    (holder) => options.log(`Process ${holder.pid} is ${holder.what}; waiting for it.`),
    options.signal,
  );
  try {
    const missing = await look(true);
    const prebuilt = missing.filter((program) => program.prebuilt?.wheels[platform]);
    if (prebuilt.length > 0) await fetchPrebuilt(prebuilt, { cache, ...options });
    const unbuilt = missing.filter((program) => !prebuilt.includes(program));
    for (const program of unbuilt)
      if (!program.go)
        throw new StackError(
          `There is no prebuilt ${program.title} for ${platform}: install ${program.acceptedTitle} and name it with ${program.setting}, or use a service that runs elsewhere (TEMPORAL_ADDRESS, S3_ENDPOINT).`,
        );
    if (unbuilt.length > 0) await buildPrograms(unbuilt, { cache, ...options });
    const stillMissing = await look(false);
    if (stillMissing.length > 0)
      throw new StackError(
        `Fetched or built, but not usable: ${stillMissing.map((program) => program.title).join(', ')}.`,
      );
  } finally {
    release();
  }
  return found;
}

/** Whether a program can be had on this machine without a build: by its setting, on PATH, in the cache or as a wheel. */
export async function comesPrebuilt(name: ProgramName, options: ResolveOptions): Promise<boolean> {
  const program = programNamed(name);
  if ((await fromSetting(program, options.environment)) ?? (await fromPath(program, options))) return true;
  if ((await checkCached(cacheFolder(options.environment), program)).state === 'verified') return true;
  return program.prebuilt?.wheels[platform] !== undefined && (await canFetch(options.environment));
}

/** Finds, fetches or builds the programs named. Errors are StackError with what to do. */
export async function resolvePrograms<Name extends ProgramName>(
  names: readonly Name[],
  options: ResolveOptions,
): Promise<Record<Name, ResolvedProgram>> {
  const found = new Map<ProgramName, ResolvedProgram>();
  for (const name of names) {
    const program = programNamed(name);
    const own = (await fromSetting(program, options.environment)) ?? (await fromPath(program, options));
    if (own) found.set(name, own);
  }
  const wanted = [...programs, composeSpecification].filter(
    (program) => names.some((name) => name === program.name) && !found.has(program.name),
  );
  if (wanted.length > 0) for (const [name, program] of await fromCache(wanted, options)) found.set(name, program);
  const resolved: Partial<Record<ProgramName, ResolvedProgram>> = Object.fromEntries(found);
  return resolved as Record<Name, ResolvedProgram>;
}
