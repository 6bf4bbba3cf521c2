// Builds pinned programs with `go install`, in Go caches of its own that are removed afterwards, and says throughout which one, how far, how long.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { watchedArguments } from '../process/managed-process.ts';
import { StackError } from '../process/stack-error.ts';
import { storeInCache } from './program-cache.ts';
import type { GoSource, Program } from './programs.ts';

const gibibyte = 1024 ** 3;

/** Where programs are built, and where progress is reported. */
export type BuildOptions = {
  cache: string;
  environment: NodeJS.ProcessEnv;
  log: (line: string) => void;
  signal?: AbortSignal;
};

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

async function run(
  command: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
  cwd: string,
): Promise<{ code: number | null; output: string } | undefined> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { env: environment, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve({ code, output }));
  });
}

function alternatives(missing: readonly Program[]): string {
  const settings = missing.map((program) => program.setting).join(', ');
  return `Instead you can name binaries you already have (${settings}), or use services that run elsewhere (TEMPORAL_ADDRESS; S3_ENDPOINT with S3_ADMIN_ACCESS_KEY and S3_ADMIN_SECRET_KEY).`;
}

async function requireGo(missing: readonly Program[], environment: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const titles = missing.map((program) => program.title).join(', ');
  const answer = await run('go', ['env', 'GOVERSION'], environment, cwd);
  if (answer?.code !== 0) {
    throw new StackError(
      `Go is not on PATH${answer ? ' (or does not run)' : ''}, and it is needed once to build: ${titles}.\nInstall Go 1.21 or later (https://go.dev/dl/) and start again. ${alternatives(missing)}`,
    );
  }
  const version = answer.output.trim();
  const match = /^go1\.(\d+)/.exec(version);
  if (match && Number(match[1]) < 21) {
    throw new StackError(
      `${version} is too old: Go 1.21 is the first that fetches the toolchain a program asks for. Install Go 1.21 or later (https://go.dev/dl/). ${alternatives(missing)}`,
    );
  }
  return version;
}

/** Bytes of caches and binaries a build of these programs takes at its height, as measured, with some room. */
function bytesNeeded(missing: readonly Program[]): number {
  return missing.some((program) => program.name.startsWith('temporal-s')) ? 7 * gibibyte : 3 * gibibyte;
}

async function requireSpace(missing: readonly Program[], folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const needed = bytesNeeded(missing);
  if (free < needed) {
    throw new StackError(
      `Building needs about ${Math.round(needed / gibibyte)} GB for a while (about 0.3 GB afterwards), and ${folder} has ${(free / gibibyte).toFixed(1)} GB free. Free some room, or set OBLIO_CACHE to a folder on another disk.`,
    );
  }
}

/** What the output of a failed build says about its cause, in the order of looking. */
const failures: readonly { pattern: RegExp; advice: string }[] = [
  {
    pattern: /no space left on device/i,
    advice: 'The disk is full: free about 7 GB, or set OBLIO_CACHE to a folder on another disk, and start again.',
  },
  {
    pattern: /verifying (module|go\.mod)|checksum mismatch/i,
    advice:
      'The checksum database did not confirm what the module proxy sent. Check the GOPROXY and GOSUMDB settings; do not switch the check off.',
  },
  {
    pattern: /toolchain not available|invalid toolchain|requires go|cannot find GOROOT/i,
    advice:
      'Go could not get the toolchain this version asks for: check GOPROXY, or install the Go version named below.',
  },
  {
    pattern:
      /dial tcp|i\/o timeout|connection refused|no such host|proxyconnect|403 Forbidden|404 Not Found|502 Bad Gateway|TLS handshake/i,
    advice:
      'The Go module proxy could not be reached: check the network and the GOPROXY and HTTPS_PROXY settings, and start again; what is already downloaded is used.',
  },
  {
    pattern: /signal: killed|cannot allocate memory/i,
    advice:
      'The compiler was killed, probably for want of memory: close other programs (2 GB free are enough) and start again.',
  },
];

/** What a failed `go install` most likely means for the person who waits. */
function explainFailure(program: Program, output: string, logFile: string): string {
  const tail = output.trim().split('\n').slice(-12).join('\n');
  const advice =
    failures.find(({ pattern }) => pattern.test(output))?.advice ?? `The build failed. ${alternatives([program])}`;
  return `${program.title} ${program.version} could not be built. ${advice}\nThe end of Go's output (all of it in ${logFile}):\n${tail}`;
}

