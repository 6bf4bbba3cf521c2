/** Erasure by decision: what it grants is gone and nothing else, what is held stays and is told, and breaking off anywhere changes nothing. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { type GateStep, gateSteps } from '../../storage/erasure-gate/index.ts';
import { readErasedByCase } from '../../storage/letters/letter-facts.ts';
import { streamManifest } from '../../storage/manifests/read-manifest.ts';
import { expectGone, expectWhole } from '../support/erasing.ts';
import { handIn, inps, milano, recordClasses, type TestRecord } from '../support/records.ts';
import { createExecutionWorld, type ExecutionWorld } from '../support/requests/decided-case.ts';
import type { Identifier } from '../support/requests/stored-cases.ts';
import { place } from '../support/suspensions.ts';

let world: ExecutionWorld;
beforeAll(async () => {
  world = await createExecutionWorld('execution-erasure');
});
afterAll(() => world.close());

const { callRecording, chat, portalInteraction, sms } = recordClasses;
const received = instant('2026-10-05T09:00:00Z');
const decidedAt = instant('2026-10-20T09:00:00Z');

let people = 0;
const somebody = (): Identifier => {
  people += 1;
  return { kind: 'controller-subject-id', value: `P-${people}` };
};

const handInFor = (who: Identifier, recordClass: typeof chat, triggerAt: Instant, count = 1, objects = 0) =>
  handIn(world.world, {
    recordClass,
    triggerAt,
    count,
    subjects: () => [who],
    objects: (index) => Array.from({ length: objects }, (_, number) => Buffer.from(`object ${index} ${number}`)),
  });

const ids = (records: readonly TestRecord[]) => records.map(({ recordId }) => recordId);

const granted = (recordClass: string) =>
  ({ recordClass: recordClassId(recordClass), result: 'granted', grounds: ['17.1.d'] }) as const;
const denied = (recordClass: string) =>
  ({ recordClass: recordClassId(recordClass), result: 'denied', grounds: ['17.1.none', '17.3.b'] }) as const;

const openErasure = async (who: Identifier) => {
  const caseId = await world.open({ controller: inps, rights: ['erasure'], identifiers: [who], now: received });
  await world.search(caseId, received);
  return caseId;
};

describe('a granted erasure', () => {
  it('I8: erases the records of the granted classes through the gate, with the decision as the ground, and no other', async () => {
    const [who, neighbour] = [somebody(), somebody()];
    const calls = await handInFor(who, callRecording, instant('2026-08-01T10:00:00Z'), 2, 1);
    const interactions = await handInFor(who, portalInteraction, instant('2026-08-02T10:00:00Z'), 3);
    const chats = await handInFor(who, chat, instant('2026-08-03T10:00:00Z'), 2, 1);
    const others = await handInFor(neighbour, portalInteraction, instant('2026-08-02T10:00:00Z'), 2);
    const caseId = await openErasure(who);
    await world.decide(
      caseId,
      'erasure',
      {
        outcome: 'partly-erased',
        lines: [granted('call-recording'), granted('portal-interaction'), denied('chat')],
      },
      { at: decidedAt },
    );
    const result = await world.execute(caseId, 'erasure');
    // Two calls are a unit each, the three interactions of a day are one.
    expect(result).toMatchObject({ records: 5, certificateCount: 3 });
    expect(result.certificates).toHaveLength(3);
    expect(result.kept).toBeUndefined();
    await expectGone(world.world, [...ids(calls), ...ids(interactions)]);
    await expectWhole(world.world, [...chats, ...others]);
    const erased = await readErasedByCase(world.world.database('worker'), caseId, 'Europe/Rome');
    expect(erased.map(({ recordId }) => recordId).sort()).toEqual([...ids(calls), ...ids(interactions)].sort());
    expect(new Set(erased.map(({ certificate }) => certificate))).toEqual(new Set(result.certificates));
  });

  it('treats single records otherwise than their class, as the officer wrote', async () => {
    const who = somebody();
    const calls = await handInFor(who, callRecording, instant('2026-08-04T10:00:00Z'), 3);
    const chats = await handInFor(who, chat, instant('2026-08-05T10:00:00Z'), 2);
    const caseId = await openErasure(who);
    const [spared] = calls;
    const [singled] = chats;
    if (spared === undefined || singled === undefined) throw new Error('Nothing was handed in');
    await world.decide(
      caseId,
      'erasure',
      { outcome: 'partly-erased', lines: [granted('call-recording'), denied('chat')] },
      {
        at: decidedAt,
        words: {
          exceptions: [
            { recordId: spared.recordId, result: 'denied', grounds: ['17.3.e'] },
            { recordId: singled.recordId, result: 'granted', grounds: ['17.1.d'] },
          ],
        },
      },
    );
    expect(await world.execute(caseId, 'erasure')).toMatchObject({ records: 3 });
    await expectGone(world.world, [...ids(calls.slice(1)), singled.recordId]);
    await expectWhole(world.world, [spared, ...chats.slice(1)]);
  });

  it('I4: leaves what a hold keeps, says how many and by what, and erases the rest', async () => {
    const who = somebody();
    const calls = await handInFor(who, callRecording, instant('2026-08-06T10:00:00Z'), 3);
    const caseId = await openErasure(who);
    const [held, ...free] = calls;
    if (held === undefined) throw new Error('Nothing was handed in');
    await world.decide(caseId, 'erasure', { outcome: 'erased', lines: [granted('call-recording')] }, { at: decidedAt });
    await place(world.world, { scope: [{ record: held.recordId }], now: decidedAt });
    expect(await world.execute(caseId, 'erasure')).toMatchObject({
      records: 2,
      kept: { records: 1, by: ['litigation-hold'] },
    });
    await expectGone(world.world, ids(free));
    await expectWhole(world.world, [held]);
  });

  it('I9: carried out again it answers the same and erases nothing more', async () => {
    const who = somebody();
    await handInFor(who, callRecording, instant('2026-08-07T10:00:00Z'), 2);
    const caseId = await openErasure(who);
    await world.decide(caseId, 'erasure', { outcome: 'erased', lines: [granted('call-recording')] }, { at: decidedAt });
    const first = await world.execute(caseId, 'erasure');
    const later = await handInFor(who, callRecording, instant('2026-10-21T10:00:00Z'));
    expect(await world.execute(caseId, 'erasure')).toEqual(first);
    await expectWhole(world.world, later);
  });

  it('names no more certificates than a hundred; the case reads all of them from the ledger', async () => {
    const who = somebody();
    const calls = await handInFor(who, callRecording, instant('2026-08-08T10:00:00Z'), 130);
    const caseId = await openErasure(who);
    await world.decide(caseId, 'erasure', { outcome: 'erased', lines: [granted('call-recording')] }, { at: decidedAt });
    const result = await world.execute(caseId, 'erasure');
    expect(result).toMatchObject({ records: 130, certificateCount: 130 });
    expect(result.certificates).toHaveLength(100);
    const erased = await readErasedByCase(world.world.database('api'), caseId, 'Europe/Rome');
    expect(new Set(erased.map(({ certificate }) => certificate)).size).toBe(130);
    await expectGone(world.world, ids(calls));
  });

  it('closes the units it empties, so that nothing waits for what is gone', async () => {
    const who = somebody();
    const [call] = await handInFor(who, callRecording, instant('2026-08-09T10:00:00Z'));
    const caseId = await openErasure(who);
    await world.decide(caseId, 'erasure', { outcome: 'erased', lines: [granted('call-recording')] }, { at: decidedAt });
    await world.execute(caseId, 'erasure');
    const { state } = await world.world
      .database('api')
      .selectFrom('retention_unit')
      .select('state')
      .where('id', '=', call?.unit.id ?? null)
      .executeTakeFirstOrThrow();
    expect(state).toBe('closed');
  });
});

describe.each(['refused', 'deferred', 'no-data'] as const)('an erasure with the outcome %s', (outcome) => {
  it('touches nothing', async () => {
    const who = somebody();
    const calls = await handInFor(who, callRecording, instant('2026-08-10T10:00:00Z'), 2);
    const caseId = await openErasure(who);
    await world.decide(caseId, 'erasure', { outcome, lines: [denied('call-recording')] }, { at: decidedAt });
    expect(await world.execute(caseId, 'erasure')).toEqual({ records: 0, certificates: [] });
    await expectWhole(world.world, calls);
  });
});

describe('broken off', () => {
  class BrokenOffError extends Error {}

  it.each(gateSteps)('I9: at %s, twice, and taken up again it erases each record once and skips none', async (step) => {
    const who = somebody();
    const calls = await handInFor(who, callRecording, instant('2026-08-11T10:00:00Z'), 2, 1);
    const interactions = await handInFor(who, portalInteraction, instant('2026-08-12T10:00:00Z'), 3, 1);
    const caseId = await openErasure(who);
    await world.decide(
      caseId,
      'erasure',
      { outcome: 'erased', lines: [granted('call-recording'), granted('portal-interaction')] },
      { at: decidedAt },
    );
    const breakAt = (passage: number) => {
      let passed = 0;
      return async (at: GateStep): Promise<void> => {
        if (at !== step) return;
        passed += 1;
        if (passed === passage) throw new BrokenOffError(step);
      };
    };
    await expect(world.execute(caseId, 'erasure', { atStep: breakAt(1) })).rejects.toThrow(BrokenOffError);
    // The second attempt may have less left to do than to pass there twice.
    await world.execute(caseId, 'erasure', { atStep: breakAt(2) }).catch((error: unknown) => {
      if (!(error instanceof BrokenOffError)) throw error;
    });
    const result = await world.execute(caseId, 'erasure');
    expect(result).toMatchObject({ records: 5 });
    expect(result.kept).toBeUndefined();
    await expectGone(world.world, [...ids(calls), ...ids(interactions)]);
    const erased = await readErasedByCase(world.world.database('api'), caseId, 'Europe/Rome');
    expect(erased).toHaveLength(5);
  });
});

describe('a store that refuses to let go', () => {
  const flag = async (record: TestRecord, status: 'ON' | 'OFF'): Promise<void> => {
    const [object] = record.objects;
    if (object === undefined) throw new Error('The record has no object');
    const { bucket } = world.world.storeSettings('admin');
    await world.world
      .storeClient('admin')
      .setObjectLegalHold(bucket, object.key, { versionId: object.versionId, status });
  };

  it('I6: is asked again until it does; until then nothing is reported as gone that is not', async () => {
    const who = somebody();
    const calls = await handInFor(who, callRecording, instant('2026-08-13T10:00:00Z'), 3, 1);
    const [locked, ...free] = calls;
    if (locked === undefined) throw new Error('Nothing was handed in');
    const caseId = await openErasure(who);
    await world.decide(caseId, 'erasure', { outcome: 'erased', lines: [granted('call-recording')] }, { at: decidedAt });
    await flag(locked, 'ON');
    for (const _attempt of [1, 2]) {
      await expect(world.execute(caseId, 'erasure')).rejects.toMatchObject({ type: 'store-refused' });
      // The rest was erased all the same, and the case does not know the locked one as erased.
      await expectGone(world.world, ids(free));
      const erased = await readErasedByCase(world.world.database('api'), caseId, 'Europe/Rome');
      expect(erased.map(({ recordId }) => recordId)).not.toContain(locked.recordId);
    }
    await flag(locked, 'OFF');
    expect(await world.execute(caseId, 'erasure')).toMatchObject({ records: 3, certificateCount: 3 });
    await expectGone(world.world, ids(calls));
  });
});

describe('what access shows, erasure removes', () => {
  const classes = [callRecording, chat, portalInteraction, sms] as const;
  const recordArbitrary = fc.record({
    recordClass: fc.constantFrom(...classes),
    day: fc.integer({ min: 0, max: 20 }),
    by: fc.constantFrom('own', 'own and phone', 'phone', 'neighbour', 'neighbour and phone'),
    objects: fc.integer({ min: 0, max: 1 }),
    held: fc.boolean(),
  });

  it('I8: everything in the manifest is gone after a fully granted erasure, save what is held, and nothing else is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(recordArbitrary, { minLength: 1, maxLength: 8 }), async (drawn) => {
        people += 1;
        const own: Identifier = { kind: 'controller-subject-id', value: `P-${people}` };
        const phone: Identifier = { kind: 'phone', value: `+39333${String(1_000_000 + people)}` };
        const neighbour: Identifier = { kind: 'controller-subject-id', value: `N-${people}` };
        const subjects = {
          own: [own],
          'own and phone': [own, phone],
          // Somebody may share the phone: nothing says whose the record is.
          phone: [phone],
          neighbour: [neighbour],
          'neighbour and phone': [neighbour, phone],
        } as const;
        const handed: { readonly record: TestRecord; readonly held: boolean }[] = [];
        for (const { recordClass, day, by, objects, held } of drawn) {
          const [record] = await handIn(world.world, {
            recordClass,
            triggerAt: instantPlus(instant('2026-07-01T10:00:00Z'), days(day)),
            subjects: () => subjects[by],
            objects: () => Array.from({ length: objects }, () => Buffer.from('o')),
          });
          if (record === undefined) throw new Error('Nothing was handed in');
          if (held) await place(world.world, { scope: [{ record: record.recordId }], now: received });
          handed.push({ record, held });
        }
        const caseId = await world.open({
          controller: inps,
          rights: ['erasure'],
          identifiers: [own, phone],
          now: received,
        });
        const manifest = await world.search(caseId, received);
        const shown = new Set<string>();
        const theirs = drawn.flatMap(({ by }, index) => (by.startsWith('own') ? [handed[index]?.record.recordId] : []));
        for await (const { recordId } of streamManifest(world.world.database('worker'), manifest.manifestId)) {
          shown.add(recordId);
        }
        expect([...shown].sort()).toEqual(theirs.sort());
        await world.decide(
          caseId,
          'erasure',
          { outcome: 'erased', lines: manifest.classes.map(({ recordClass }) => granted(recordClass)) },
          { at: decidedAt },
        );
        const result = await world.execute(caseId, 'erasure');
        const doomed = handed.filter(({ record, held }) => shown.has(record.recordId) && !held);
        const kept = handed.filter(({ record, held }) => shown.has(record.recordId) && held);
        expect(result.records).toBe(doomed.length);
        expect(result.kept?.records ?? 0).toBe(kept.length);
        await expectGone(
          world.world,
          doomed.map(({ record }) => record.recordId),
        );
        await expectWhole(
          world.world,
          handed.filter((one) => !doomed.includes(one)).map(({ record }) => record),
        );
      }),
      { numRuns: 12 },
    );
  });
});

it('erases what a withdrawn consent carried, found and frozen by a search of its own', async () => {
  const who = somebody();
  const policy = world.policies.get(milano);
  const byConsent = policy?.recordClasses.flatMap(({ id, legalBasisByField }) =>
    Object.values(legalBasisByField?.bases ?? {}).some(({ article }) => article === '6.1.a') ? [id] : [],
  );
  expect(byConsent).toEqual(['survey-invitation']);
  const caseId = await world.open({
    controller: milano,
    rights: ['consent-withdrawal'],
    identifiers: [who],
    now: received,
  });
  const onConsent = await handIn(world.world, {
    controller: milano,
    recordClass: recordClasses.surveyInvitation,
    triggerAt: instant('2026-10-04T10:00:00Z'),
    subjects: () => [who],
    fields: () => ({ purpose: 'infoline-quality', channel: 'sms', sentAt: '2026-10-04T10:00:00.000Z' }),
  });
  const onTask = await handIn(world.world, {
    controller: milano,
    recordClass: recordClasses.surveyInvitation,
    triggerAt: instant('2026-10-04T10:00:00Z'),
    subjects: () => [who],
    fields: () => ({ purpose: 'infoline-quality', channel: 'email', sentAt: '2026-10-04T10:00:00.000Z' }),
  });
  await world.decide(caseId, 'consent-withdrawal', { outcome: 'recorded', grounds: ['7.3'] }, { at: decidedAt });
  expect(await world.execute(caseId, 'consent-withdrawal')).toMatchObject({ records: 1, certificateCount: 1 });
  await expectGone(world.world, ids(onConsent));
  await expectWhole(world.world, onTask);
});
