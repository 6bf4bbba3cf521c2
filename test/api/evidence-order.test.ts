/** I12: evidence has its place in time: a caller was told before the recording began, an SMS was authorised before it was sent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instantPlus } from '../../domain/time/instant.ts';
import { handedInAt, submissionOf, triggerAt } from './submissions.ts';
import { faultsOf, type Submitting, submitting } from './submitting.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let countRows: Submitting['countRows'];
let put: Submitting['put'];
beforeAll(async () => {
  api = await createApi({ label: 'api-evidence' });
  ({ countRows, put } = submitting(api, await api.token({ role: 'source' })));
});
afterAll(() => api.close());

const call = submissionOf('call-recording').body;
const survey = submissionOf('survey-invitation').body;
const phone = { kind: 'phone', value: '+39 347 123 4567' };
/** Seconds after the trigger event. */
const at = (seconds: number): string => instantPlus(triggerAt, seconds * 1_000);
const recording = (fields: object) => ({ fields: { ...call.fields, ...fields } });
const bySms = (fields: object) => ({
  identifiers: [phone],
  fields: { ...survey.fields, channel: 'sms', ...fields },
});
const afterAppointment = { purpose: 'booked-service-experience', bookedService: 'registry', appointmentAt: triggerAt };

test.each<[string, string, Readonly<Record<string, unknown>>, string, string, RegExp]>([
  [
    'told after the call',
    'call-recording',
    recording({ toldAt: at(1) }),
    'fields.toldAt',
    'evidence-too-late',
    /^lies after triggerAt\. The caller is told beforehand/,
  ],
  [
    'told in the call, after the recording had begun',
    'call-recording',
    recording({ recordingBeganAt: at(20), toldAt: at(21) }),
    'fields.toldAt',
    'evidence-too-late',
    /^lies after fields\.recordingBeganAt\. The caller is told beforehand/,
  ],
  [
    'told later, written with another offset',
    'call-recording',
    // An hour's offset less and a second more.
    recording({ toldAt: '2026-01-31T08:00:01-01:00' }),
    'fields.toldAt',
    'evidence-too-late',
    /^lies after triggerAt/,
  ],
  [
    'told tomorrow, of a recording that begins later still',
    'call-recording',
    recording({ recordingBeganAt: at(200_000), toldAt: at(100_000) }),
    'fields.toldAt',
    'in-the-future',
    /^lies ahead/,
  ],
  [
    'an SMS authorised after it was sent',
    'survey-invitation',
    bySms({ smsAuthorisedAt: at(60) }),
    'fields.smsAuthorisedAt',
    'evidence-too-late',
    /^lies after fields\.sentAt\. By SMS only with prior explicit authorisation/,
  ],
])(
  '%s is refused by field and reason, and nothing of it is stored',
  async (_what, recordClass, change, field, code, why) => {
    const before = await countRows();
    const answer = await put(recordClass, change);
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([{ field, code, detail: expect.stringMatching(why) }]);
    expect(await countRows()).toBe(before);
  },
);

test.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['told at the moment of the call', 'call-recording', recording({ toldAt: triggerAt })],
  ['told before the call', 'call-recording', recording({ toldAt: at(-30) })],
  [
    'told in the call, before the recording began',
    'call-recording',
    recording({ recordingBeganAt: at(20), toldAt: at(15) }),
  ],
  ['an SMS authorised before it was sent', 'survey-invitation', bySms({ smsAuthorisedAt: at(-600) })],
  [
    // When it was sent is not told: only that it was authorised, and not in the future, can be asked for.
    'an SMS after an appointment, authorised after the appointment',
    'survey-invitation',
    { identifiers: [phone], fields: { ...afterAppointment, channel: 'sms', smsAuthorisedAt: at(600) } },
  ],
  [
    'no SMS, and a time of authorisation that no evidence is asked of',
    'survey-invitation',
    { fields: { ...survey.fields, smsAuthorisedAt: at(60) } },
  ],
])('%s is taken', async (what, recordClass, change) => {
  expect((await put(recordClass, change, `good ${what}`.replaceAll(/[^a-z]/gi, '-'))).status).toBe(201);
});

test('where the time of the call is wrong itself, that is told and not its order', async () => {
  const answer = await put('call-recording', {
    ...recording({ toldAt: handedInAt }),
    triggerAt: '2026-02-30T10:00:00Z',
  });
  expect(faultsOf(answer).map(({ field, code }) => `${field} ${code}`)).toEqual(['triggerAt invalid-instant']);
});
