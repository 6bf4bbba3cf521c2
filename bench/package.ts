// `npm run bench:package`: an access package of many records and much sound, made by the worker's activity and streamed into the store,
// against copying the same bytes from the store into the store in the same run. Each in a process of its own, whose memory is watched.
// Usage: npm run bench:package [-- --records 50000 --sound-megabytes 2000 --rounds 1]

import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { z } from 'zod';
import { recordClassId } from '../domain/ids.ts';
import { days } from '../domain/time/duration.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { nodeFlags } from '../stack/services/oblio-processes.ts';
import { beginUpload, finishUpload } from '../storage/objects/record-objects.ts';
import { handIn, inps } from '../test/support/records.ts';
import { reviewedCase } from '../test/support/requests/packages.ts';
import { createWorld, type World } from '../test/support/world.ts';
import { withBenchStack } from './support/bench-stack.ts';
import { megabytes, watchMemory } from './support/memory.ts';
import { inParallel, median, printConditions } from './support/report.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '50000' },
    'sound-megabytes': { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '1' },
  },
});
const records = Number(values.records);
const soundMegabytes = Number(values['sound-megabytes']);
const rounds = Number(values.rounds);
/** Of 25 records one is a recording, two are chats, the others text messages. */
const recordings = Math.max(1, Math.round(records / 25));
const chats = Math.round((records * 2) / 25);
const messages = records - recordings - chats;
const recordingBytes = Math.round((soundMegabytes * 1_000_000) / recordings);
const memoryAim = 400_000_000;

const now = instantFromEpoch(Date.now());
const triggerAt = instantFromEpoch(Date.now() - days(5));
const person = { kind: 'controller-subject-id', value: 'bench-person' } as const;
const sentence = 'Buongiorno, vorrei sapere a che punto è la mia domanda di pensione. ';

const storeSound = async (world: World, recordId: Awaited<ReturnType<typeof handIn>>[number]['recordId']) => {
  const recordClass = recordClassId('call-recording');
  const content = randomBytes(recordingBytes);
  const facts = { mediaType: 'audio/wav', size: content.length, sha256: createHash('sha256').update(content).digest() };
  const place = { controller: inps, recordClass, recordId, name: 'call' };
  const begun = await beginUpload(world.database('api'), { ...place, facts, now });
  if (begun.outcome !== 'begun') throw new Error(`An upload was answered with ${begun.outcome}`);
  const body = (async function* () {
    yield content;
  })();
  const { versionId } = await world.store('api').put({ key: begun.upload.key, body, ...facts });
  await finishUpload(world.database('api'), {
    ...place,
    upload: begun.upload,
    stored: { ...facts, versionId },
    now,
    audit: {
      at: now,
      actor: 'bench',
      role: 'source',
      action: 'object-stored',
      controller: inps,
      target: { kind: 'object', id: begun.upload.objectId },
      why: 'handed-in',
    },
  });
};

const setTheScene = async (world: World): Promise<string> => {
  const common = { triggerAt, now, subjects: () => [person] };
  await handIn(world, {
    ...common,
    recordClass: recordClassId('sms'),
    count: messages,
    text: (index) => `INPS: la Sua domanda n. ${index} è stata accolta. Info su MyINPS.`,
  });
  await handIn(world, {
    ...common,
    recordClass: recordClassId('chat'),
    count: chats,
    text: (index) => `${index} ${sentence.repeat(30)}`,
  });
  const calls = await handIn(world, { ...common, recordClass: recordClassId('call-recording'), count: recordings });
  await inParallel(calls, 4, ({ recordId }) => storeSound(world, recordId));
  await sql`ANALYZE`.execute(world.superuser());
  return (await reviewedCase(world, { identifiers: [person], now })).caseId;
};

const doneSchema = z.object({
  size: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  files: z.number().optional(),
  records: z.number().optional(),
});

const inOwnProcess = async (world: World, work: Readonly<Record<string, string>>) => {
  const settings = {
    databaseUrl: world.environment.OBLIO_WORKER_DATABASE_URL,
    keysFile: world.environment.OBLIO_KEYS_FILE,
    store: world.storeSettings('worker'),
    work,
  };
  const child = spawn(
    process.execPath,
    // As the worker runs.
    [...nodeFlags.worker, join(import.meta.dirname, 'support', 'package-process.ts'), JSON.stringify(settings)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const memory = watchMemory(child.pid ?? 0);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const [code] = await once(child, 'exit');
  const { peak } = await memory.stop();
  if (code !== 0) throw new Error(`The process ended with ${String(code)}`);
  return { ...doneSchema.parse(JSON.parse(said)), peak };
};

type Done = Awaited<ReturnType<typeof inOwnProcess>>;

const print = (what: string, { size, seconds, cpuSeconds, peak }: Done): void => {
  const mega = size / 1_000_000;
  console.log(
    `  ${what.padEnd(24)} ${seconds.toFixed(1).padStart(7)} s   ${((seconds * 1_000) / mega).toFixed(2).padStart(7)} ms/MB   CPU ${((cpuSeconds * 1_000) / mega).toFixed(2).padStart(6)} ms/MB   peak of memory ${megabytes(peak)}`,
  );
};

await withBenchStack(async ({ running }) => {
  printConditions('An access package', {
    records,
    recordings,
    'MB of sound': soundMegabytes,
    'bytes a recording': recordingBytes,
    chats,
    rounds,
  });
  await using world = await createWorld({ label: 'bench-package', services: running });
  const began = performance.now();
  const caseId = await setTheScene(world);
  console.log(`  scene set in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const packageId = randomUUID();
    const made = await inOwnProcess(world, { kind: 'make', caseId, packageId, now });
    print('package made', made);
    const { object_key: key } = await world
      .database('worker')
      .selectFrom('access_package')
      .innerJoin('record_object', 'record_object.id', 'access_package.object_id')
      .select('record_object.object_key')
      .where('access_package.id', '=', packageId)
      .executeTakeFirstOrThrow();
    const copied = await inOwnProcess(world, { kind: 'copy', key, to: `${key}-copy` });
    print('same bytes copied', copied);
    if (copied.size !== made.size || made.records !== records) throw new Error('The two did not move the same');
    const ratio = made.seconds / copied.seconds;
    ratios.push(ratio);
    console.log(
      `  ${megabytes(made.size)} in ${made.files ?? 0} files of ${made.records ?? 0} records: ${ratio.toFixed(2)} times as long as copying; memory ${megabytes(made.peak)} (aim: below ${megabytes(memoryAim)})`,
    );
    if (made.peak >= memoryAim) process.exitCode = 1;
  }
  console.log(`  median ratio ${median(ratios).toFixed(2)}`);
});
