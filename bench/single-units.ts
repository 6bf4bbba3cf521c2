// `npm run bench:single-units`: units of one record. How fast their workflows start, what one costs while it sleeps in Temporal's two
// databases, and how many are erased a second when all fall due together. Usage: npm run bench:single-units [-- --units 2000 --rest-seconds 60]
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { days } from '../domain/time/duration.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { type BenchStack, withBenchStack } from './support/bench-stack.ts';
import { bookingLines, handInLines } from './support/handed-in.ts';
import { inTransaction } from './support/in-transaction.ts';
import { inParallel, type Measured, printConditions, printRatio, timed } from './support/report.ts';

/** Bytes of the tables and indexes of a database, without what it keeps for itself. */
const databaseBytes = async (url: string): Promise<number> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    return Number(rows[0]?.bytes ?? 0);
  } finally {
    await client.end();
  }
};

const { values } = parseArgs({
  options: {
    units: { type: 'string', default: '2000' },
    'rest-seconds': { type: 'string', default: '60' },
    'starts-at-once': { type: 'string', default: '32' },
  },
});
const units = Number(values.units);
const restMs = Number(values['rest-seconds']) * 1_000;
const startsAtOnce = Number(values['starts-at-once']);
const giveUpMs = 900_000;
const erasedAtOnce = 8;

