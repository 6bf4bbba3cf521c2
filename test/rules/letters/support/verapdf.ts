/**
 * Checks PDF files with veraPDF, the reference validator of PDF/A and PDF/UA. It is a Java program that is fetched once from
 * Maven Central into the user's cache; nothing of it is needed where Oblio runs.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ARTIFACT = 'org.verapdf.apps:cli:1.30.2';
const JAR = 'cli-1.30.2.jar';

export type Validation = {
  /** Checks that were made: one per file and flavour. */
  readonly checked: number;
  readonly passed: number;
  /** What the validator found, per file. */
  readonly failures: readonly string[];
};

/** Why the validator cannot be used on this machine; undefined where it can. */
export async function whyNoVeraPdf(): Promise<string | undefined> {
  if (!(await answers('java', ['-version']))) {
    return 'veraPDF needs Java 11 or later, which is not installed: conformance to PDF/A and PDF/UA was not checked.';
  }
  if ((await exists(jarPath())) || (await answers('mvn', ['--version']))) return undefined;
  return `veraPDF is fetched with Maven, which is not installed. Install it, or put ${JAR} into ${cacheFolder()}.`;
}

/** Validates all files in one call, each against the flavours it claims. Throws when a file claims other than 3a and ua1. */
export async function validateWithVeraPdf(files: readonly string[]): Promise<Validation> {
  const jar = await fetchJar();
  const output = await runJava(['-jar', jar, '--format', 'text', '-v', ...files]);
  const failures: string[] = [];
  let checked = 0;
  let passed = 0;
  for (const file of files) {
    for (const flavour of ['3a', 'ua1']) {
      if (output.includes(`PASS ${file} ${flavour}`)) passed++;
      else if (!output.includes(`FAIL ${file} ${flavour}`)) {
        throw new Error(`veraPDF did not check ${file} against ${flavour}:\n${output.slice(0, 4000)}`);
      }
      checked++;
    }
  }
  for (const line of output.split('\n')) {
    if (line.startsWith('FAIL ')) failures.push(line);
    else if (/^\s+FAIL /.test(line) || /^\s{4,}/.test(line)) failures.push(line);
  }
  return { checked, passed, failures };
}

async function runJava(parameters: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('java', ['-Xmx2g', ...parameters], { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    // Exit code 1 means that a file does not conform; what it says about it is on standard output.
    if (error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error) return String(error.stdout);
    throw error;
  }
}

function cacheFolder(): string {
  return join(process.env.OBLIO_CACHE ?? join(homedir(), '.cache', 'oblio'), 'verapdf');
}

function jarPath(): string {
  return join(cacheFolder(), JAR);
}

/** Fetches into a folder of its own and moves the file: another run may be fetching at the same time. */
async function fetchJar(): Promise<string> {
  const jar = jarPath();
  if (await exists(jar)) return jar;
  await mkdir(cacheFolder(), { recursive: true });
  const folder = await mkdtemp(join(cacheFolder(), 'fetch-'));
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`]);
    await rename(join(folder, JAR), jar);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return jar;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function answers(command: string, parameters: readonly string[]): Promise<boolean> {
  return run(command, [...parameters]).then(
    () => true,
    () => false,
  );
}
