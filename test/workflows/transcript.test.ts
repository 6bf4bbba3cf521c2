/** Transcripts of chats (INPS notice): sent once, whatever the mail server does, and never in the way of anything else (I9). */
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { transcriptMessageId } from '../../activities/transcript/send-transcript.ts';
import type { RecordId } from '../../domain/ids.ts';
import { markTranscriptsToStart } from '../../storage/sweep/expected-workflows.ts';
import type { RetentionResult } from '../../workflows/retention/contract.ts';
import { type TranscriptResult, transcriptWorkflowId } from '../../workflows/transcript/contract.ts';
import { handInOne, inps, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { eventually, everythingTemporalKnows, startWorker, type TestWorker, worldClient } from '../support/temporal.ts';
import { runToEnd } from '../support/time-travel.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

/** What the mail server does with the next messages; the last stays. */
type Behaviour = 'take' | 'refuse-mailbox' | 'busy' | 'hang-up-before-text' | 'hang-up-after-text';

let world: World;
let client: Client;
let worker: TestWorker;
let server: SMTPServer;
let behaviours: Behaviour[] = ['take'];
const received: string[] = [];

const behaviour = (): Behaviour => behaviours[0] ?? 'take';
const done = (): void => {
  if (behaviours.length > 1) behaviours.shift();
};

const answer = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

const readAll = async (stream: SMTPServerDataStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
};

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onRcptTo: (_address, session, callback) => {
      switch (behaviour()) {
        case 'refuse-mailbox':
          done();
          return callback(answer(550, 'no such mailbox'));
        case 'busy':
          done();
          return callback(answer(451, 'try again later'));
        case 'hang-up-before-text':
          done();
          cutOff(session.id);
          return;
        default:
          return callback();
      }
    },
    onData: (stream, session, callback) => {
      void readAll(stream).then((text) => {
        received.push(text);
        if (behaviour() === 'hang-up-after-text') {
          done();
          cutOff(session.id);
          return;
        }
        done();
        callback();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  world = await createWorld({ label: 'transcript' });
  world.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  );
  ({ client } = await worldClient(world));
  worker = await startWorker(world, { environment: { SMTP_URL: `smtp://127.0.0.1:${port}` } });
});
afterAll(() => world.close());
afterEach(() => {
  received.length = 0;
});

/** Ends the connection of a session without a word. */
const cutOff = (sessionId: string): void => {
  for (const connection of server.connections as Set<{ id: string; _socket: { destroy: () => void } }>) {
    if (connection.id === sessionId) connection._socket.destroy();
  }
};

const words = 'Buongiorno, la mia domanda riguarda la pratica 4711';

const chat = (): Promise<TestRecord> =>
  handInOne(world, {
    recordClass: recordClasses.chat,
    triggerAt: realNow(),
    subjects: () => [{ kind: 'email', value: 'utente.della.chat@example.it' }],
    text: () => words,
  });

const rowOf = (recordId: RecordId) =>
  world
    .database('worker')
    .selectFrom('transcript_delivery')
    .select(['state', 'attempts', 'workflow_started_at'])
    .where('record_id', '=', recordId)
    .executeTakeFirst();

/** Lets a transcript's workflow run to its end, past all its pauses. */
const finish = async ({ recordId }: TestRecord): Promise<TranscriptResult> => {
  await eventually(
    () => rowOf(recordId),
    (row) => row === undefined || row.workflow_started_at !== null,
  );
  return runToEnd<TranscriptResult>({ client, workflowId: transcriptWorkflowId(recordId) });
};

describe('the transcript of a chat', () => {
  test('I9: is sent once to the address its user gave, with the words of the chat', async () => {
    behaviours = ['take'];
    const record = await chat();
    expect(await finish(record)).toEqual({ outcome: 'sent', attempts: 1 });
    expect(received).toHaveLength(1);
    expect(received[0]).toContain('utente.della.chat@example.it');
    expect(received[0]).toContain(words);
    expect(received[0]).toContain(`Message-ID: ${transcriptMessageId(record.recordId)}`);
    expect(await rowOf(record.recordId)).toMatchObject({ state: 'sent', attempts: 1 });
  });

  test('waits and tries again while the mail server is busy or hangs up before it has the text', async () => {
    behaviours = ['busy', 'hang-up-before-text', 'take'];
    const record = await chat();
    expect(await finish(record)).toEqual({ outcome: 'sent', attempts: 3 });
    expect(received).toHaveLength(1);
    expect(await rowOf(record.recordId)).toMatchObject({ state: 'sent', attempts: 3 });
  });

  test('I9: is not sent again when nobody knows whether it arrived', async () => {
    behaviours = ['hang-up-after-text', 'take'];
    const record = await chat();
    expect(await finish(record)).toEqual({ outcome: 'unknown', attempts: 1 });
    expect(received).toHaveLength(1);
    expect(await rowOf(record.recordId)).toMatchObject({ state: 'unknown' });
  });

  test('I9: is not sent again when a worker died in the middle of sending', async () => {
    behaviours = ['busy', 'take'];
    const record = await chat();
    await eventually(
      () => rowOf(record.recordId),
      (row) => row?.attempts === 1 && row.state === 'due',
    );
    // The mark that a worker leaves when it dies between sending and noting it.
    await world
      .database('worker')
      .updateTable('transcript_delivery')
      .set({ state: 'attempting', attempts: 2 })
      .where('record_id', '=', record.recordId)
      .execute();
    expect(await finish(record)).toMatchObject({ outcome: 'unknown' });
    expect(received).toHaveLength(0);
  });

  test('I1, I9: whose workflow was lost in the middle of an attempt is started again, and settles as unknown', async () => {
    behaviours = ['busy', 'take'];
    const record = await chat();
    await eventually(
      () => rowOf(record.recordId),
      (row) => row?.attempts === 1 && row.state === 'due',
    );
    await client.workflow.getHandle(transcriptWorkflowId(record.recordId)).terminate('lost');
    const db = world.database('worker');
    await db
      .updateTable('transcript_delivery')
      .set({ state: 'attempting', attempts: 2 })
      .where('record_id', '=', record.recordId)
      .execute();
    expect(await markTranscriptsToStart(db, [record.recordId])).toBe(1);
    expect(await finish(record)).toMatchObject({ outcome: 'unknown' });
    expect(received).toHaveLength(0);
  });

  test('ends when the mailbox does not exist, and gives up after five days of a server that never takes it', async () => {
    behaviours = ['refuse-mailbox', 'busy'];
    const refused = await chat();
    expect(await finish(refused)).toEqual({ outcome: 'refused', attempts: 1 });
    const never = await chat();
    const { outcome, attempts } = await finish(never);
    expect(outcome).toBe('given-up');
    expect(attempts).toBeGreaterThan(10);
    expect(await rowOf(never.recordId)).toMatchObject({ state: 'given-up' });
  });

  test('I1: a transcript that cannot be sent does not keep the chat from being erased in time', async () => {
    behaviours = ['busy'];
    const record = await chat();
    await eventually(
      () => rowOf(record.recordId),
      (row) => (row?.attempts ?? 0) > 0,
    );
    const retention = { client, workflowId: record.workflowId };
    expect(await runToEnd<RetentionResult>(retention)).toEqual({ recordsGone: 1, certificates: 1 });
    expect(await rowOf(record.recordId)).toBeUndefined();
    expect(await finish(record)).toMatchObject({ outcome: 'record-gone' });
  });

  test('I11: waits while processing of the chat is restricted, and is sent when that has ended', async () => {
    behaviours = ['take'];
    const who = { kind: 'email', value: 'restricted.chat@example.it' };
    const scope = [{ subject: world.sealing.subjectKey({ controller: inps, ...who }) }];
    const { suspensionId } = await place(world, { kind: 'restriction', scope, now: realNow() });
    const record = await handInOne(world, {
      recordClass: recordClasses.chat,
      triggerAt: realNow(),
      subjects: () => [who],
      text: () => words,
    });
    const refusals = await eventually(
      () =>
        world
          .database('worker')
          .selectFrom('audit_entry')
          .select(['actor', 'why'])
          .where('action', '=', 'access-refused')
          .where('target_id', '=', record.recordId)
          .execute(),
      (rows) => rows.length > 0,
    );
    expect(refusals).toEqual([{ actor: 'oblio-worker', why: 'restricted' }]);
    expect(await rowOf(record.recordId)).toMatchObject({ state: 'due', attempts: 0 });
    expect(received).toHaveLength(0);
    await release(world, suspensionId, realNow());
    expect(await finish(record)).toEqual({ outcome: 'sent', attempts: 2 });
    expect(received).toHaveLength(1);
  });

  test('I7: neither address nor words nor what the mail server said reach Temporal or the log', async () => {
    const known = await everythingTemporalKnows(client, 'transcript-');
    for (const text of [known, worker.log()]) {
      expect(text).not.toContain('utente.della.chat');
      expect(text).not.toContain('pratica 4711');
      expect(text).not.toContain('no such mailbox');
    }
  });

  test('I10: how it ended is in the audit trail', async () => {
    const rows = await world
      .database('worker')
      .selectFrom('audit_entry')
      .select(['why'])
      .where('action', '=', 'transcript-settled')
      .orderBy('id')
      .execute();
    expect(rows.map(({ why }) => why)).toEqual([
      'sent',
      'sent',
      'unknown',
      'unknown',
      'unknown',
      'refused',
      'given-up',
      'sent',
    ]);
  });
});
