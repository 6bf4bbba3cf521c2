/**
 * Tries one mutation: in a copy of a checkout, so that nothing a developer has open is touched, and so that a run that is broken off
 * leaves nothing behind but a temporary folder.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Mutation } from './mutations.ts';

const run = promisify(execFile);

/** A copy of a checkout in which files may be changed. */
export type Copy = { readonly folder: string; readonly remove: () => Promise<void> };

/** Copies what git tracks, as it lies in the folder now; the packages are linked. */
export const copyCheckout = async (checkout: string): Promise<Copy> => {
  const folder = await mkdtemp(join(tmpdir(), 'oblio-mutations-'));
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    maxBuffer: 1 << 26,
  });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(checkout, file), join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      // Deleted and not committed yet.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
};

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/** What a run of tests showed. */
export type TestRun =
  | { readonly kind: 'passed'; readonly tests: number }
  /** A test failed, by what it asks for or because what it waits for did not come. */
  | { readonly kind: 'failed'; readonly test: string; readonly message: string }
  /** A file that could not be loaded, or a world that could not be made: no sign that the fault was noticed. */
  | { readonly kind: 'broken'; readonly message: string };

const firstLine = (text: string | undefined): string => (text ?? '').split('\n')[0]?.slice(0, 300) ?? '';
/** Shorter than in a usual run: a fault by which nothing happens any more shows when a test stops waiting. The tests without a fault have it too. */
const patienceMs = 90_000;

/** Whether a test file needs nothing outside of its process. */
export const isRule = (file: string): boolean => /^test\/(rules|structure)\//.test(file);

/** Runs test files of a copy until the first failure. */
export const runTests = async (folder: string, files: readonly string[]): Promise<TestRun> => {
  const report = join(folder, '.mutation-report.json');
  await rm(report, { force: true });
  const project = files.every(isRule) ? ['--project', 'rules'] : [];
  const said = await run(
    join(folder, 'node_modules', '.bin', 'vitest'),
    [
      'run',
      '--bail=1',
      `--testTimeout=${patienceMs}`,
      ...project,
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...files,
    ],
    { cwd: folder, maxBuffer: 1 << 28, env: { ...process.env, FORCE_COLOR: '0' } },
  ).catch((error: { readonly stdout?: string; readonly stderr?: string }) => error);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined)
    return { kind: 'broken', message: firstLine(said.stderr?.trim()) || 'vitest wrote no report' };
  const { testResults } = reportSchema.parse(JSON.parse(text));
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    return { kind: 'failed', test: failed.fullName.trim(), message: firstLine(failed.failureMessages?.[0]) };
  }
  const unusable = testResults.find(({ status }) => status === 'failed');
  if (unusable !== undefined) return { kind: 'broken', message: firstLine(unusable.message) };
  const passed = results.filter(({ status }) => status === 'passed').length;
  return passed === 0 ? { kind: 'broken', message: 'no test ran' } : { kind: 'passed', tests: passed };
};

/** Makes the change, runs its tests, and takes it back. */
export const tryMutation = async (folder: string, { file, text, becomes, tests }: Mutation): Promise<TestRun> => {
  const path = join(folder, file);
  const source = await readFile(path, 'utf8');
  if (source.split(text).length !== 2) return { kind: 'broken', message: `its text does not stand once in ${file}` };
  await writeFile(
    path,
    source.replace(text, () => becomes),
  );
  try {
    return await runTests(folder, tests);
  } finally {
    await writeFile(path, source);
  }
};
