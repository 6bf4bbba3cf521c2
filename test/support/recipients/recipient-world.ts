/**
 * Cases with records that were disclosed to recipients, the real worker's activities and Temporal around them: one recipient with a
 * webhook of its own, one with a mailbox, one without any address.
 */
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createCaseActivities, createCaseErasureActivities } from '../../../activities/request/activities.ts';
import { createFailureInterceptor, type UnforeseenFailure } from '../../../activities/sanitise-failures.ts';
import type { Policy, Recipient } from '../../../domain/policy/policy.ts';
import { controllerClock } from '../../../domain/request/clock/controller-clock.ts';
import type { Decision } from '../../../domain/request/course/decision.ts';
import type { CaseEvent } from '../../../domain/request/course/events.ts';
import type { RightKey } from '../../../domain/request/course/rights.ts';
import type { Instant } from '../../../domain/time/instant.ts';
import type { LoadedPolicy } from '../../../policies/load-policies.ts';
import { loadPolicies } from '../../../policies/load-policies.ts';
import { listNotifications, type StoredNotification } from '../../../storage/recipients/notifications.ts';
import { publicWebhookKey } from '../../../storage/recipients/recipient-keys.ts';
import { connectTemporal } from '../../../worker/temporal/connect-temporal.ts';
import { prepareNamespace } from '../../../worker/temporal/register-namespace.ts';
import { notificationWorkflowId } from '../../../workflows/notification/contract.ts';
import { erasureQueue, proceduresQueue } from '../../../workflows/queues.ts';
import { appOfWorld } from '../app-of-world.ts';
import { milano } from '../records.ts';
import { recordEvents, stateOf } from '../requests/stored-cases.ts';
import { quietSdk, testBundle } from '../temporal.ts';
import { createWorld, realNow } from '../world.ts';
import {
  openSearchedCase,
  startNotifications,
  type TellInput,
  type TellingDeps,
  tellOfFreshCase,
} from './disclosed-cases.ts';
import { mailsAbout } from './mails.ts';
import { startReceiver } from './receiver.ts';

export const queuePrefix = 'recipients';
export const publicUrl = 'https://diritti.example.it';

/** How each recipient of the policy is told in this world. */
export type Notify = Readonly<Record<string, Recipient['notify'] | undefined>>;

/** A policy with these ways of telling, and no others. */
export const withNotify = ({ policy, ...loaded }: LoadedPolicy, notify: Notify): LoadedPolicy => ({
  ...loaded,
  policy: {
    ...policy,
    recipients: policy.recipients.map(({ notify: _, ...recipient }) => {
      const address = notify[recipient.id];
      return address === undefined ? recipient : { ...recipient, notify: address };
    }),
  },
});

