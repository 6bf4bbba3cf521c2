/** A changed policy re-dates what exists: previewed, exact, resumable, never under a running erasure. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Policy, RecordClassPolicy } from '../../domain/policy/policy.ts';
import { dueAt, retentionWindow } from '../../domain/policy/retention-dates.ts';
import { type Instant, instant } from '../../domain/time/instant.ts';
import { policyDigest } from '../../policies/policy-version.ts';
import { storePolicy } from '../../storage/policies/policies.ts';
import { previewRedating, redateNextBatch } from '../../storage/redating/re-date.ts';
import { readUnit } from '../../storage/units/units.ts';
import { eraseChunk, expectGone, walkUnit } from '../support/erasing.ts';
import { classOf, handIn, handInOne, inps, recordClasses, type TestRecord } from '../support/records.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let current: Policy;
beforeAll(async () => {
  world = await createWorld({ label: 're-date' });
  current = classOf(world, { controller: inps, recordClass: recordClasses.sms }).policy;
});
afterAll(() => world.close());

const { callRecording, sms } = recordClasses;
const triggerAt = instant('2024-01-31T10:00:00Z');
const now = instant('2026-02-01T10:00:00Z');

/** The next version of the policy, with classes changed. */
const nextVersion = async (change: (recordClass: RecordClassPolicy) => RecordClassPolicy): Promise<Policy> => {
  current = { ...current, version: current.version + 1, recordClasses: current.recordClasses.map(change) };
  await storePolicy(world.database('worker'), { policy: current, digest: policyDigest(current), now, actor: 'test' });
  return current;
};

const withRule =
  (id: string, rule: RecordClassPolicy['rule']) =>
  (recordClass: RecordClassPolicy): RecordClassPolicy =>
    recordClass.id === id ? { ...recordClass, rule } : recordClass;

const redateAll = async (policy: Policy, limit = 1000): Promise<{ moved: number; wake: readonly string[] }> => {
  let [moved, after] = [0, undefined as Awaited<ReturnType<typeof redateNextBatch>>['next']];
  const wake = new Set<string>();
  do {
    const batch = await redateNextBatch(world.database('worker'), {
      policy,
      now,
      actor: 'dpo-1',
      limit,
      ...(after && { after }),
    });
    moved += batch.moved;
    for (const unit of batch.unitsToSignal) wake.add(unit);
    after = batch.next;
  } while (after !== undefined);
  return { moved, wake: [...wake] };
};

const whereIs = async (record: TestRecord) =>
  world
    .database('api')
    .selectFrom('record')
    .select(['unit_id', 'policy_version'])
    .where('id', '=', record.recordId)
    .executeTakeFirstOrThrow();

const windowOf = (recordClass: string, at: Instant) => {
  const rule = current.recordClasses.find(({ id }) => id === recordClass)?.rule;
  if (rule === undefined) throw new Error('There is no such class');
  return retentionWindow({ rule, triggerAt: at, timeZone: current.timeZone });
};

