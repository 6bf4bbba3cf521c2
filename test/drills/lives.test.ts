/**
 * Every class of both controllers, from registration over the API to the certificate, in travelled time on services of its own.
 * Afterwards nothing of the records is left anywhere: not in a dump of any database, not in the store's files, not in a log.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DispositionCertificate } from '../../domain/certificate.ts';
import { type UnitId, unitId } from '../../domain/ids.ts';
import { retentionWindow, triggerEventOf } from '../../domain/policy/retention-dates.ts';
import { days, hours } from '../../domain/time/duration.ts';
import { epochMs, instant, instantPlus } from '../../domain/time/instant.ts';
import { readUnit } from '../../storage/units/units.ts';
import { retentionWorkflowId } from '../../workflows/retention/contract.ts';
import { recordPath, type TestSubmission } from '../api/submissions.ts';
import { type Api, createApi } from '../api/support.ts';
import { eventually, startWorkerProcess, type WorkerProcess, worldClient } from '../support/temporal.ts';
import { runToEnd } from '../support/time-travel.ts';
import { realNow } from '../support/world.ts';
import { type OwnServices, startOwnServices } from './support/own-services.ts';
import { type Sighting, searchDatabases, searchFiles } from './support/search-everything.ts';

const triggerAt = instantPlus(realNow(), -hours(1));

const planted = {
  text: 'zibibbo-quaranta-testo',
  sourceId: 'zibibbo-fonte',
  field: 'zibibbo-campo',
  audio: 'zibibbo-voce',
  codiceFiscale: 'VRDLNU80A41H501Z',
  email: 'luna.verdiana.zibibbo@example.it',
  phone: '+393478887766',
} as const;
const markers = [...Object.values(planted), '3478887766'];

const person = [
  { kind: 'codice-fiscale', value: planted.codiceFiscale },
  { kind: 'email', value: planted.email },
  { kind: 'phone', value: planted.phone },
];
const text = `Sono Luna Verdiana: ${planted.text}`;

/** One life of each class, and one for each way in which a class's period may begin. */
const lives: readonly TestSubmission[] = [
  {
    controller: 'inps',
    recordClass: 'portal-interaction',
    body: { triggerAt, identifiers: person, fields: { service: planted.field, authentication: 'cie' } },
  },
  {
    controller: 'inps',
    recordClass: 'chat',
    body: { triggerAt, identifiers: person, fields: { counterpart: 'chatbot', claimNumber: planted.field }, text },
  },
  {
    controller: 'inps',
    recordClass: 'sms',
    body: { triggerAt, identifiers: person, fields: { senderKind: 'operator' }, text },
  },
  {
    controller: 'inps',
    recordClass: 'call-recording',
    body: {
      triggerAt,
      identifiers: person,
      fields: {
        purpose: 'quality-monitoring',
        toldAt: triggerAt,
        announcementVersion: '3',
        claimNumber: planted.field,
      },
    },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'booking',
    body: {
      triggerAt: instantPlus(triggerAt, days(20)),
      identifiers: person,
      fields: { channel: 'online-form', service: planted.field },
      text,
    },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'enquiry',
    body: { triggerAt, identifiers: person, fields: { channel: 'web-chat', enquiryKind: 'personal' }, text },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'survey-invitation',
    body: { identifiers: person, fields: { purpose: 'infoline-quality', channel: 'email', sentAt: triggerAt } },
  },
  {
    controller: 'comune-di-milano',
    recordClass: 'survey-invitation',
    body: {
      identifiers: person,
      fields: {
        purpose: 'booked-service-experience',
        channel: 'sms',
        appointmentAt: triggerAt,
        bookedService: 'registry',
        smsAuthorisedAt: triggerAt,
      },
    },
  },
];

let services: OwnServices;
let api: Api;
let worker: WorkerProcess;
let client: Client;
const logs: string[] = [];