async function goInstall(
  program: Program,
  go: GoSource,
  position: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
  options: BuildOptions,
): Promise<string> {
  const binFolder = join(folder, 'bin', program.name);
  await rm(binFolder, { recursive: true, force: true });
  await mkdir(binFolder, { recursive: true });
  const logFile = join(options.cache, 'logs', `${program.name}.log`);
  await mkdir(join(options.cache, 'logs'), { recursive: true });
  const started = performance.now();
  const target = `${go.package}@${program.version}`;
  options.log(`[${position}] ${program.title} ${program.version}: go install (on two cores about ${go.coldBuild})`);

  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    let output = '';
    let downloads = 0;
    let packages = 0;
    const logStream = createWriteStream(logFile);
    const command = watchedArguments('go install', 'SIGKILL', 'go', [
      'install',
      '-v',
      '-trimpath',
      '-ldflags',
      '-s -w',
      target,
    ]);
    const child = spawn('/bin/sh', command, {
      cwd: folder,
      env: { ...environment, GOBIN: binFolder },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    child.stdin.on('error', () => {});
    const interrupt = (): void => {
      // The whole group: go and the compilers it has started.
      if (child.pid) process.kill(-child.pid, 'SIGTERM');
    };
    options.signal?.addEventListener('abort', interrupt, { once: true });
    const collect = (chunk: Buffer): void => {
      const text = chunk.toString('utf8');
      logStream.write(text);
      output = (output + text).slice(-100_000);
      for (const line of text.split('\n')) {
        if (line.startsWith('go: downloading')) downloads += 1;
        else if (line.trim() !== '') packages += 1;
      }
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const ticker = setInterval(() => {
      const doing = packages > 0 ? `${packages} packages compiled` : `${downloads} modules downloaded`;
      options.log(`[${position}] ${program.title}: ${doing}, ${duration(performance.now() - started)}`);
    }, 15_000);
    child.on('exit', () => child.stdin.end('over\n'));
    const done = (): void => {
      clearInterval(ticker);
      options.signal?.removeEventListener('abort', interrupt);
      logStream.end();
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code) => {
      done();
      resolve({ code, output });
    });
  });
  if (options.signal?.aborted) throw new StackError('Interrupted; the next start goes on building from here.');
  if (code !== 0) throw new StackError(explainFailure(program, output, logFile));
  const [binary] = await readdir(binFolder);
  if (!binary) throw new StackError(explainFailure(program, output, logFile));
  const built = join(binFolder, binary);
  const embedded = await run('go', ['version', '-m', built], environment, folder);
  if (!embedded?.output.includes(`${go.module}\t${program.version}`)) {
    throw new StackError(
      `The binary built for ${program.title} does not carry ${go.module} ${program.version}; Go says:\n${embedded?.output.split('\n').slice(0, 4).join('\n') ?? 'nothing'}`,
    );
  }
  options.log(`[${position}] ${program.title}: built in ${duration(performance.now() - started)}`);
  return built;
}

/**
 * Builds the programs one after the other and puts them into the cache. The caller holds the cache's lock.
 * An interrupted or failed build leaves its Go caches, so that the next start goes on from there; a complete one removes them.
 */
export async function buildPrograms(missing: readonly Program[], options: BuildOptions): Promise<void> {
  const folder = join(options.cache, 'build');
  await mkdir(folder, { recursive: true });
  await requireSpace(missing, folder);
  const environment: NodeJS.ProcessEnv = {
    ...options.environment,
    GOPATH: join(folder, 'gopath'),
    GOMODCACHE: join(folder, 'modules'),
    GOCACHE: join(folder, 'objects'),
    GOTMPDIR: folder,
    GOTOOLCHAIN: 'auto',
    GOWORK: 'off',
    // A writable module cache can be removed like any folder; flags of the user's own projects do not belong here.
    GOFLAGS: '-modcacherw',
    CGO_ENABLED: '0',
    GOOS: '',
    GOARCH: '',
  };
  const goVersion = await requireGo(missing, environment, folder);
  const started = performance.now();
  options.log(
    `Building ${missing.length} program${missing.length === 1 ? '' : 's'} into ${options.cache}, once.${missing.length > 1 ? ' Several take up to ten minutes on two cores, and up to 6 GB that are freed afterwards.' : ''}`,
  );
  for (const [index, program] of missing.entries()) {
    const { go } = program;
    if (!go) throw new Error(`${program.title} is not built with go install.`);
    const built = await goInstall(program, go, `${index + 1} of ${missing.length}`, folder, environment, options);
    await storeInCache(options.cache, program, built, `${go.package}@${program.version}, ${goVersion}`, new Date());
  }
  options.log(`Built in ${duration(performance.now() - started)}; removing the Go caches.`);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
