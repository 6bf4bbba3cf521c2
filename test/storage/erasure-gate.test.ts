import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseId, recordId, unitId } from '../../domain/ids.ts';
import { days, minutes } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { certificatesOf, eraseChunk, expectGone, expectWhole, periodEnded, walkUnit } from '../support/erasing.ts';
import { classOf, handIn, handInOne, milano, recordClasses } from '../support/records.ts';
import { createWorld, realNow, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'gate' });
});
afterAll(() => world.close());

const { callRecording, surveyInvitation } = recordClasses;
const spring = instant('2021-03-10T10:00:00Z');

describe('I2: nothing is destroyed early', () => {
  test('before its window opens a unit is refused, to the millisecond, and nothing is written down', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      objects: () => [Buffer.from('a')],
    });
    const { id, opensAt } = record.unit;
    const early = await world.gate().eraseNextChunk({ unitId: id, now: instantPlus(opensAt, -1), basis: periodEnded });
    expect(early).toEqual({ kind: 'refused', reason: 'before-window' });
    await expectWhole(world, [record]);
    expect((await eraseChunk(world.gate(), { unitId: id, now: opensAt })).gone).toBe(1);
  });

  test('a unit whose dates were falsified destroys nothing: the rule that dated its records is asked again', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    const longAgo = new Date(spring);
    await world
      .superuser()
      .updateTable('retention_unit')
      .set({ opens_at: longAgo, due_at: longAgo, bound_at: longAgo })
      .where('id', '=', record.unit.id)
      .execute();
    const result = await world
      .gate()
      .eraseNextChunk({ unitId: record.unit.id, now: instantPlus(spring, days(1)), basis: periodEnded });
    expect(result).toEqual({ kind: 'refused', reason: 'before-window' });
    await expectWhole(world, [record]);
  });

  test('where time travel is refused, a now ahead of the real clock destroys nothing', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: instant('2020-01-10T10:00:00Z') });
    const gate = world.gate({ timeTravel: 'refused' });
    const input = { unitId: record.unit.id, basis: periodEnded } as const;
    expect(await gate.eraseNextChunk({ ...input, now: instantPlus(realNow(), minutes(1)) })).toEqual({
      kind: 'refused',
      reason: 'ahead-of-the-clock',
    });
    await expectWhole(world, [record]);
    expect(await gate.eraseNextChunk({ ...input, now: realNow() })).toMatchObject({ kind: 'chunk', gone: 1 });
  });

  test('a decision needs no window, names its case and touches only the records it names', async () => {
    const records = await handIn(world, { triggerAt: instant('2024-05-05T10:00:00Z'), count: 3 });
    const [first, ...others] = records;
    if (first === undefined) throw new Error('Nothing was handed in');
    const decided = caseId('0190f000-0000-7000-8000-000000000001');
    const basis = { kind: 'decision', caseId: decided, recordIds: [first.recordId] } as const;
    const chunks = await walkUnit(world.gate(), { unitId: first.unit.id, now: instant('2024-05-06T10:00:00Z'), basis });
    expect(chunks.map(({ gone }) => gone)).toEqual([1]);
    await expectGone(world, [first.recordId]);
    await expectWhole(world, others);
    expect((await certificatesOf(world, first.unit.id)).at(-1)?.basis).toEqual({ kind: 'decision', caseId: decided });
  });

  test('a class without an archival basis is never destroyed (D.Lgs. 42/2004 art. 21(1)(d)), by no decision either', async () => {
    const record = await handInOne(world, { controller: milano, recordClass: surveyInvitation, triggerAt: spring });
    const { policy } = classOf(world, { controller: milano, recordClass: surveyInvitation });
    const stored = async (document: unknown): Promise<void> => {
      await sql`UPDATE policy_version SET document = ${JSON.stringify(document)}::jsonb WHERE controller = ${milano}`.execute(
        world.superuser(),
      );
    };
    await stored({
      ...policy,
      recordClasses: policy.recordClasses.map(({ archivalBasis: _without, ...rest }) => rest),
    });
    const input = { unitId: record.unit.id, now: record.unit.boundAt };
    const refused = { kind: 'refused', reason: 'no-archival-basis' };
    expect(await world.gate().eraseNextChunk({ ...input, basis: periodEnded })).toEqual(refused);
    const decision = {
      kind: 'decision',
      caseId: caseId('0190f000-0000-7000-8000-000000000002'),
      recordIds: [record.recordId],
    } as const;
    expect(await world.gate().eraseNextChunk({ ...input, basis: decision })).toEqual(refused);
    await expectWhole(world, [record]);
    await stored(policy);
    expect((await eraseChunk(world.gate(), input)).gone).toBe(1);
  });

  test('a unit that does not exist is refused', async () => {
    const nobody = unitId('0190f000-0000-7000-8000-00000000dead');
    expect(await world.gate().eraseNextChunk({ unitId: nobody, now: spring, basis: periodEnded })).toEqual({
      kind: 'refused',
      reason: 'unknown-unit',
    });
  });
});

