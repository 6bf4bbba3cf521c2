/** I12: what is wrong is refused with its field and reason; nothing of it is stored, and no answer repeats a value. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instantPlus } from '../../domain/instant.ts';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import { type Api, type ApiResponse, createApi } from './support.ts';

let api: Api;
let source: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-bad-input' });
  source = await api.token({ role: 'source' });
});
afterAll(() => api.close());

const countRows = async (): Promise<number> => {
  const { rows } = await sql<{ n: number }>`
    SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM retention_unit) + (SELECT count(*) FROM record_subject)
      + (SELECT count(*) FROM record_object) + (SELECT count(*) FROM transcript_delivery)
      + (SELECT count(*) FROM audit_entry WHERE action <> 'policy-stored') AS n`.execute(api.world.database('owner'));
  return rows[0]?.n ?? -1;
};

const put = (
  recordClass: string,
  change: Readonly<Record<string, unknown>>,
  sourceId = 'bad-1',
): Promise<ApiResponse> => {
  const { controller, body } = submissionOf(recordClass);
  return api.call('PUT', recordPath(controller, recordClass, sourceId), {
    token: source,
    json: { ...body, ...change },
    now: handedInAt,
  });
};

const faultsOf = ({ body }: ApiResponse): readonly { field: string; code: string; detail: string }[] =>
  Array.isArray(body.errors) ? body.errors : [];

const call = submissionOf('call-recording').body;
const chat = submissionOf('chat').body;
const survey = submissionOf('survey-invitation').body;
/** Hours after the moment of handing in: what has happened cannot lie there. */
const ahead = (hours: number): string => instantPlus(handedInAt, hours * 3_600_000);
const withFields = (fields: object) => ({ fields: { ...call.fields, ...fields } });
const identified = (kind: string, value: unknown) => ({ identifiers: [{ kind, value }] });
const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`);

describe('I12: a record with a fault is refused by field and reason, and nothing of it is stored', () => {
  test.each<[string, string, object, string, string]>([
    ['no trigger time', 'call-recording', { triggerAt: undefined }, 'triggerAt', 'required'],
    ['30 February', 'call-recording', { triggerAt: '2026-02-30T10:00:00Z' }, 'triggerAt', 'invalid-instant'],
    [
      '29 February of a common year',
      'call-recording',
      { triggerAt: '2027-02-29T10:00:00Z' },
      'triggerAt',
      'invalid-instant',
    ],
    [
      'a trigger time without offset',
      'call-recording',
      { triggerAt: '2026-01-31T10:00:00' },
      'triggerAt',
      'invalid-instant',
    ],
    ['hour 25', 'call-recording', { triggerAt: '2026-01-31T25:00:00Z' }, 'triggerAt', 'invalid-instant'],
    ['a trigger time that is a number', 'call-recording', { triggerAt: 1767225600 }, 'triggerAt', 'invalid-type'],
    [
      'a trigger time in the year 2206',
      'call-recording',
      { triggerAt: '2206-01-31T10:00:00Z' },
      'triggerAt',
      'too-far-ahead',
    ],
    ['a call that has not taken place yet', 'call-recording', { triggerAt: ahead(2) }, 'triggerAt', 'in-the-future'],
    ['a text message of next year', 'sms', { triggerAt: ahead(365 * 24) }, 'triggerAt', 'in-the-future'],
    ['a chat that ends tomorrow', 'chat', { triggerAt: ahead(24) }, 'triggerAt', 'in-the-future'],
    [
      'an impossible date in a field',
      'call-recording',
      withFields({ toldAt: '2026-04-31T10:00:00Z' }),
      'fields.toldAt',
      'invalid-instant',
    ],
    [
      'no evidence that the caller was told',
      'call-recording',
      withFields({ toldAt: undefined }),
      'fields.toldAt',
      'evidence-missing',
    ],
    [
      'blank evidence',
      'call-recording',
      withFields({ announcementVersion: ' ' }),
      'fields.announcementVersion',
      'evidence-missing',
    ],
    [
      'evidence that is null',
      'call-recording',
      withFields({ announcementVersion: null }),
      'fields.announcementVersion',
      'evidence-missing',
    ],
    [
      'an SMS without authorisation',
      'survey-invitation',
      { fields: { ...survey.fields, channel: 'sms' } },
      'fields.smsAuthorisedAt',
      'evidence-missing',
    ],
    [
      'a purpose not in the list',
      'call-recording',
      withFields({ purpose: 'marketing' }),
      'fields.purpose',
      'not-in-list',
    ],
    ['a required field missing', 'call-recording', withFields({ purpose: undefined }), 'fields.purpose', 'required'],
    [
      'a field of the wrong type',
      'call-recording',
      withFields({ announcementVersion: 3 }),
      'fields.announcementVersion',
      'invalid-type',
    ],
    [
      'a field that the policy does not know',
      'call-recording',
      withFields({ mood: 'angry' }),
      'fields.mood',
      'unknown-field',
    ],
    [
      'a field named __proto__',
      'call-recording',
      { fields: JSON.parse('{"__proto__":"x"}') },
      'fields.__proto__',
      'unknown-field',
    ],
    ['a field named toString', 'call-recording', withFields({ toString: 'x' }), 'fields.toString', 'unknown-field'],
    [
      'an event time missing from its field',
      'survey-invitation',
      { fields: { ...survey.fields, sentAt: undefined } },
      'fields.sentAt',
      'required',
    ],
    [
      'two different event times',
      'survey-invitation',
      { triggerAt: '2026-01-30T09:00:00Z' },
      'triggerAt',
      'differs-from-field',
    ],
    [
      'a wrong check character',
      'chat',
      identified('codice-fiscale', 'RSSMRA80A01H501X'),
      'identifiers.0.value',
      'wrong-check-character',
    ],
    [
      'a codice fiscale of the wrong length',
      'chat',
      identified('codice-fiscale', 'RSSMRA80A01H501'),
      'identifiers.0.value',
      'wrong-length',
    ],
    ['an e-mail that is none', 'chat', identified('email', 'maria at example'), 'identifiers.0.value', 'wrong-form'],
    ['a phone number that is none', 'chat', identified('phone', '12'), 'identifiers.0.value', 'wrong-length'],
    [
      'an identifier of an unknown kind',
      'chat',
      identified('name', 'Maria Rossi'),
      'identifiers.0.kind',
      'not-in-list',
    ],
    [
      'an identifier that is an object',
      'chat',
      identified('email', { $ne: '' }),
      'identifiers.0.value',
      'invalid-type',
    ],
    [
      'an identifier with a NUL',
      'chat',
      identified('controller-subject-id', 'a\u0000b'),
      'identifiers.0.value',
      'wrong-form',
    ],
    ['identifiers that are no list', 'chat', { identifiers: {} }, 'identifiers', 'invalid-type'],
    ['a member that nobody described', 'chat', { retainForever: true }, 'retainForever', 'unknown-field'],
    ['text in a class that keeps objects', 'call-recording', { text: 'trascrizione' }, 'text', 'not-kept'],
    ['half a character in the text', 'chat', { text: 'a\ud83d' }, 'text', 'invalid'],
    [
      'half a character in a field',
      'chat',
      { fields: { ...chat.fields, claimNumber: '\udc00' } },
      'fields.claimNumber',
      'invalid',
    ],
    ['text that is longer than allowed', 'chat', { text: 'x'.repeat(1_000_001) }, 'text', 'too-long'],
    [
      'a field that is longer than allowed',
      'chat',
      { fields: { ...chat.fields, claimNumber: 'x'.repeat(4001) } },
      'fields.claimNumber',
      'too-long',
    ],
    [
      'fields nested without end',
      'chat',
      { fields: { ...chat.fields, claimNumber: deep(500) } },
      'fields.claimNumber',
      'invalid-type',
    ],
    ['fields that are a list', 'chat', { fields: deep(500) }, 'fields', 'invalid'],
  ])('I12: %s', async (_, recordClass, change, field, code) => {
    const before = await countRows();
    const answer = await put(recordClass, change as Record<string, unknown>);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      type: 'urn:oblio:problem:invalid-record',
      status: 422,
      code: 'invalid-record',
    });
    expect(faultsOf(answer).map((fault) => [fault.field, fault.code])).toContainEqual([field, code]);
    expect(await countRows()).toBe(before);
  });

  test('I12: every fault is told at once', async () => {
    const answer = await put('call-recording', {
      triggerAt: 'x',
      text: 'y',
      fields: { purpose: 'z', q: 1 },
      ...identified('phone', '12'),
    });
    expect(faultsOf(answer).map(({ field }) => field)).toEqual(
      expect.arrayContaining([
        'triggerAt',
        'identifiers.0.value',
        'fields.purpose',
        'fields.q',
        'fields.toldAt',
        'text',
      ]),
    );
  });

  test('I12: faults without end are cut, and so are names', async () => {
    const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${'f'.repeat(200)}${index}`, 1]));
    const answer = await put('call-recording', { fields });
    expect(faultsOf(answer).length).toBeLessThanOrEqual(51);
    expect(answer.text.length).toBeLessThan(20_000);
  });

  test('I12: no answer and no log line repeats what was sent', async () => {
    const marker = 'zaffiro-9731';
    api.logLines.splice(0);
    const answers = [
      await put('chat', identified('email', `${marker} at example`)),
      await put('chat', { fields: { counterpart: marker } }),
      await put('chat', { triggerAt: marker }),
      await put('chat', {}, `${marker}@example.it`),
      await api.call('PUT', recordPath('inps', 'chat', 'x'), {
        token: source,
        headers: { 'content-type': 'application/json' },
        body: `{"${marker}`,
      }),
    ];
    for (const answer of answers) expect(answer.text).not.toContain(marker);
    expect(api.logLines.join('')).not.toContain(marker);
    expect(api.logLines.length).toBeGreaterThan(0);
  });
});

