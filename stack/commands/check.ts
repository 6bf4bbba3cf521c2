/**
 * `npm test`: formatter and linter, types, direction of imports, then every test against the real services. Each step runs
 * even when an earlier one failed, so that one run shows all there is to mend; the exit code is non-zero if any failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';

const rooms = 'domain settings policies storage letters activities workflows worker api migrations'.split(' ');
const folder = mkdtempSync(join(tmpdir(), 'oblio-check-'));
const testReport = join(folder, 'tests.json');

const steps: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'direction of imports', command: ['depcruise', '--config', 'test/structure/import-rules.cjs', ...rooms] },
  {
    name: 'tests',
    command: [
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${testReport}`,
      ...process.argv.slice(2),
    ],
  },
];

const run = (command: readonly [string, ...string[]]): boolean => {
  const [program, ...rest] = command;
  const outcome = spawnSync(join('node_modules', '.bin', program), rest, { stdio: 'inherit' });
  if (outcome.error) console.error(`${program} could not be started: ${outcome.error.message}`);
  return outcome.status === 0;
};

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

const failed: string[] = [];
for (const { name, command } of steps) {
  console.log(`\n== ${name}`);
  if (!run(command)) failed.push(name);
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
