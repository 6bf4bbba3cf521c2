/**
 * A worker of rights requests as a process of its own, to be killed. Its environment is that of the test's world; everybody has one
 * chat. Says `ready` when it polls.
 */
import { appendFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { createCaseFileActivities } from '../../../activities/request-case-file.ts';
import { createDeliveryActivities } from '../../../activities/request-delivery.ts';
import { createCaseLetterActivities } from '../../../activities/request-letters.ts';
import { createCaseSuspensionActivities } from '../../../activities/request-suspensions.ts';
import { recordClassId, recordId } from '../../../domain/ids.ts';
import { type Instant, instant } from '../../../domain/instant.ts';
import { localDate } from '../../../domain/local-date.ts';
import { controllerClock } from '../../../domain/rights-request/controller-clock.ts';
import type { ManifestRecord } from '../../../domain/rights-request/manifest.ts';
import { loadPolicies } from '../../../policies/load-policies.ts';
import { openDatabase } from '../../../storage/database.ts';
import { createSealing, readKeysFile } from '../../../storage/sealing.ts';
import { bundleWorkflows } from '../../../worker/bundle-workflows.ts';
import { connectTemporal } from '../../../worker/connect-temporal.ts';
import { proceduresQueue } from '../../../workflows/messages.ts';

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
};

const record: ManifestRecord = {
  recordId: recordId('01890000-0000-7000-8000-00000000cccc'),
  recordClass: recordClassId('chat'),
  triggerAt: instant('2027-01-10T10:00:00Z'),
  boundDay: localDate('2032-01-10'),
  legalBasis: { article: '6.1.e', source: 'test' },
  contentDigest: 'ab',
  objects: [],
  suspendedBy: [],
};

const database = openDatabase({ url: variable('OBLIO_WORKER_DATABASE_URL'), applicationName: 'test-worker' });
const loaded = await loadPolicies({ folder: 'policies' });
const policies = new Map(loaded.map(({ policy }) => [String(policy.controller), policy]));
const sealing = createSealing(await readKeysFile(variable('OBLIO_KEYS_FILE')));
const deps = { database, sealing, policies, clock: controllerClock(policies) };
const { native } = await connectTemporal({
  address: variable('TEMPORAL_ADDRESS'),
  namespace: variable('TEMPORAL_NAMESPACE'),
  identity: 'test-worker-process',
});
const worker = await Worker.create({
  connection: native,
  namespace: variable('TEMPORAL_NAMESPACE'),
  taskQueue: proceduresQueue('rights'),
  workflowBundle: await bundleWorkflows(),
  activities: {
    ...createCaseFileActivities(deps),
    ...createCaseSuspensionActivities(deps),
    ...createDeliveryActivities({
      ...deps,
      mail: { smtpUrl: variable('SMTP_URL'), from: variable('OBLIO_MAIL_FROM') },
    }),
    ...createCaseLetterActivities({
      ...deps,
      readManifest: () => Promise.resolve({ records: [record], erasedBefore: [] }),
      readRectified: () => Promise.resolve([]),
      readErased: () => Promise.resolve([]),
      readRecipients: () => Promise.resolve([]),
    }),
    searchSubject: ({ manifestId, now }: { manifestId: string; now: Instant }) =>
      Promise.resolve({
        manifestId,
        frozenAt: now,
        digest: '0',
        records: 1,
        classes: [{ recordClass: record.recordClass, found: 1, suspended: 0 }],
      }),
    executeDecision: () => Promise.resolve({ records: 0, certificates: [] }),
    noteReferences: () => Promise.resolve(),
    tellRecipients: () => Promise.resolve({ recipients: 0 }),
    raiseAlarm: () => Promise.resolve(),
  },
});
appendFileSync(variable('READY_FILE'), 'ready\n');
await worker.run();
