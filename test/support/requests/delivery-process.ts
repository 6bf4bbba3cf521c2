/**
 * The worker of production as a process of its own, which kills itself the hard way at the moment of a letter's delivery that `DIE_AT`
 * names. Its environment is that of the test's world.
 */
import { instantFromEpoch } from '../../../domain/time/instant.ts';
import { readWorkerConfig } from '../../../worker/config.ts';
import { createLog } from '../../../worker/observability/logger.ts';
import { runWorker } from '../../../worker/run-worker.ts';

const worker = await runWorker(readWorkerConfig(process.env), {
  log: createLog({ level: 'debug', process: 'worker' }),
  clock: () => instantFromEpoch(Date.now()),
  atDeliveryMoment: async (moment) => {
    if (moment === process.env.DIE_AT) process.kill(process.pid, 'SIGKILL');
  },
});
await worker.finished;
