/**
 * How the tests run. Three kinds: rules touch nothing outside of the process; services drive the real ones, in a world of their own
 * each; drills kill the services and therefore run one after the other on services that no other test uses meanwhile.
 */
import { defineConfig } from 'vitest/config';

/** Rooms whose tests touch nothing outside of the process. */
const rules = ['test/rules/**/*.test.ts', 'test/structure/**/*.test.ts'];
/** What kills a service that other tests may stand on. Killing a worker of one's own is no drill in this sense. */
const drills = ['test/drills/*.test.ts'];

/** What needs MinIO, or Temporal on Postgres: minutes of Go builds where they are not there yet. `npm run test:production-shape` runs these too. */
const productionShape = process.env.OBLIO_TEMPORAL_STORAGE === 'postgres' ? [] : ['test/production-shape/**'];

const common = {
  pool: 'forks' as const,
  // The files of a project share their processes and what these have imported: what a test needs it brings along, and changes back.
  isolate: false,
  env: { TZ: 'UTC' },
  // The same order each time: what fails in one order only is a fault to be found by a test of its own.
  sequence: { shuffle: false, concurrent: false, hooks: 'stack' as const },
  // What a test waits for may take its time on a busy machine; the tests' own timeouts are longer still.
  expect: { poll: { timeout: 60_000, interval: 50 } },
  unstubEnvs: true,
  restoreMocks: true,
};

const onServices = {
  ...common,
  globalSetup: ['test/support/global-setup.ts'],
  // Generous: on a busy machine real services take their time, and no test is about how long that is.
  testTimeout: 240_000,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    maxWorkers: 3,
    teardownTimeout: 60_000,
    reporters: ['default'],
    projects: [
      { test: { ...common, name: 'rules', include: rules, testTimeout: 120_000 } },
      {
        test: {
          ...onServices,
          name: 'services',
          include: ['test/**/*.test.ts'],
          exclude: [...rules, ...drills, ...productionShape, '**/node_modules/**'],
        },
      },
      {
        test: {
          ...onServices,
          name: 'drills',
          include: drills,
          maxWorkers: 1,
          sequence: { ...common.sequence, groupOrder: 1 },
        },
      },
    ],
  },
});
