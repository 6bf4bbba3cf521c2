// `npm run bench:ingest`: records through the bulk route and objects through the API, against inserting the same rows and putting the same
// objects directly. Usage: npm run bench:ingest [-- --records 20000 --objects 400 --object-kilobytes 256 --rounds 3]

import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Client as StoreClient } from 'minio';
import type { Api } from '../demo/api-calls.ts';
import { chanceFrom } from '../demo/synthetic-random.ts';
import { recordCall } from '../demo/synthetic-sound.ts';
import { days } from '../domain/time/duration.ts';
import { type Instant, instantFromEpoch } from '../domain/time/instant.ts';
import { type BenchStack, withBenchStack } from './support/bench-stack.ts';
import { type BenchLine, handInLines, recordingLines, smsLines, sourceOfAll } from './support/handed-in.ts';
import { inTransaction } from './support/in-transaction.ts';
import { processorTime, processorTimeEach } from './support/processor-time.ts';
import { inParallel, median, printConditions, printRatio, timed } from './support/report.ts';

// Uploads as a lean source makes them: plain HTTP over connections that stay open, like the floor's own. `fetch` would copy each body
// twice and cost more than the rest of the client.

/** Connections to the API that stay open over all uploads. */
type Uploads = {
  /** Sends a body with its length and digest; throws if it does not count as stored. */
  readonly put: (path: string, body: Buffer, headers: Readonly<Record<string, string>>) => Promise<void>;
  readonly close: () => void;
};

/** Opens up to so many connections to an API. */
const openUploads = (address: string, connections: number): Uploads => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    put: (path, body, headers) =>
      new Promise((resolve, reject) => {
        const digest = createHash('sha256').update(body).digest('base64');
        const sent = { ...headers, 'content-length': body.length, 'content-digest': `sha-256=:${digest}:` };
        const outgoing = request(`${address}${path}`, { method: 'PUT', agent, headers: sent }, (answer) => {
          const { statusCode } = answer;
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', reject);
          answer.on('end', () =>
            statusCode === 201 ? resolve() : reject(new Error(`PUT ${path} answered ${statusCode}: ${text}`)),
          );
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
};

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    objects: { type: 'string', default: '400' },
    'object-kilobytes': { type: 'string', default: '256' },
    rounds: { type: 'string', default: '3' },
  },
});
const records = Number(values.records);
const objects = Number(values.objects);
const objectBytes = Number(values['object-kilobytes']) * 1_024;
const rounds = Number(values.rounds);
const atOnce = 8;
/** What a side took in each round: seconds on the clock, and processor time by program of the last one. */
type Side = { readonly seconds: number[]; processor: ReadonlyMap<string, number> };
const freshSide = (): Side => ({ seconds: [], processor: new Map() });

const measureOnce = async (side: Side, action: () => Promise<unknown>): Promise<void> => {
  const { processor, value } = await processorTime(() => timed(action));
  side.seconds.push(value.seconds);
  side.processor = processor;
};

const showProcessorTime = (what: string, count: number, oblio: Side, floor: Side): void =>
  console.log(
    `    processor time ${what}: Oblio ${processorTimeEach(oblio.processor, count)}, floor ${processorTimeEach(floor.processor, count)}`,
  );

/** As many records in a transaction as the bulk route takes. */
const recordsATransaction = 500;

const now = (): Instant => instantFromEpoch(Date.now());
/** Tables of what a record brings along, in the order in which they may be inserted. */
const tables = ['retention_unit', 'record', 'record_subject', 'record_attribute'] as const;

/** The rows that the API wrote for some records, as they are, by table. */
const rowsOf = async ({ owner }: BenchStack, label: string): Promise<ReadonlyMap<string, readonly unknown[]>> => {
  const ofRecord = `IN (SELECT id FROM record WHERE source_id LIKE '${label}-%')`;
  const where: Readonly<Record<(typeof tables)[number], string>> = {
    retention_unit: `id IN (SELECT unit_id FROM record WHERE source_id LIKE '${label}-%')`,
    record: `source_id LIKE '${label}-%'`,
    record_subject: `record_id ${ofRecord}`,
    record_attribute: `record_id ${ofRecord}`,
  };
  const found = new Map<string, readonly unknown[]>();
  // Without figures of what has just been inserted the planner would go through the tables row by row.
  await owner.query('ANALYZE');
  for (const table of tables) {
    const order = table === 'record' || table === 'retention_unit' ? 'id' : 'record_id';
    const { rows } = await owner.query(
      `SELECT to_jsonb(t) AS row FROM ${table} AS t WHERE ${where[table]} ORDER BY ${order}`,
    );
    found.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return found;
};

/** Puts the schema of the record tables once more beside the real one: same columns, indexes and checks, no rows. */
const makeFloorTables = async ({ owner }: BenchStack): Promise<void> => {
  await owner.query('CREATE SCHEMA floor');
  for (const table of tables) await owner.query(`CREATE TABLE floor.${table} (LIKE public.${table} INCLUDING ALL)`);
  await owner.query(`
    ALTER TABLE floor.record ADD FOREIGN KEY (unit_id) REFERENCES floor.retention_unit (id);
    ALTER TABLE floor.record ADD FOREIGN KEY (controller, policy_version) REFERENCES public.policy_version (controller, version);
    ALTER TABLE floor.record_subject ADD FOREIGN KEY (record_id) REFERENCES floor.record (id);
    ALTER TABLE floor.record_attribute ADD FOREIGN KEY (record_id) REFERENCES floor.record (id)`);
};

type Column = { readonly name: string; readonly type: string };
type TableLoad = { readonly statement: string; readonly chunks: readonly (readonly unknown[][])[] };

/** The fastest plain way in: arrays of columns, a statement a table for 500 records. Prepared before the clock runs. */
const prepareLoad = async ({ owner }: BenchStack, table: string, rows: readonly unknown[]): Promise<TableLoad> => {
  const transactions = Math.ceil(records / recordsATransaction);
  const rowsAStatement = Math.max(1, Math.ceil(rows.length / transactions));
  const { rows: columns } = await owner.query<Column>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'floor.${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  const names = columns.map(({ name }) => name).join(', ');
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const columnValue = (row: unknown, { name, type }: Column): unknown => {
    const value: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, name) : undefined;
    return type === 'bytea' && typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : value;
  };
  const chunks: unknown[][][] = [];
  for (let from = 0; from < rows.length; from += rowsAStatement) {
    const chunk = rows.slice(from, from + rowsAStatement);
    chunks.push(columns.map((column) => chunk.map((row) => columnValue(row, column))));
  }
  return { statement: `INSERT INTO floor.${table} (${names}) SELECT * FROM unnest(${arrays})`, chunks };
};