beforeAll(async () => {
  services = await startOwnServices();
  api = await createApi({ label: 'lives', services: services.running });
  ({ client } = await worldClient(api.world));
  worker = await startWorkerProcess(api.world);
});
afterAll(async () => {
  await worker?.stop();
  await api?.close();
  await services?.stop();
});

const pathOf = ({ controller, recordClass }: TestSubmission, index: number): string =>
  recordPath(controller, recordClass, `${planted.sourceId}-${index}`);

/** A store may compress what it keeps; noise stays as long as it is. */
const noise = randomBytes(50_000);
const wav = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(40), Buffer.from(planted.audio.repeat(2_000)), noise]);

const handInAll = async (): Promise<readonly UnitId[]> => {
  const source = await api.token({ role: 'source' });
  const units: UnitId[] = [];
  for (const [index, life] of lives.entries()) {
    const answer = await api.call('PUT', pathOf(life, index), { token: source, json: life.body });
    expect(answer.status, answer.text).toBe(201);
    units.push(unitId(String(answer.body.unitId)));
    if (life.recordClass !== 'call-recording') continue;
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', wav)).toString('base64');
    const object = await api.call('PUT', `${pathOf(life, index)}/objects/call.wav`, {
      token: source,
      headers: {
        'content-type': 'audio/wav',
        'content-length': String(wav.length),
        'content-digest': `sha-256=:${digest}:`,
      },
      body: wav,
    });
    expect(object.status, object.text).toBe(201);
  }
  return units;
};

const storeFolder = (): string => services.running.objectStore.folder ?? '';

/** Whether the store encrypts what it writes, with keys that go with the object: then no search of its files finds any content. */
const encrypted = (): boolean => services.running.objectStore.kind === 'seaweedfs';