/** Starts everything but the worker; `close()` in `afterAll`. */
export const createRecipientWorld = async (label: string) => {
  quietSdk();
  const loaded = await loadPolicies({ folder: 'policies' });
  const world = await createWorld({ label, policies: loaded });
  const receiver = await startReceiver(publicWebhookKey(world.sealing));
  world.defer(() => receiver.close());
  const policies = new Map<string, Policy>();
  const notifying = (notify: Notify): void => {
    for (const one of loaded) policies.set(one.policy.controller, withNotify(one, notify).policy);
  };
  const usual: Notify = {
    gpi: { kind: 'webhook', url: receiver.url },
    'enterprise-services-italia': { kind: 'email', address: 'art19@enterprise.example' },
  };
  notifying(usual);
  const namespace = world.environment.TEMPORAL_NAMESPACE ?? '';
  const temporal = await connectTemporal({
    address: world.environment.TEMPORAL_ADDRESS ?? '',
    namespace,
    identity: 'test',
  });
  world.defer(() => temporal.close());
  await prepareNamespace(temporal.connection, { namespace, historyDays: 1, queuePrefix });
  const clock = controllerClock(policies);
  const db = world.database('worker');
  const { sealing } = world;
  const mail = { smtpUrl: world.environment.SMTP_URL ?? '', from: world.environment.OBLIO_MAIL_FROM ?? '' };
  const failures: UnforeseenFailure[] = [];
  const interceptors = {
    activity: [createFailureInterceptor({ reportFailure: (failure) => void failures.push(failure) })],
  };
  const activitiesDeps = {
    db,
    store: world.store('worker'),
    sealing,
    policies,
    temporal: temporal.client,
    mail,
    publicUrl,
    plainHttp: true,
  };

  /** Starts the two workers in this process; answers how to stop them. */
  const startWorkers = async (): Promise<() => Promise<void>> => {
    const common = { connection: temporal.native, namespace, identity: 'test-worker', interceptors };
    const grace = { shutdownGraceTime: '1s', shutdownForceTime: '3s' } as const;
    const workers = await Promise.all([
      Worker.create({
        ...common,
        ...grace,
        taskQueue: proceduresQueue(queuePrefix),
        workflowBundle: await testBundle(),
        activities: createCaseActivities(activitiesDeps),
      }),
      Worker.create({
        ...common,
        ...grace,
        taskQueue: erasureQueue(queuePrefix),
        activities: createCaseErasureActivities({ ...activitiesDeps, gate: world.gate() }),
      }),
    ]);
    const running = workers.map((worker) => worker.run());
    let stopped: Promise<unknown> | undefined;
    const stop = async (): Promise<void> => {
      stopped ??= (async () => {
        for (const worker of workers) worker.shutdown();
        await Promise.all(running);
      })();
      await stopped;
    };
    world.defer(stop);
    return stop;
  };

  const telling: TellingDeps = {
    world,
    client: temporal.client,
    queuePrefix,
    policy: () => {
      const policy = policies.get(milano);
      if (policy === undefined) throw new Error('Milano has no policy');
      return policy;
    },
  };

  /** Writes events as if the workflow had. */
  const record = (caseId: string, events: readonly CaseEvent[], at: Instant): Promise<void> =>
    recordEvents(world, { caseId, events, now: at, by: { actor: 'ugo', role: 'officer' } });

  const decide = async (caseId: string, right: RightKey, decision: Decision): Promise<void> =>
    record(caseId, [{ kind: 'decided', right, decision, late: false }], realNow());

  const app = appOfWorld(world, {
    policies,
    temporal: { client: temporal.client, queuePrefix },
    logger: pino({ level: 'silent' }),
  });

  /** One call; the answer's body as JSON where it is some. */
  const call = async (
    method: string,
    path: string,
    {
      as = 'dpo.ada.comune-di-milano',
      body,
      headers = {},
      now,
    }: {
      readonly as?: string;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly now?: Instant;
    } = {},
  ) => {
    const response = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(now === undefined ? {} : { 'oblio-now': now }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, text, body: (json ? JSON.parse(text) : {}) as Record<string, unknown> };
  };

  return {
    world,
    policies,
    activitiesDeps: { ...activitiesDeps, database: db, clock },
    client: temporal.client,
    receiver,
    usual,
    notifying,
    failures,
    startWorkers,
    openCase: (right: RightKey, options?: Parameters<typeof openSearchedCase>[2]) =>
      openSearchedCase(world, right, options),
    decide,
    record,
    stateOf: (caseId: string) => stateOf(world, caseId),
    tell: (input?: TellInput, started?: boolean) => tellOfFreshCase(telling, input, started),
    startNotifications: () => startNotifications(telling),
    notificationsOf: (caseId: string) => listNotifications(db, caseId),
    call,
    mailsAbout: (notificationId: string) => mailsAbout(world, notificationId),
    /** How to travel with a notification's workflow. */
    journey: ({ notificationId }: Pick<StoredNotification, 'notificationId'>) => ({
      client: temporal.client,
      workflowId: notificationWorkflowId(notificationId),
    }),
    close: () => world.close(),
  };
};

export type RecipientWorld = Awaited<ReturnType<typeof createRecipientWorld>>;
