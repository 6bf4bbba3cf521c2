/** `kill -9` of the worker again and again while a case goes its way: no step lost, none done twice (I9). */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant } from '../../domain/instant.ts';
import { createRightsWorld, type RightsWorld } from './support/rights-world.ts';
import { message, Story, signatory } from './support/story.ts';

let world: RightsWorld;
let child: ChildProcess | undefined;
beforeAll(async () => {
  world = await createRightsWorld('rights-crash');
  await world.stopWorker();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await world.startWorker();
  await world.close();
});

const folder = mkdtempSync(join(tmpdir(), 'oblio-crash-'));
let births = 0;
const born = async (): Promise<ChildProcess> => {
  births += 1;
  const ready = join(folder, `ready-${births}`);
  const next = spawn(process.execPath, ['test/rights-request/support/worker-process.ts'], {
    env: { ...process.env, ...world.world.environment, READY_FILE: ready },
    stdio: 'ignore',
  });
  for (let attempt = 0; attempt < 600; attempt += 1) {
    try {
      if (readFileSync(ready, 'utf8') !== '') return next;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('The worker process did not start');
};

it('I9: loses and repeats no step when the worker is killed at any moment', async () => {
  child = await born();
  const story = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00')));
  let over = false;
  const reaper = (async () => {
    let lifeMs = 300;
    while (!over) {
      await sleep(lifeMs);
      child?.kill('SIGKILL');
      child = await born();
      lifeMs += 700;
    }
  })();
  const decision = {
    outcome: 'refused',
    grounds: [],
    lines: [{ recordClass: 'chat', result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
    reasons: { '17.1.none': 'necessari', '17.3.b': 'compito pubblico' },
  };
  // Each command has its key, so that a caller whose call timed out may repeat it.
  let number = 0;
  const insist = async (as: 'dpo' | 'officer', command: Parameters<Story['send']>[1], body: unknown): Promise<void> => {
    number += 1;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const answer = await story.send(as, command, body, { headers: { 'idempotency-key': `step-${number}` } });
      if (answer.status === 200) return story.settled();
      if (answer.status !== 503) throw new Error(`${command}: ${JSON.stringify(answer.body)}`);
    }
    throw new Error(`${command} was never answered`);
  };
  await insist('dpo', 'triage', { verdict: 'rights-request', rights: ['erasure', 'objection'], signatory });
  await insist('dpo', 'confirm-identity', { level: 'digital-identity', capacity: 'self' });
  await insist('dpo', 'withdraw', { rights: ['objection'], text: 'rinuncia', signatory });
  await insist('dpo', 'prepare-decision', { right: 'erasure', decision });
  await insist('dpo', 'give-opinion', { right: 'erasure', opinion: 'agrees', text: 'parere' });
  await insist('officer', 'decide', { right: 'erasure', decision });
  await insist('dpo', 'compose-answer', { rights: ['erasure'], signatory });
  over = true;
  await reaper;
  await story.deliver('answer');
  await story.deliver('request-withdrawn');
  const { history, letters } = await story.read();
  const kinds = (history as { event: { kind: string } }[]).map(({ event }) => event.kind);
  for (const once of [
    'recognised',
    'identity-confirmed',
    'search-finished',
    'restriction-placed',
    'rights-withdrawn',
    'decided',
    'executed',
    'letter-ordered',
  ]) {
    expect({ once, times: kinds.filter((kind) => kind === once).length }).toEqual({ once, times: 1 });
  }
  expect((letters as { kind: string }[]).map(({ kind }) => kind).toSorted()).toEqual([
    'acknowledgement',
    'answer',
    'request-withdrawn',
  ]);
  const placed = await world.world
    .database('api')
    .selectFrom('suspension')
    .select('id')
    .where('kind', '=', 'restriction')
    .execute();
  expect(placed).toHaveLength(1);
  const numbers = await world.world
    .database('api')
    .selectFrom('protocol_entry')
    .select('number')
    .orderBy('number')
    .execute();
  expect(numbers.map((entry) => entry.number)).toEqual([1, 2, 3]);
  expect(births).toBeGreaterThan(3);
}, 560_000);