describe('I9: once', () => {
  test('erasing again what is gone changes nothing, and the unit closes once', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    const gate = world.gate();
    const input = { unitId: record.unit.id, now: record.unit.dueAt };
    await eraseChunk(gate, input);
    const again = await eraseChunk(gate, input);
    expect(again).toMatchObject({ gone: 0, certificateId: undefined, cursor: undefined });
    expect(await gate.closeUnit(input)).toEqual({ kind: 'closed' });
    expect(await gate.closeUnit(input)).toEqual({ kind: 'closed' });
    expect(await certificatesOf(world, record.unit.id)).toHaveLength(1);
    const closings = await world
      .database('api')
      .selectFrom('audit_entry')
      .select('id')
      .where('action', '=', 'unit-closed')
      .where('target_id', '=', record.unit.id)
      .execute();
    expect(closings).toHaveLength(1);
  });

  test('a unit with a record left is not closed', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    expect(await world.gate().closeUnit({ unitId: record.unit.id, now: spring })).toEqual({
      kind: 'not-empty',
      recordsLeft: 1,
      intentsUnproven: 0,
    });
  });

  test('of many executions at once each record gets one certificate', async () => {
    const records = await handIn(world, {
      triggerAt: instant('2019-07-01T10:00:00Z'),
      count: 60,
      objects: () => [Buffer.from('x')],
    });
    const [first] = records;
    if (first === undefined) throw new Error('Nothing was handed in');
    const input = { unitId: first.unit.id, now: first.unit.dueAt, basis: periodEnded, limit: 20 };
    const runOne = async (): Promise<number> => {
      const gate = world.gate();
      let gone = 0;
      for (let attempt = 0; attempt < 40; attempt += 1) {
        const result = await gate.eraseNextChunk(input);
        if (result.kind === 'busy') await new Promise((resolve) => setTimeout(resolve, 20));
        else if (result.kind === 'chunk') {
          gone += result.gone;
          if (result.gone === 0) break;
        }
      }
      return gone;
    };
    const gone = await Promise.all(Array.from({ length: 6 }, runOne));
    expect(gone.reduce((sum, one) => sum + one, 0)).toBe(60);
    await expectGone(
      world,
      records.map((record) => record.recordId),
    );
    const certificates = await certificatesOf(world, first.unit.id);
    expect(certificates.reduce((sum, { recordsGone }) => sum + recordsGone, 0)).toBe(60);
  });

  test('a zombie that wakes up after another execution has finished its intent certifies nothing', async () => {
    const record = await handInOne(world, {
      recordClass: callRecording,
      triggerAt: spring,
      objects: () => [Buffer.from('z')],
    });
    const input = { unitId: record.unit.id, now: record.unit.dueAt, basis: periodEnded } as const;
    const zombieGate = world.gate({
      atStep: async (step) => {
        if (step !== 'objects-read-back') return;
        // The zombie has lost its lock, as a process cut off from the database would, and another one takes over.
        await sql`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(world.superuser());
        await expect.poll(async () => (await world.gate().eraseNextChunk(input)).kind).toBe('chunk');
      },
    });
    const zombie = await zombieGate.eraseNextChunk(input).catch((error: unknown) => error);
    expect(zombie).toBeInstanceOf(Error);
    await expectGone(world, [record.recordId]);
    expect(await certificatesOf(world, record.unit.id)).toHaveLength(1);
  });

  test('a cursor of somebody else is refused', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: spring });
    await expect(
      eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt, cursor: `page:${record.recordId}` }),
    ).rejects.toThrow(RangeError);
    expect(recordId(record.recordId)).toBe(record.recordId);
  });
});
