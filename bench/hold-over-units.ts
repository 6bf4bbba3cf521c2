// What a hold over very many units of one record does to their sleeping workflows, and to an erasure that falls due meanwhile: how long
// until all show by what they are kept, until those that are due soon do, and after the release until what waited is erased.
// Usage: npx node bench/hold-over-units.ts [--units 20000 --soon 100 --overdue 100]

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';
import { controllerId, recordClassId, type SuspensionId, suspensionId } from '../domain/ids.ts';
import { days, hours } from '../domain/time/duration.ts';
import { instantFromEpoch } from '../domain/time/instant.ts';
import { localDate } from '../domain/time/local-date.ts';
import { openDatabase } from '../storage/database/database.ts';
import { placeSuspension } from '../storage/suspensions/place-suspension.ts';
import { releaseSuspension } from '../storage/suspensions/release-suspension.ts';
import { type BenchStack, withBenchStack } from './support/bench-stack.ts';
import { bookingLines, handInLines, recordingLines } from './support/handed-in.ts';
import { median, printConditions, timed } from './support/report.ts';

const { values } = parseArgs({
  options: {
    units: { type: 'string', default: '20000' },
    soon: { type: 'string', default: '100' },
    overdue: { type: 'string', default: '100' },
  },
});
const [units, soon, overdue] = [Number(values.units), Number(values.soon), Number(values.overdue)];
const controller = controllerId('comune-di-milano');
const giveUpMs = hours(1);
const actor = { id: 'bench', role: 'legal' } as const;

