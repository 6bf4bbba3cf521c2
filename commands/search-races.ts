// `npm run search:races -- --runs 5000 [--seed 7]`: looks longer than the tests do for an interleaving of holds, erasures and crashes
// that breaks a promise. Starts the services itself unless OBLIO_TEST_SERVICES names some.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5000' }, seed: { type: 'string' } } });
if (!/^\d{1,7}$/.test(values.runs) || (values.seed !== undefined && !/^-?\d{1,10}$/.test(values.seed))) {
  console.error('Usage: npm run search:races -- --runs 5000 [--seed 7]');
  process.exit(2);
}
const vitest = spawn('npx', ['vitest', 'run', 'test/storage/hold-races.test.ts', '-t', 'no course of events'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    OBLIO_RACE_RUNS: values.runs,
    ...(values.seed === undefined ? {} : { OBLIO_RACE_SEED: values.seed }),
  },
});
vitest.on('close', (code) => process.exit(code ?? 1));
