/** What counts as late (I3): all that is past its bound and not gone, save what suspensions keep, record by record. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordId } from '../../domain/ids.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { listLateUnits } from '../../storage/sweep/late-units.ts';
import { walkUnit } from '../support/erasing.ts';
import { handIn, type TestRecord } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'late' });
});
afterAll(() => world.close());

/** Two records of one day, which share a unit. */
const twoOf = async (triggerAt: Instant): Promise<{ readonly unit: TestRecord['unit']; readonly ids: RecordId[] }> => {
  const records = await handIn(world, { triggerAt, count: 2 });
  const [first] = records;
  if (first === undefined) throw new Error('No record was handed in');
  return { unit: first.unit, ids: records.map(({ recordId }) => recordId) };
};

const lateOf = async (unit: TestRecord['unit'], asOf: Instant = instantPlus(unit.boundAt, 1)) => {
  const { late } = await listLateUnits(world.database('worker'), { asOf, limit: 1_000 });
  return late.find(({ unitId }) => unitId === unit.id);
};

describe('I3: a unit', () => {
  test('is late from its bound on, and not at it', async () => {
    const { unit } = await twoOf(instant('2012-02-01T10:00:00Z'));
    expect(await lateOf(unit, unit.boundAt)).toBeUndefined();
    expect(await lateOf(unit)).toEqual({ unitId: unit.id, records: 2, destructionUnproven: false });
  });

  test('of which a hold keeps one record is late by the others, and not late when all of it is kept', async () => {
    const { unit, ids } = await twoOf(instant('2012-02-02T10:00:00Z'));
    const [one, other] = ids.map((record) => ({ record }));
    if (one === undefined || other === undefined) throw new Error('Two records were handed in');
    await place(world, { scope: [one], now: unit.dueAt });
    expect(await lateOf(unit)).toEqual({ unitId: unit.id, records: 1, destructionUnproven: false });
    await place(world, { scope: [other], now: unit.dueAt });
    expect(await lateOf(unit)).toBeUndefined();
  });

  test('of which the destruction was written down and is not proven is late, also where nothing is left to be kept', async () => {
    const { unit } = await twoOf(instant('2012-02-03T10:00:00Z'));
    const gate = world.gate({
      atStep: async (step) => {
        if (step === 'rows-committed') throw new Error('killed');
      },
    });
    await expect(walkUnit(gate, { unitId: unit.id, now: unit.dueAt })).rejects.toThrow('killed');
    expect(await lateOf(unit)).toEqual({ unitId: unit.id, records: 0, destructionUnproven: true });
    await walkUnit(world.gate(), { unitId: unit.id, now: unit.dueAt });
    expect(await lateOf(unit)).toEqual({ unitId: unit.id, records: 0, destructionUnproven: false });
    await world.gate().closeUnit({ unitId: unit.id, now: unit.dueAt });
    expect(await lateOf(unit)).toBeUndefined();
  });

  test('is listed once, page by page', async () => {
    const { rows } = await sql<{ id: string }>`
      SELECT id::text FROM retention_unit WHERE state = 'open' ORDER BY id`.execute(world.superuser());
    const asOf = instant('2099-01-01T00:00:00Z');
    const found: string[] = [];
    let after: TestRecord['unit']['id'] | undefined;
    do {
      const page = await listLateUnits(world.database('worker'), { asOf, limit: 1, ...(after && { after }) });
      found.push(...page.late.map(({ unitId }) => unitId));
      after = page.next;
    } while (after !== undefined);
    // The second unit is kept as a whole.
    expect(found).toHaveLength(rows.length - 1);
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(found));
  });
});