const insertDirectly = async ({ owner }: BenchStack, loads: readonly TableLoad[]): Promise<void> => {
  const longest = Math.max(...loads.map(({ chunks }) => chunks.length));
  for (let index = 0; index < longest; index += 1) {
    await inTransaction(owner, async (client) => {
      for (const { statement, chunks } of loads) {
        const chunk = chunks[index];
        if (chunk !== undefined) await client.query(statement, [...chunk]);
      }
    });
  }
};

const measureRecords = async (stack: BenchStack, api: Api) => {
  const oblio = freshSide();
  const floor = freshSide();
  await makeFloorTables(stack);
  const warm = smsLines({ count: 2_000, label: 'warm', triggerAt: now() });
  await handInLines(api, 'inps', warm);
  for (let round = 0; round < rounds; round += 1) {
    const label = `sms${round}`;
    const triggerAt = instantFromEpoch(Date.now() - days(round + 1));
    const lines = smsLines({ count: records, label, triggerAt });
    await measureOnce(oblio, () => handInLines(api, 'inps', lines));
    const rows = await rowsOf(stack, label);
    const loads = await Promise.all(tables.map((table) => prepareLoad(stack, table, rows.get(table) ?? [])));
    // As durable as the API's own commits.
    await measureOnce(floor, () => insertDirectly(stack, loads));
  }
  return { oblio, floor };
};

const measureObjects = async ({ running }: BenchStack, api: Api, apiAddress: string) => {
  const oblio = freshSide();
  const floor = freshSide();
  const { endpoint, region, bucket, api: user } = running.objectStore;
  const { hostname, port } = new URL(endpoint);
  const store = new StoreClient({ endPoint: hostname, port: Number(port), useSSL: false, region, ...user });
  const seconds = objectBytes / 16_000;
  const sound = recordCall(chanceFrom('bench/sound'), seconds).subarray(0, objectBytes);
  const uploads = openUploads(apiAddress, atOnce);
  for (let round = 0; round < rounds; round += 1) {
    const lines = recordingLines({ count: objects, label: `call${round}`, triggerAt: now() });
    await handInLines(api, 'inps', lines);
    const put = async ({ sourceId }: BenchLine): Promise<void> => {
      const path = `/controllers/inps/record-classes/call-recording/records/${sourceId}/objects/recording.wav`;
      const caller = await api.callerHeaders({ caller: sourceOfAll('inps'), at: now() });
      await uploads.put(path, sound, { ...caller, 'content-type': 'audio/wav' });
    };
    await measureOnce(oblio, () => inParallel(lines, atOnce, put));
    await measureOnce(floor, () =>
      inParallel(lines, atOnce, async ({ sourceId }) => {
        await store.putObject(bucket, `floor/${round}/${sourceId}`, Readable.from([sound]), sound.length);
      }),
    );
  }
  uploads.close();
  return { oblio, floor };
};

await withBenchStack(async (stack) => {
  const service = await stack.start('api');
  const api = await stack.openApi(service);
  printConditions('Taking records in', {
    records,
    objects: `${objects} of ${values['object-kilobytes']} KiB`,
    'objects at once': atOnce,
    rounds: `${rounds} (medians)`,
  });
  const ofRecords = await measureRecords(stack, api);
  printRatio(
    'records, bulk route',
    'records',
    { count: records, seconds: median(ofRecords.oblio.seconds) },
    { count: records, seconds: median(ofRecords.floor.seconds) },
    0.5,
  );
  showProcessorTime('a record', records, ofRecords.oblio, ofRecords.floor);
  const ofObjects = await measureObjects(stack, api, service.address);
  printRatio(
    'objects',
    'objects',
    { count: objects, seconds: median(ofObjects.oblio.seconds) },
    { count: objects, seconds: median(ofObjects.floor.seconds) },
    0.5,
  );
  showProcessorTime('an object', objects, ofObjects.oblio, ofObjects.floor);
  const together = (side: 'oblio' | 'floor'): number =>
    median(ofRecords[side].seconds) + median(ofObjects[side].seconds);
  const both = { count: records + objects, seconds: together('oblio') };
  const bothFloor = { count: records + objects, seconds: together('floor') };
  printRatio('records and objects together', 'items', both, bothFloor, 0.5);
  console.log(
    '\n  The floor inserts the rows that the API made (record, identifiers, unit; same indexes and foreign keys, 500 records a transaction,' +
      '\n  one connection) and puts the same bytes with the same credentials. Oblio parses, checks, normalises, hashes and seals them besides. Both sides' +
      '\n  send objects over plain HTTP connections that stay open.',
  );
});
