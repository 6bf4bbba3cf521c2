// Two people write to the controllers: INPS is asked to erase and refuses with dates, Milano is asked for access and hands over a copy.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Instant, instantFromEpoch } from '../domain/instant.ts';
import type { Caller } from './api-calls.ts';
import { writeLettersTo } from './letters.ts';
import { controllerName, dpoOf, type Stage } from './stage.ts';
import type { Person } from './synthetic-people.ts';
import type { DemoController } from './synthetic-records.ts';
import { counted } from './words.ts';

type Asked = {
  readonly controller: DemoController;
  readonly right: 'erasure' | 'access';
  readonly language: 'it' | 'en';
};

const asked: readonly Asked[] = [
  { controller: 'inps', right: 'erasure', language: 'it' },
  { controller: 'comune-di-milano', right: 'access', language: 'en' },
];

const caseSchema = z.object({
  stage: z.string(),
  reference: z.string(),
  rights: z.array(z.object({ right: z.string(), state: z.string() })),
  search: z
    .object({ records: z.int(), classes: z.array(z.object({ recordClass: z.string(), found: z.int() })) })
    .optional(),
  letters: z.array(z.object({ letterId: z.string(), kind: z.string(), state: z.string() })),
});
type Case = z.output<typeof caseSchema>;

/** Patience with a machine that does other things too. */
const patienceMs = 180_000;

const now = (): Instant => instantFromEpoch(Date.now());
const officerOf = (controller: string): Caller => ({
  actor: `officer:${controller}:1`,
  role: 'officer',
  controllers: [controller],
});
const signatory = { name: 'Dott.ssa Paola Dirigente', office: 'Ufficio competente' };

/** Somebody whom the controller has records about, of which none is due soon: the story erases on time what is due. */
const askerOf = (stage: Stage, controller: DemoController): Person => {
  const firstDue = (person: Person): Instant | undefined =>
    [...stage.registered.values()]
      .filter(
        ({ record }) =>
          record.controller === controller &&
          record.identifiers.some(({ value }) => [person.codiceFiscale, person.email, person.phone].includes(value)),
      )
      .map(({ dueAt }) => dueAt)
      .toSorted()[0];
  const known = stage.people
    .flatMap((person) => {
      const dueAt = firstDue(person);
      return dueAt === undefined ? [] : [{ person, dueAt }];
    })
    .toSorted((one, other) => other.dueAt.localeCompare(one.dueAt));
  const [latest] = known;
  if (latest === undefined) throw new Error(`Nobody of the story has records at ${controller}`);
  return latest.person;
};

const decisionOn = (right: Asked['right'], search: Case['search']): Readonly<Record<string, unknown>> => {
  if (search === undefined || search.records === 0) return { outcome: 'no-data', grounds: ['not-held'] };
  if (right === 'access') return { outcome: 'granted', grounds: ['15.1'] };
  return {
    outcome: 'refused',
    grounds: [],
    lines: search.classes
      .filter(({ found }) => found > 0)
      .map(({ recordClass }) => ({ recordClass, result: 'denied', grounds: ['17.1.none', '17.3.b'] })),
    reasons: {
      '17.1.none': 'I dati sono ancora necessari alla finalità per cui sono stati raccolti.',
      '17.3.b': 'Il trattamento è necessario per un compito di interesse pubblico.',
    },
  };
};

const tellOne = async (stage: Stage, { controller, right, language }: Asked): Promise<void> => {
  const { api } = stage;
  const dpo = dpoOf(controller);
  const person = askerOf(stage, controller);
  const base = `/controllers/${controller}/requests`;
  const { caseId } = await api.expect(z.object({ caseId: z.string() }), {
    method: 'POST',
    path: base,
    caller: dpo,
    at: now(),
    body: {
      channel: 'email',
      receivedAt: now(),
      language,
      messageId: `<${stage.run}.${controller}@mail.example>`,
      requester: { name: `${person.givenName} ${person.familyName}`, email: person.email },
      identifiers: [
        { kind: 'codice-fiscale', value: person.codiceFiscale },
        { kind: 'email', value: person.email },
      ],
      text: right === 'access' ? 'I would like a copy of my data.' : 'Chiedo la cancellazione dei miei dati.',
    },
  });
  const read = (): Promise<Case> =>
    api.expect(caseSchema, { method: 'GET', path: `${base}/${caseId}`, caller: dpo, at: now() });
  const until = async (what: string, fits: (state: Case) => boolean): Promise<Case> => {
    for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(200)) {
      const state = await read();
      if (fits(state)) return state;
    }
    throw new Error(`${controller}: ${what} did not come about`);
  };
  const send = (caller: Caller, command: string, body: unknown): Promise<unknown> =>
    api.expect(z.unknown(), {
      method: 'POST',
      path: `${base}/${caseId}/commands/${command}`,
      caller,
      at: now(),
      body,
    });
  const officer = officerOf(controller);
  await send(dpo, 'triage', { verdict: 'rights-request', rights: [right], signatory });
  await send(dpo, 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
  const found = await until('the search', (state) => ['reviewing', 'deciding'].includes(state.stage));
  if (found.stage === 'reviewing') {
    await send(dpo, 'submit-review', { redactions: [] });
    await send(officer, 'confirm-review', {});
  }
  const decision = decisionOn(right, found.search);
  await send(dpo, 'prepare-decision', { right, decision });
  await send(dpo, 'give-opinion', { right, opinion: 'agrees', text: 'Parere favorevole.' });
  await send(officer, 'decide', { right, decision });
  await until('the execution', ({ rights }) => rights.every(({ state }) => state === 'executed'));
  await send(dpo, 'compose-answer', { rights: [right], signatory });
  const { letters, reference } = await until('the answer', (state) =>
    state.letters.every(({ state: at }) => at === 'composed'),
  );
  for (const { letterId } of letters) await send(dpo, 'send-letter', { letterId });
  await until('the delivery', (state) => state.letters.every(({ state: at }) => at === 'delivered'));
  stage.timeline.note({
    at: now(),
    controller,
    what: 'answered',
    why: `${right}: ${String(decision.outcome)}, ${counted(found.search?.records ?? 0, 'record')} found (Art. 12(3))`,
    ids: { caseId },
  });
  stage.say(
    `  ${controllerName(controller)}: ${reference}, ${right} ${String(decision.outcome)}; ${counted(letters.length, 'letter')} sent once each (${stage.linkTo(`request-${caseId}`)})`,
  );
};

/** Tells the two requests, and leaves their letters in `letters/` of the folder. */
export const tellRightsRequests = async (stage: Stage, folder: string): Promise<void> => {
  stage.say('\n== Two people exercise their rights\n');
  for (const one of asked) await tellOne(stage, one);
  const names = await writeLettersTo(
    { api: stage.api, controllers: asked.map(({ controller }) => controller), at: now() },
    join(folder, 'letters'),
  );
  stage.say(`  ${counted(names.length, 'letter')} as PDF in demo-output/letters/.`);
};
