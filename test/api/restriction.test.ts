/**
 * I11: a record under restriction (Art. 18) is stored and not used. Walks every route of the OpenAPI document with every role, and
 * claims every purpose of Art. 18(2). A new route fails the first test until it is decided here what it tells of a record.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../api/authentication.ts';
import { recordClassId, type SuspensionId } from '../../domain/ids.ts';
import { restrictedUses } from '../../domain/reading-purpose.ts';
import { searchManifest } from '../../storage/manifests/search.ts';
import { inps } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { handedInAt, recordPath, triggerAt } from './submissions.ts';
import { type Api, type ApiResponse, type CallInput, createApi } from './support.ts';

/** What an answer of a route tells of a record. */
type Tells =
  /** Content or objects, for who is admitted. */
  | 'content'
  /** Ids, dates, class, state, counts, digests that prove something: a mark is seen, or nobody could heed it. */
  | 'metadata'
  /** Ids and dates of what the caller hands in, and nothing of what is stored. */
  | 'receipt'
  /** The case file of a rights request: no record, and the way in which the person is answered. */
  | 'case-file'
  | 'nothing';

const decided: Readonly<Record<string, Tells>> = {
  registerRecord: 'receipt',
  registerRecords: 'receipt',
  putObject: 'receipt',
  readRecord: 'metadata',
  readContent: 'content',
  readObject: 'content',
  readFate: 'metadata',
  readPolicy: 'nothing',
  previewRedating: 'metadata',
  askForRedating: 'metadata',
  listRedatings: 'metadata',
  decideRedating: 'metadata',
  listCertificates: 'metadata',
  readCertificate: 'metadata',
  readUnit: 'metadata',
  listSweeps: 'metadata',
  readSweep: 'metadata',
  startSweep: 'nothing',
  receiveRequest: 'case-file',
  listRequests: 'case-file',
  readRequest: 'case-file',
  commandRequest: 'case-file',
  readRequestLetter: 'case-file',
  addAttachment: 'case-file',
  listAttachments: 'case-file',
  readAttachment: 'case-file',
  // Letters, and the links under which a person opens letter and package: the answer to their own request (Art. 15, 20).
  addReceipt: 'case-file',
  addSignedLetter: 'case-file',
  listLetterFiles: 'case-file',
  readLetterFile: 'case-file',
  previewLetter: 'case-file',
  listLinks: 'case-file',
  makeLink: 'case-file',
  makeLinkCode: 'case-file',
  reissueLink: 'case-file',
  revokeLink: 'case-file',
  showLink: 'case-file',
  openLink: 'case-file',
  previewHold: 'metadata',
  placeHold: 'metadata',
  listHolds: 'metadata',
  countHolds: 'metadata',
  readHold: 'metadata',
  reportCustody: 'metadata',
  previewHoldScope: 'metadata',
  changeHoldScope: 'metadata',
  reviewHold: 'metadata',
  askForHoldRelease: 'metadata',
  decideHoldRelease: 'metadata',
  // Classes, counts and periods of what a hold covers.
  makeHoldNotice: 'metadata',
  listHoldNotices: 'metadata',
  readHoldNotice: 'metadata',
  recordHoldNoticeDelivery: 'nothing',
  health: 'nothing',
  readiness: 'nothing',
  metrics: 'nothing',
  openapi: 'nothing',
  documentation: 'nothing',
  acknowledge: 'nothing',
  acknowledgementPage: 'nothing',
  webhookKeys: 'nothing',
  askOptOut: 'nothing',
  askOptOuts: 'nothing',
  endOptOut: 'nothing',
  // The manifest: ids, dates and digests of what a search found, never content.
  readRequestManifest: 'metadata',
  listManifestRecords: 'metadata',
  nameRequestRecord: 'metadata',
  listNamedRecords: 'metadata',
  // Art. 19: ids and source ids of what recipients are told of.
  listRecipients: 'metadata',
  listOpenNotifications: 'metadata',
  readRecipientRecords: 'metadata',
  recordRecipientOutcome: 'metadata',
};

