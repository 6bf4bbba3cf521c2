// `npm run bench:erase-day-unit`: a day unit through workflow and gate, with proof, against a script that deletes the same rows and object
// versions without. Usage: npm run bench:erase-day-unit [-- --records 100000 --objects 4000 --object-bytes 2000 --heap]
// `--heap` collects the worker's garbage every two seconds and shows what is in use then; that costs a little speed.
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client as StoreClient } from 'minio';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Api } from '../demo/api-calls.ts';
import { unitId as asUnitId, controllerId, recordClassId } from '../domain/ids.ts';
import { days } from '../domain/time/duration.ts';
import { type Instant, instantFromEpoch } from '../domain/time/instant.ts';
import { projectRoot } from '../stack/process/project.ts';
import { timeOf, travelTo } from '../stack/temporal/time-travel.ts';
import { type RetentionResult, retentionWorkflowId } from '../workflows/retention/contract.ts';
import { type BenchStack, withBenchStack } from './support/bench-stack.ts';
import { type BenchLine, documentLines, handInLines, smsLines, sourceOfAll } from './support/handed-in.ts';
import { inTransaction } from './support/in-transaction.ts';
import { type MemoryCourse, megabytes, watchMemory } from './support/memory.ts';
import { processorTime, processorTimeEach } from './support/processor-time.ts';
import { inParallel, median, printConditions, printRatio, timed } from './support/report.ts';

// The floor of erasing: a script that deletes the same rows and object versions in chunks, as fast as it can, and proves nothing.

/** What the bare script deletes, and in chunks of how many records. */
type BareErasure = {
  readonly owner: Pool;
  readonly store: StoreClient;
  readonly bucket: string;
  readonly unitId: string;
  readonly recordsAChunk: number;
};

/** Deletes everything of a unit; answers how many records there were. */
const eraseBare = async ({ owner, store, bucket, unitId, recordsAChunk }: BareErasure): Promise<number> => {
  let erased = 0;
  for (;;) {
    const { rows } = await owner.query<{ id: string }>(
      'SELECT id FROM record WHERE unit_id = $1 ORDER BY id LIMIT $2',
      [unitId, recordsAChunk],
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return erased;
    const { rows: objects } = await owner.query<{ name: string; versionId: string }>(
      'SELECT object_key AS name, version_id AS "versionId" FROM record_object WHERE record_id = ANY($1::uuid[])',
      [ids],
    );
    for (let from = 0; from < objects.length; from += 1_000) {
      await store.removeObjects(bucket, objects.slice(from, from + 1_000));
    }
    await inTransaction(owner, async (client) => {
      for (const table of ['record_subject', 'record_attribute', 'record_object', 'transcript_delivery']) {
        await client.query(`DELETE FROM ${table} WHERE record_id = ANY($1::uuid[])`, [ids]);
      }
      await client.query('DELETE FROM record WHERE id = ANY($1::uuid[])', [ids]);
    });
    erased += ids.length;
  }
};

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    objects: { type: 'string', default: '4000' },
    'object-bytes': { type: 'string', default: '2000' },
    heap: { type: 'boolean', default: false },
  },
});
const records = Number(values.records);
const objects = Number(values.objects);
const objectBytes = Number(values['object-bytes']);
/** As large as the gate's own chunks, so that both sides send the same number of statements. */
const recordsAChunk = 4_000;

const daysAgo = (count: number): Instant => instantFromEpoch(Date.now() - days(count));

const onlyUnit = (units: ReadonlySet<string>): string => {
  const [unit] = units;
  if (unit === undefined || units.size !== 1) throw new Error(`Expected one unit, got ${units.size}`);
  return unit;
};

