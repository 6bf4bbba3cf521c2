/** What suspensions keep: by each way a clause can be found, alone and together, for as long as any of them lasts (I4). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseId } from '../../domain/ids.ts';
import { suspensionKinds } from '../../domain/suspension/suspension.ts';
import { days, minutes } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import type { KeyedScope } from '../../storage/suspensions/clause-rows.ts';
import { keptOfUnit, matchSuspensions } from '../../storage/suspensions/match-suspensions.ts';
import { certificatesOf, eraseChunk, expectGone, expectWhole, walkUnit } from '../support/erasing.ts';
import { handIn, handInOne, inps, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ label: 'keep' });
});
afterAll(() => world.close());

const { callRecording, portalInteraction, sms } = recordClasses;
const daysMs = days(1);

/** Units of one day, each test its own day: suspensions over a class and its days then never meet another test's records. */
let day = 0;
const newDay = (): Instant => {
  day += 1;
  return instantPlus(instant('2010-01-01T10:00:00Z'), day * daysMs);
};

const subject = (value: string) => world.sealing.subjectKey({ controller: inps, kind: 'email', value });
const attribute = (value: string) => world.sealing.attributeKey({ controller: inps, name: 'claim', value });
const person = (value: string) => () => [{ kind: 'email', value }];
const claim = (value: string) => () => [{ name: 'claim', value }];
const only = <Value>(values: readonly Value[]): Value => {
  const [value] = values;
  if (value === undefined) throw new Error('There is none');
  return value;
};

describe('a clause keeps what it covers, and nothing else', () => {
  type Case = {
    readonly name: string;
    readonly kept: (at: Instant) => Promise<TestRecord>;
    readonly erased: (at: Instant) => Promise<TestRecord>;
    readonly scope: (kept: TestRecord, at: Instant) => KeyedScope;
  };
  const plain = (at: Instant): Promise<TestRecord> =>
    handInOne(world, { triggerAt: at, objects: () => [Buffer.from('o')] });
  const cases: readonly Case[] = [
    { name: 'a record', kept: plain, erased: plain, scope: (kept) => [{ record: kept.recordId }] },
    {
      name: 'a data subject',
      kept: (at) =>
        handInOne(world, {
          triggerAt: at,
          subjects: person(`kept-${at}@example.it`),
          objects: () => [Buffer.from('o')],
        }),
      erased: (at) => handInOne(world, { triggerAt: at, subjects: person(`other-${at}@example.it`) }),
      scope: (_kept, at) => [{ subject: subject(`kept-${at}@example.it`) }],
    },
    {
      name: 'an attribute of the source',
      kept: (at) => handInOne(world, { triggerAt: at, attributes: claim(`kept-${at}`) }),
      erased: (at) => handInOne(world, { triggerAt: at, attributes: claim(`other-${at}`) }),
      scope: (_kept, at) => [{ attribute: attribute(`kept-${at}`) }],
    },
    {
      name: 'a class with a range of trigger times, its end excluded',
      kept: (at) => handInOne(world, { triggerAt: instantPlus(at, 1000) }),
      erased: (at) => handInOne(world, { triggerAt: instantPlus(at, 2000) }),
      scope: (_kept, at) => [
        { recordClass: portalInteraction, triggers: { from: instantPlus(at, 1000), until: instantPlus(at, 2000) } },
      ],
    },
    {
      name: 'a data subject in a class and a range: all of it must fit',
      kept: (at) => handInOne(world, { triggerAt: instantPlus(at, 1000), subjects: person(`both-${at}@example.it`) }),
      erased: (at) => handInOne(world, { triggerAt: instantPlus(at, 2000), subjects: person(`both-${at}@example.it`) }),
      scope: (_kept, at) => [
        {
          subject: subject(`both-${at}@example.it`),
          recordClass: portalInteraction,
          triggers: { until: instantPlus(at, 2000) },
        },
      ],
    },
    {
      name: 'a data subject with an attribute: both must fit',
      kept: (at) =>
        handInOne(world, { triggerAt: at, subjects: person(`two-${at}@example.it`), attributes: claim(`two-${at}`) }),
      erased: (at) =>
        handInOne(world, { triggerAt: at, subjects: person(`two-${at}@example.it`), attributes: claim(`none-${at}`) }),
      scope: (_kept, at) => [{ subject: subject(`two-${at}@example.it`), attribute: attribute(`two-${at}`) }],
    },
    {
      name: 'one of several clauses',
      kept: plain,
      erased: plain,
      scope: (kept, at) => [
        { subject: subject(`nobody-${at}@example.it`) },
        { record: kept.recordId },
        { attribute: attribute(`nothing-${at}`) },
      ],
    },
  ];

  test.each(cases)('$name', async ({ kept: handInKept, erased: handInErased, scope }) => {
    const at = newDay();
    const kept = await handInKept(at);
    const erased = await handInErased(at);
    expect(erased.unit.id).toBe(kept.unit.id);
    const { suspensionId } = await place(world, { scope: scope(kept, at), now: at });
    const input = { unitId: kept.unit.id, now: kept.unit.dueAt };
    const chunk = only(await walkUnit(world.gate(), input));
    expect(chunk).toMatchObject({
      gone: 1,
      kept: { records: 1, suspensions: [{ suspensionId, kind: 'litigation-hold' }] },
    });
    await expectGone(world, [erased.recordId]);
    await expectWhole(world, [kept]);
    expect(only(await certificatesOf(world, kept.unit.id)).stores.database.kept).toMatchObject({
      records: 1,
      byKind: [{ kind: 'litigation-hold', records: 1 }],
    });
    expect(await keptOfUnit(world.database('worker'), { controller: inps, unitId: kept.unit.id })).toEqual(chunk.kept);

    await release(world, suspensionId, instantPlus(at, 1));
    expect(only(await walkUnit(world.gate(), input))).toMatchObject({ gone: 1, kept: { records: 0 } });
    await expectGone(world, [kept.recordId]);
  });

  test('of another controller, or of another class, it keeps nothing', async () => {
    const at = newDay();
    const record = await handInOne(world, { triggerAt: at, subjects: person('same@example.it') });
    const triggers = { from: at, until: instantPlus(at, daysMs) };
    await place(world, {
      scope: [
        { recordClass: sms, triggers },
        { subject: subject('same@example.it'), recordClass: sms },
      ],
      now: at,
    });
    const chunk = await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    expect(chunk).toMatchObject({ gone: 1, kept: { records: 0 } });
  });
});

