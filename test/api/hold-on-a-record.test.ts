/** A hold on one record: of an id that is none it would preserve nothing, and look as if it did. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { handInOne, inps, recordClasses } from '../support/records.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let legal: string;
beforeAll(async () => {
  api = await createApi({ label: 'hold-on-a-record' });
  legal = await api.token({ role: 'legal' });
});
afterAll(() => api.close());

const place = (recordId: string, controller: string = inps) =>
  api.call('POST', `/controllers/${controller}/holds`, {
    token: legal,
    headers: { 'idempotency-key': `hold-${randomUUID()}` },
    json: {
      kind: 'litigation-hold',
      matterReference: 'RG 77/2026',
      legalBasis: 'GDPR Art. 17(3)(e)',
      reason: 'dispute about a call',
      reviewOn: '2099-01-01',
      scope: [{ recordId }],
    },
  });
const unknown = { status: 422, body: { errors: [{ field: 'scope.0.recordId', code: 'record-unknown' }] } };

test('I4: is refused for an id that is no record, or another controller’s', async () => {
  const record = await handInOne(api.world, {
    recordClass: recordClasses.callRecording,
    triggerAt: instant('2026-03-02T10:00:00Z'),
  });
  expect(await place(randomUUID())).toMatchObject(unknown);
  expect(await place(record.recordId, 'comune-di-milano')).toMatchObject(unknown);
  expect(await place(record.recordId)).toMatchObject({ status: 201 });
});

test('is answered with its id and its address', async () => {
  const record = await handInOne(api.world, {
    recordClass: recordClasses.callRecording,
    triggerAt: instant('2026-03-02T10:00:00Z'),
  });
  const placed = await place(record.recordId);
  const address = placed.headers.get('location') ?? '';
  expect(address).toBe(`/controllers/${inps}/holds/${placed.body.holdId}`);
  expect(await api.call('GET', address, { token: legal })).toMatchObject({
    status: 200,
    body: { holdId: placed.body.holdId, matterReference: 'RG 77/2026' },
  });
});
