// `npm run bench:requests`: many rights requests submitted at once: time until all wait for review, their searches done and frozen, through the
// API and the worker, against bare statements and listings that find the same records. Usage: npm run bench:requests [-- --requests 100]

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Api, Caller } from '../demo/api-calls.ts';
import { inventPeople, type Person } from '../demo/synthetic-people.ts';
import { chanceFrom } from '../demo/synthetic-random.ts';
import { days } from '../domain/time/duration.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { openObjectStore } from '../storage/objects/object-store.ts';
import { type BenchStack, withBenchStack } from './support/bench-stack.ts';
import { inParallel, printConditions, printRatio, timed } from './support/report.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100' }, records: { type: 'string', default: '10' } },
});
const requests = Number(values.requests);
const recordsEach = Number(values.records);
const atOnce = 8;
const giveUpMs = 600_000;

const controllers = ['comune-di-milano'];
const base = '/controllers/comune-di-milano';
const source: Caller = { actor: 'source:bench', role: 'source', controllers, classes: ['booking'] };
const dpo: Caller = { actor: 'dpo:bench', role: 'dpo', controllers };
const now = () => instantFromEpoch(Date.now());
let triedAgain = 0;
const people = inventPeople(chanceFrom('bench').for('requests'), requests);

const handIn = async (api: Api): Promise<void> => {
  const triggerAt = instantFromEpoch(Date.now() + days(30));
  await inParallel([...people.entries()], 4, async ([number, { codiceFiscale }]) => {
    const lines = Array.from({ length: recordsEach }, (_, index) =>
      JSON.stringify({
        recordClass: 'booking',
        sourceId: `bench-${number}-${index}`,
        triggerAt,
        identifiers: [{ kind: 'codice-fiscale', value: codiceFiscale }],
        fields: { channel: 'phone-020202', service: 'Carta d’identità elettronica' },
        text: 'Appuntamento.',
      }),
    );
    const answered = await api.expect(z.array(z.looseObject({ status: z.number() })), {
      method: 'POST',
      path: `${base}/records`,
      caller: source,
      at: now(),
      body: lines.join('\n'),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const refused = answered.find(({ status }) => status !== 201);
    if (refused !== undefined) throw new Error(`A record was not taken in: ${JSON.stringify(refused)}`);
  });
};

const submit = async (api: Api, { codiceFiscale, givenName, familyName, email }: Person): Promise<void> => {
  const { caseId } = await api.expect(z.object({ caseId: z.string() }), {
    method: 'POST',
    path: `${base}/requests`,
    caller: dpo,
    at: now(),
    body: {
      channel: 'email',
      receivedAt: instantFromEpoch(Date.now() - 60_000),
      language: 'it',
      messageId: `<${codiceFiscale.toLowerCase()}@mail.example>`,
      requester: { name: `${givenName} ${familyName}`, email },
      identifiers: [{ kind: 'codice-fiscale', value: codiceFiscale }],
      text: 'Chiedo una copia dei miei dati.',
    },
  });
  // A machine at its limit answers 503 and asks to try again: the same command under the same key.
  const send = async (command: string, body: unknown): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const { status } = await api.ask({
        method: 'POST',
        path: `${base}/requests/${caseId}/commands/${command}`,
        caller: dpo,
        at: now(),
        body,
        headers: { 'idempotency-key': `bench-${command}` },
      });
      if (status === 200) return;
      if (status !== 503 || attempt === 20) throw new Error(`${command} answered ${status}`);
      triedAgain += 1;
      await sleep(500);
    }
  };
  const signatory = { name: 'Dott.ssa Paola Dirigente', office: 'Ufficio competente' };
  await send('triage', { verdict: 'rights-request', rights: ['access'], signatory });
  await send('confirm-identity', { level: 'digital-identity', capacity: 'self' });
};

/** Waits until all wait for review; throws after ten minutes, or if a search found anything else than was handed in. */
const untilReview = async ({ owner }: BenchStack): Promise<void> => {
  for (const giveUpAt = Date.now() + giveUpMs; ; await sleep(100)) {
    const { rows } = await owner.query<{ there: number }>(
      `SELECT count(*)::int AS there FROM request_case WHERE stage = 'reviewing'`,
    );
    if (rows[0]?.there === requests) break;
    if (Date.now() > giveUpAt) throw new Error(`Only ${rows[0]?.there} of ${requests} cases wait for review`);
  }
  const { rows } = await owner.query<{ found: number }>(`SELECT count(*)::int AS found FROM manifest_record`);
  if (rows[0]?.found !== requests * recordsEach) throw new Error(`The searches found ${rows[0]?.found} records`);
};

/** The same records by one statement and one listing a person. */
const findBare = async ({ owner, running }: BenchStack): Promise<void> => {
  const { endpoint, region, bucket, api: credentials } = running.objectStore;
  const store = openObjectStore({ endpoint, region, bucket, ...credentials });
  const { rows: cases } = await owner.query<{ subject_key: Buffer }>('SELECT subject_key FROM request_subject');
  await inParallel(cases, atOnce, async ({ subject_key: key }) => {
    const { rows } = await owner.query<{ id: string }>(
      `SELECT record.id FROM record JOIN record_subject ON record_subject.record_id = record.id
       WHERE record_subject.subject_key = $1 AND record.controller = 'comune-di-milano'`,
      [key],
    );
    for (const { id } of rows) {
      for await (const page of store.listVersions({ prefix: `comune-di-milano/booking/${id}/` })) page.length;
    }
  });
};

await withBenchStack(async (stack) => {
  printConditions('Rights requests submitted at once', {
    requests,
    'records each': recordsEach,
    'calls at once': atOnce,
  });
  const api = await stack.openApi(await stack.start('api'));
  await stack.start('worker');
  await handIn(api);
  const submitted = await timed(() => inParallel(people, atOnce, (person) => submit(api, person)));
  const { seconds } = await timed(() => untilReview(stack));
  const total = submitted.seconds + seconds;
  const floor = await timed(() => findBare(stack));
  printRatio(
    'until all wait for review',
    'cases',
    { count: requests, seconds: total },
    { count: requests, seconds: floor.seconds },
  );
  console.log(
    `  ${total.toFixed(1)} s from the first message to the last case that waits for review: ${submitted.seconds.toFixed(1)} s until all were filed, triaged and identified (three calls each); ${triedAgain} calls were answered 503 and tried again`,
  );
  console.log(
    '\n  The floor finds the same records and lists their objects. It keeps no case, clock, letter, audit or frozen manifest.',
  );
});