describe('kinds and numbers', () => {
  test.each(suspensionKinds)('a %s keeps', async (kind) => {
    const at = newDay();
    const record = await handInOne(world, { triggerAt: at });
    await place(world, { kind, scope: [{ record: record.recordId }], now: at });
    const chunk = await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt });
    expect(chunk).toMatchObject({
      gone: 0,
      certificateId: undefined,
      kept: { records: 1, byKind: [{ kind, records: 1 }] },
    });
    await expectWhole(world, [record]);
  });

  test('of several suspensions, the last one to end lets go', async () => {
    const at = newDay();
    const record = await handInOne(world, { triggerAt: at, subjects: person('several@example.it') });
    const first = await place(world, { scope: [{ record: record.recordId }], now: at });
    const second = await place(world, {
      scope: [{ subject: subject('several@example.it') }],
      now: at,
      kind: 'legal-obligation',
    });
    const input = { unitId: record.unit.id, now: record.unit.dueAt };
    expect(await eraseChunk(world.gate(), input)).toMatchObject({ gone: 0, kept: { records: 1, suspensionCount: 2 } });
    await release(world, first.suspensionId, at);
    expect(await eraseChunk(world.gate(), input)).toMatchObject({ gone: 0, kept: { records: 1, suspensionCount: 1 } });
    await release(world, second.suspensionId, at);
    expect(await eraseChunk(world.gate(), input)).toMatchObject({ gone: 1 });
  });

  test('a suspension whose scope was narrowed keeps what is left of it', async () => {
    const at = newDay();
    const [given, kept] = await handIn(world, { triggerAt: at, count: 2 });
    if (given === undefined || kept === undefined) throw new Error('Two records were handed in');
    const { suspensionId } = await place(world, {
      scope: [{ record: given.recordId }, { record: kept.recordId }],
      now: at,
    });
    await world
      .database('api')
      .updateTable('suspension_clause')
      .set({ ended_at: new Date(at) })
      .where('suspension_id', '=', suspensionId)
      .where('record_id', '=', given.recordId)
      .execute();
    const chunk = await eraseChunk(world.gate(), { unitId: kept.unit.id, now: kept.unit.dueAt });
    expect(chunk).toMatchObject({ gone: 1, kept: { records: 1 } });
    await expectGone(world, [given.recordId]);
    await expectWhole(world, [kept]);
  });

  test('a record that arrives after the suspension was placed is kept too', async () => {
    const at = newDay();
    await place(world, { scope: [{ subject: subject('later@example.it') }], now: at });
    const record = await handInOne(world, { triggerAt: at, subjects: person('later@example.it') });
    expect(await eraseChunk(world.gate(), { unitId: record.unit.id, now: record.unit.dueAt })).toMatchObject({
      gone: 0,
      kept: { records: 1 },
    });
  });

  test('a decided erasure is held back by a dispute, and not by the request that asked for it', async () => {
    const at = newDay();
    const [disputed, free] = await handIn(world, { triggerAt: at, count: 2 });
    if (disputed === undefined || free === undefined) throw new Error('Two records were handed in');
    const ofCase = caseId('0190f000-0000-7000-8000-0000000000c1');
    await place(world, { scope: [{ record: disputed.recordId }], now: at });
    const own = { kind: 'pending-request', matterReference: ofCase, now: at } as const;
    await place(world, { ...own, scope: [{ record: disputed.recordId }, { record: free.recordId }] });
    const basis = { kind: 'decision', caseId: ofCase, recordIds: [disputed.recordId, free.recordId] } as const;
    const chunk = await eraseChunk(world.gate(), { unitId: free.unit.id, now: at, basis });
    expect(chunk).toMatchObject({ gone: 1, kept: { records: 1, byKind: [{ kind: 'litigation-hold', records: 1 }] } });
    await expectGone(world, [free.recordId]);
    await expectWhole(world, [disputed]);
  });

  test('another case keeps what it asks about, also against a decided erasure', async () => {
    const at = newDay();
    const record = await handInOne(world, { triggerAt: at });
    await place(world, {
      kind: 'pending-request',
      matterReference: '0190f000-0000-7000-8000-0000000000c2',
      scope: [{ record: record.recordId }],
      now: at,
    });
    const basis = {
      kind: 'decision',
      caseId: caseId('0190f000-0000-7000-8000-0000000000c3'),
      recordIds: [record.recordId],
    } as const;
    expect(await eraseChunk(world.gate(), { unitId: record.unit.id, now: at, basis })).toMatchObject({
      gone: 0,
      kept: { records: 1 },
    });
  });
});

