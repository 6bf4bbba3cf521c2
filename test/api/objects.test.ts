/** Objects: streamed in with length and digest checked, once, and out again to those who may; what goes wrong counts for nothing. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  controllerId,
  intentId,
  type RecordId,
  recordClassId,
  recordId,
  recordId as toRecordId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import type { ObjectStore } from '../../storage/objects/object-store.ts';
import { beginUpload } from '../../storage/objects/record-objects.ts';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import { type Api, type ApiResponse, createApi } from './support.ts';

let api: Api;
let source: string;
let listener: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-objects' });
  source = await api.token({ role: 'source' });
  listener = await api.token({ role: 'dpo', authorisedFor: ['call-recording'] });
});
afterAll(() => api.close());

const digestOf = (bytes: Uint8Array): string => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

let made = 0;
const newRecord = async (
  recordClass = 'call-recording',
): Promise<{ path: string; recordId: RecordId; unitId: UnitId }> => {
  made += 1;
  const { controller, body } = submissionOf(recordClass);
  const path = recordPath(controller, recordClass, `object-${made}`);
  const answer = await api.call('PUT', path, { token: source, json: body, now: handedInAt });
  return { path, recordId: recordId(String(answer.body.recordId)), unitId: unitId(String(answer.body.unitId)) };
};

type Upload = {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  readonly call?: Api['call'];
};

const upload = (
  path: string,
  content: Uint8Array<ArrayBuffer>,
  { headers = {}, body = content, call = api.call }: Upload = {},
) => {
  const all: Readonly<Record<string, string | undefined>> = {
    'content-type': 'audio/wav',
    'content-length': String(content.length),
    'content-digest': digestOf(content),
    ...headers,
  };
  const sent = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return call('PUT', path, { token: source, headers: Object.fromEntries(sent), body, now: handedInAt });
};

const versionsUnder = async (recordId: string): Promise<number> => {
  let versions = 0;
  for await (const page of api.world.store('gate').listVersions({ prefix: '' })) {
    versions += page.filter(({ key }) => key.includes(recordId)).length;
  }
  return versions;
};

const stateOf = async (recordId: string): Promise<readonly string[]> => {
  const { rows } = await sql<{
    state: string;
  }>`SELECT state FROM record_object WHERE record_id = ${recordId} ORDER BY name`.execute(api.world.database('owner'));
  return rows.map(({ state }) => state);
};

const faultFields = ({ body }: ApiResponse): readonly string[] =>
  Array.isArray(body.errors) ? body.errors.map(({ field }) => field) : [];

const random = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));

describe('an object', () => {
  test.each([0, 1, 70_000, 5 * 1024 * 1024, 12_000_001])('of %d bytes comes out as it went in', async (size) => {
    const { path, recordId } = await newRecord();
    const content = random(size);
    const stored = await upload(`${path}/objects/recording.wav`, content);
    expect(stored).toMatchObject({ status: 201, body: { name: 'recording.wav', mediaType: 'audio/wav', size } });
    expect(stored.body.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    const read = await api.app.request(`${path}/objects/recording.wav?reason=prot.1`, {
      headers: { authorization: `Bearer ${listener}` },
    });
    expect(read.status).toBe(200);
    expect(Buffer.from(await read.arrayBuffer()).equals(content)).toBe(true);
    expect(read.headers.get('content-digest')).toBe(digestOf(content));
    expect(read.headers.get('content-length')).toBe(String(size));
    expect(read.headers.get('content-disposition')).toBe('attachment');
    expect(await versionsUnder(recordId)).toBe(1);
  });

  test('I9: again is the same answer, with the body checked again; another content or media type is a conflict', async () => {
    const { path, recordId } = await newRecord();
    const content = random(100_000);
    const first = await upload(`${path}/objects/a.wav`, content);
    const again = await upload(`${path}/objects/a.wav`, content);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect(await upload(`${path}/objects/a.wav`, random(100_000))).toMatchObject({
      status: 409,
      body: { code: 'object-differs' },
    });
    expect(await upload(`${path}/objects/a.wav`, content, { headers: { 'content-type': 'audio/ogg' } })).toMatchObject({
      status: 409,
    });
    expect(await upload(`${path}/objects/a.wav`, content, { body: random(100_000) })).toMatchObject({ status: 422 });
    expect(await versionsUnder(recordId)).toBe(1);
    expect(await stateOf(recordId)).toEqual(['stored']);
  });

  test('I9: several at once under one name: one counts, the others are told the truth', async () => {
    const { path, recordId } = await newRecord();
    const contents = [random(200_000), random(200_000)];
    const tries = [0, 1, 0, 1].map((index) => contents[index] ?? random(1));
    const answers = await Promise.all(tries.map((content) => upload(`${path}/objects/a.wav`, content)));
    const created = answers.filter(({ status }) => status === 201);
    expect(created).toHaveLength(1);
    const sha256 = created[0]?.body.sha256;
    answers.forEach(({ status, body }, index) => {
      const mine = createHash('sha256')
        .update(tries[index] ?? '')
        .digest('hex');
      if (mine === sha256)
        expect([
          [200, sha256],
          [201, sha256],
        ]).toContainEqual([status, body.sha256]);
      else expect(status).toBe(409);
    });
    expect(await stateOf(recordId)).toEqual(['stored']);
    const read = await api.app.request(`${path}/objects/a.wav?reason=prot.1`, {
      headers: { authorization: `Bearer ${listener}` },
    });
    expect(
      createHash('sha256')
        .update(Buffer.from(await read.arrayBuffer()))
        .digest('hex'),
    ).toBe(sha256);
  });
});

describe('I12: an object with a fault does not count', () => {
  const content = random(50_000);
  test.each<[string, Upload, number, string, readonly string[]]>([
    ['without a length', { headers: { 'content-length': undefined } }, 411, 'length-required', []],
    ['with a length that is no number', { headers: { 'content-length': '5e4' } }, 411, 'length-required', []],
    [
      'that announces more than an object may have',
      { headers: { 'content-length': String(6 * 1024 ** 3) } },
      413,
      'body-too-large',
      [],
    ],
    ['without a digest', { headers: { 'content-digest': undefined } }, 422, 'invalid-object', ['Content-Digest']],
    [
      'with a digest of another algorithm',
      { headers: { 'content-digest': 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:' } },
      422,
      'invalid-object',
      ['Content-Digest'],
    ],
    [
      'with a digest that is too short',
      { headers: { 'content-digest': 'sha-256=:AAAA:' } },
      422,
      'invalid-object',
      ['Content-Digest'],
    ],
    ['without a media type', { headers: { 'content-type': undefined } }, 415, 'media-type-unsupported', []],
    ['with a media type that is none', { headers: { 'content-type': 'audio' } }, 415, 'media-type-unsupported', []],
    ['in a content encoding', { headers: { 'content-encoding': 'gzip' } }, 415, 'media-type-unsupported', []],
    [
      'that is not what its digest says',
      { headers: { 'content-digest': digestOf(random(3)) } },
      422,
      'digest-mismatch',
      ['Content-Digest'],
    ],
    [
      'that is shorter than announced',
      { headers: { 'content-length': '50001' } },
      422,
      'digest-mismatch',
      ['Content-Length'],
    ],
    [
      'that is longer than announced',
      { headers: { 'content-length': '49999' } },
      422,
      'digest-mismatch',
      ['Content-Length'],
    ],
  ])('I12: %s', async (_, change, status, code, fields) => {
    const { path, recordId } = await newRecord();
    const answer = await upload(`${path}/objects/a.wav`, content, change);
    expect([answer.status, answer.body.code, faultFields(answer)]).toEqual([status, code, fields]);
    expect(await versionsUnder(recordId)).toBe(0);
    expect(await stateOf(recordId)).not.toContain('stored');
    // It can be sent again, as it should have been.
    expect((await upload(`${path}/objects/a.wav`, content)).status).toBe(201);
    expect(await versionsUnder(recordId)).toBe(1);
  });

  test.each(['RSSMRA80A01H501U', 'maria%40example.it', 'a%2Fb', '..', 'a%00'])(
    'I12, I7: under the name %s',
    async (name) => {
      const { path } = await newRecord();
      const answer = await upload(`${path}/objects/${name}`, content);
      expect([404, 422]).toContain(answer.status);
      if (answer.status === 422) expect(faultFields(answer)).toEqual(['name']);
    },
  );

  test('I12: of a class that keeps no objects, of a record that nobody registered, of an unknown class', async () => {
    const sms = await newRecord('sms');
    expect(await upload(`${sms.path}/objects/a.wav`, content)).toMatchObject({
      status: 422,
      body: { code: 'invalid-object' },
    });
    expect(await upload(`${recordPath('inps', 'call-recording', 'never')}/objects/a.wav`, content)).toMatchObject({
      status: 404,
      body: { code: 'record-unknown' },
    });
    expect(await upload(`${recordPath('inps', 'letters', 'never')}/objects/a.wav`, content)).toMatchObject({
      status: 404,
    });
  });
});

describe('an upload that breaks off', () => {
  test('leaves a row that says so and no object; it can be sent again', async () => {
    const { path, recordId } = await newRecord();
    const content = random(12_000_000);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(content.subarray(0, 6_000_000)),
      pull: (controller) => controller.error(new Error('the line went dead')),
    });
    const broken = await upload(`${path}/objects/a.wav`, content, { body });
    expect(broken).toMatchObject({ status: 400, body: { code: 'upload-broken-off' } });
    expect(await stateOf(recordId)).toEqual(['uploading']);
    expect(await versionsUnder(recordId)).toBe(0);
    const read = await api.call('GET', `${path}/objects/a.wav?reason=prot.1`, { token: listener });
    expect(read).toMatchObject({ status: 404, body: { code: 'object-unknown' } });
    expect((await upload(`${path}/objects/a.wav`, content)).status).toBe(201);
  });

  test('because the store is away is a 503 that says nothing counts', async () => {
    const { path, recordId } = await newRecord();
    const away: ObjectStore = {
      ...api.deps.objectStore,
      put: () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    };
    const answer = await upload(`${path}/objects/a.wav`, random(10), { call: api.variant({ objectStore: away }).call });
    expect(answer).toMatchObject({ status: 503, body: { code: 'store-unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await stateOf(recordId)).toEqual(['uploading']);
  });
});

describe('a record that is erased while an object of it is on its way', () => {
  const erase = async (unit: string): Promise<void> => {
    await api.world.gate().eraseNextChunk({
      unitId: unitId(unit),
      now: instant('2026-08-01T00:00:00Z'),
      basis: { kind: 'retention-period-ended' },
    });
  };

  test('I6: the upload is answered with 410, and what reached the store is handed to the gate', async () => {
    const { path, recordId, unitId: unit } = await newRecord();
    const content = random(300_000);
    const { objectStore } = api.deps;
    // The gate looks into the store before the upload ends, and the bytes arrive after it looked.
    const slow: ObjectStore = {
      ...objectStore,
      put: async (input) => {
        await erase(unit);
        return objectStore.put(input);
      },
    };
    const answer = await upload(`${path}/objects/a.wav`, content, { call: api.variant({ objectStore: slow }).call });
    expect(answer).toMatchObject({ status: 410, body: { code: 'record-erased' } });
    const { rows } = await sql<{ object_key: string; reason: string }>`
      SELECT object_key, reason FROM abandoned_object WHERE object_key LIKE ${`%${recordId}%`}`.execute(
      api.world.database('owner'),
    );
    expect(rows).toMatchObject([{ reason: 'record-erased-during-upload' }]);
    expect(await stateOf(recordId)).toEqual([]);
  });

  test('the upload that begins afterwards is refused before a byte of it is read', async () => {
    const { path, unitId: unit, recordId } = await newRecord();
    await erase(unit);
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled += 1;
          controller.enqueue(new Uint8Array(1000));
        },
      },
      { highWaterMark: 0 },
    );
    const answer = await upload(`${path}/objects/a.wav`, random(10), { body });
    expect(answer.status).toBe(410);
    expect(pulled).toBe(0);
    expect(await versionsUnder(recordId)).toBe(0);
  });
});

describe('a record whose destruction is written down and not done yet', () => {
  test('I9: is past the point of no return for readers, sources and uploads, and has no certificate yet', async () => {
    const { path, recordId, unitId: unit } = await newRecord();
    const db = api.world.database('owner');
    const { source_key: sourceKey } = await db
      .selectFrom('record')
      .select('source_key')
      .where('id', '=', recordId)
      .executeTakeFirstOrThrow();
    const [intent, now] = [intentId(randomUUID()), new Date('2026-08-01T00:00:00Z')];
    await db
      .insertInto('erasure_intent')
      .values({
        id: intent,
        unit_id: unit,
        controller: controllerId('inps'),
        record_class: recordClassId('call-recording'),
        basis: 'retention-period-ended',
        case_id: null,
        policy_version: 3,
        opens_at: now,
        due_at: now,
        bound_at: now,
        written_at: now,
        record_count: 1,
        kept_count: 0,
        kept_by: '[]',
        refused_at: null,
        continues: null,
      })
      .execute();
    await db
      .insertInto('erasure_item')
      .values({ record_id: recordId, intent_id: intent, source_key: sourceKey, trigger_at: now })
      .execute();
    const begun = await beginUpload(api.deps.database, {
      controller: controllerId('inps'),
      recordClass: recordClassId('call-recording'),
      recordId: toRecordId(recordId),
      name: 'a.wav',
      facts: { mediaType: 'audio/wav', size: 1, sha256: Buffer.alloc(32) },
      now: handedInAt,
    });
    expect(begun).toEqual({ outcome: 'erased' });
    expect(await stateOf(recordId)).toEqual([]);
    const { body } = submissionOf('call-recording');
    for (const answer of [
      await api.call('PUT', path, { token: source, json: body, now: handedInAt }),
      await api.call('GET', path, { token: listener }),
      await upload(`${path}/objects/a.wav`, random(10)),
    ]) {
      expect(answer).toMatchObject({ status: 410, body: { code: 'record-erased', recordId } });
      expect(answer.body).not.toHaveProperty('certificateId');
    }
    expect((await api.call('GET', `${path}/fate`, { token: listener })).body).toMatchObject({
      state: 'being-erased',
      recordId,
      intendedAt: now.toISOString(),
    });
  });
});

test('I5: the API cannot remove an object, whatever it tries', async () => {
  const { path, recordId } = await newRecord();
  await upload(`${path}/objects/a.wav`, random(10));
  const { rows } = await sql<{ object_key: string; version_id: string }>`
    SELECT object_key, version_id FROM record_object WHERE record_id = ${recordId}`.execute(
    api.world.database('owner'),
  );
  const { object_key: key = '', version_id: versionId = '' } = rows[0] ?? {};
  const client = api.world.storeClient('api');
  const { bucket } = api.deps.objectStore;
  await expect(client.removeObject(bucket, key)).rejects.toMatchObject({ code: 'AccessDenied' });
  await expect(client.removeObject(bucket, key, { versionId })).rejects.toMatchObject({ code: 'AccessDenied' });
  for (const table of [
    'record',
    'record_object',
    'record_subject',
    'record_attribute',
    'erasure_item',
    'audit_entry',
  ]) {
    await expect(sql`DELETE FROM ${sql.table(table)}`.execute(api.world.database('api'))).rejects.toMatchObject({
      code: '42501',
    });
  }
});