const person = { kind: 'email', value: 'olga.person@example.it' };
// What their own request says of them is in its case file; this identifier is in the records alone.
const aboutThem = {
  triggerAt,
  identifiers: [person, { kind: 'controller-subject-id', value: 'restricted-marker-17' }],
};
const submission = {
  ...aboutThem,
  fields: { counterpart: 'operator', claimNumber: 'Restricted-Marker 7' },
  text: 'Restricted-Marker: what was said',
};
const recording = Buffer.from(`RIFF Restricted-Marker ${'sound'.repeat(50)}`);
const sha256 = createHash('sha256').update(recording);
const hex = sha256.copy().digest('hex');
const digest = `sha-256=:${sha256.digest('base64')}:`;
const secrets = ['Restricted-Marker', 'restricted-marker'];

let api: Api;
let source: string;
let restriction: SuspensionId;
let caseId: string;
let holdId: string;
let unit: string;
let record: string;

const chat = recordPath('inps', 'chat', 'restricted-1');
const call = recordPath('inps', 'call-recording', 'restricted-2');
const object = `${call}/objects/a.wav`;

const objectHeaders = {
  'content-type': 'audio/wav',
  'content-length': String(recording.length),
  'content-digest': digest,
};

const subjectKey = () => {
  const { kind, value } = person;
  return api.world.sealing.subjectKey({ controller: inps, kind, value });
};

const handIn = async (): Promise<readonly ApiResponse[]> => [
  await api.call('PUT', chat, { token: source, json: submission, now: handedInAt }),
  await api.call('PUT', call, {
    token: source,
    json: {
      ...aboutThem,
      fields: {
        purpose: 'claim-processing',
        toldAt: triggerAt,
        announcementVersion: '3',
        claimNumber: 'Restricted-Marker 7',
      },
    },
    now: handedInAt,
  }),
  await api.call('PUT', object, { token: source, headers: objectHeaders, body: recording, now: handedInAt }),
];

const openCase = async (email: string): Promise<string> => {
  const { body } = await api.call('POST', '/controllers/inps/requests', {
    token: await api.token({ role: 'dpo' }),
    json: {
      channel: 'email',
      receivedAt: handedInAt,
      messageId: `<${randomUUID()}@mail.example>`,
      requester: { name: 'A Person', email },
      identifiers: [{ kind: 'email', value: email }],
      text: 'Chiedo i miei dati.',
    },
    now: handedInAt,
  });
  expect(body.caseId).toBeTypeOf('string');
  return String(body.caseId);
};

/** What the case's workflow has done once it found the person's records. */
const search = (ofCase: string) =>
  searchManifest(
    { db: api.world.database('worker'), sealing: api.world.sealing },
    {
      caseId: ofCase,
      controller: inps,
      manifestId: randomUUID(),
      searched: [recordClassId('chat'), recordClassId('call-recording')],
      now: handedInAt,
      tell: () => undefined,
    },
  );

const restrict = async (): Promise<SuspensionId> =>
  (await place(api.world, { kind: 'restriction', scope: [{ subject: subjectKey() }], now: handedInAt })).suspensionId;

beforeAll(async () => {
  api = await createApi({ label: 'api-restriction' });
  source = await api.token({ role: 'source' });
  const answers = await handIn();
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  record = String(answers[1]?.body.recordId);
  unit = String(answers[0]?.body.unitId);
  holdId = (await place(api.world, { scope: [{ subject: subjectKey() }], now: handedInAt })).suspensionId;
  caseId = await openCase(person.value);
  restriction = await restrict();
});
afterAll(() => api.close());

const asked = { 'idempotency-key': 'restriction-1' };
/** What a call of each route brings; the others bring an empty JSON object, which is enough to be answered. */
const inputs: Readonly<Record<string, () => CallInput>> = {
  registerRecord: () => ({ json: submission }),
  registerRecords: () => ({
    headers: { 'content-type': 'application/x-ndjson' },
    body: JSON.stringify({ recordClass: 'chat', sourceId: 'restricted-1', ...submission }),
  }),
  putObject: () => ({ headers: objectHeaders, body: recording }),
  previewHold: () => ({ json: { scope: [{ subject: person }] } }),
  previewHoldScope: () => ({ json: { scope: [{ subject: person }] } }),
};

type Operation = { readonly id: string; readonly method: string; readonly path: string };

const operations = async (): Promise<readonly Operation[]> => {
  const { body } = await api.call('GET', '/openapi.json');
  const paths = Object.entries(body.paths as Record<string, Record<string, { operationId?: string }>>);
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId = `${method} ${path}` }]) => ({
      id: operationId,
      method,
      path,
    })),
  );
};

