/**
 * `npm test`: formatter and linter, types, direction of imports, and beside them every test against the real services. Each check runs
 * even when another one failed, so that one run shows all there is to mend; the exit code is non-zero if any failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';

const rooms = 'domain settings policies storage letters activities workflows worker api migrations'.split(' ');
const folder = mkdtempSync(join(tmpdir(), 'oblio-check-'));
const testReport = join(folder, 'tests.json');

type Check = { readonly name: string; readonly command: readonly [string, ...string[]] };

/** What reads the code without running it. One process at a time: the tests, which run meanwhile, need the others. */
const readings: readonly Check[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'direction of imports', command: ['depcruise', '--config', 'test/structure/import-rules.cjs', ...rooms] },
];
const tests: Check = {
  name: 'tests',
  command: [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${testReport}`,
    ...process.argv.slice(2),
  ],
};

type Outcome = { readonly passed: boolean; readonly output: string };

/** Runs a check to its end; what it writes is shown at once or kept for later. */
const run = ({ command: [program, ...rest] }: Check, show: 'at once' | 'later'): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(join('node_modules', '.bin', program), rest, {
      stdio: show === 'at once' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    child.once('error', (error) =>
      resolve({ passed: false, output: `${program} could not be started: ${error.message}` }),
    );
    child.once('close', (code) => resolve({ passed: code === 0, output }));
  });

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  testResults: z.array(z.object({ name: z.string(), startTime: z.number(), endTime: z.number() })),
});
const slowestShown = 20;

/** The slowest files of the run, so that a file that grows slow is seen, and the line that counts the tests. */
const summarise = (): string => {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = reportSchema.parse(
    JSON.parse(readFileSync(testReport, 'utf8')),
  );
  const slowest = testResults
    .map(({ name, startTime, endTime }) => ({
      file: relative(process.cwd(), name),
      seconds: (endTime - startTime) / 1000,
    }))
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, slowestShown)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
  return `The slowest files:\n${slowest.join('\n')}\n\ntests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`;
};

const readAll = async (): Promise<readonly (Outcome & { readonly name: string })[]> => {
  const outcomes: (Outcome & { readonly name: string })[] = [];
  for (const check of readings) outcomes.push({ name: check.name, ...(await run(check, 'later')) });
  return outcomes;
};

const [tested, read] = await Promise.all([run(tests, 'at once'), readAll()]);
const failed: string[] = [];
for (const { name, passed, output } of read) {
  console.log(`\n== ${name}: ${passed ? 'passed' : 'FAILED'}\n${output.trimEnd()}`);
  if (!passed) failed.push(name);
}
if (!tested.passed) {
  if (tested.output !== '') console.error(tested.output);
  failed.push(tests.name);
}
try {
  console.log(`\n${summarise()}`);
} catch {
  failed.push('test report');
}
rmSync(folder, { recursive: true, force: true });
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