const count = async ({ owner }: BenchStack, from: string, parameters: readonly unknown[] = []): Promise<number> => {
  const { rows } = await owner.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`, [...parameters]);
  return rows[0]?.count ?? 0;
};

const shown = async ({ temporal }: BenchStack, query: string): Promise<number> =>
  (await temporal.workflow.count(`WorkflowType="retention" AND ${query}`)).count;

/** Seconds until something is so; throws after an hour. */
const secondsUntil = async (what: string, isSo: () => Promise<boolean>): Promise<number> => {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > giveUpMs) throw new Error(`${what}: not after ${giveUpMs / 1_000} s`);
    await sleep(500);
  }
  return (performance.now() - began) / 1_000;
};

const walked = (stack: BenchStack, id: SuspensionId, walk: string): Promise<boolean> =>
  count(stack, 'suspension_walk WHERE suspension_id = $1 AND walk = $2 AND finished_at IS NOT NULL', [id, walk]).then(
    (found) => found > 0,
  );

await withBenchStack(async (stack) => {
  const { owner, running } = stack;
  const api = await stack.openApi(await stack.start('api'));
  printConditions('A hold over units of one record', { units, 'due soon': soon, overdue });
  const now = Date.now();
  await handInLines(
    api,
    controller,
    bookingLines({ count: units, label: 'sleeping', triggerAt: instantFromEpoch(now) }),
  );
  // Some of them, in no order, fall due within days: the bench changes the dates before any workflow reads them.
  await owner.query(
    `UPDATE retention_unit SET opens_at = $1, due_at = $1, bound_at = $1
     WHERE id IN (SELECT id FROM retention_unit ORDER BY md5(id::text) LIMIT $2)`,
    [new Date(now + days(10)), soon],
  );
  await stack.start('worker');
  const startSeconds = await secondsUntil(
    'all sleep',
    async () => (await shown(stack, 'OblioState="waiting"')) >= units,
  );
  console.log(`  ${units} workflows started and asleep after ${startSeconds.toFixed(0)} s`);

  let probes = 0;
  /** Seconds from handing in a record of another class that is overdue already until it is proven gone. */
  const probe = async (): Promise<number> => {
    const label = `probe-${++probes}`;
    const before = await count(stack, "disposition_certificate WHERE record_class = 'call-recording'");
    const triggerAt = instantFromEpoch(Date.now() - days(200));
    const { seconds } = await timed(async () => {
      await handInLines(api, 'inps', recordingLines({ count: 1, label, triggerAt }));
      await secondsUntil('a probe is erased', async () => {
        return (await count(stack, "disposition_certificate WHERE record_class = 'call-recording'")) > before;
      });
    });
    return seconds;
  };
  const probeWhile = async (work: Promise<unknown>): Promise<readonly number[]> => {
    const taken: number[] = [];
    let working = true;
    const ended = work.finally(() => {
      working = false;
    });
    while (working) {
      taken.push(await probe());
      await Promise.race([ended, sleep(1_000)]);
    }
    await ended;
    return taken;
  };
  const told = (what: string, taken: readonly number[]): void =>
    console.log(
      `  ${what}: ${taken.length} overdue records of another class erased, median ${median(taken).toFixed(1)} s, longest ${Math.max(...taken).toFixed(1)} s`,
    );
  told('nothing else going on', [await probe(), await probe(), await probe(), await probe(), await probe()]);

  const db = openDatabase({ url: running.postgres.apiUrl, applicationName: 'bench' });
  try {
    const id = suspensionId(uuid());
    const placing = {
      suspensionId: id,
      controller,
      kind: 'litigation-hold' as const,
      matterReference: 'bench',
      legalBasis: 'Art. 17(3)(e)',
      reason: 'bench',
      scope: [{ recordClass: recordClassId('booking') }],
      reviewOn: localDate('2099-01-01'),
      actor,
    };
    const began = performance.now();
    const since = (): string => ((performance.now() - began) / 1_000).toFixed(0);
    await db.transaction().execute((tx) => placeSuspension(tx, { ...placing, now: instantFromEpoch(Date.now()) }));
    const kept = 'OblioKeptBy="litigation-hold"';
    const isSoon = `OblioDueAt < "${instantFromEpoch(now + days(20))}"`;
    const soonShown = secondsUntil('soon ones show', async () => (await shown(stack, `${kept} AND ${isSoon}`)) >= soon);
    const tellWalk = secondsUntil('all are told', () => walked(stack, id, 'tell')).then(() => {
      console.log(`  all ${units} told after ${since()} s`);
    });
    const allShown = secondsUntil('all show', async () => (await shown(stack, kept)) >= units).then(() => {
      console.log(`  all ${units} show by what they are kept after ${since()} s`);
    });
    const observed = Promise.all([
      soonShown.then((seconds) =>
        console.log(`  the ${soon} that fall due soon show it after ${seconds.toFixed(1)} s`),
      ),
      tellWalk,
      allShown,
    ]);
    told('while the hold is being told', await probeWhile(observed));

    // These come in overdue; the hold keeps them.
    const triggerAt = instantFromEpoch(Date.now() - days(300));
    await handInLines(api, controller, bookingLines({ count: overdue, label: 'overdue', triggerAt }));
    await secondsUntil('the overdue are kept', async () => (await shown(stack, 'OblioState="kept"')) >= overdue);
    const released = performance.now();
    await db
      .transaction()
      .execute((tx) =>
        releaseSuspension(tx, { suspensionId: id, controller, actor, why: 'bench', now: instantFromEpoch(Date.now()) }),
      );
    const gone = (): Promise<number> => count(stack, "disposition_certificate WHERE record_class = 'booking'");
    const first = await secondsUntil('one is erased', async () => (await gone()) > 0);
    const last = first + (await secondsUntil('all are erased', async () => (await gone()) >= overdue));
    console.log(
      `  released: the ${overdue} that waited are erased after ${first.toFixed(1)} s (first) to ${last.toFixed(1)} s (last)`,
    );
    await secondsUntil('all are woken', () => walked(stack, id, 'wake'));
    console.log(`  all ${units} told of the release after ${((performance.now() - released) / 1_000).toFixed(0)} s`);
  } finally {
    await db.destroy();
  }
});
