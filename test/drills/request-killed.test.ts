/**
 * `kill -9` of the worker, the Temporal server and the database, on services of the test's own, while a case is searched, decided,
 * carried out and its recipients are told: no step lost, none done twice (I9).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { message, Story, signatory } from '../support/requests/story.ts';
import { eventually, startWorkerProcess, type WorkerProcess } from '../support/temporal.ts';
import { type OwnServices, startOwnServices } from './support/own-services.ts';

let services: OwnServices;
let world: RightsWorld;
let worker: WorkerProcess | undefined;

beforeAll(async () => {
  services = await startOwnServices();
  world = await createRightsWorld('rights-crash', { services: services.running, worker: 'elsewhere' });
}, 600_000);
afterAll(async () => {
  await worker?.kill();
  await world?.close();
  await services?.stop();
});

const born = (): Promise<WorkerProcess> => startWorkerProcess(world.world, { untilReady: false });

const decision = {
  outcome: 'erased',
  grounds: ['17.1.d'],
  lines: [{ recordClass: 'booking', result: 'granted', grounds: ['17.1.d'] }],
};

/** Each command has its key, so that a caller whose call was not answered may repeat it. */
const insist = async (
  story: Story,
  as: 'dpo' | 'officer',
  command: Parameters<Story['send']>[1],
  body: unknown,
): Promise<void> => {
  for (let attempt = 1; attempt <= 60; attempt += 1) {
    const answer = await story.send(as, command, body, {
      headers: { 'idempotency-key': `${story.caseId}-${command}` },
    });
    if (answer.status === 200) return;
    if (answer.status !== 503) throw new Error(`${command}: ${JSON.stringify(answer.body)}`);
    await sleep(500);
  }
  throw new Error(`${command} was never answered`);
};

/** What the case has come to, asked for as long as the services are away. */
const until = (story: Story, holds: (file: Record<string, unknown>) => boolean): Promise<unknown> =>
  eventually(
    (): Promise<Record<string, unknown>> => story.read().catch(() => ({})),
    (file) => file.stage !== undefined && holds(file),
    240_000,
  );

const rightIs = (state: string) => (file: Record<string, unknown>) =>
  (file.rights as { state: string; recipients?: string }[]).every((right) => right.state === state);

type Victim = 'worker' | 'temporal' | 'postgres';

const kill = async (victim: Victim): Promise<void> => {
  if (victim === 'worker') {
    await worker?.kill();
    worker = await born();
    return;
  }
  await services.handles[victim].kill('SIGKILL');
  await services.handles[victim].restart();
};

it.each(['worker', 'temporal', 'postgres'] as const)(
  'I9: loses and repeats no step when kill -9 meets the %s in the middle of search, decision, execution and notification',
  async (victim) => {
    worker = await born();
    const held = Array.from({ length: 25 }, () => heldRecord('booking', '2028-01-10'));
    const story = await Story.begin(world, 'comune-di-milano', message(instant('2027-03-05T09:30:00+01:00')), held);
    await insist(story, 'dpo', 'triage', { verdict: 'rights-request', rights: ['erasure'], signatory });
    // Each kill comes a moment after the command, whatever the machine is doing then.
    await insist(story, 'dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
    await sleep(150);
    await kill(victim);
    await until(story, ({ stage }) => stage === 'deciding');
    await insist(story, 'dpo', 'prepare-decision', { right: 'erasure', decision });
    await insist(story, 'dpo', 'give-opinion', { right: 'erasure', opinion: 'agrees', text: 'parere' });
    const deciding = insist(story, 'officer', 'decide', { right: 'erasure', decision });
    await kill(victim);
    await deciding;
    await sleep(100);
    await kill(victim);
    await until(story, rightIs('executed'));
    await kill(victim);
    await until(story, ({ rights }) =>
      (rights as { recipients?: string }[]).every(({ recipients }) => recipients !== 'due'),
    );
    await insist(story, 'dpo', 'compose-answer', { rights: ['erasure'], signatory });
    await kill(victim);
    await until(story, ({ letters }) =>
      (letters as { kind: string; state: string }[]).some(
        (letter) => letter.kind === 'answer' && letter.state === 'composed',
      ),
    );
    await story.deliver('answer');
    await until(story, ({ stage }) => stage === 'closed');

    const kinds = ((await story.read()).history as { event: { kind: string } }[]).map(({ event }) => event.kind);
    for (const once of [
      'recognised',
      'identity-confirmed',
      'search-finished',
      'decided',
      'executed',
      'recipients-told',
      'letter-ordered',
    ]) {
      expect({ once, times: kinds.filter((kind) => kind === once).length }).toEqual({ once, times: 1 });
    }
    const db = world.world.database('worker');
    expect(
      await db
        .selectFrom('record')
        .select('id')
        .where('id', 'in', [...story.records])
        .execute(),
    ).toEqual([]);
    const lines = await db
      .selectFrom('erasure_item')
      .innerJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_item.intent_id')
      .select(['record_id', 'disposition_certificate.intent_id'])
      .where('record_id', 'in', [...story.records])
      .execute();
    expect(lines).toHaveLength(story.records.length);
    const told = await db
      .selectFrom('recipient_notification')
      .select(['recipient'])
      .where('case_id', '=', story.caseId)
      .execute();
    // Two processors were given bookings (the policy), each with one task.
    expect(told.map(({ recipient }) => recipient).toSorted()).toEqual(['enterprise-services-italia', 'gpi']);
    const numbers = await db
      .selectFrom('request_letter')
      .innerJoin('protocol_entry', 'protocol_entry.letter_id', 'request_letter.id')
      .select(['kind', 'number'])
      .where('case_id', '=', story.caseId)
      .execute();
    expect(numbers.map(({ kind }) => kind).toSorted()).toEqual(['acknowledgement', 'answer']);
    expect(
      await db.selectFrom('record').select('record_class').where('id', '=', recordId(story.caseId)).execute(),
    ).toEqual([{ record_class: 'rights-request-file' }]);
    await worker?.stop();
  },
  1_200_000,
);
