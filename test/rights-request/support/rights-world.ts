/**
 * API and worker of rights requests on the real services, in this process: real case file, real Temporal, real suspensions. Search,
 * execution and recipients are told from a table of the test, so that each story says what was found and what was done.
 */
import { randomUUID } from 'node:crypto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createCaseFileActivities } from '../../../activities/request-case-file.ts';
import type { ExecuteResult, RequestActivities } from '../../../activities/request-contracts.ts';
import { createDeliveryActivities } from '../../../activities/request-delivery.ts';
import { createCaseLetterActivities } from '../../../activities/request-letters.ts';
import { createCaseSuspensionActivities } from '../../../activities/request-suspensions.ts';
import { createFailureInterceptor, type UnforeseenFailure } from '../../../activities/sanitise-failures.ts';
import { createApp } from '../../../api/app.ts';
import { roles } from '../../../api/authentication.ts';
import { createApiMetrics } from '../../../api/metrics.ts';
import { type CertificateId, recordClassId, recordId } from '../../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../../domain/instant.ts';
import type { ErasedLine, RectifiedLine } from '../../../domain/letter-content.ts';
import { localDate } from '../../../domain/local-date.ts';
import { controllerClock } from '../../../domain/rights-request/controller-clock.ts';
import type { AlarmKind } from '../../../domain/rights-request/events.ts';
import type { ManifestRecord } from '../../../domain/rights-request/manifest.ts';
import { bundleWorkflows } from '../../../worker/bundle-workflows.ts';
import { connectTemporal } from '../../../worker/connect-temporal.ts';
import { prepareNamespace } from '../../../worker/register-namespace.ts';
import { proceduresQueue } from '../../../workflows/messages.ts';
import { createWorld } from '../../support/world.ts';

/** What a test says was found for a case, by its reference. */
export type Findings = {
  records: ManifestRecord[];
  execute: (right: string) => ExecuteResult;
  erased?: readonly ErasedLine[];
  rectified?: readonly (Omit<RectifiedLine, 'record'> & { readonly recordId: string })[];
};

/** A record as a search finds it. */
export const foundRecord = (
  recordClass: string,
  boundDay: string,
  change: Partial<ManifestRecord> = {},
): ManifestRecord => ({
  recordId: recordId(randomUUID()),
  recordClass: recordClassId(recordClass),
  triggerAt: '2027-01-10T10:00:00.000Z' as Instant,
  boundDay: localDate(boundDay),
  legalBasis: { article: '6.1.e', source: 'test' },
  contentDigest: 'ab',
  objects: [],
  suspendedBy: [],
  ...change,
});

