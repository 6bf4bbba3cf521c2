/** I12: what is wrong around a record: its class, its source id, a body that is none, parameters of the address. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordPath, submissionOf } from './submissions.ts';
import { faultsOf, type Submitting, submitting } from './submitting.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let source: string;
let countRows: Submitting['countRows'];
let put: Submitting['put'];
beforeAll(async () => {
  api = await createApi({ label: 'api-bad-addresses' });
  source = await api.token({ role: 'source' });
  ({ countRows, put } = submitting(api, source));
});
afterAll(() => api.close());

describe('I12: the class', () => {
  test('I12: an unknown one is refused by name, and the known ones are told', async () => {
    const { body } = submissionOf('sms');
    const answer = await api.call('PUT', recordPath('inps', 'letters', 'a-1'), { token: source, json: body });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([
      { field: 'recordClass', code: 'unknown-class', detail: expect.stringContaining('call-recording') },
    ]);
  });

  test.each(['rights-request-file', 'rights-request-package', 'hold-file'])(
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