describe('the certificate says for how long suspensions kept a record', () => {
  test('in whole or begun days beyond the due date, overlapping suspensions once, ended ones included', async () => {
    const triggerAt = instant('2012-02-01T10:00:00Z');
    const record = await handInOne(world, { recordClass: callRecording, triggerAt });
    const { dueAt } = record.unit;
    const dueIn = (days: number): Instant => instantPlus(dueAt, days * daysMs);
    const scope = [{ record: record.recordId }];
    const first = await place(world, { scope, now: dueIn(-30) });
    const second = await place(world, { scope, now: dueIn(5) });
    await release(world, first.suspensionId, dueIn(10));
    await release(world, second.suspensionId, dueIn(20));
    const third = await place(world, { scope, now: dueIn(40) });
    await release(world, third.suspensionId, instantPlus(dueIn(45), 1));
    await eraseChunk(world.gate(), { unitId: record.unit.id, now: dueIn(50) });
    const certificate = only(await certificatesOf(world, record.unit.id));
    // From the due date to the 20th day, from the 40th to just after the 45th.
    expect(certificate.suspended).toEqual({ records: 1, longestDays: 26 });
    expect(certificate.dueAt).toBe(dueAt);
    expect(certificate.boundAt).toBe(record.unit.boundAt);
    expect(certificate.lagMilliseconds).toBeGreaterThan(49 * daysMs);
  });

  test('a record that was late for another reason was not suspended', async () => {
    const record = await handInOne(world, { recordClass: callRecording, triggerAt: instant('2012-03-01T10:00:00Z') });
    await eraseChunk(world.gate(), { unitId: record.unit.id, now: instantPlus(record.unit.boundAt, 9 * daysMs) });
    expect(only(await certificatesOf(world, record.unit.id)).suspended).toEqual({ records: 0, longestDays: 0 });
  });
});

