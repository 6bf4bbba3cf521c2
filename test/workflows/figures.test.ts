/** I3: what people have to see to is a figure before it is a complaint: overdue reviews, requests past their day, what keeps the late. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { readFigures } from '../../storage/figures/figures.ts';
import { createWorkerMetrics } from '../../worker/observability/metrics.ts';
import { handInOne, inps, milano, recordClasses } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'figures' });
});
afterAll(() => world.close());

const placedAt = instant('2026-02-01T10:00:00Z');

const pageAt = async (now: string): Promise<string> => {
  const metrics = createWorkerMetrics({ process: false });
  metrics.show(await readFigures(world.database('worker'), { now: instant(now) }));
  return metrics.registry.metrics();
};

test('I3: a review is overdue when its day is over where the controller is, and a released suspension has none', async () => {
  const triggerAt = instant('2026-01-10T10:00:00Z');
  const { recordId } = await handInOne(world, { recordClass: recordClasses.chat, triggerAt });
  const placement = { scope: [{ record: recordId }], reviewOn: localDate('2030-01-01'), now: placedAt };
  const held = await place(world, placement);
  await place(world, { ...placement, kind: 'restriction' });
  // The review is due on 1 January 2030, a day that ends in Rome at 23:00 UTC.
  expect(await pageAt('2030-01-01T22:59:00Z')).toContain(
    'oblio_suspension_reviews_overdue{controller="inps",kind="litigation-hold"} 0',
  );
  const page = await pageAt('2030-01-01T23:00:00Z');
  expect(page).toContain('oblio_suspension_reviews_overdue{controller="inps",kind="litigation-hold"} 1');
  expect(page).toContain('oblio_suspension_reviews_overdue{controller="inps",kind="restriction"} 1');
  expect(page).toContain('oblio_suspensions_active{controller="inps",kind="restriction"} 1');
  await release(world, held.suspensionId, placedAt);
  expect(await pageAt('2030-01-02T00:00:00Z')).not.toContain(
    'oblio_suspension_reviews_overdue{controller="inps",kind="litigation-hold"}',
  );
});

test('I3: a record that is kept past its bound is counted under every kind that keeps it, and is not overdue', async () => {
  const triggerAt = instant('2026-01-10T10:00:00Z');
  const { recordId, unit } = await handInOne(world, { recordClass: recordClasses.callRecording, triggerAt });
  const after = instant(new Date(Date.parse(unit.boundAt) + 60_000).toISOString());
  const labels = 'controller="inps",record_class="call-recording"';
  expect(await pageAt(after)).toContain(`oblio_records_overdue{${labels}} 1`);
  await place(world, { scope: [{ record: recordId }], now: placedAt });
  await place(world, { scope: [{ record: recordId }], kind: 'pending-request', now: placedAt });
  const page = await pageAt(after);
  expect(page).toContain(`oblio_records_kept_past_bound{${labels}} 1`);
  expect(page).toContain(`oblio_records_kept_past_bound_by{${labels},kind="litigation-hold"} 1`);
  expect(page).toContain(`oblio_records_kept_past_bound_by{${labels},kind="pending-request"} 1`);
  expect(page).toContain(`oblio_records_overdue{${labels}} 0`);
});

test('I3: requests past their day are counted by controller; closed ones and those whose clock stands still are not', async () => {
  const owner = world.database('owner');
  let number = 0;
  const aCase = async (controller: typeof inps, stage: string, dueAt: string | null): Promise<void> => {
    number += 1;
    const { suspensionId } = await place(world, {
      controller,
      kind: 'pending-request',
      scope: [{ recordClass: recordClasses.sms }],
      now: placedAt,
    });
    await sql`
      INSERT INTO request_case (id, controller, reference, reference_year, reference_number, message_key, channel, language, received_at,
        registered_at, registered_by, policy_version, suspension_id, sealed_person, revision, stage, waiting_for, due_at, state, changed_at)
      SELECT ${randomUUID()}, ${controller}, ${`r-${number}`}, 2026, ${number}, ${Buffer.from(`m-${number}`)}, 'email', 'it', now(), now(),
        'test', max(version), ${suspensionId}, '', 1, ${stage}, 'dpo', ${dueAt}::timestamptz, '{}', now()
      FROM policy_version WHERE controller = ${controller}`.execute(owner);
  };
  await aCase(inps, 'deciding', '2026-03-31T22:00:00Z');
  await aCase(inps, 'deciding', '2026-04-30T22:00:00Z');
  await aCase(inps, 'identification-asked', null);
  await aCase(inps, 'closed', '2026-03-01T22:00:00Z');
  await aCase(milano, 'reviewing', '2026-03-31T22:00:00Z');
  const page = await pageAt('2026-04-01T00:00:00Z');
  expect(page).toContain('oblio_requests_open{controller="inps"} 3');
  expect(page).toContain('oblio_requests_overdue{controller="inps"} 1');
  expect(page).toContain('oblio_requests_overdue{controller="comune-di-milano"} 1');
});
