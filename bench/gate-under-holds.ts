// `npm run bench:gate-under-holds`: how fast the gate erases with 0, 100 and 10,000 active holds of a realistic mix (data subjects,
// records, claim numbers, classes with a range of dates), none of which keeps what is erased: the price of looking.
// Usage: npm run bench:gate-under-holds [-- --records 40000 --rounds 4]

import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import { unitId as asUnitId, controllerId, recordClassId } from '../domain/ids.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { openDatabase } from '../storage/database/database.ts';
import { createErasureGate, type ErasureGate } from '../storage/erasure-gate/index.ts';
import { insertBareRecords, storePolicies } from './support/bare-records.ts';
import { withBenchStack } from './support/bench-stack.ts';
import { type Measured, median, printConditions, printRatio, timed } from './support/report.ts';

const { values } = parseArgs({
  options: { records: { type: 'string', default: '40000' }, rounds: { type: 'string', default: '4' } },
});
const records = Number(values.records);
const rounds = Number(values.rounds);
const levels = [0, 100, 10_000];
const controller = controllerId('inps');
const recordClass = recordClassId('portal-interaction');

/** Ends all holds. */
const releaseAll = async (owner: Pool): Promise<void> => {
  await owner.query('UPDATE suspension_clause SET ended_at = now() WHERE active');
  await owner.query("UPDATE suspension SET state = 'released', released_at = now() WHERE state = 'active'");
};

/** Places so many holds: of ten, six name a person, two a record, one a claim, one a class with a range of days. */
const placeHolds = async (owner: Pool, count: number): Promise<void> => {
  await owner.query(
    `WITH placed AS (
       INSERT INTO suspension (id, controller, kind, matter_reference, legal_basis, reason, placed_by, effective_at, review_on, workflow_revision)
       SELECT gen_random_uuid(), $1, 'litigation-hold', 'bench-' || n, 'Art. 17(3)(e)', 'bench', 'bench', now(), '2099-01-01', 1
       FROM generate_series(0, $3::int - 1) AS n RETURNING id, matter_reference),
     numbered AS (SELECT id, substr(matter_reference, 7)::int AS n FROM placed)
     INSERT INTO suspension_clause (id, suspension_id, controller, added_at, record_id, subject_key, attribute_key, record_class, trigger_from, trigger_until)
     SELECT gen_random_uuid(), id, $1, now(),
       CASE WHEN n % 10 IN (6, 7) THEN gen_random_uuid() END,
       CASE WHEN n % 10 < 6 THEN sha256(convert_to('held subject ' || n, 'UTF8')) END,
       CASE WHEN n % 10 = 8 THEN sha256(convert_to('held claim ' || n, 'UTF8')) END,
       CASE WHEN n % 10 = 9 THEN $2 END,
       -- Ranges of a day over ten years that are not the year that is erased.
       CASE WHEN n % 10 = 9 THEN '2000-01-01'::timestamptz + make_interval(days => n % 3650) END,
       CASE WHEN n % 10 = 9 THEN '2000-01-02'::timestamptz + make_interval(days => n % 3650) END
     FROM numbered`,
    [controller, recordClass, count],
  );
};

const eraseUnit = async (gate: ErasureGate, unit: string): Promise<number> => {
  let gone = 0;
  let cursor: string | undefined;
  do {
    const result = await gate.eraseNextChunk({
      unitId: asUnitId(unit),
      now: instantFromEpoch(Date.now()),
      basis: { kind: 'retention-period-ended' },
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (result.kind !== 'chunk') throw new Error(`The gate answered ${JSON.stringify(result)}`);
    gone += result.gone;
    cursor = result.cursor;
  } while (cursor !== undefined);
  return gone;
};

await withBenchStack(async ({ running, owner }) => {
  await storePolicies(running.postgres.apiUrl, instantFromEpoch(Date.now()));
  printConditions('The gate under holds', { records, rounds, holds: levels.join(' / ') });
  const db = openDatabase({ url: running.postgres.gateUrl, applicationName: 'bench-gate' });
  const { endpoint, region, bucket, gate: credentials } = running.objectStore;
  const gate = createErasureGate({
    db,
    store: { endpoint, region, bucket, ...credentials },
    clock: () => instantFromEpoch(Date.now()),
    timeTravel: 'refused',
  });
  try {
    let year = 1960;
    /** Seconds to erase a unit of its own under so many holds. */
    const eraseUnder = async (level: number): Promise<number> => {
      await releaseAll(owner);
      if (level > 0) await placeHolds(owner, level);
      const from = instantFromEpoch(Date.UTC(year, 0, 1));
      year += 1;
      await insertBareRecords(owner, { count: records, from, days: 1, controller, recordClass });
      await owner.query('VACUUM ANALYZE');
      const { rows } = await owner.query<{ id: string }>('SELECT id FROM retention_unit WHERE created_at = $1', [from]);
      const unit = rows[0]?.id;
      if (unit === undefined) throw new Error('The unit is missing');
      const { seconds: took, value: gone } = await timed(() => eraseUnit(gate, unit));
      if (gone !== records) throw new Error(`${gone} of ${records} records were erased`);
      return took;
    };
    // The first erasure of all finds nothing warm, and no level may pay for it.
    await eraseUnder(0);
    const seconds = levels.map(() => [] as number[]);
    for (let round = 0; round < rounds; round += 1) {
      // There and back, so that what else the machine does meanwhile falls on no level more than on another.
      const order = [...levels.keys()];
      for (const index of round % 2 === 0 ? order : order.reverse()) {
        seconds[index]?.push(await eraseUnder(levels[index] ?? 0));
      }
    }
    const measured = (index: number): Measured => ({ count: records, seconds: median(seconds[index] ?? []) });
    for (const [index, level] of levels.entries()) {
      printRatio(`${level} active holds`, 'records', measured(index), measured(0), index === 0 ? undefined : 0.8);
    }
  } finally {
    await db.destroy();
  }
});