describe('a shorter period', () => {
  test('moves day units to their new day, keeps the unit of a single record, and the preview had said so', async () => {
    const messages = await handIn(world, { recordClass: sms, triggerAt, count: 5 });
    const later = await handIn(world, { recordClass: sms, triggerAt: instant('2026-01-20T10:00:00Z'), count: 2 });
    const call = await handInOne(world, { recordClass: callRecording, triggerAt: instant('2026-01-20T10:00:00Z') });
    const policy = await nextVersion((recordClass) =>
      withRule(callRecording, { kind: 'at-most', period: 'P3M', lead: 'P2D' })(
        withRule(sms, { kind: 'at-most', period: 'P2Y', lead: 'P1D' })(recordClass),
      ),
    );
    const preview = await previewRedating(world.database('worker'), { policy, now });
    expect(preview).toEqual({
      classes: [
        { recordClass: callRecording, records: 1, moves: 1, earlier: 1, later: 0, dueAtOnce: 0 },
        { recordClass: sms, records: 7, moves: 7, earlier: 7, later: 0, dueAtOnce: 5 },
      ],
      classesWithoutRule: [],
    });
    const { moved, wake } = await redateAll(policy, 3);
    expect(moved).toBe(8);
    const units = new Set([...messages, ...later, call].map(({ unit }) => unit.id as string));
    expect(new Set(wake)).toEqual(units);

    const moved1 = await whereIs(messages[0] ?? call);
    expect(moved1.policy_version).toBe(policy.version);
    expect(moved1.unit_id).not.toBe(messages[0]?.unit.id);
    for (const message of messages) expect((await whereIs(message)).unit_id).toBe(moved1.unit_id);
    const target = await world
      .database('api')
      .selectFrom('retention_unit')
      .select(['opens_at', 'bound_at', 'workflow_started_at'])
      .where('id', '=', moved1.unit_id)
      .executeTakeFirstOrThrow();
    const window = windowOf(sms, triggerAt);
    expect([target.opens_at.toISOString(), target.bound_at.toISOString()]).toEqual([window.opensAt, window.boundAt]);
    expect(target.workflow_started_at).toBeNull();

    expect((await whereIs(call)).unit_id).toBe(call.unit.id);
    const callUnit = await readUnit(world.database('worker'), call.unit.id);
    const callWindow = windowOf(callRecording, instant('2026-01-20T10:00:00Z'));
    expect(callUnit).toMatchObject({ ...callWindow, dueAt: dueAt({ window: callWindow, unitId: call.unit.id }) });

    // What is due by the new date goes at once; the unit it left is empty and closes.
    const chunk = await walkUnit(world.gate(), {
      unitId: messages[0] ? (moved1.unit_id as typeof call.unit.id) : call.unit.id,
      now,
    });
    expect(chunk.reduce((sum, { gone }) => sum + gone, 0)).toBe(5);
    await expectGone(
      world,
      messages.map(({ recordId }) => recordId),
    );
    expect(await world.gate().closeUnit({ unitId: messages[0]?.unit.id ?? call.unit.id, now })).toEqual({
      kind: 'closed',
    });
  });

  test('applied again it moves nothing', async () => {
    expect(await redateAll(current)).toEqual({ moved: 0, wake: [] });
  });

  test('I2: a longer lead lets erasure begin earlier, though the bound stays: it counts as earlier, so that two people decide', async () => {
    await handInOne(world, { recordClass: callRecording, triggerAt: instant('2026-01-20T11:00:00Z') });
    const preview = await previewRedating(world.database('worker'), {
      policy: {
        ...current,
        version: current.version + 1,
        recordClasses: current.recordClasses.map((recordClass) =>
          recordClass.id === callRecording && recordClass.rule.kind === 'at-most'
            ? { ...recordClass, rule: { ...recordClass.rule, lead: 'P20D' } }
            : recordClass,
        ),
      },
      now,
    });
    const [ofCalls] = preview.classes.filter(({ recordClass }) => recordClass === callRecording);
    expect(ofCalls).toMatchObject({ later: 0 });
    expect(ofCalls?.moves).toBeGreaterThan(0);
    expect(ofCalls?.earlier).toBe(ofCalls?.moves);
  });
});

describe('a longer period', () => {
  test('protects at once: the old date no longer erases', async () => {
    const call = await handInOne(world, { recordClass: callRecording, triggerAt: instant('2025-10-20T10:00:00Z') });
    const policy = await nextVersion(withRule(callRecording, { kind: 'at-most', period: 'P1Y', lead: 'P1D' }));
    await redateAll(policy);
    const result = await world
      .gate()
      .eraseNextChunk({ unitId: call.unit.id, now: call.unit.boundAt, basis: { kind: 'retention-period-ended' } });
    expect(result).toEqual({ kind: 'refused', reason: 'before-window' });
    const window = windowOf(callRecording, instant('2025-10-20T10:00:00Z'));
    expect((await eraseChunk(world.gate(), { unitId: call.unit.id, now: window.opensAt })).gone).toBe(1);
  });
});

