/** What staff who prepare an erasure are shown: on which legal basis each record of a class rests, and what follows from it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hours, minutes } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { handInOne, milano, recordClasses } from '../support/records.ts';
import { searchAndReport } from '../support/requests/searches.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let dpo: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-request-proposal' });
  dpo = await api.token({ role: 'dpo', controllers: [milano] });
});
afterAll(() => api.close());

const now = instant('2026-03-10T09:00:00Z');
const sentAt = instantPlus(now, -hours(1));
const requests = `/controllers/${milano}/requests`;

test('of one class, records on consent are proposed to be erased and those on a public task to be kept, each with its ground', async () => {
  const person = { kind: 'controller-subject-id' as const, value: randomUUID() };
  const invited = (channel: 'sms' | 'email') =>
    handInOne(api.world, {
      controller: milano,
      recordClass: recordClasses.surveyInvitation,
      triggerAt: sentAt,
      now: sentAt,
      subjects: () => [person],
      fields: () => ({ purpose: 'infoline-quality', channel, sentAt }),
    });
  await invited('sms');
  const byMail = await invited('email');
  const { body: opened } = await api.call('POST', requests, {
    token: dpo,
    now,
    json: {
      channel: 'email',
      receivedAt: instantPlus(now, -minutes(1)),
      messageId: `<${randomUUID()}@mail.example>`,
      requester: { name: 'Rosa Rossi', email: 'rosa@example.it' },
      identifiers: [person],
      rights: ['erasure', 'consent-withdrawal', 'access'],
      text: 'Revoco il consenso e chiedo la cancellazione e una copia dei miei dati.',
    },
  });
  const caseId = String(opened.caseId);
  await searchAndReport(api.world, { caseId, now });
  const { body } = await api.call('GET', `${requests}/${caseId}`, { token: dpo, now });
  const rights = body.rights as { right: string; proposal?: unknown; beforeAnswering?: string }[];
  const beforeAnswering = (right: string) => rights.find((one) => one.right === right)?.beforeAnswering;
  // What the policy says must be verified before a letter speaks of transfers (Art. 15(2)).
  expect(beforeAnswering('access')).toContain('verificare prima di rispondere');
  expect(beforeAnswering('erasure')).toBeUndefined();
  const erasure = rights.find(({ right }) => right === 'erasure');
  expect(erasure?.proposal).toMatchObject({
    lines: [{ recordClass: 'survey-invitation', result: 'granted', grounds: ['17.1.b'] }],
    exceptions: [{ recordId: byMail.recordId, result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
    byBasis: [
      {
        recordClass: 'survey-invitation',
        legalBasis: { article: '6.1.a', source: expect.stringContaining('autorizzazione') },
        records: 1,
        result: 'granted',
        grounds: [{ code: '17.1.b', citation: expect.stringContaining('17(1)(b)') }],
      },
      {
        legalBasis: { article: '6.1.e' },
        records: 1,
        result: 'denied',
        grounds: [{ code: '17.1.none' }, { code: '17.3.b', citation: expect.stringContaining('17(3)(b)') }],
      },
    ],
  });
});