describe('I12: the class', () => {
  test('I12: an unknown one is refused by name, and the known ones are told', async () => {
    const { body } = submissionOf('sms');
    const answer = await api.call('PUT', recordPath('inps', 'letters', 'a-1'), { token: source, json: body });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([
      { field: 'recordClass', code: 'unknown-class', detail: expect.stringContaining('call-recording') },
    ]);
  });

  test.each(['rights-request-file', 'rights-request-package'])(
    'I12: %s is filled by Oblio itself: no source hands in a record or an object, and the class is not offered',
    async (recordClass) => {
      const before = await countRows();
      const { body } = submissionOf('sms');
      const path = recordPath('inps', recordClass, 'a-1');
      const answer = await api.call('PUT', path, { token: source, json: body });
      expect(answer.status).toBe(422);
      expect(faultsOf(answer)).toEqual([
        { field: 'recordClass', code: 'not-handed-in', detail: expect.stringContaining('Oblio') },
      ]);
      const object = await api.call('PUT', `${path}/objects/copy.zip`, {
        token: source,
        headers: {
          'content-type': 'application/zip',
          'content-length': '1',
          'content-digest': `sha-256=:${createHash('sha256').update('x').digest('base64')}:`,
        },
        body: Buffer.from('x'),
      });
      expect(object.status).toBe(422);
      expect(faultsOf(object)).toEqual([expect.objectContaining({ code: 'not-handed-in' })]);
      expect(await countRows()).toBe(before);
      const unknown = await api.call('PUT', recordPath('inps', 'letters', 'a-1'), { token: source, json: body });
      expect(unknown.text).not.toContain(recordClass);
    },
  );

  test.each([
    ['inps', 'navigation-data', 'anonymous statistics'],
    ['comune-di-milano', 'survey-response', 'anonymous'],
    ['comune-di-milano', 'live-listening', 'nothing is recorded'],
  ])('I12: %s, %s never becomes a record, and the notice says why', async (controller, recordClass, reason) => {
    const before = await countRows();
    const { body } = submissionOf('sms');
    const answer = await api.call('PUT', recordPath(controller, recordClass, 'a-1'), { token: source, json: body });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([
      { field: 'recordClass', code: 'never-a-record', detail: expect.stringContaining(reason) },
    ]);
    expect(await countRows()).toBe(before);
  });

  test('I12: an unknown controller is not there, even for a token that names it', async () => {
    const token = await api.token({ role: 'source', controllers: ['nobody'] });
    const answer = await api.call('PUT', recordPath('nobody', 'sms', 'a-1'), { token, json: submissionOf('sms').body });
    expect(answer).toMatchObject({ status: 404, body: { code: 'controller-unknown' } });
  });
});

