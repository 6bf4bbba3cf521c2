/**
 * Cases with records that were disclosed to recipients, the real worker's activities and Temporal around them: one recipient with a
 * webhook of its own, one with a mailbox, one without any address.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceError } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { v7 as uuid } from 'uuid';
import { createCaseActivities, createCaseErasureActivities } from '../../../activities/request-activities.ts';
import { recipientsOf } from '../../../activities/request-recipients.ts';
import { createFailureInterceptor, type UnforeseenFailure } from '../../../activities/sanitise-failures.ts';
import { tellNotification } from '../../../activities/tell-notifications.ts';
import { createApp } from '../../../api/app.ts';
import { roles } from '../../../api/authentication.ts';
import { createApiMetrics } from '../../../api/metrics.ts';
import { codiceFiscaleCheckCharacter } from '../../../domain/codice-fiscale.ts';
import type { RecordClassId } from '../../../domain/ids.ts';
import { type Instant, instantPlus } from '../../../domain/instant.ts';
import type { Policy, Recipient } from '../../../domain/policy.ts';
import type { NoticeKind } from '../../../domain/recipient-notification.ts';
import { controllerClock } from '../../../domain/rights-request/controller-clock.ts';
import type { Decision } from '../../../domain/rights-request/decision.ts';
import type { CaseEvent } from '../../../domain/rights-request/events.ts';
import type { RightKey } from '../../../domain/rights-request/rights.ts';
import type { LoadedPolicy } from '../../../policies/load-policies.ts';
import { loadPolicies } from '../../../policies/load-policies.ts';
import { searchManifest } from '../../../storage/manifests/index.ts';
import { listNotifications, type StoredNotification } from '../../../storage/recipients/notifications.ts';
import { orderNotice } from '../../../storage/recipients/order-notice.ts';
import { publicWebhookKey } from '../../../storage/recipients/recipient-keys.ts';
import { noteReferences } from '../../../storage/recipients/references.ts';
import { tellNotifications } from '../../../storage/recipients/tell-workflows.ts';
import { readCase } from '../../../storage/rights-requests/read-cases.ts';
import { recordCaseEvents } from '../../../storage/rights-requests/record-events.ts';
import { takeIn } from '../../../storage/rights-requests/take-in.ts';
import { connectTemporal } from '../../../worker/connect-temporal.ts';
import { prepareNamespace } from '../../../worker/register-namespace.ts';
import { erasureQueue, notificationWorkflowId, proceduresQueue } from '../../../workflows/messages.ts';
import { handIn, milano, recordClasses, type TestRecord } from '../../support/records.ts';
import { eventually, quietSdk, testBundle } from '../../support/temporal.ts';
import { createWorld, realNow } from '../../support/world.ts';
import { startReceiver } from './receiver.ts';

export const queuePrefix = 'recipients';
export const publicUrl = 'https://diritti.example.it';

/** Everything planted here is personal, and must not be found where it has no business. */
export const planted = {
  email: 'gelsomina.planted-marker@example.it',
  text: 'Planted-Marker chiede della carta',
} as const;

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

  let people = 100;

  const stateOf = async (caseId: string) => {
    const found = await readCase(db, caseId);
    if (found === undefined) throw new Error('There is no such case');
    return found.state;
  };

  /** Writes events as if the workflow had. */
  const record = async (caseId: string, events: readonly CaseEvent[], at: Instant): Promise<void> => {
    const { revision } = await stateOf(caseId);
    const result = await recordCaseEvents(
      { db, sealing },
      {
        caseId,
        onRevision: revision,
        events,
        meta: { actor: 'ugo', role: 'officer', at },
        compute: clock.compute,
        policyOf: (controller) => {
          const policy = policies.get(controller);
          if (policy === undefined) throw new Error('The controller has no policy');
          return policy;
        },
      },
    );
    if (result.kind !== 'recorded') throw new Error(`The events were answered with ${result.kind}`);
  };

  /** A person with bookings asks Milano for something; searched, not decided. */
  const openCase = async (
    right: RightKey,
    { count = 2, recordClass = recordClasses.booking }: { count?: number; recordClass?: RecordClassId } = {},
  ): Promise<{ readonly caseId: string; readonly records: readonly TestRecord[]; readonly manifestId: string }> => {
    const now = realNow();
    people += 1;
    // Fifteen characters of a name and a birth that nobody has, and the sixteenth that checks them.
    const fifteen = `PLNMRK80A01F${String(people).padStart(3, '0')}`;
    const identifiers = [
      { kind: 'codice-fiscale' as const, value: `${fifteen}${codiceFiscaleCheckCharacter(fifteen)}` },
      { kind: 'email' as const, value: `${uuid().slice(-8)}.${planted.email}` },
    ];
    const records = await handIn(world, {
      controller: milano,
      recordClass,
      triggerAt: instantPlus(now, -86_400_000),
      now,
      count,
      subjects: () => identifiers,
      text: () => planted.text,
      sourceId: (index) => `prenotazione-${uuid().slice(-12)}-${index}`,
    });
    const policy = policies.get(milano);
    if (policy === undefined) throw new Error('Milano has no policy');
    const { state } = await takeIn(
      { db: world.database('api'), sealing, compute: clock.compute },
      {
        controller: milano,
        policyVersion: policy.version,
        timeZone: policy.timeZone,
        channel: 'pec',
        receivedAt: now,
        language: 'it',
        identityLevel: 'digital-identity',
        rights: [right],
        person: {
          requester: { name: 'Gelsomina Planted-Marker', pec: planted.email },
          capacity: 'self',
          identifiers,
          messageId: uuid(),
          text: planted.text,
        },
        subjects: identifiers,
        actor: { id: 'ada', role: 'dpo' },
        now,
      },
    );
    const { caseId } = state;
    await record(caseId, [{ kind: 'recognised', rights: [right], letterId: uuid() }], now);
    await record(caseId, [{ kind: 'identity-confirmed', level: 'digital-identity', capacity: 'self' }], now);
    const manifestId = uuid();
    const manifest = await searchManifest(
      { db, sealing },
      {
        caseId,
        controller: milano,
        manifestId,
        searched: policy.recordClasses.map(({ id }) => id),
        now,
        tell: () => undefined,
      },
    );
    if (manifest === undefined) throw new Error('The search found no case');
    await record(caseId, [{ kind: 'search-finished', manifest }], now);
    return { caseId, records, manifestId };
  };

  const notificationsOf = (caseId: string): Promise<readonly StoredNotification[]> => listNotifications(db, caseId);

  /** Orders the notifications of something that was done to all records of a fresh case, and starts their workflows. */
  const tell = async (
    { what = 'restricted', count = 2 }: { readonly what?: NoticeKind; readonly count?: number } = {},
    started = true,
  ) => {
    const { caseId, records, manifestId } = await openCase('restriction', { count });
    const policy = policies.get(milano);
    if (policy === undefined) throw new Error('Milano has no policy');
    const now = realNow();
    await noteReferences(
      { db, sealing },
      { caseId, manifestId, recordClasses: policy.recordClasses.map(({ id }) => id), heartbeat: () => undefined },
    );
    await orderNotice(db, {
      caseId,
      controller: milano,
      right: 'restriction',
      what,
      doneAt: now,
      records: { kind: 'decided', manifestId, recordClasses: [recordClasses.booking], besides: [], except: [] },
      recipientsOf: (recordClassIds) => recipientsOf(policy, recordClassIds),
      now,
    });
    if (started) await startNotifications();
    const tasks = await notificationsOf(caseId);
    const to = (recipient: string): StoredNotification => {
      const found = tasks.find((task) => task.recipient === recipient);
      if (found === undefined) throw new Error(`${recipient} is not to be told`);
      return found;
    };
    return { caseId, records, tasks, to };
  };

  /** What the worker's loop does, and as often: a fresh namespace knows its search attributes only after a moment. */
  const startNotifications = async (): Promise<void> => {
    const told = () =>
      tellNotifications(db, {
        tell: async (notifications) => {
          for (const one of notifications) {
            await tellNotification({ client: temporal.client, taskQueue: proceduresQueue(queuePrefix) }, one);
          }
          return notifications;
        },
      }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ServiceError) return false;
          throw error;
        },
      );
    await eventually(told, (done) => done, 30_000);
  };

  const decide = async (caseId: string, right: RightKey, decision: Decision): Promise<void> =>
    record(caseId, [{ kind: 'decided', right, decision, late: false }], realNow());

  const app = createApp({
    database: world.database('api'),
    objectStore: world.store('api'),
    policies,
    sealing,
    clock: realNow,
    // `Bearer dpo.ada.comune-di-milano`: role, person, controllers. Tokens have tests of their own.
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
      proceduresQueue: proceduresQueue(queuePrefix),
      workflowUrl: (id) => `http://temporal.example/${id}`,
    },
    timeTravel: 'allowed',
    logger: pino({ level: 'silent' }),
    metrics: createApiMetrics({ process: false }),
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

  /** The mails about a notification that the catcher has, oldest first, decoded. */
  const mailsAbout = async (notificationId: string): Promise<readonly string[]> => {
    const { folder } = world.services.mail;
    if (folder === undefined) throw new Error('Only a mail catcher of the stack has a folder to look into');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return texts.filter((text) => text.split('\r\n\r\n', 1)[0]?.includes(notificationId)).map(readable);
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
    openCase,
    decide,
    record,
    stateOf,
    tell,
    startNotifications,
    notificationsOf,
    call,
    mailsAbout,
    /** How to travel with a notification's workflow. */
    journey: ({ notificationId }: Pick<StoredNotification, 'notificationId'>) => ({
      client: temporal.client,
      workflowId: notificationWorkflowId(notificationId),
    }),
    close: () => world.close(),
  };
};

/** A mail with quoted-printable and folded headers undone, as far as a test reads it. */
const readable = (message: string): string => {
  const joined = message.replaceAll('=\r\n', '').replaceAll(/\r\n[ \t]+/g, ' ');
  return Buffer.from(
    joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
};

export type RecipientWorld = Awaited<ReturnType<typeof createRecipientWorld>>;
