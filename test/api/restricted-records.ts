/** Records of one person under a restriction (Art. 18) and a hold, with the person's open request: what the tests of restriction ask about. */
import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import { searchManifest } from '../../storage/manifests/search.ts';
import { inps } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { handedInAt, recordPath, triggerAt } from './submissions.ts';
import { type Api, type ApiResponse, createApi } from './support.ts';

export const person = { kind: 'email', value: 'olga.person@example.it' };
// What their own request says of them is in its case file; this identifier is in the records alone.
const aboutThem = {
  triggerAt,
  identifiers: [person, { kind: 'controller-subject-id', value: 'restricted-marker-17' }],
};
export const submission = {
  ...aboutThem,
  fields: { counterpart: 'operator', claimNumber: 'Restricted-Marker 7' },
  text: 'Restricted-Marker: what was said',
};
export const recording = Buffer.from(`RIFF Restricted-Marker ${'sound'.repeat(50)}`);
const sha256 = createHash('sha256').update(recording);
export const hex = sha256.copy().digest('hex');
const digest = `sha-256=:${sha256.digest('base64')}:`;
export const secrets = ['Restricted-Marker', 'restricted-marker'];

export const chat = recordPath('inps', 'chat', 'restricted-1');
export const call = recordPath('inps', 'call-recording', 'restricted-2');
export const object = `${call}/objects/a.wav`;

export const objectHeaders = {
  'content-type': 'audio/wav',
  'content-length': String(recording.length),
  'content-digest': digest,
};

const handInTo = async (api: Api, source: string): Promise<readonly ApiResponse[]> => [
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

/** A request of somebody who writes from an address. */
export const openCase = async (api: Api, email: string): Promise<string> => {
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
export const searchOf = (api: Api, caseId: string) =>
  searchManifest(
    { db: api.world.database('worker'), sealing: api.world.sealing },
    {
      caseId,
      controller: inps,
      manifestId: randomUUID(),
      searched: [recordClassId('chat'), recordClassId('call-recording')],
      now: handedInAt,
      onProgress: () => undefined,
    },
  );

/** Hands the records in, opens the request, places hold and restriction. */
export const restrictedRecords = async (label: string) => {
  const api = await createApi({ label });
  const source = await api.token({ role: 'source' });
  const handIn = () => handInTo(api, source);
  const answers = await handIn();
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  const scope = [{ subject: api.world.sealing.subjectKey({ controller: inps, ...person }) }];
  const { suspensionId: holdId } = await place(api.world, { scope, now: handedInAt });
  const caseId = await openCase(api, person.value);
  const { suspensionId: restriction } = await place(api.world, { kind: 'restriction', scope, now: handedInAt });
  const [unit, record] = [String(answers[0]?.body.unitId), String(answers[1]?.body.recordId)];
  return { api, source, handIn, holdId, caseId, restriction, unit, record };
};
export type Restricted = Awaited<ReturnType<typeof restrictedRecords>>;
