/**
 * How the tests run. Two kinds: rules touch nothing outside of the process; services drive the real ones, in a world of their own each.
 * A drill, which kills services, starts services of its own, so that it may run beside the others.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rooms whose tests touch nothing outside of the process. */
const rules = ['test/rules/**/*.test.ts', 'test/structure/**/*.test.ts'];

/** What needs MinIO, or Temporal on Postgres: minutes of Go builds where they are not there yet. `npm run test:production-shape` runs these too. */
const productionShape = process.env.OBLIO_TEMPORAL_STORAGE === 'postgres' ? [] : ['test/production-shape/**'];

/** The slowest files, slowest first; `npm test` prints what belongs here. */
const slowest = readFileSync(new URL('test/slowest-first.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean);

/**
 * Slow files first, so that no process waits at the end for one that began late; then the others in the order of their names, rules last,
 * which fill what is left.
 */
class SlowestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = slowest.indexOf(relative(import.meta.dirname, moduleId));
      if (place >= 0) return place;
      return project.name === 'rules' ? slowest.length + 1 : slowest.length;
    };
    return specifications.toSorted((one, other) => rank(one) - rank(other) || (one.moduleId < other.moduleId ? -1 : 1));
  }
}

const common = {
  pool: 'forks' as const,
  // The files of a project share their processes and what these have imported: what a test needs it brings along, and changes back.
  isolate: false,
  env: { TZ: 'UTC' },
  // The same order each time: what fails in one order only is a fault to be found by a test of its own.
  sequence: { shuffle: false, concurrent: false, hooks: 'stack' as const },
  // What a test waits for may take its time on a busy machine; the tests' own timeouts are longer still.
  expect: { poll: { timeout: 120_000, interval: 100 } },
  unstubEnvs: true,
  restoreMocks: true,
};

export default defineConfig({
  test: {
    // Tests of services wait more than they compute: more processes than processors.
    maxWorkers: 5,
    teardownTimeout: 60_000,
    reporters: ['default'],
    sequence: { sequencer: SlowestFirst },
    projects: [
      { test: { ...common, name: 'rules', include: rules, testTimeout: 120_000 } },
      {
        test: {
          ...common,
          name: 'services',
          include: ['test/**/*.test.ts'],
          exclude: [...rules, ...productionShape, '**/node_modules/**'],
          globalSetup: ['test/support/global-setup.ts'],
          // Generous: on a busy machine real services take their time, and no test is about how long that is.
          testTimeout: 240_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