describe('the size of units', () => {
  test('may change too: single records gather in days', async () => {
    const calls = await handIn(world, {
      recordClass: callRecording,
      triggerAt: instant('2026-01-25T10:00:00Z'),
      count: 3,
    });
    expect(new Set(calls.map(({ unit }) => unit.id)).size).toBe(3);
    const policy = await nextVersion((recordClass) =>
      recordClass.id === callRecording ? { ...recordClass, unitSize: 'day' } : recordClass,
    );
    const { wake } = await redateAll(policy);
    expect(wake).toEqual(expect.arrayContaining(calls.map(({ unit }) => unit.id)));
    const places = await Promise.all(calls.map(whereIs));
    expect(new Set(places.map(({ unit_id }) => unit_id)).size).toBe(1);
    for (const { unit } of calls)
      expect(await world.gate().closeUnit({ unitId: unit.id, now })).toEqual({ kind: 'closed' });
  });
});

describe('erasure and re-dating', () => {
  test('a record whose destruction is written down keeps its date', async () => {
    const message = await handInOne(world, { recordClass: sms, triggerAt: instant('2022-03-01T10:00:00Z') });
    const gate = world.gate({
      atStep: async (step) => {
        if (step === 'intent-committed') throw new Error('planted');
      },
    });
    const input = { unitId: message.unit.id, now: message.unit.dueAt };
    await expect(eraseChunk(gate, input)).rejects.toThrow('planted');
    const before = await whereIs(message);
    const policy = await nextVersion(withRule(sms, { kind: 'at-most', period: 'P9Y', lead: 'P1D' }));
    const preview = await previewRedating(world.database('worker'), { policy, now });
    const others = await world
      .database('api')
      .selectFrom('record')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('record_class', '=', sms)
      .where('policy_version', '<', policy.version)
      .executeTakeFirstOrThrow();
    expect(preview.classes.find(({ recordClass }) => recordClass === sms)?.records).toBe(others.n - 1);
    await redateAll(policy);
    expect(await whereIs(message)).toEqual(before);
    await walkUnit(world.gate(), input);
    await expectGone(world, [message.recordId]);
  });

  test('a re-dating waits for the intent being written, and an intent for the re-dating', async () => {
    const message = await handInOne(world, { recordClass: sms, triggerAt: instant('2015-03-01T10:00:00Z') });
    let atFence: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      atFence = resolve;
    });
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const gate = world.gate({
      atStep: async (step) => {
        if (step !== 'fence-taken') return;
        atFence();
        await held;
      },
    });
    const erasing = eraseChunk(gate, { unitId: message.unit.id, now: message.unit.dueAt });
    await reached;
    const policy = await nextVersion(withRule(sms, { kind: 'at-most', period: 'P15Y', lead: 'P1D' }));
    const redating = redateAll(policy);
    await expect
      .poll(
        async () =>
          (
            await sql<{
              n: number;
            }>`SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(
              world.superuser(),
            )
          ).rows[0]?.n ?? 0,
      )
      .toBeGreaterThan(0);
    goOn();
    expect((await erasing).gone).toBe(1);
    await redating;
    await expectGone(world, [message.recordId]);
  });
});

test('a policy that forgets a class with records is not applied', async () => {
  await handInOne(world, { recordClass: recordClasses.chat, triggerAt: now });
  const without: Policy = {
    ...current,
    version: current.version + 1,
    recordClasses: current.recordClasses.filter(({ id }) => id !== recordClasses.chat),
  };
  const preview = await previewRedating(world.database('worker'), { policy: without, now });
  expect(preview.classesWithoutRule).toEqual([recordClasses.chat]);
  await expect(redateNextBatch(world.database('worker'), { policy: without, now, actor: 'dpo-1' })).rejects.toThrow(
    /no class chat/,
  );
});
