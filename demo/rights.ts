// Four people write to the controllers: INPS is asked to erase and refuses with dates, and to restrict, which it does and later lifts; Milano
// is asked for access and hands over a copy, and is objected to, stops and erases.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { days, hours, minutes } from '../domain/time/duration.ts';
import { type Instant, instantFromEpoch, instantPlus } from '../domain/time/instant.ts';
import type { Caller } from './api-calls.ts';
import { moveWorkflow } from './erasures.ts';
import { writeLettersTo } from './letters.ts';
import { controllerName, dpoOf, type Stage, sourceOf } from './stage.ts';
import { inventPeople, type Person } from './synthetic-people.ts';
import { chanceFrom } from './synthetic-random.ts';
import type { DemoController } from './synthetic-records.ts';
import { counted } from './words.ts';

type Asked = {
  readonly controller: DemoController;
  readonly right: 'erasure' | 'access' | 'objection' | 'restriction';
  readonly language: 'it' | 'en';
  readonly text: string;
  /** Handed in for this request alone, about a person who appears nowhere else in the story. */
  readonly about?: {
    readonly recordClass: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly text: string;
  };
};

const asked: readonly Asked[] = [
  { controller: 'inps', right: 'erasure', language: 'it', text: 'Chiedo la cancellazione dei miei dati.' },
  { controller: 'comune-di-milano', right: 'access', language: 'en', text: 'I would like a copy of my data.' },
  {
    controller: 'comune-di-milano',
    right: 'objection',
    language: 'it',
    text: 'Mi oppongo: la mia situazione familiare è cambiata e la prenotazione mi espone a un rischio.',
    about: {
      recordClass: 'booking',
      fields: { channel: 'online-form', service: 'cambio di residenza' },
      text: 'Appuntamento per un cambio di residenza.',
    },
  },
  {
    controller: 'inps',
    right: 'restriction',
    language: 'it',
    text: 'Mi serve la prova dei messaggi per un ricorso: non cancellateli e non usateli.',
    about: {
      recordClass: 'sms',
      fields: { senderKind: 'automated' },
      text: 'INPS: la Sua domanda è stata accolta. Info su MyINPS.',
    },
  },
];