describe('I12, I7: a source id', () => {
  test.each([
    ['an e-mail address', 'maria.rossi@example.it'],
    ['an e-mail address, encoded', 'maria.rossi%40example.it'],
    ['a codice fiscale', 'RSSMRA80A01H501U'],
    ['a codice fiscale in lower case inside an id', 'call-rssmra80a01h501u-7'],
    ['a codice fiscale with replaced digits', 'RSSMRAULALMHRLMX'],
    ['a mobile number', '3471234567'],
    ['a mobile number with its country', '%2B393471234567'],
    ['a mobile number with 00', '00393471234567'],
    ['a mobile number in groups', '347-123.4567'],
    ['a landline', '0267890123'],
  ])('I12: that looks like %s is refused', async (_, sourceId) => {
    const answer = await put('sms', {}, sourceId);
    expect(answer.status).toBe(422);
    expect(faultsOf(answer).map(({ field, code }) => [field, code])).toEqual([
      ['sourceId', 'personal-data-in-address'],
    ]);
  });

  test.each([
    'Mario%20Rossi',
    '%00',
    'a%00b',
    '..%2F..%2Fetc',
    '-x',
    'x'.repeat(129),
    'caff%C3%A8',
    '%ED%A0%80',
    "a'--",
  ])('I12: of the form %s is refused', async (sourceId) => {
    const answer = await put('sms', {}, sourceId);
    expect(answer.status).toBe(422);
    expect(faultsOf(answer).map(({ field }) => field)).toEqual(['sourceId']);
  });

  test.each([
    '1',
    '100000123',
    '2026-01-0001',
    'INPS.2026:77~a_b',
    '4f1c9a2e-6f0b-4c57-9a53-0d4c1f1f9d11',
    'x'.repeat(128),
  ])('that says nothing about a person is taken: %s', async (sourceId) => {
    expect(await put('sms', {}, sourceId)).toMatchObject({ status: 201 });
  });
});