/** The bytes of this world's bucket in the volumes of SeaweedFS: what is deleted counts until its volume is written anew. */
const bytesInVolumes = (): number => {
  const folder = join(storeFolder(), 'data');
  const { bucket } = api.world.storeSettings('admin');
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${bucket}_`) && name.endsWith('.dat'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
};

/** Where Temporal keeps its state: among the databases of Postgres, or in files. */
const searchTemporalFiles = async (sought: readonly string[]): Promise<readonly Sighting[]> => {
  const file = services.running.temporal.databaseFile;
  return file === undefined ? [] : searchFiles(dirname(file), sought);
};

const workflowOf = async (id: UnitId): Promise<string> => {
  const unit = await readUnit(api.world.database('worker'), id);
  if (unit === undefined) throw new Error('There is no such unit');
  return retentionWorkflowId(unit);
};

describe('lives', () => {
  let units: readonly UnitId[] = [];

  test('I1: every class of both controllers is registered and has one running workflow', async () => {
    units = await handInAll();
    expect(new Set(lives.map(({ recordClass }) => recordClass)).size).toBe(
      api.world.policies.flatMap(({ policy }) => policy.recordClasses).filter(({ origin }) => origin !== 'oblio')
        .length,
    );
    for (const unit of units) {
      await eventually(
        () => readUnit(api.world.database('worker'), unit),
        (row) => row?.workflowStartedAt !== undefined,
      );
      const { status } = await client.workflow.getHandle(await workflowOf(unit)).describe();
      expect(status.name).toBe('RUNNING');
    }
    // The search is able to find: the sound in the store's files, a unit's id in rows and inside Temporal's binary payloads.
    if (encrypted()) {
      expect(bytesInVolumes()).toBeGreaterThan(noise.length);
      expect(await searchFiles(storeFolder(), [planted.audio])).toEqual([]);
    } else expect(await searchFiles(storeFolder(), [planted.audio])).not.toEqual([]);
    const [first = ''] = units;
    const known = await searchDatabases(services.running.postgres.superuserUrl ?? '', [first]);
    const places = [...known, ...(await searchTemporalFiles([first]))].map(({ where }) => where);
    expect(places).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/retention_unit/),
        expect.stringMatching(/^temporal: .*history_node|temporal\.sqlite/),
      ]),
    );
    // And before anything is erased, identifiers, fields and text are nowhere in plain text.
    const sealed = markers.filter((marker) => marker !== planted.sourceId);
    expect(await searchDatabases(services.running.postgres.superuserUrl ?? '', sealed)).toEqual([]);
    expect(await searchTemporalFiles(sealed)).toEqual([]);
  });

  test('I2, I3, I6: each lives until its window and is proven gone before or, where the link expires, right after its bound', async () => {
    const auditor = await api.token({ role: 'auditor' });
    for (const [index, life] of lives.entries()) {
      const unit = units[index];
      if (unit === undefined) throw new Error('not handed in');
      await runToEnd({ client, workflowId: await workflowOf(unit) });
      const fate = await api.call('GET', `${pathOf(life, index)}/fate`, { token: auditor });
      expect(fate.body.state, fate.text).toBe('erased');
      const certificate = await api.call('GET', `/certificates/${String(fate.body.certificateId)}`, { token: auditor });
      const document = certificate.body.document as DispositionCertificate;
      const loaded = api.world.policies.find(({ policy }) => policy.controller === life.controller)?.policy;
      const recordClass = loaded?.recordClasses.find(({ id }) => id === life.recordClass);
      if (loaded === undefined || recordClass === undefined) throw new Error('no such class');
      const begunAt = instant(String(life.body.triggerAt ?? triggerAt));
      const window = retentionWindow({ rule: recordClass.rule, triggerAt: begunAt, timeZone: loaded.timeZone });
      expect(document.boundAt).toBe(window.boundAt);
      expect(epochMs(document.intentWrittenAt)).toBeGreaterThanOrEqual(epochMs(window.opensAt));
      if (recordClass.rule.kind === 'at-most') expect(document.lagMilliseconds).toBeLessThan(0);
      else expect(document.lagMilliseconds).toBeLessThan(300_000);
      expect(document.archivalBasis).toEqual(recordClass.archivalBasis);
      expect(document.notice).toEqual(recordClass.notice);
      expect(document.triggerEvent).toBe(triggerEventOf(recordClass.trigger, life.body.fields));
      expect(document.stores.database.gone).toBeGreaterThanOrEqual(1);
      expect(document.stores.objects.gone).toBe(life.recordClass === 'call-recording' ? 1 : 0);
      const gone = await api.call('GET', pathOf(life, index), { token: await api.token({ role: 'dpo' }) });
      expect(gone.status).toBe(410);
    }
  });

  test('I6, I7: afterwards nothing of the records is in a dump of any database, in the store, or in any log', async () => {
    // The transcript has gone out to the citizen's mailbox, which is not ours to search; the worker's log is complete once it stopped.
    await eventually(
      () => api.world.database('worker').selectFrom('transcript_delivery').select('state').execute(),
      (rows) => rows.length === 0,
    );
    await worker.stop();
    logs.push(worker.log(), api.logLines.join(''));
    expect(await searchDatabases(services.running.postgres.superuserUrl ?? '', markers)).toEqual([]);
    expect(await searchTemporalFiles(markers)).toEqual([]);
    if (encrypted()) {
      await eventually(
        async () => bytesInVolumes(),
        (bytes) => bytes < noise.length,
        150_000,
      );
    }
    // MinIO empties its own waste basket every ten seconds, but first only five minutes after its start; at a start it does so at once.
    await services.handles.store.kill('SIGTERM');
    await services.handles.store.restart();
    await eventually(
      () => searchFiles(storeFolder(), markers),
      (found) => found.length === 0,
      120_000,
    );
    expect(await searchFiles(services.running.logsFolder, markers)).toEqual([]);
    for (const marker of markers) expect(logs.join('\n').toLowerCase()).not.toContain(marker.toLowerCase());
  }, 300_000);
});