const caseSchema = z.object({
  stage: z.string(),
  reference: z.string(),
  workflow: z.object({ id: z.string() }),
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

/** A person whom the controller has records about, of which none is due soon: the story erases on time what is due. */
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
  if (latest === undefined) throw new Error(`No person of the story has records at ${controller}`);
  return latest.person;
};

const decisionOn = (right: Asked['right'], search: Case['search']): Readonly<Record<string, unknown>> => {
  if (search === undefined || search.records === 0) return { outcome: 'no-data', grounds: ['not-held'] };
  const lines = (result: 'granted' | 'denied', ...grounds: readonly string[]) =>
    search.classes.filter(({ found }) => found > 0).map(({ recordClass }) => ({ recordClass, result, grounds }));
  switch (right) {
    case 'access':
      return { outcome: 'granted', grounds: ['15.1'] };
    case 'erasure':
      return {
        outcome: 'refused',
        grounds: [],
        lines: lines('denied', '17.1.none', '17.3.b'),
        reasons: {
          '17.1.none': 'I dati sono ancora necessari alla finalità per cui sono stati raccolti.',
          '17.3.b': 'Il trattamento è necessario per un compito di interesse pubblico.',
        },
      };
    case 'objection':
      return {
        outcome: 'upheld',
        grounds: ['21.1.not-shown'],
        lines: lines('granted', '21.1.not-shown'),
        reasons: { '21.1.not-shown': 'Non risultano motivi cogenti per conservare la prenotazione.' },
        balance: 'Il rischio per la persona prevale: l’appuntamento si è già svolto.',
      };
    case 'restriction':
      return { outcome: 'restricted', grounds: ['18.1.c'], lines: lines('granted', '18.1.c') };
  }
};

/** A new person, about whom a source system hands in one record. */
const newcomer = async (
  stage: Stage,
  { controller, right, about }: Asked & { readonly about: NonNullable<Asked['about']> },
): Promise<Person> => {
  const [person] = inventPeople(chanceFrom(`${stage.run}/${controller}/${right}`), 1);
  if (person === undefined) throw new Error('No person was invented');
  const { recordClass, fields, text } = about;
  await stage.api.expect(z.unknown(), {
    method: 'PUT',
    path: `/controllers/${controller}/record-classes/${recordClass}/records/${stage.run}-${right}`,
    caller: sourceOf(controller, recordClass),
    at: now(),
    body: {
      triggerAt: instantPlus(now(), -days(1)),
      identifiers: [{ kind: 'codice-fiscale', value: person.codiceFiscale }],
      fields,
      text,
    },
  });
  return person;
};

const tellOne = async (stage: Stage, one: Asked): Promise<void> => {
  const { controller, right, language, text, about } = one;
  const { api } = stage;
  const dpo = dpoOf(controller);
  const person = about === undefined ? askerOf(stage, controller) : await newcomer(stage, { ...one, about });
  const base = `/controllers/${controller}/requests`;
  const { caseId } = await api.expect(z.object({ caseId: z.string() }), {
    method: 'POST',
    path: base,
    caller: dpo,
    at: now(),
    body: {
      channel: 'email',
      receivedAt: instantPlus(now(), -minutes(1)),
      language,
      messageId: `<${stage.run}.${controller}.${right}@mail.example>`,
      requester: { name: `${person.givenName} ${person.familyName}`, email: person.email },
      identifiers: [
        { kind: 'codice-fiscale', value: person.codiceFiscale },
        { kind: 'email', value: person.email },
      ],
      text,
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
  const send = (caller: Caller, command: string, body: unknown, at: Instant = now()): Promise<unknown> =>
    api.expect(z.unknown(), { method: 'POST', path: `${base}/${caseId}/commands/${command}`, caller, at, body });
  const sendLetters = async (): Promise<void> => {
    const { letters } = await until('the letters', (state) => state.letters.every(({ state: at }) => at !== 'ordered'));
    for (const { letterId, state } of letters) if (state === 'composed') await send(dpo, 'send-letter', { letterId });
    await until('the delivery', (state) => state.letters.every(({ state: at }) => at === 'delivered'));
  };
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
  await sendLetters();
  stage.timeline.note({
    at: now(),
    controller,
    what: 'answered',
    why: `${right}: ${String(decision.outcome)}, ${counted(found.search?.records ?? 0, 'record')} found (Art. 12(3))`,
    ids: { caseId },
  });
  if (right === 'restriction') {
    // Art. 18(3): the person is told before it is lifted.
    await send(officer, 'announce-lifting', { right, reason: 'Il ricorso è concluso.', signatory });
    await sendLetters();
  }
  if (right === 'restriction' || right === 'objection') {
    const later = instantPlus(now(), days(16));
    await moveWorkflow(stage, (await read()).workflow.id, later);
    if (right === 'restriction') await send(officer, 'lift-restriction', { right }, instantPlus(later, hours(1)));
    await until('the end of the restriction', (state) => state.stage === 'closed');
    stage.timeline.note({
      at: later,
      controller,
      what: 'restriction lifted',
      why: 'fifteen days after the person was told (Art. 18(3))',
      ids: { caseId },
    });
  }
  const { letters, reference, workflow } = await read();
  const outcome =
    right === 'restriction' ? 'granted, and lifted after fifteen days of notice' : String(decision.outcome);
  stage.say(
    `  ${controllerName(controller)}: ${reference}, ${right} ${outcome}; ${counted(letters.length, 'letter')} sent once each (${stage.linkTo(workflow.id)})`,
  );
};

/** Tells the two requests, and leaves their letters in `letters/` of the folder. */
export const tellRightsRequests = async (stage: Stage, folder: string): Promise<void> => {
  stage.say('\n== Four people exercise their rights\n');
  for (const one of asked) await tellOne(stage, one);
  const names = await writeLettersTo(
    { api: stage.api, controllers: [...new Set(asked.map(({ controller }) => controller))], at: now() },
    join(folder, 'letters'),
  );
  stage.say(`  ${counted(names.length, 'letter')} as PDF in demo-output/letters/.`);
};