test('whatever the scopes, the database keeps exactly the records that a plain reading of the clauses keeps', async () => {
  const people = ['ada', 'bea', 'cleo'];
  const claims = ['one', 'two'];
  const start = newDay();
  day += 40;
  const slots = 4;
  const times = Array.from({ length: slots }, (_, slot) => instantPlus(start, minutes(slot)));
  const records: {
    readonly record: TestRecord;
    readonly person: string;
    readonly claim: string;
    readonly slot: number;
  }[] = [];
  for (const [slot, triggerAt] of times.entries()) {
    for (const name of people) {
      for (const number of claims) {
        const record = await handInOne(world, {
          triggerAt,
          subjects: person(`${name}@plain.it`),
          attributes: claim(number),
        });
        records.push({ record, person: name, claim: number, slot });
      }
    }
  }
  const range = fc.record({
    from: fc.option(fc.nat(slots - 1)),
    length: fc.option(fc.integer({ min: 1, max: slots })),
  });
  const clause = fc
    .record({
      record: fc.option(fc.nat(records.length - 1), { freq: 3 }),
      person: fc.option(fc.constantFrom(...people)),
      claim: fc.option(fc.constantFrom(...claims)),
      ofClass: fc.option(fc.constantFrom(portalInteraction, sms)),
      range: fc.option(range),
    })
    .filter(
      ({ record, person: who, claim: which, ofClass }) =>
        record !== null || who !== null || which !== null || ofClass !== null,
    );
  // More clauses over classes than the gate compares one by one, none of which touches these days: the other way of finding them.
  const elsewhere: KeyedScope = Array.from({ length: 60 }, (_, index) => ({
    recordClass: portalInteraction,
    triggers: { from: instantPlus(start, -minutes(index + 1)), until: instantPlus(start, -minutes(index)) },
  }));
  await fc.assert(
    fc.asyncProperty(fc.array(clause, { minLength: 1, maxLength: 4 }), fc.boolean(), async (clauses, crowded) => {
      const bounds = (of: { from: number | null; length: number | null } | null) => {
        const from = of?.from ?? null;
        const until = of?.length === null || of?.length === undefined ? null : (from ?? 0) + of.length;
        return { from, until };
      };
      const scope: KeyedScope = clauses.map((one) => {
        const { from, until } = bounds(one.range);
        const target = one.record === null ? undefined : records[one.record];
        const triggers = {
          ...(from === null ? {} : { from: instantPlus(start, minutes(from)) }),
          ...(until === null ? {} : { until: instantPlus(start, minutes(until)) }),
        };
        return {
          ...(target === undefined ? {} : { record: target.record.recordId }),
          ...(one.person === null ? {} : { subject: subject(`${one.person}@plain.it`) }),
          ...(one.claim === null ? {} : { attribute: attribute(one.claim) }),
          ...(one.ofClass === null ? {} : { recordClass: one.ofClass }),
          ...(from === null && until === null ? {} : { triggers }),
        };
      });
      const expected = records
        .filter(({ person: who, claim: which, slot }, index) =>
          clauses.some((one) => {
            const { from, until } = bounds(one.range);
            return (
              (one.record === null || one.record === index) &&
              (one.person === null || one.person === who) &&
              (one.claim === null || one.claim === which) &&
              (one.ofClass === null || one.ofClass === portalInteraction) &&
              (from === null || slot >= from) &&
              (until === null || slot < until)
            );
          }),
        )
        .map(({ record }) => record.recordId);
      const { suspensionId } = await place(world, { scope: crowded ? [...scope, ...elsewhere] : scope, now: start });
      const recordIds = records.map(({ record }) => record.recordId);
      const kept = await matchSuspensions(world.database('gate'), { controller: inps, recordIds });
      await release(world, suspensionId, start);
      expect([...kept.keys()].sort()).toEqual([...expected].sort());
    }),
    { numRuns: 60 },
  );
});