const countOf = async ({ owner }: BenchStack, query: string): Promise<number> => {
  const { rows } = await owner.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${query}`);
  return rows[0]?.count ?? 0;
};

/** Waits until a count is reached; throws after a quarter of an hour. */
const until = async (what: string, wanted: number, count: () => Promise<number>): Promise<void> => {
  const giveUpAt = Date.now() + giveUpMs;
  for (let there = await count(); there < wanted; there = await count()) {
    if (Date.now() > giveUpAt) throw new Error(`Only ${there} of ${wanted} ${what} after ${giveUpMs / 1_000} s`);
    await sleep(100);
  }
};

const allRetention = 'WorkflowType="retention"';

/** From the first start to the last, as Temporal wrote them down. */
const secondsOfStarting = async ({ temporal }: BenchStack): Promise<number> => {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for await (const { startTime } of temporal.workflow.list({ query: allRetention })) {
    first = Math.min(first, startTime.getTime());
    last = Math.max(last, startTime.getTime());
  }
  return (last - first) / 1_000;
};

const temporalBytes = async ({ running }: BenchStack) => {
  const urls = running.temporal.databaseUrls;
  if (urls === undefined) throw new Error('Temporal must run on Postgres: set OBLIO_TEMPORAL_STORAGE=postgres');
  return { main: await databaseBytes(urls.main), visibility: await databaseBytes(urls.visibility) };
};

/** Plain starts of a workflow that no worker polls for, by the same client: the floor of starting. */
const startBare = async ({ temporal }: BenchStack): Promise<Measured> => {
  const label = randomUUID();
  const numbers = Array.from({ length: Math.min(units, 1_000) }, (_, index) => index);
  const { seconds } = await timed(() =>
    inParallel(numbers, startsAtOnce, async (number) => {
      await temporal.workflow.start('bare', {
        workflowId: `bare-${label}-${number}`,
        taskQueue: 'without-a-worker',
        args: [{ version: 1, unitId: randomUUID() }],
      });
    }),
  );
  return { count: numbers.length, seconds };
};

/** Deletes the rows of single records one after the other, some at once, without proof: the floor of erasing them. */
const eraseBare = async ({ owner }: BenchStack, label: string): Promise<Measured> => {
  const { rows } = await owner.query<{ id: string }>(`SELECT id FROM record WHERE source_id LIKE '${label}-%'`);
  const { seconds } = await timed(() =>
    inParallel(rows, erasedAtOnce, async ({ id }) => {
      await inTransaction(owner, async (client) => {
        for (const table of ['record_subject', 'record_attribute', 'record_object', 'transcript_delivery']) {
          await client.query(`DELETE FROM ${table} WHERE record_id = $1`, [id]);
        }
        await client.query('DELETE FROM record WHERE id = $1', [id]);
      });
    }),
  );
  return { count: rows.length, seconds };
};

/** Lets all open units fall due at one instant: the bench changes the dates in its own database before any workflow reads them. */
const makeDueTogether = async ({ owner }: BenchStack, at: Date): Promise<void> => {
  await owner.query(
    "UPDATE retention_unit SET opens_at = $1, due_at = $1, bound_at = $1 WHERE state = 'open' AND workflow_started_at IS NULL",
    [at],
  );
};

const lateness = async ({ owner }: BenchStack): Promise<{ first: number; last: number }> => {
  const { rows } = await owner.query<{ first: string; last: string }>(
    `SELECT extract(epoch FROM min(verified_at - bound_at)) AS first, extract(epoch FROM max(verified_at - bound_at)) AS last
     FROM disposition_certificate`,
  );
  return { first: Number(rows[0]?.first), last: Number(rows[0]?.last) };
};

await withBenchStack(async (stack) => {
  const api = await stack.openApi(await stack.start('api'));
  printConditions('Units of one record', { units, 'starts at once': startsAtOnce, 'history shards': 4 });
  const bareStarts = await startBare(stack);

  // Handed in while no worker runs, so that starting is measured alone.
  // Their window is open by the rule as well, which the gate computes again.
  const triggerAt = instantFromEpoch(Date.now() - days(200));
  await handInLines(api, 'comune-di-milano', bookingLines({ count: units, label: 'bare', triggerAt }));
  const bareErasures = await eraseBare(stack, 'bare');
  await stack.owner.query('DELETE FROM retention_unit');
  await handInLines(api, 'comune-di-milano', bookingLines({ count: units, label: 'unit', triggerAt }));
  const before = await temporalBytes(stack);
  // Starting is measured at about 50 a second and more; nothing may fall due before all have started and been weighed.
  const dueAt = new Date(Date.now() + 30_000 + units * 25 + restMs);
  await makeDueTogether(stack, dueAt);

  // The rate limit protects Postgres and the store in production; here it would be what is measured.
  await stack.start('worker', { OBLIO_ERASURES_PER_SECOND: '1000' });
  await until('units have a workflow', units, () =>
    countOf(stack, 'retention_unit WHERE workflow_started_at IS NOT NULL'),
  );
  await until('workflows are visible', units, async () => (await stack.temporal.workflow.count(allRetention)).count);
  printRatio('workflow starts', 'starts', { count: units - 1, seconds: await secondsOfStarting(stack) }, bareStarts);
  // Transfer and visibility tasks of the starts are worked off and removed meanwhile.
  await sleep(Math.max(0, Math.min(restMs, dueAt.getTime() - Date.now() - 10_000)));
  const after = await temporalBytes(stack);
  const each = (name: 'main' | 'visibility'): string => ((after[name] - before[name]) / units / 1_000).toFixed(1);
  console.log(
    `  a sleeping workflow                Temporal's main database ${each('main')} KB, visibility ${each('visibility')} KB`,
  );
  if (Date.now() > dueAt.getTime())
    throw new Error('They fell due before they had been weighed; use more --rest-seconds');

  await sleep(dueAt.getTime() - Date.now());
  const { seconds } = await timed(() =>
    until('are proven gone', units, () => countOf(stack, 'disposition_certificate')),
  );
  printRatio('erasures, all due together', 'records', { count: units, seconds }, bareErasures);
  const late = await lateness(stack);
  console.log(
    `  proven gone ${late.first.toFixed(1)} s (first) to ${late.last.toFixed(1)} s (last) after the instant at which all fell due`,
  );
  console.log(
    '\n  The floor of starts: the same client starts a workflow without attributes, summary or a worker that takes it up. The floor of erasures: the' +
      '\n  rows of one record deleted in a transaction of their own, eight at once, without durable timer, intent, tombstone, read-back or certificate.',
  );
});
