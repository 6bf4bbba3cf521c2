import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hours } from '../../domain/time/duration.ts';
import { instantPlus } from '../../domain/time/instant.ts';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import { faultsOf, type Submitting, submitting } from './submitting.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let source: string;
let countRows: Submitting['countRows'];
let put: Submitting['put'];
beforeAll(async () => {
  api = await createApi({ label: 'api-bad-input' });
  source = await api.token({ role: 'source' });
  ({ countRows, put } = submitting(api, source));
});
afterAll(() => api.close());

const call = submissionOf('call-recording').body;
const chat = submissionOf('chat').body;
const survey = submissionOf('survey-invitation').body;
/** Hours after the moment of handing in: what has happened cannot lie there. */
const ahead = (count: number): string => instantPlus(handedInAt, hours(count));
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
