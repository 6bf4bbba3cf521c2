/** `kill -9` between composing, rendering, storing and sending a letter: one file, one number, one sending (I9). */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { instant } from '../../../domain/time/instant.ts';
import { mailsTo } from '../../support/requests/mails.ts';
import { createRightsWorld, type RightsWorld } from '../../support/requests/rights-world.ts';
import { message, Story, signatory } from '../../support/requests/story.ts';

let world: RightsWorld;
let child: ChildProcess | undefined;

beforeAll(async () => {
  world = await createRightsWorld('letter-crash');
  await world.stopWorker();
});
afterAll(() => world.close());

const kill = async (): Promise<void> => {
  const dying = child;
  child = undefined;
  if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return;
  const gone = once(dying, 'exit');
  dying.kill('SIGKILL');
  await gone;
};
afterEach(kill);

/** A worker process that polls; it takes the place of the one before. */
const born = async (dieAt?: string): Promise<ChildProcess> => {
  await kill();
  const next = spawn(process.execPath, ['test/support/requests/delivery-process.ts'], {
    env: {
      ...process.env,
      ...world.world.environment,
      WORKER_PORT: '0',
      ...(dieAt === undefined ? {} : { DIE_AT: dieAt }),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = next;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    next.once('exit', () => reject(new Error(`The worker did not start: ${said}`)));
    next.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('"worker-ready"')) resolve();
    });
  });
  return next;
};
const death = async (dying: ChildProcess): Promise<void> => {
  for (let attempt = 0; dying.signalCode === null; attempt += 1) {
    if (attempt === 900) throw new Error('The worker did not come to the moment of its death');
    await sleep(100);
  }
  expect(dying.signalCode).toBe('SIGKILL');
};

type Letter = { letterId: string; state: string; dispatch?: { state: string; why?: string } };
const onlyLetter = async (story: Story): Promise<Letter> => {
  const [letter, other] = (await story.letters()) as Letter[];
  if (letter === undefined || other !== undefined) throw new Error('The case has not one letter');
  return letter;
};
const begin = async (): Promise<{ story: Story; to: string }> => {
  const to = `rosa.${randomUUID()}@example.it`;
  const sent = message(instant('2027-03-05T09:30:00+01:00'), { requester: { name: 'Rosa', email: to } });
  return { story: await Story.begin(world, 'inps', sent), to };
};
const triage = (story: Story) =>
  story.send('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
const until = (story: Story, wanted: Partial<Letter>) =>
  expect.poll(() => onlyLetter(story), { timeout: 120_000, interval: 500 }).toMatchObject(wanted);

it.each(['composed', 'rendered'])(
  'I9: killed once a letter is %s, it is rendered once and sent once',
  async (moment) => {
    const dying = await born(moment);
    const { story, to } = await begin();
    await triage(story);
    await death(dying);
    await born();
    await until(story, { state: 'composed' });
    const { letterId } = await onlyLetter(story);
    expect((await story.send('dpo', 'send-letter', { letterId })).status).toBe(200);
    await until(story, { state: 'delivered' });
    expect(mailsTo(world, to)).toHaveLength(1);
    const db = world.world.database('worker');
    const files = await db.selectFrom('letter_file').select('sha256').where('letter_id', '=', letterId).execute();
    const entries = await db
      .selectFrom('protocol_entry')
      .select('file_sha256')
      .where('letter_id', '=', letterId)
      .execute();
    expect(files).toHaveLength(1);
    expect(entries.map(({ file_sha256 }) => file_sha256)).toEqual(files.map(({ sha256 }) => sha256));
  },
  280_000,
);

it.each([
  { moment: 'marked', left: 0 },
  { moment: 'sent', left: 1 },
])(
  'I9: killed when a sending is $moment, nobody knows whether it left: staff are told, and nothing is sent by itself',
  async ({ moment, left }) => {
    await born();
    const { story, to } = await begin();
    await triage(story);
    await until(story, { state: 'composed' });
    const { letterId } = await onlyLetter(story);
    const dying = await born(moment);
    // The command is on file before the machine sends; its answer may be lost with the worker.
    await story.send('dpo', 'send-letter', { letterId }, { headers: { 'idempotency-key': `release-${letterId}` } });
    await death(dying);
    await born();
    await until(story, { state: 'composed', dispatch: { state: 'undelivered', why: 'unknown' } as never });
    expect(mailsTo(world, to)).toHaveLength(left);
    await sleep(5_000);
    expect(mailsTo(world, to)).toHaveLength(left);
    if (left === 1) {
      await story.deliver('acknowledgement');
      expect(mailsTo(world, to)).toHaveLength(1);
    } else {
      expect((await story.send('dpo', 'send-letter', { letterId })).status).toBe(200);
      await until(story, { state: 'delivered' });
      expect(mailsTo(world, to)).toHaveLength(1);
    }
  },
  280_000,
);