/** What is left of a unit in the database and its dates. */
const readUnit = async ({ owner }: BenchStack, unit: string) => {
  const { rows } = await owner.query<{ due_at: Date; controller: string; record_class: string; left: number }>(
    'SELECT due_at, controller, record_class, (SELECT count(*)::int FROM record WHERE unit_id = u.id) AS left FROM retention_unit AS u WHERE id = $1',
    [unit],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('There is no such unit');
  const workflowId = retentionWorkflowId({
    unitId: asUnitId(unit),
    controller: controllerId(row.controller),
    recordClass: recordClassId(row.record_class),
    readableId: true,
  });
  return { dueAt: instantFromEpoch(row.due_at.getTime()), left: row.left, workflowId };
};

/** Waits for a unit's workflow, moves it to its due date and waits for the proof; the clock runs from the due date on. */
const eraseByWorkflow = async (stack: BenchStack, unit: string): Promise<{ seconds: number; certificates: number }> => {
  const { dueAt, workflowId } = await readUnit(stack, unit);
  const journey = { client: stack.temporal, workflowId };
  for (;;) {
    const there = await timeOf(journey).catch(() => undefined);
    if (there !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { seconds, value } = await timed(async () => {
    await travelTo(journey, dueAt);
    const result: RetentionResult = await stack.temporal.workflow.getHandle(workflowId).result();
    return result;
  });
  const { left } = await readUnit(stack, unit);
  if (left > 0) throw new Error(`${left} records are left of the unit`);
  return { seconds, certificates: value.certificates };
};

const tidy = async ({ owner }: BenchStack): Promise<void> => {
  await owner.query('VACUUM ANALYZE');
  await owner.query('CHECKPOINT').catch(() => {});
};

const eraseWithScript = async (stack: BenchStack, unit: string): Promise<number> => {
  const { endpoint, region, bucket, gate } = stack.running.objectStore;
  const { hostname, port } = new URL(endpoint);
  const store = new StoreClient({ endPoint: hostname, port: Number(port), useSSL: false, region, ...gate });
  const { seconds } = await timed(() => eraseBare({ owner: stack.owner, store, bucket, unitId: unit, recordsAChunk }));
  return seconds;
};

type OfSide = ReadonlyMap<string, number>;

const showProcessorTime = (count: number, { oblio, floor }: { readonly oblio: OfSide; readonly floor: OfSide }): void =>
  console.log(
    `  processor time a record: Oblio ${processorTimeEach(oblio, count)}, floor ${processorTimeEach(floor, count)}`,
  );

const showMemory = ({ samples, peak }: MemoryCourse): void => {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const peaks = [0, 1, 2, 3].map((part) => Math.max(0, ...samples.slice(part * quarter, (part + 1) * quarter)));
  console.log(
    `  memory of the worker: ${megabytes(samples[0] ?? 0)} before, peaks in the quarters of the run ${peaks.map(megabytes).join(', ')}; ${megabytes(peak)} at most`,
  );
};

/** Where the worker writes its heap in use; absent unless asked for. */
const heapFile = values.heap ? join(mkdtempSync(join(tmpdir(), 'oblio-bench-heap-')), 'heap') : undefined;

const heapSoFar = (): readonly number[] =>
  heapFile === undefined || !existsSync(heapFile) ? [] : readFileSync(heapFile, 'utf8').trim().split('\n').map(Number);

const showHeap = (samples: readonly number[]): void => {
  if (samples.length === 0) return;
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const medians = [0, 1, 2, 3].map((part) => median(samples.slice(part * quarter, (part + 1) * quarter)));
  console.log(
    `  heap of the worker in use after collection: medians of the quarters of the run ${medians.map(megabytes).join(', ')}`,
  );
};

type Side = { readonly controller: string; readonly lines: (label: string, day: number) => readonly BenchLine[] };

const compare = async (
  stack: BenchStack,
  api: Api,
  workerPid: number,
  { controller, lines }: Side,
  prepare: (lines: readonly BenchLine[]) => Promise<void>,
) => {
  const handInDay = async (label: string, day: number): Promise<string> => {
    const made = lines(label, day);
    const unit = onlyUnit(await handInLines(api, controller, made));
    await prepare(made);
    return unit;
  };
  const bareUnit = await handInDay('bare', 30);
  const gateUnit = await handInDay('gate', 31);
  await tidy(stack);
  const floor = await processorTime(() => eraseWithScript(stack, bareUnit));
  await tidy(stack);
  const memory = watchMemory(workerPid);
  const heapBefore = heapSoFar().length;
  const oblio = await processorTime(() => eraseByWorkflow(stack, gateUnit));
  const { seconds, certificates } = oblio.value;
  return {
    floorSeconds: floor.value,
    seconds,
    certificates,
    processor: { oblio: oblio.processor, floor: floor.processor },
    memory: await memory.stop(),
    heap: heapSoFar().slice(heapBefore),
  };
};

const putObjects = async (api: Api, lines: readonly BenchLine[]): Promise<void> => {
  const bytes = randomBytes(objectBytes);
  const digest = `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
  await inParallel(lines, 8, async ({ sourceId }) => {
    await api.expect(z.object({ sha256: z.string() }), {
      method: 'PUT',
      path: `/controllers/bench-archive/record-classes/document/records/${sourceId}/objects/document.bin`,
      caller: sourceOfAll('bench-archive'),
      at: instantFromEpoch(Date.now()),
      body: bytes,
      headers: { 'content-type': 'application/octet-stream', 'content-digest': digest },
    });
  });
};

const policies = mkdtempSync(join(tmpdir(), 'oblio-bench-policies-'));
try {
  cpSync(join(projectRoot, 'policies'), policies, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  copyFileSync(join(projectRoot, 'bench/support/bench-archive.yaml'), join(policies, 'bench-archive.yaml'));
  await withBenchStack(async (stack) => {
    const settings = { OBLIO_POLICIES: policies };
    const api = await stack.openApi(await stack.start('api', settings));
    const probe = new URL('support/heap-probe.mjs', import.meta.url).href;
    const probed = heapFile === undefined ? {} : { NODE_OPTIONS: `--import ${probe}`, OBLIO_BENCH_HEAP_FILE: heapFile };
    const worker = await stack.start('worker', { ...settings, ...probed });
    const pid = worker.process.pid() ?? 0;
    printConditions('Erasing a day unit', {
      records,
      'records with an object': objects,
      'bytes an object': objectBytes,
    });
    const ofRows = await compare(
      stack,
      api,
      pid,
      { controller: 'inps', lines: (label, day) => smsLines({ count: records, label, triggerAt: daysAgo(day) }) },
      async () => {},
    );
    printRatio(
      'rows only',
      'records',
      { count: records, seconds: ofRows.seconds },
      { count: records, seconds: ofRows.floorSeconds },
      0.5,
    );
    showProcessorTime(records, ofRows.processor);
    console.log(`  certificates: ${ofRows.certificates}`);
    showMemory(ofRows.memory);
    showHeap(ofRows.heap);
    if (objects === 0) return;
    const ofObjects = await compare(
      stack,
      api,
      pid,
      {
        controller: 'bench-archive',
        lines: (label, day) => documentLines({ count: objects, label, triggerAt: daysAgo(day) }),
      },
      (lines) => putObjects(api, lines),
    );
    printRatio(
      'rows and an object each',
      'records',
      { count: objects, seconds: ofObjects.seconds },
      { count: objects, seconds: ofObjects.floorSeconds },
      0.5,
    );
    showProcessorTime(objects, ofObjects.processor);
    console.log(`  certificates: ${ofObjects.certificates}`);
    showMemory(ofObjects.memory);
    showHeap(ofObjects.heap);
    console.log(
      '\n  The floor deletes the rows, and the versions that the rows name, in chunks of the same size, and stops there. Oblio takes the fence,' +
        '\n  reads suspensions, writes intent, tombstones, audit entries and certificates, and reads back rows and versions besides.',
    );
  });
} finally {
  rmSync(policies, { recursive: true, force: true });
  if (heapFile !== undefined) rmSync(dirname(heapFile), { recursive: true, force: true });
}
