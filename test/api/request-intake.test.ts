/** Taking a message in: once, and never another one in its place; and from what was found to what it says. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { days, minutes } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { handInOne } from '../support/records.ts';
import { searchAndReport } from '../support/requests/searches.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let dpo: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-request-intake' });
  dpo = await api.token({ role: 'dpo' });
});
afterAll(() => api.close());

const now = instant('2026-03-10T09:00:00Z');
const requests = '/controllers/inps/requests';
const message = (change: Readonly<Record<string, unknown>> = {}) => ({
  channel: 'email',
  receivedAt: instantPlus(now, -minutes(1)),
  messageId: `<${randomUUID()}@mail.example>`,
  requester: { name: 'Rosa Rossi', email: 'rosa@example.it' },
  identifiers: [{ kind: 'controller-subject-id', value: 'person-1' }],
  text: 'Chiedo i miei dati.',
  ...change,
});
const send = (json: unknown) => api.call('POST', requests, { token: dpo, json, now });
const get = (path: string) => api.call('GET', path, { token: dpo, now });

test('another message under a known id is refused, never taken for the one before', async () => {
  const sent = message();
  const first = await send(sent);
  expect(first.status).toBe(201);
  expect(await send(sent)).toMatchObject({ status: 200, body: { caseId: first.body.caseId, known: true } });
  const other = await send({ ...sent, text: 'Chiedo la cancellazione.' });
  expect(other).toMatchObject({
    status: 409,
    body: { code: 'message-differs', caseId: first.body.caseId, reference: first.body.reference },
  });
  expect((await get(requests)).body.requests).toHaveLength(1);
});

test('a message that another clock stamped a few minutes ahead of ours is received now, and known when it comes again', async () => {
  const { messageId: _, ...sent } = message({ receivedAt: instantPlus(now, 240_000) });
  const first = await send(sent);
  expect(first).toMatchObject({ status: 201, body: { receivedAt: now } });
  const again = await api.call('POST', requests, { token: dpo, json: sent, now: instantPlus(now, minutes(1)) });
  expect(again).toMatchObject({ status: 200, body: { caseId: first.body.caseId, receivedAt: now, known: true } });
});

test('staff who review what was found can open each record that they were shown', async () => {
  const id = { kind: 'controller-subject-id' as const, value: randomUUID() };
  await handInOne(api.world, {
    triggerAt: instantPlus(now, -days(1)),
    subjects: () => [id],
    text: () => 'Estratto',
  });
  const caseId = String((await send(message({ identifiers: [id] }))).body.caseId);
  await searchAndReport(api.world, { caseId, now });
  const { body } = await get(`${requests}/${caseId}/manifest/records`);
  const [record] = body.records as { recordClass: string; sourceId: string; recordId: string }[];
  const opened = await get(
    `/controllers/inps/record-classes/${record?.recordClass}/records/${record?.sourceId}/content`,
  );
  expect(opened).toMatchObject({ status: 200, body: { recordId: record?.recordId, text: 'Estratto' } });
});

test.each([
  ['a mistyped year', { receivedAt: '1926-03-10T09:00:00Z' }, 'receivedAt', 'too-early'],
  ['a day that is still to come', { receivedAt: instantPlus(now, 360_000) }, 'receivedAt', 'in-the-future'],
  ['what is no address', { requester: { name: 'Rosa', email: 'rosa at example' } }, 'requester.email', 'invalid'],
  [
    'an address with a header in it',
    { requester: { name: 'Rosa', pec: 'rosa@example.it\r\nBcc: other@example.it' } },
    'requester.pec',
    'invalid',
  ],
])('I12: a message with %s is refused with the field', async (_, change, field, code) => {
  expect(await send(message(change))).toMatchObject({
    status: 422,
    body: { code: 'invalid-request', errors: [{ field, code }] },
  });
});

test('what is overdue and what is not are two lists, and a date narrows both', async () => {
  const late = String((await send(message({ receivedAt: instantPlus(now, -days(60)) }))).body.caseId);
  const early = String((await send(message())).body.caseId);
  const list = async (query: string): Promise<readonly unknown[]> => {
    const { status, body } = await get(`${requests}?limit=200&${query}`);
    expect(status).toBe(200);
    return (body.requests as { caseId: string; overdue: boolean }[]).map(({ caseId }) => caseId);
  };
  expect(await list('overdue=true')).toEqual([late]);
  expect(await list('overdue=false')).toContain(early);
  expect(await list('overdue=false')).not.toContain(late);
  expect(await list(`overdue=true&dueBefore=${instantPlus(now, -days(50))}`)).toEqual([]);
});
