// `npm run bench:holds`: what it costs to place a hold that covers 10, 10,000 and 1,000,000 records: p50 and p99 of each, and their
// ratio. Usage: npm run bench:holds [-- --places 200 --largest 1000000]

import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';
import { controllerId, recordClassId, suspensionId } from '../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../domain/instant.ts';
import { localDate } from '../domain/local-date.ts';
import { openDatabase } from '../storage/database.ts';
import { placeSuspension } from '../storage/suspensions/place-suspension.ts';
import { insertBareRecords, storePolicies } from './support/bare-records.ts';
import { withBenchStack } from './support/bench-stack.ts';
import { printConditions } from './support/report.ts';

const { values } = parseArgs({
  options: { places: { type: 'string', default: '200' }, largest: { type: 'string', default: '1000000' } },
});
const places = Number(values.places);
const sizes = [10, 10_000, Number(values.largest)];

const controller = controllerId('inps');
const recordClass = recordClassId('portal-interaction');
/** Each size lies in a year of its own, so that a range of trigger dates covers exactly its records. */
const yearOf = (index: number): { from: Instant; until: Instant } => ({
  from: instantFromEpoch(Date.UTC(2023 + index, 0, 1)),
  until: instantFromEpoch(Date.UTC(2024 + index, 0, 1)),
});

const at = (sorted: readonly number[], quantile: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;

await withBenchStack(async ({ running, owner }) => {
  await storePolicies(running.postgres.apiUrl, instantFromEpoch(Date.now()));
  printConditions('Placing a hold', { places, records: sizes.join(' / ') });
  for (const [index, size] of sizes.entries()) {
    const { from } = yearOf(index);
    await insertBareRecords(owner, { count: size, from, days: 360, controller, recordClass });
  }
  await owner.query('VACUUM ANALYZE');
  const db = openDatabase({ url: running.postgres.apiUrl, applicationName: 'bench' });
  try {
    const place = async (triggers: { from: Instant; until: Instant }): Promise<number> => {
      const began = performance.now();
      await db.transaction().execute((tx) =>
        placeSuspension(tx, {
          suspensionId: suspensionId(uuid()),
          controller,
          kind: 'litigation-hold',
          matterReference: 'bench',
          legalBasis: 'Art. 17(3)(e)',
          reason: 'bench',
          scope: [{ recordClass, triggers }],
          reviewOn: localDate('2099-01-01'),
          actor: { id: 'bench', role: 'legal' },
          now: instantFromEpoch(Date.now()),
        }),
      );
      return performance.now() - began;
    };
    for (let warm = 0; warm < 20; warm += 1) await place(yearOf(warm % sizes.length));
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
    console.log(`  largest to smallest   p50 ratio ${ratio(0.5)} (aim: 1.50 or less)   p99 ratio ${ratio(0.99)}`);
  } finally {
    await db.destroy();
  }
});
