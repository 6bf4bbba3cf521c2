// `npm run bench:holds`: what it costs to place a hold that covers 10, 10,000 and 1,000,000 records, from the call of the API to its
// answer: p50 and p99 of each, and their ratio. Usage: npm run bench:holds [-- --places 400 --largest 1000000]

import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { controllerId, recordClassId } from '../domain/ids.ts';
import { days } from '../domain/time/duration.ts';
import { instantFromEpoch, instantPlus } from '../domain/time/instant.ts';
import { insertBareRecords, storePolicies } from './support/bare-records.ts';
import { withBenchStack } from './support/bench-stack.ts';
import { printConditions } from './support/report.ts';

const { values } = parseArgs({
  options: { places: { type: 'string', default: '400' }, largest: { type: 'string', default: '1000000' } },
});
const places = Number(values.places);
const sizes = [10, 10_000, Number(values.largest)];
const warmUps = 30;

const controller = controllerId('inps');
const recordClass = recordClassId('portal-interaction');
const lawyer = { actor: 'legal:bench', role: 'legal', controllers: [controller] } as const;
/** Each size lies in a year of its own, so that a range of trigger dates covers exactly its records. */
const yearOf = (index: number): number => 2023 + index;

const at = (sorted: readonly number[], quantile: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;

await withBenchStack(async (stack) => {
  const { running, owner } = stack;
  await storePolicies(running.postgres.apiUrl, instantFromEpoch(Date.now()));
  printConditions('Placing a hold', { places, records: sizes.join(' / ') });
  for (const [index, size] of sizes.entries()) {
    const from = instantFromEpoch(Date.UTC(yearOf(index), 0, 1));
    await insertBareRecords(owner, { count: size, from, days: 360, controller, recordClass });
  }
  await owner.query('VACUUM ANALYZE');
  // No worker: what follows from a hold (counts, flags) is its workflow's, and is no part of the answer.
  const api = await stack.openApi(await stack.start('api'));
  const place = async (year: number): Promise<number> => {
    const now = instantFromEpoch(Date.now());
    const call = {
      method: 'POST',
      path: `/controllers/${controller}/holds`,
      caller: lawyer,
      at: now,
      headers: { 'idempotency-key': randomUUID() },
      body: {
        kind: 'litigation-hold',
        matterReference: 'bench',
        legalBasis: 'Art. 17(3)(e)',
        reason: 'bench',
        reviewOn: instantPlus(now, days(90)).slice(0, 10),
        scope: [{ recordClass, triggeredFrom: `${year}-01-01`, triggeredUntil: `${year}-12-31` }],
      },
    } as const;
    const began = performance.now();
    await api.expect(z.object({ holdId: z.string() }), call);
    return performance.now() - began;
  };
  for (let warm = 0; warm < warmUps; warm += 1) await place(yearOf(warm % sizes.length));
  const times = sizes.map(() => [] as number[]);
  // Turn by turn, so that what else the machine does falls on all of them alike.
  for (let turn = 0; turn < places; turn += 1) {
    for (const index of sizes.keys()) times[index]?.push(await place(yearOf(index)));
  }
  const sorted = times.map((each) => each.toSorted((one, other) => one - other));
  for (const [index, size] of sizes.entries()) {
    const each = sorted[index] ?? [];
    console.log(
      `  covers ${String(size).padStart(9)} records   p50 ${at(each, 0.5).toFixed(2)} ms   p99 ${at(each, 0.99).toFixed(2)} ms`,
    );
  }
  const ratio = (quantile: number): string =>
    (at(sorted.at(-1) ?? [], quantile) / at(sorted[0] ?? [], quantile)).toFixed(2);
  console.log(
    `  largest to smallest   p50 ratio ${ratio(0.5)}   p99 ratio ${ratio(0.99)}   (aim of both: 1.50 or less)`,
  );
});
