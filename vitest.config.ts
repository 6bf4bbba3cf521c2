/**
 * How the tests run: files in two processes at a time (two cores, and every file drives real services), the files of pure rules
 * apart from those that need the services, so that the first can be run without them.
 */
import { defineConfig } from 'vitest/config';

/** Rooms whose tests touch nothing outside of the process. */
const pure = [
  'test/domain/**/*.test.ts',
  'test/policies/**/*.test.ts',
  'test/letters/**/*.test.ts',
  'test/structure/**/*.test.ts',
];

const common = {
  isolate: false,
  pool: 'forks' as const,
  env: { TZ: 'UTC' },
  // The same order each time: what fails in one order only is a fault to be found by a test of its own.
  sequence: { shuffle: false, concurrent: false, hooks: 'stack' as const },
  // What a test waits for may take its time on a busy machine; the tests' own timeouts are longer still.
  expect: { poll: { timeout: 60_000, interval: 50 } },
  unstubEnvs: true,
  restoreMocks: true,
};

export default defineConfig({
  test: {
    maxWorkers: 3,
    teardownTimeout: 60_000,
    reporters: ['default'],
    projects: [
      { test: { ...common, name: 'rules', include: pure, testTimeout: 120_000 } },
      {
        test: {
          ...common,
          name: 'services',
          include: ['test/**/*.test.ts'],
          exclude: [...pure, '**/node_modules/**'],
          globalSetup: ['test/support/global-setup.ts'],
          // Generous: on a busy machine real services take their time, and no test is about how long that is.
          testTimeout: 240_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
