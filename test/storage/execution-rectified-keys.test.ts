import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import { instant } from '../../domain/time/instant.ts';
import { openLegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { flagArrivedObjects } from '../../storage/suspensions/object-holds.ts';
import { walkUnit } from '../support/erasing.ts';
import { classOf, handIn, inps, milano, recordClasses } from '../support/records.ts';
import { createExecutionWorld, type ExecutionWorld } from '../support/requests/decided-case.ts';
import {
  contentOf,
  decidedAt,
  executedAt,
  one,
  openCase,
  received,
  somebody,
} from '../support/requests/executed-case.ts';
import type { Identifier } from '../support/requests/stored-cases.ts';
import { place, release } from '../support/suspensions.ts';

let world: ExecutionWorld;
beforeAll(async () => {
  world = await createExecutionWorld('execution-rectified');
});
afterAll(() => world.close());

const { booking, portalInteraction, sms } = recordClasses;

describe('a rectification (Art. 16)', () => {
  const bookingFields = { channel: 'phone', service: 'electronic identity card', bookingNumber: 'B 17' };
  const corrected = { outcome: 'corrected', grounds: ['16.inaccurate'] } as const;

  it('re-dates a record whose trigger time was wrong: its unit, and what the gate will do, follow', async () => {
    const who = somebody();
    const wrong = instant('2026-06-01T10:00:00Z');
    const right = instant('2026-09-01T10:00:00Z');
    const [interaction, call] = [
      await one(handIn(world.world, { recordClass: portalInteraction, triggerAt: wrong, subjects: () => [who] })),
      await one(
        handIn(world.world, {
          controller: milano,
          recordClass: booking,
          triggerAt: wrong,
          subjects: () => [who],
          fields: () => bookingFields,
        }),
      ),
    ];
    for (const [controller, recordClass, record] of [
      [inps, portalInteraction, interaction],
      [milano, booking, call],
    ] as const) {
      const caseId = await openCase(world, 'rectification', who, controller);
      await world.decide(caseId, 'rectification', corrected, {
        at: decidedAt,
        words: { changes: [{ recordId: record.recordId, what: 'triggerAt', before: wrong, after: right }] },
      });
      await world.execute(caseId, 'rectification', { now: executedAt });
      const { policy, recordClassPolicy } = classOf(world.world, { controller, recordClass });
      const window = retentionWindow({ rule: recordClassPolicy.rule, triggerAt: right, timeZone: policy.timeZone });
      const row = await world.world
        .database('api')
        .selectFrom('record')
        .innerJoin('retention_unit as unit', 'unit.id', 'record.unit_id')
        .select(['record.trigger_at', 'unit.opens_at', 'unit.bound_at', 'unit.bound_day', 'unit.unit_size'])
        .where('record.id', '=', record.recordId)
        .executeTakeFirstOrThrow();
      expect(row).toMatchObject({
        trigger_at: new Date(right),
        opens_at: new Date(window.opensAt),
        bound_at: new Date(window.boundAt),
        bound_day: window.boundDay,
      });
      // The unit of before has nothing of it left to erase.
      if (row.unit_size === 'day') {
        const chunks = await walkUnit(world.world.gate(), { unitId: record.unit.id, now: record.unit.boundAt });
        expect(chunks.map(({ gone }) => gone)).toEqual([0]);
      }
      expect((await contentOf(world, record.recordId, controller)).content.triggerAt).toBe(right);
    }
  });

  it('the keys by which a person is found follow a corrected identifier', async () => {
    const [who, wrong, correct] = [somebody(), somebody(), somebody()];
    const record = await one(
      handIn(world.world, {
        recordClass: sms,
        triggerAt: instant('2026-08-01T10:00:00Z'),
        subjects: () => [who, wrong],
      }),
    );
    const caseId = await openCase(world, 'rectification', who);
    await world.decide(caseId, 'rectification', corrected, {
      at: decidedAt,
      words: {
        changes: [
          {
            recordId: record.recordId,
            what: 'identifiers.controller-subject-id',
            before: wrong.value,
            after: correct.value,
          },
        ],
      },
    });
    await world.execute(caseId, 'rectification', { now: executedAt });
    const rows = await world.world
      .database('api')
      .selectFrom('record_subject')
      .select('subject_key')
      .where('record_id', '=', record.recordId)
      .execute();
    const key = (identifier: Identifier) =>
      world.world.sealing.subjectKey({ controller: inps, ...identifier }).toString('hex');
    expect(rows.map(({ subject_key }) => subject_key.toString('hex')).sort()).toEqual([key(who), key(correct)].sort());
  });

  it('I5: flags of a hold that was released before its walk came by are lifted, by whatever key it had found the record', async () => {
    const [who, wrong, correct] = [somebody(), somebody(), somebody()];
    const record = await one(
      handIn(world.world, {
        recordClass: sms,
        triggerAt: instant('2026-08-01T10:00:00Z'),
        now: received,
        subjects: () => [who, wrong],
        objects: () => [Buffer.from('attached')],
      }),
    );
    const db = world.world.database('worker');
    const legalHolds = openLegalHoldStore(world.world.storeSettings('worker'), world.world.store('worker'));
    const flags = async () => {
      await flagArrivedObjects({ db, legalHolds }, { now: executedAt });
      return db.selectFrom('object_hold').select('state').where('record_id', '=', record.recordId).execute();
    };
    const { suspensionId } = await place(world.world, {
      scope: [{ subject: world.world.sealing.subjectKey({ controller: inps, ...wrong }) }],
      now: received,
    });
    expect(await flags()).toEqual([{ state: 'set' }]);
    const caseId = await openCase(world, 'rectification', who);
    await release(world.world, suspensionId, decidedAt);
    await world.decide(caseId, 'rectification', corrected, {
      at: decidedAt,
      words: {
        changes: [
          {
            recordId: record.recordId,
            what: 'identifiers.controller-subject-id',
            before: wrong.value,
            after: correct.value,
          },
        ],
      },
    });
    await world.execute(caseId, 'rectification', { now: executedAt });
    expect(await flags()).toEqual([{ state: 'lifted' }]);
  });

  it('I4: a hold that found the record by the wrong identifier keeps it all the same', async () => {
    const [who, wrong] = [somebody(), somebody()];
    const record = await one(
      handIn(world.world, {
        recordClass: sms,
        triggerAt: instant('2016-08-01T10:00:00Z'),
        now: received,
        subjects: () => [who, wrong],
      }),
    );
    const hold = await place(world.world, {
      scope: [{ subject: world.world.sealing.subjectKey({ controller: inps, ...wrong }) }],
      now: received,
    });
    const caseId = await openCase(world, 'rectification', who);
    await world.decide(caseId, 'rectification', corrected, {
      at: decidedAt,
      words: {
        changes: [
          { recordId: record.recordId, what: 'identifiers.controller-subject-id', before: wrong.value, after: '-' },
        ],
      },
    });
    await world.execute(caseId, 'rectification', { now: executedAt });
    const [chunk] = await walkUnit(world.world.gate(), { unitId: record.unit.id, now: executedAt });
    expect(chunk?.gone).toBe(0);
    expect(chunk?.kept.suspensions.map(({ suspensionId }) => suspensionId)).toContain(hold.suspensionId);
  });
});
