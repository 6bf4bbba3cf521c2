// `npm run test:thorough`: what `npm test` does in a small size, in full size: thousands of interleavings of holds and erasures, a hold over
// five thousand objects while everything is killed, letters of full length through the validator of PDF/A and PDF/UA. About half an hour.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const files = [
  'test/storage/hold-races.test.ts',
  'test/drills/hold-killed.test.ts',
  'test/rules/letters/document-conformance.test.ts',
];
const { status } = spawnSync(join('node_modules', '.bin', 'vitest'), ['run', ...files], {
  stdio: 'inherit',
  env: { ...process.env, OBLIO_THOROUGH: 'yes', OBLIO_RACE_RUNS: process.env.OBLIO_RACE_RUNS ?? '1000' },
});
process.exitCode = status ?? 1;
