/**
 * A worker of notifications as a process of its own that dies right after a recipient took a message, before that is noted. Its
 * environment is that of the test's world; `NOTIFY` says how recipients are told.
 */
import { Worker } from '@temporalio/worker';
import { createRecipientActivities } from '../../../activities/request/recipients/recipients.ts';
import { controllerClock } from '../../../domain/request/clock/controller-clock.ts';
import { loadPolicies } from '../../../policies/load-policies.ts';
import { openDatabase } from '../../../storage/database/database.ts';
import { createSealing, readKeysFile } from '../../../storage/sealing/sealing.ts';
import { bundleWorkflows } from '../../../worker/temporal/bundle-workflows.ts';
import { connectTemporal } from '../../../worker/temporal/connect-temporal.ts';
import { proceduresQueue } from '../../../workflows/queues.ts';
import { quietSdk } from '../temporal.ts';
import { type Notify, publicUrl, queuePrefix, withNotify } from './recipient-world.ts';

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
};

quietSdk();
const notify = JSON.parse(variable('NOTIFY')) as Notify;
const loaded = await loadPolicies({ folder: 'policies' });
const policies = new Map(loaded.map((one) => [String(one.policy.controller), withNotify(one, notify).policy]));
const { native } = await connectTemporal({
  address: variable('TEMPORAL_ADDRESS'),
  namespace: variable('TEMPORAL_NAMESPACE'),
  identity: 'test-worker-process',
});
const worker = await Worker.create({
  connection: native,
  namespace: variable('TEMPORAL_NAMESPACE'),
  taskQueue: proceduresQueue(queuePrefix),
  workflowBundle: await bundleWorkflows(),
  activities: createRecipientActivities({
    database: openDatabase({ url: variable('OBLIO_WORKER_DATABASE_URL'), applicationName: 'test-worker' }),
    sealing: createSealing(await readKeysFile(variable('OBLIO_KEYS_FILE'))),
    policies,
    clock: controllerClock(policies),
    mail: { smtpUrl: variable('SMTP_URL'), from: variable('OBLIO_MAIL_FROM') },
    publicUrl,
    plainHttp: true,
    afterDelivery: () => {
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    },
  }),
});
await worker.run();
