// Finds each program the stack needs: a binary named by a setting, one on PATH that proves to be the right one, or the pinned version from the cache.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { waitForLock } from './process-lock.mjs';
import { buildPrograms } from './program-build.ts';
import { cacheFolder, checkCached, reportedVersion } from './program-cache.ts';
import { composeSpecification, type Program, type ProgramName, programNamed, programs } from './programs.ts';
import { StackError } from './stack-error.ts';

/** A binary that proved to be what it claims, and where it came from. */
export type ResolvedProgram = { binary: string; from: 'setting' | 'path' | 'cache'; version: string };

/** The settings that may name binaries, and who is told of what is built. */
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
  const look = async (tell: boolean): Promise<Program[]> => {
    const missing: Program[] = [];
    for (const program of wanted) {
      if (found.has(program.name)) continue;
      const state = await checkCached(cache, program);
      if (state.state === 'verified')
        found.set(program.name, { binary: state.binary, from: 'cache', version: state.manifest.version });
      else missing.push(program);
      if (state.state === 'damaged' && tell)
        options.log(`The ${program.title} in the cache is not used: ${state.reason}. It is built again.`);
    }
    return missing;
  };
  if ((await look(false)).length === 0) return found;
  const release = await waitForLock(
    join(cache, 'lock'),
    'building the programs of the stack',
    (holder) => options.log(`Process ${holder.pid} is ${holder.what}; waiting for it.`),
    options.signal,
  );
  try {
    const missing = await look(true);
    if (missing.length > 0) await buildPrograms(missing, { cache, ...options });
    const stillMissing = await look(false);
    if (stillMissing.length > 0)
      throw new StackError(`Built, but not usable: ${stillMissing.map((program) => program.title).join(', ')}.`);
  } finally {
    release();
  }
  return found;
}

/** Finds (or builds) the programs named. Errors are StackError with what to do. */
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