/** The addresses under which a route could speak of the restricted records. */
const addresses = (path: string): readonly string[] =>
  ['chat restricted-1', 'call-recording restricted-2'].map((which) => {
    const [recordClass = '', sourceId = ''] = which.split(' ');
    return path
      .replace('{controller}', 'inps')
      .replace('{recordClass}', recordClass)
      .replace('{sourceId}', sourceId)
      .replace('{name}', 'a.wav')
      .replace('{file}', 'start.js')
      .replace('{caseId}', caseId)
      .replace('{holdId}', holdId)
      .replace('/units/{id}', `/units/${unit}`)
      .replace('{command}', 'add-note')
      .replaceAll(/\{[a-zA-Z]+\}/g, randomUUID());
  });

test('I11: for every route of the OpenAPI document it is decided what it tells of a record', async () => {
  expect((await operations()).map(({ id }) => id).sort()).toEqual(Object.keys(decided).sort());
});

/** Calls a route in every way that could tell something; answers what was said of the records. */
const walk = async (
  { id, method, path }: Operation,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiResponse[]> => {
  const answers: ApiResponse[] = [];
  for (const role of roles) {
    const token = await api.token({ role, actor: `walk-${role}`, authorisedFor: ['call-recording'] });
    for (const address of new Set(addresses(path))) {
      for (const query of method === 'get' ? ['', '?reason=prot.1', '?format=csv'] : ['']) {
        const given = inputs[id]?.() ?? (method === 'get' ? {} : { json: {} });
        answers.push(
          await api.call(method.toUpperCase(), `${address}${query}`, {
            ...given,
            token,
            headers: { ...asked, ...given.headers, ...headers },
            now: handedInAt,
          }),
        );
      }
    }
  }
  return answers;
};

describe('while a record is restricted', () => {
  test('I11: no route returns its content to any role', async () => {
    for (const operation of await operations()) {
      for (const { text } of await walk(operation)) {
        for (const secret of secrets) expect(text.includes(secret), operation.id).toBe(false);
      }
    }
  }, 600_000);

  test('I11: content and objects are refused with the article, the purposes there are, and nothing of the case', async () => {
    const token = await api.token({ role: 'dpo', authorisedFor: ['call-recording'] });
    for (const path of [`${chat}/content`, `${call}/content?reason=prot.1`, `${object}?reason=prot.1`]) {
      const { status, body, text } = await api.call('GET', path, { token, now: handedInAt });
      expect(status).toBe(403);
      expect(body).toMatchObject({
        code: 'restricted',
        type: 'urn:oblio:problem:restricted',
        article: 'GDPR Art. 18(2)',
        purposes: [...restrictedUses, 'subject-request'],
      });
      for (const hidden of [restriction, caseId, holdId, 'R.G.', 'dispute']) expect(text).not.toContain(hidden);
    }
  });

  test('I11: what stays visible is the mark: dates and state, objects without size and digest', async () => {
    for (const role of ['source', 'dpo', 'auditor'] as const) {
      const { status, body, text } = await api.call('GET', call, { token: await api.token({ role }) });
      expect(status).toBe(200);
      expect(body).toMatchObject({ recordId: record, restricted: true, boundDay: expect.any(String) });
      expect(body.objects).toEqual([{ name: 'a.wav', state: 'stored', mediaType: 'audio/wav', createdAt: handedInAt }]);
      expect(text).not.toContain(hex);
    }
  });

  test('I11: custody marks it, so that it is used for the claims of the matter only', async () => {
    const token = await api.token({ role: 'legal' });
    const json = await api.call('GET', `/controllers/inps/holds/${holdId}/custody`, { token });
    expect(json.body.records).toMatchObject([{ restricted: true }, { restricted: true }]);
    const csv = await api.call('GET', `/controllers/inps/holds/${holdId}/custody?format=csv`, { token });
    expect(csv.text.split('\n')[0]).toMatch(/,restricted$/);
    expect(csv.text.split('\n').filter((line) => line.startsWith('record,') && line.endsWith(',true'))).toHaveLength(2);
  });

  test('I11: handing the same in again is answered as before, other content tells no more than that it differs', async () => {
    const again = await handIn();
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
    const other = await api.call('PUT', chat, {
      token: source,
      json: { ...submission, text: 'something else' },
      now: handedInAt,
    });
    expect(other).toMatchObject({ status: 409, body: { code: 'record-differs' } });
    for (const secret of secrets) expect(other.text).not.toContain(secret);
  });

  const lastEntry = async () => {
    const { rows } = await sql<{ action: string; why: string; target_id: string; detail: unknown; actor: string }>`
      SELECT action, why, target_id, detail, actor FROM audit_entry
      WHERE action IN ('restricted-record-read', 'access-refused') ORDER BY id DESC LIMIT 1`.execute(
      api.world.database('owner'),
    );
    return rows[0];
  };

  const claims = roles.flatMap((role) => restrictedUses.map((purpose) => ({ role, purpose })));
  const may: Readonly<Record<string, readonly string[]>> = {
    dpo: restrictedUses,
    officer: restrictedUses,
    legal: ['legal-claims', 'protection-of-another-person'],
  };
  test.each(claims)('I11: $role claims $purpose', async ({ role, purpose }) => {
    const token = await api.token({ role, actor: `claims-${role}`, authorisedFor: ['call-recording'] });
    const headers = { 'oblio-purpose': purpose, 'oblio-purpose-reason': 'R.G. 77/2026' };
    const content = await api.call('GET', `${call}/content?reason=prot.1`, { token, headers, now: handedInAt });
    const bytes = await api.call('GET', `${object}?reason=prot.1`, { token, headers, now: handedInAt });
    if (may[role]?.includes(purpose)) {
      expect([content.status, bytes.status]).toEqual([200, 200]);
      expect(content.text).toContain('Restricted-Marker');
      expect(bytes.text).toContain('Restricted-Marker');
      expect(await lastEntry()).toMatchObject({
        action: 'restricted-record-read',
        actor: `claims-${role}`,
        why: purpose,
        target_id: record,
        detail: { article: 'GDPR Art. 18(2)', purpose, reason: 'R.G. 77/2026' },
      });
    } else {
      expect([content.status, bytes.status]).toEqual([403, 403]);
      if (may[role] !== undefined) {
        expect(content.body).toMatchObject({
          code: 'restricted',
          purposes: [...may[role], ...(role === 'legal' ? [] : ['subject-request'])],
        });
        expect(await lastEntry()).toMatchObject({ action: 'access-refused', why: 'purpose-not-yours' });
      }
    }
  });

  test('I11: a purpose needs its reason, and the reason is a reference, never a person', async () => {
    const token = await api.token({ role: 'dpo' });
    const claim = (headers: Readonly<Record<string, string>>) => api.call('GET', `${chat}/content`, { token, headers });
    expect(await claim({ 'oblio-purpose': 'legal-claims' })).toMatchObject({
      status: 422,
      body: { code: 'invalid-parameters', errors: [{ field: 'Oblio-Purpose-Reason' }] },
    });
    expect(await claim({ 'oblio-purpose': 'subject-request' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'Oblio-Case' }] },
    });
    for (const reason of ['olga@example.it', 'RSSMRA80A01H501U', '+39 347 1234567']) {
      const answer = await claim({ 'oblio-purpose': 'legal-claims', 'oblio-purpose-reason': reason });
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-parameters' } });
    }
    expect((await claim({ 'oblio-purpose': 'curiosity', 'oblio-purpose-reason': 'R.G. 1' })).status).toBe(422);
  });

  test("I11: the person's own open request opens their records to who answers it, and to nobody else", async () => {
    const read = async (role: 'dpo' | 'officer' | 'legal', inCase: string) =>
      api.call('GET', `${chat}/content`, {
        token: await api.token({ role }),
        headers: { 'oblio-purpose': 'subject-request', 'oblio-case': inCase },
        now: handedInAt,
      });
    // A message that gives somebody's address opens nothing: only what a search found to be the person's own does.
    expect((await read('dpo', caseId)).body.code).toBe('restricted');
    await search(caseId);
    expect((await read('dpo', caseId)).body.code, 'a mailbox that nobody verified').toBe('restricted');
    const named = await api.call('POST', `/controllers/inps/requests/${caseId}/named-records`, {
      token: await api.token({ role: 'dpo' }),
      json: { recordClass: 'chat', sourceId: 'restricted-1', reason: 'the person told its number' },
      now: handedInAt,
    });
    expect(named.status).toBe(200);
    await search(caseId);
    expect((await read('dpo', caseId)).text).toContain('Restricted-Marker');
    expect(await lastEntry()).toMatchObject({ why: 'subject-request', detail: { caseId } });
    expect((await read('officer', caseId)).status).toBe(200);
    expect((await read('legal', caseId)).body.code).toBe('restricted');
    const neighbour = await openCase('olga.neighbour@example.it');
    for (const other of [neighbour, randomUUID()]) {
      const answer = await read('dpo', other);
      expect(answer).toMatchObject({ status: 403, body: { code: 'restricted' } });
      for (const secret of secrets) expect(answer.text).not.toContain(secret);
    }
    await sql`UPDATE request_case SET stage = 'closed' WHERE id = ${caseId}`.execute(api.world.superuser());
    expect((await read('dpo', caseId)).body.code).toBe('restricted');
    await sql`UPDATE request_case SET stage = 'received' WHERE id = ${caseId}`.execute(api.world.superuser());
  });

  test('I11: records of others stay readable', async () => {
    const path = recordPath('inps', 'chat', 'free-1');
    const json = {
      ...submission,
      identifiers: [{ kind: 'email', value: 'someone.else@example.it' }],
      text: 'free words',
    };
    await api.call('PUT', path, { token: source, json, now: handedInAt });
    const { status, text } = await api.call('GET', `${path}/content`, { token: await api.token({ role: 'dpo' }) });
    expect([status, text.includes('free words')]).toEqual([200, true]);
  });
});

