/**
 * A dispute from end to end, in travelled time on the real services: a hold lands on a recording two days before its six months
 * end, survives the bound, is reviewed, released by two people, and the recording is erased right after.
 */
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SuspensionId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import { askForRelease, decideRequest } from '../../storage/suspensions/release-requests.ts';
import { reviewSuspension } from '../../storage/suspensions/review-suspension.ts';
import { readUnit } from '../../storage/units/units.ts';
import { holdStatusQuery } from '../../workflows/hold/contract.ts';
import { retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { handInObject, handInOne, inps, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release, workflowIdOfHold } from '../support/suspensions.ts';
import { eventually, startWorker, worldClient } from '../support/temporal.ts';
import { travelTo } from '../support/time-travel.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
let client: Client;
const day = days(1);
const lawyers = [
  { id: 'lawyer-1', role: 'legal' },
  { id: 'lawyer-2', role: 'legal' },
] as const;

beforeAll(async () => {
  world = await createWorld({ label: 'dispute' });
  ({ client } = await worldClient(world));
  await startWorker(world);
});
afterAll(() => world.close());

const recording = (now: Instant): Promise<TestRecord> =>
  handInOne(world, {
    recordClass: recordClasses.callRecording,
    triggerAt: now,
    now,
    objects: () => [Buffer.from('the voice of a person')],
  });

const hold = async ({ recordId }: TestRecord, reviewOn?: LocalDate): Promise<SuspensionId> => {
  const scope = [{ record: recordId }];
  return (await place(world, { scope, now: realNow(), ...(reviewOn === undefined ? {} : { reviewOn }) })).suspensionId;
};

const flagOf = async (key: string): Promise<string> => {
  const flag: unknown = await world
    .storeClient('admin')
    .getObjectLegalHold(world.storeSettings('admin').bucket, key)
    .catch(() => 'OFF');
  return JSON.stringify(flag).includes('ON') ? 'ON' : 'OFF';
};
const retention = (record: TestRecord) => client.workflow.getHandle(record.workflowId);
const holdStatus = async (id: SuspensionId) =>
  client.workflow.getHandle(await workflowIdOfHold(world, id)).query(holdStatusQuery);

const inForce = (id: SuspensionId) =>
  eventually(
    () => holdStatus(id).catch(() => undefined),
    (status) => status?.state === 'in-force',
  );

describe('a dispute about a recording', () => {
  test('I4: it outlives its bound under the hold, and is erased after two people released it', async () => {
    const now = realNow();
    const record = await recording(now);
    const { unit } = record;
    const [object] = record.objects;
    if (object === undefined) throw new Error('The recording has no object');
    await eventually(
      () => readUnit(world.database('worker'), unit.id),
      (row) => row?.workflowStartedAt !== undefined,
    );
    const unitWorkflow = { client, workflowId: record.workflowId };
    await travelTo(unitWorkflow, instantPlus(unit.boundAt, -2 * day));

    const reviewOn = localDate(instantPlus(unit.boundAt, 30 * day).slice(0, 10));
    const id = await hold(record, reviewOn);
    const applied = await inForce(id);
    expect(applied?.covered).toEqual({ records: { 'call-recording': 1 }, objects: 1, units: 0 });
    expect(await flagOf(object.key)).toBe('ON');
    const shown = await eventually(
      () => retention(record).describe(),
      ({ typedSearchAttributes }) => (typedSearchAttributes.get(searchAttributes.keptBy) ?? []).length > 0,
    );
    expect(shown.typedSearchAttributes.get(searchAttributes.keptBy)).toContain('litigation-hold');

    await travelTo(unitWorkflow, instantPlus(unit.boundAt, 10 * day));
    const kept = await eventually(
      () => retention(record).query(retentionStatusQuery),
      ({ state }) => state === 'kept',
    );
    expect(kept).toMatchObject({ recordsGone: 0, boundAt: unit.boundAt });

    const holdWorkflow = { client, workflowId: await workflowIdOfHold(world, id) };
    await travelTo(holdWorkflow, instantPlus(unit.boundAt, 31 * day));
    const due = await eventually(
      () => holdStatus(id),
      ({ state }) => state === 'review-due',
    );
    expect(due.remindersGiven).toBe(1);
    const reminders = await world
      .database('owner')
      .selectFrom('audit_entry')
      .select(['why'])
      .where('action', '=', 'suspension-review-due')
      .where('target_id', '=', id)
      .execute();
    expect(reminders).toEqual([{ why: 'review-date-reached' }]);

    const nextReviewOn = localDate(instantPlus(unit.boundAt, 200 * day).slice(0, 10));
    const given = { suspensionId: id, controller: inps, now: instantPlus(unit.boundAt, 31 * day) };
    await world
      .database('api')
      .transaction()
      .execute((tx) => reviewSuspension(tx, { ...given, actor: lawyers[0], reason: 'still pending', nextReviewOn }));
    await inForce(id);

    const later = { ...given, now: instantPlus(unit.boundAt, 40 * day) };
    await travelTo(unitWorkflow, later.now);
    const asked = await world
      .database('api')
      .transaction()
      .execute((tx) => askForRelease(tx, { ...later, actor: lawyers[0], reason: 'settled' }));
    if (asked.kind !== 'asked') throw new Error(asked.kind);
    const decision = { ...later, requestId: asked.requestId, decision: 'confirm', why: 'agreed' } as const;
    const db = world.database('api');
    const decide = (actor: (typeof lawyers)[number]) =>
      db.transaction().execute((tx) => decideRequest(tx, { ...decision, actor }));
    expect(await decide(lawyers[0])).toEqual({ kind: 'same-person' });
    expect(await decide(lawyers[1])).toMatchObject({ kind: 'released' });

    expect(await retention(record).result()).toEqual({ recordsGone: 1, certificates: 1 });
    expect(await client.workflow.getHandle(holdWorkflow.workflowId).result()).toEqual({ released: true });
    const { rows } = await sql<{ suspended_days: number; bound_at: Date; document: unknown }>`
      SELECT item.suspended_days, certificate.bound_at, certificate.document
      FROM erasure_item item JOIN disposition_certificate certificate ON certificate.intent_id = item.intent_id
      WHERE item.record_id = ${record.recordId}`.execute(world.database('owner'));
    expect(rows[0]?.bound_at.toISOString()).toBe(unit.boundAt);
    // From the due date, which lies up to a day before the bound, to the release forty days after it.
    expect([40, 41]).toContain(rows[0]?.suspended_days);
    expect(await flagOf(object.key)).toBe('OFF');
  });

  test('I4: an object that arrives while the hold is in force is flagged too', async () => {
    const now = realNow();
    const record = await recording(now);
    const id = await hold(record);
    await inForce(id);
    const { key } = await handInObject(world, {
      controller: inps,
      recordClass: recordClasses.callRecording,
      recordId: record.recordId,
      name: 'second-part',
      content: Buffer.from('more of it'),
      now,
    });
    expect(
      await eventually(
        () => flagOf(key),
        (flag) => flag === 'ON',
      ),
    ).toBe('ON');
  });

  test('a suspension of another kind gets a workflow when it ends, which wakes what waited', async () => {
    const now = instant('2020-01-15T10:00:00Z');
    const record = await handInOne(world, { recordClass: recordClasses.portalInteraction, triggerAt: now, now });
    const scope = [{ record: record.recordId }];
    const { suspensionId } = await place(world, { kind: 'pending-request', scope, now: realNow() });
    await eventually(
      () =>
        retention(record)
          .query(retentionStatusQuery)
          .catch(() => undefined),
      (status) => status?.state === 'kept' || status?.state === 'erased',
    );
    await release(world, suspensionId, realNow());
    expect((await retention(record).result()).recordsGone).toBe(1);
  });
});