describe('I12: a body that is no record', () => {
  const path = recordPath('inps', 'sms', 'body-1');
  const send = (body: string | Uint8Array<ArrayBuffer>, contentType = 'application/json') =>
    api.call('PUT', path, { token: source, headers: { 'content-type': contentType }, body });

  test.each<[string, string | Uint8Array<ArrayBuffer>, number, string]>([
    ['nothing', '', 400, 'malformed-json'],
    ['half a document', '{"triggerAt":', 400, 'malformed-json'],
    ['two documents', '{}{}', 400, 'malformed-json'],
    ['NaN', '{"triggerAt":NaN}', 400, 'malformed-json'],
    ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'invalid-encoding'],
    ['brackets without end', '['.repeat(1_000_000), 400, 'malformed-json'],
    ['a list', '[]', 422, 'invalid-record'],
    ['null', 'null', 422, 'invalid-record'],
    ['nested lists', `${'['.repeat(500_000)}${']'.repeat(500_000)}`, 422, 'invalid-record'],
    [
      'fields nested without end',
      `{"fields":{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}}`,
      422,
      'invalid-record',
    ],
    ['more than a body may have', `{"text":"${'x'.repeat(4_200_000)}"}`, 413, 'body-too-large'],
  ])('I12: %s', async (_, body, status, code) => {
    const before = await countRows();
    const answer = await send(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await countRows()).toBe(before);
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', ''])(
    'I12: of media type "%s" is refused',
    async (type) => {
      expect(await send('{}', type)).toMatchObject({ status: 415, body: { code: 'media-type-unsupported' } });
    },
  );
});

describe('I12: a parameter', () => {
  test.each([
    ['/certificates/not-an-id', 'id'],
    ['/units/01A20057-8606-7146-AAFB-3AAE66295999', 'id'],
    ['/controllers/inps/certificates?limit=0', 'limit'],
    ['/controllers/inps/certificates?limit=1000', 'limit'],
    ['/controllers/inps/certificates?limit=ten', 'limit'],
    ['/controllers/inps/certificates?cursor=abc', 'cursor'],
    ['/controllers/inps/certificates?issuedFrom=2026-02-30T00:00:00Z', 'issuedFrom'],
    ['/sweeps?cursor=%00', 'cursor'],
  ])('I12: %s is refused, naming %s', async (path, field) => {
    const token = await api.token({ role: 'dpo' });
    const answer = await api.call('GET', path, { token });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer).map((fault) => fault.field)).toEqual([field]);
  });
});