const required = (environment: Readonly<Record<string, string>>, name: string): string => {
  const value = environment[name];
  if (value === undefined) throw new Error(`The test environment lacks ${name}`);
  return value;
};

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Starts everything; `close()` in `afterAll`. */
export const createRightsWorld = async (label: string) => {
  const world = await createWorld({ label });
  const policies = new Map(world.policies.map(({ policy }) => [String(policy.controller), policy]));
  const namespace = required(world.environment, 'TEMPORAL_NAMESPACE');
  const temporal = await connectTemporal({
    address: required(world.environment, 'TEMPORAL_ADDRESS'),
    namespace,
    identity: 'test',
  });
  await prepareNamespace(temporal.connection, { namespace, historyDays: 1, queuePrefix: 'rights' });
  const taskQueue = proceduresQueue('rights');
  const findings = new Map<string, Findings>();
  const manifests = new Map<string, ManifestRecord[]>();
  const alarms: { caseId: string; alarm: AlarmKind; right: string; about: Instant }[] = [];
  const failures: UnforeseenFailure[] = [];
  const logged: string[] = [];
  const executed: { caseId: string; right: string }[] = [];
  const deps = {
    database: world.database('worker'),
    sealing: world.sealing,
    policies,
    clock: controllerClock(policies),
  };
  const bundle = await bundleWorkflows();
  const told: Omit<RequestActivities, keyof ReturnType<typeof own>> = {
    searchSubject: ({ caseId, manifestId, now }) => {
      const records = findings.get(caseId)?.records ?? [];
      manifests.set(manifestId, records);
      const byClass = Map.groupBy(records, ({ recordClass }) => recordClass);
      return Promise.resolve({
        manifestId,
        frozenAt: now,
        digest: '0'.repeat(64),
        records: records.length,
        classes: [...byClass].map(([recordClass, those]) => {
          const bounds = those.map(({ boundDay }) => boundDay).toSorted();
          const [earliestBound] = bounds;
          const latestBound = bounds.at(-1);
          return {
            recordClass,
            found: those.length,
            suspended: those.filter(({ suspendedBy }) => suspendedBy.length > 0).length,
            ...(earliestBound === undefined ? {} : { earliestBound }),
            ...(latestBound === undefined ? {} : { latestBound }),
          };
        }),
      });
    },
    executeDecision: ({ caseId, right }) => {
      executed.push({ caseId, right });
      return Promise.resolve(
        findings.get(caseId)?.execute(right) ?? { records: 0, certificates: [] as CertificateId[] },
      );
    },
    noteReferences: () => Promise.resolve(),
    tellRecipients: () => Promise.resolve({ recipients: 2 }),
    raiseAlarm: ({ caseId, alarm, right, about }) => {
      alarms.push({ caseId, alarm, right, about });
      return Promise.resolve();
    },
  };
  const own = () => ({
    ...createCaseFileActivities(deps),
    ...createCaseSuspensionActivities(deps),
    ...createDeliveryActivities({
      ...deps,
      mail: { smtpUrl: required(world.environment, 'SMTP_URL'), from: required(world.environment, 'OBLIO_MAIL_FROM') },
    }),
    ...createCaseLetterActivities({
      ...deps,
      readManifest: (manifestId) => Promise.resolve({ records: manifests.get(manifestId) ?? [], erasedBefore: [] }),
      readRectified: (caseId) => Promise.resolve(findings.get(caseId)?.rectified ?? []),
      readErased: (caseId) => Promise.resolve(findings.get(caseId)?.erased ?? []),
      readRecipients: () => Promise.resolve([]),
    }),
  });
  const startWorker = async () => {
    const worker = await Worker.create({
      connection: temporal.native,
      namespace,
      taskQueue,
      identity: 'test-worker',
      workflowBundle: bundle,
      activities: { ...own(), ...told },
      interceptors: { activity: [createFailureInterceptor({ reportFailure: (failure) => failures.push(failure) })] },
      shutdownGraceTime: '1s',
      shutdownForceTime: '3s',
    });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  };
  let stopWorker = await startWorker();
  const app = createApp({
    database: world.database('api'),
    objectStore: world.store('api'),
    policies,
    sealing: world.sealing,
    clock: () => instantFromEpoch(Date.now()),
    // `Bearer dpo.ada.inps`: role, person, controllers. Tokens have tests of their own.
    authenticate: (authorization) => {
      const [role = '', actor = '', controllers = ''] = (authorization ?? '').replace('Bearer ', '').split('.');
      const known = roles.find((one) => one === role);
      if (known === undefined) throw new Error('The test sent no known role');
      return Promise.resolve({
        actor,
        role: known,
        controllers: controllers.split('+'),
        classes: ['*'],
        authorisedFor: [],
      });
    },
    temporal: {
      client: () => Promise.resolve(temporal.client),
      proceduresQueue: taskQueue,
      workflowUrl: (id) => `http://temporal.example/${id}`,
    },
    timeTravel: 'allowed',
    logger: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
    metrics: createApiMetrics({ process: false }),
  });
  return {
    world,
    app,
    client: temporal.client,
    policies,
    findings,
    alarms,
    failures,
    logged,
    executed,
    restartWorker: async () => {
      await stopWorker();
      stopWorker = await startWorker();
    },
    stopWorker: () => stopWorker(),
    startWorker: async () => {
      stopWorker = await startWorker();
    },
    close: async () => {
      await stopWorker();
      await temporal.close();
      await world.close();
    },
  };
};

export type RightsWorld = Awaited<ReturnType<typeof createRightsWorld>>;