describe('a restriction that comes during a download', () => {
  test('I11: breaks it off within a second, short of its length, on file', async () => {
    const size = 24 * 1024 * 1024;
    const large = Buffer.alloc(size, 7);
    const path = recordPath('inps', 'call-recording', 'restricted-3');
    const who = { kind: 'email', value: 'flowing@example.it' };
    await api.call('PUT', path, {
      token: source,
      json: {
        triggerAt,
        identifiers: [who],
        fields: { purpose: 'claim-processing', toldAt: triggerAt, announcementVersion: '3' },
      },
      now: handedInAt,
    });
    const put = await api.call('PUT', `${path}/objects/long.wav`, {
      token: source,
      headers: {
        'content-type': 'audio/wav',
        'content-length': String(size),
        'content-digest': `sha-256=:${createHash('sha256').update(large).digest('base64')}:`,
      },
      body: large,
      now: handedInAt,
    });
    expect(put.status).toBe(201);
    const token = await api.token({ role: 'dpo', actor: 'slow-reader', authorisedFor: ['call-recording'] });
    const response = await api.app.request(`${path}/objects/long.wav?reason=prot.1`, {
      headers: { authorization: `Bearer ${token}`, 'oblio-now': handedInAt },
    });
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error('The object has no body');
    const first = await reader.read();
    const key = api.world.sealing.subjectKey({ controller: inps, ...who });
    await place(api.world, { kind: 'restriction', scope: [{ subject: key }], now: handedInAt });
    await sleep(1_100);
    let got = first.value?.length ?? 0;
    const rest = async (): Promise<void> => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) got += next.value.length;
    };
    await expect(rest()).rejects.toThrow('was restricted while');
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(size);
    const { rows } = await sql<{ why: string; detail: { brokenOff?: string } }>`
      SELECT why, detail FROM audit_entry WHERE actor = 'slow-reader' AND action = 'access-refused'`.execute(
      api.world.database('owner'),
    );
    expect(rows).toMatchObject([{ why: 'restricted', detail: { brokenOff: expect.any(String) } }]);
  });
});

describe('after the restriction has been lifted', () => {
  test('I11: the same walk finds the content where it belongs, and nowhere else', async () => {
    await release(api.world, restriction, handedInAt);
    for (const operation of await operations()) {
      const told = (await walk(operation)).some(({ text }) => secrets.some((secret) => text.includes(secret)));
      expect(told, operation.id).toBe(decided[operation.id] === 'content');
    }
    const { body } = await api.call('GET', call, { token: await api.token({ role: 'dpo' }) });
    expect(body).toMatchObject({
      restricted: false,
      objects: [{ name: 'a.wav', size: recording.length, sha256: hex }],
    });
  }, 600_000);
});
