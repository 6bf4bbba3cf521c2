/** Carrying out restrictions, objections and rectifications: what a decision says is what the records and their dates say afterwards. */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecordId, recordClassId } from '../../domain/ids.ts';
import { instant } from '../../domain/instant.ts';
import { localDate } from '../../domain/local-date.ts';
import { retentionWindow } from '../../domain/retention-dates.ts';
import type { RightKey } from '../../domain/rights-request/rights.ts';
import { readRectified } from '../../storage/execution/rectifications.ts';
import { readContent } from '../../storage/reading/read-content.ts';
import { keepForCase } from '../../storage/rights-requests/case-suspensions.ts';
import { flagArrivedObjects } from '../../storage/suspensions/flag-arrived-objects.ts';
import { openLegalHoldStore } from '../../storage/suspensions/legal-hold-store.ts';
import { expectGone, expectWhole, walkUnit } from '../support/erasing.ts';
import { classOf, handIn, inps, milano, recordClasses, type TestRecord } from '../support/records.ts';
import { place, release } from '../support/suspensions.ts';
import { createExecutionWorld, type ExecutionWorld } from './support/decided-case.ts';
import type { Identifier } from './support/stored-cases.ts';

let world: ExecutionWorld;
beforeAll(async () => {
  world = await createExecutionWorld('execution');
});
afterAll(() => world.close());

const { booking, callRecording, chat, portalInteraction, sms } = recordClasses;
const received = instant('2026-10-05T09:00:00Z');
const decidedAt = instant('2026-10-20T09:00:00Z');
const executedAt = instant('2026-10-21T09:00:00Z');

let people = 0;
const somebody = (): Identifier => {
  people += 1;
  return { kind: 'controller-subject-id', value: `E-${people}` };
};

const one = async (records: Promise<readonly TestRecord[]>): Promise<TestRecord> => {
  const [record] = await records;
  if (record === undefined) throw new Error('Nothing was handed in');
  return record;
};

const openCase = async (right: RightKey, who: Identifier, controller = inps) => {
  const caseId = await world.open({ controller, rights: [right], identifiers: [who], now: received });
  await world.search(caseId, received);
  return caseId;
};

const suspensionsOf = (caseId: string) =>
  world.world
    .database('api')
    .selectFrom('suspension')
    .select(['id', 'kind', 'state', 'legal_basis', 'reason', 'review_on', 'matter_reference'])
    .where('matter_reference', 'like', `${caseId}/%`)
    .orderBy('id')
    .execute();

const contentOf = (recordId: RecordId, controller = inps) =>
  world.world
    .database('api')
    .transaction()
    .execute(async (tx) => {
      const read = await readContent(
        { tx, sealing: world.world.sealing },
        {
          controller,
          recordId,
          reading: {
            purpose: { kind: 'legal-claims', reason: 'test' },
            by: { actor: 'test', role: 'dpo' },
            now: executedAt,
          },
        },
      );
      if (read.outcome !== 'read') throw new Error(`The reading was answered with ${read.outcome}`);
      return read;
    });

const restrictMeanwhile = async (caseId: string, right: RightKey) => {
  const kept = await keepForCase(
    { db: world.world.database('worker'), sealing: world.world.sealing },
    {
      caseId,
      suspensionId: uuid(),
      kind: 'restriction',
      right,
      legalBasis: 'GDPR Art. 18(1)(d)',
      reason: 'restricted by law while the right is weighed',
      reviewOn: localDate('2027-04-01'),
      now: received,
    },
  );
  return kept?.suspensionId;
};

const line = (
  recordClass: string,
  result: 'granted' | 'denied',
  ...grounds: ('21.1.not-shown' | '21.1.compelling' | '18.1.b' | '18.1.none')[]
) => ({ recordClass: recordClassId(recordClass), result, grounds }) as const;

describe('a restriction that is granted (Art. 18)', () => {
  const decision = {
    outcome: 'restricted',
    lines: [line('chat', 'granted', '18.1.b'), line('sms', 'denied', '18.1.none')],
  } as const;

  it('keeps exactly the records it was granted for, until a review date, and nobody else’s', async () => {
    const [who, neighbour] = [somebody(), somebody()];
    const chats = await handIn(world.world, {
      recordClass: chat,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      count: 2,
      subjects: () => [who],
    });
    await handIn(world.world, { recordClass: sms, triggerAt: instant('2026-08-01T10:00:00Z'), subjects: () => [who] });
    await handIn(world.world, {
      recordClass: chat,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      subjects: () => [neighbour],
    });
    const caseId = await openCase('restriction', who);
    await world.decide(caseId, 'restriction', decision, { at: decidedAt });
    const suspensionId = uuid();
    const result = await world.execute(caseId, 'restriction', { now: executedAt, suspensionId });
    expect(result).toMatchObject({ records: 2, certificates: [], restricted: { suspensionId } });
    const [placed] = await suspensionsOf(caseId);
    expect(placed).toMatchObject({
      kind: 'restriction',
      state: 'active',
      legal_basis: 'Art. 18(1)(b) GDPR',
      review_on: '2027-04-19',
    });
    const { rows } = await sql<{ record_id: string }>`
      SELECT record_id FROM suspension_clause WHERE suspension_id = ${suspensionId} AND active`.execute(
      world.world.superuser(),
    );
    expect(rows.map(({ record_id }) => record_id).sort()).toEqual(chats.map(({ recordId }) => recordId).sort());
  });

  it('I9: carried out again, also under another id, it is the same restriction', async () => {
    const who = somebody();
    await handIn(world.world, { recordClass: chat, triggerAt: instant('2026-08-01T10:00:00Z'), subjects: () => [who] });
    const caseId = await openCase('restriction', who);
    await world.decide(
      caseId,
      'restriction',
      { outcome: 'restricted', lines: [line('chat', 'granted', '18.1.b')] },
      { at: decidedAt },
    );
    const first = await world.execute(caseId, 'restriction', { now: executedAt });
    // As if the answer had been lost before it was written down.
    await sql`UPDATE request_execution SET finished_at = NULL, result = NULL WHERE case_id = ${caseId}`.execute(
      world.world.superuser(),
    );
    const second = await world.execute(caseId, 'restriction', { now: executedAt });
    expect(second.restricted?.suspensionId).toBe(first.restricted?.suspensionId);
    expect(await suspensionsOf(caseId)).toHaveLength(1);
  });

  it('takes over from the one that held while the right was weighed, without a moment in between', async () => {
    const who = somebody();
    await handIn(world.world, { recordClass: chat, triggerAt: instant('2026-08-01T10:00:00Z'), subjects: () => [who] });
    const caseId = await openCase('restriction', who);
    const meanwhile = await restrictMeanwhile(caseId, 'restriction');
    await world.decide(
      caseId,
      'restriction',
      { outcome: 'restricted', lines: [line('chat', 'granted', '18.1.b')] },
      { at: decidedAt },
    );
    const { restricted } = await world.execute(caseId, 'restriction', { now: executedAt });
    const standing = await suspensionsOf(caseId);
    expect(standing.filter(({ state }) => state === 'active').map(({ id }) => id)).toEqual([restricted?.suspensionId]);
    expect(standing.find(({ id }) => id === meanwhile)?.state).toBe('released');
  });
});

describe('an objection that is upheld (Art. 21)', () => {
  const upheld = { outcome: 'upheld', lines: [line('call-recording', 'granted', '21.1.not-shown')] } as const;

  it('stops the processing in the register, erases what was restricted while it was weighed, and leaves no restriction dangling', async () => {
    const who = somebody();
    const calls = await handIn(world.world, {
      recordClass: callRecording,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      count: 2,
      subjects: () => [who],
      objects: () => [Buffer.from('voice')],
    });
    const caseId = await openCase('objection', who);
    await restrictMeanwhile(caseId, 'objection');
    await world.decide(caseId, 'objection', upheld, { at: decidedAt });
    expect(await world.execute(caseId, 'objection', { now: executedAt })).toMatchObject({
      records: 2,
      certificateCount: 2,
    });
    await expectGone(
      world.world,
      calls.map(({ recordId }) => recordId),
    );
    expect((await suspensionsOf(caseId)).map(({ state }) => state)).toEqual(['released']);
    const rows = await world.world
      .database('api')
      .selectFrom('opt_out')
      .select(['refused', 'ground', 'subject_key'])
      .where('case_id', '=', caseId)
      .execute();
    expect(rows).toEqual([
      {
        refused: 'processing.call-recording',
        ground: 'objection',
        subject_key: world.world.sealing.subjectKey({ controller: inps, ...who }),
      },
    ]);
  });

  it('keeps the restriction over what is left, until the person was told (Art. 18(3))', async () => {
    const who = somebody();
    await handIn(world.world, {
      recordClass: callRecording,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      subjects: () => [who],
    });
    const chats = await handIn(world.world, {
      recordClass: chat,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      subjects: () => [who],
    });
    const caseId = await openCase('objection', who);
    await restrictMeanwhile(caseId, 'objection');
    await world.decide(
      caseId,
      'objection',
      { outcome: 'upheld', lines: [...upheld.lines, line('chat', 'denied', '21.1.compelling')] },
      { at: decidedAt },
    );
    expect(await world.execute(caseId, 'objection', { now: executedAt })).toMatchObject({
      records: 1,
      certificateCount: 1,
    });
    await expectWhole(world.world, chats);
    expect((await suspensionsOf(caseId)).map(({ state }) => state)).toEqual(['active']);
  });

  it.each([
    ['is still open', undefined],
    ['keeps them for a public task (Art. 17(3)(b))', ['17.1.none', '17.3.b']],
  ] as const)('erases nothing where a decision on erasure in the same case %s', async (_, grounds) => {
    const who = somebody();
    const calls = await handIn(world.world, {
      recordClass: callRecording,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      subjects: () => [who],
    });
    const caseId = await world.open({
      controller: inps,
      rights: ['objection', 'erasure'],
      identifiers: [who],
      now: received,
    });
    await world.search(caseId, received);
    if (grounds !== undefined) {
      const lines = [{ recordClass: callRecording, result: 'denied' as const, grounds }];
      await world.decide(caseId, 'erasure', { outcome: 'refused', lines }, { at: decidedAt });
    }
    await world.decide(caseId, 'objection', upheld, { at: decidedAt });
    expect(await world.execute(caseId, 'objection', { now: executedAt })).toMatchObject({
      records: 1,
      certificates: [],
    });
    await expectWhole(world.world, calls);
  });

  it('refused, it changes nothing', async () => {
    const who = somebody();
    const calls = await handIn(world.world, {
      recordClass: callRecording,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      subjects: () => [who],
    });
    const caseId = await openCase('objection', who);
    await restrictMeanwhile(caseId, 'objection');
    await world.decide(
      caseId,
      'objection',
      { outcome: 'refused', lines: [line('call-recording', 'denied', '21.1.compelling')] },
      { at: decidedAt },
    );
    expect(await world.execute(caseId, 'objection', { now: executedAt })).toEqual({ records: 0, certificates: [] });
    await expectWhole(world.world, calls);
    expect((await suspensionsOf(caseId)).map(({ state }) => state)).toEqual(['active']);
  });
});

describe('a rectification (Art. 16)', () => {
  const bookingFields = { channel: 'phone', service: 'electronic identity card', bookingNumber: 'B 17' };
  const corrected = { outcome: 'corrected', grounds: ['16.inaccurate'] } as const;

  it('changes the content of an alterable record, keeps before and after in the case file, and is shown on reading', async () => {
    const who = somebody();
    const record = await one(
      handIn(world.world, {
        controller: milano,
        recordClass: booking,
        triggerAt: instant('2026-11-20T10:00:00Z'),
        now: received,
        subjects: () => [who],
        fields: () => bookingFields,
        text: () => 'Via Roma 1, Milano',
      }),
    );
    const caseId = await openCase('rectification', who, milano);
    await world.decide(caseId, 'rectification', corrected, {
      at: decidedAt,
      words: {
        changes: [
          { recordId: record.recordId, what: 'service', before: 'electronic identity card', after: 'passport' },
          { recordId: record.recordId, what: 'text', before: 'Roma 1', after: 'Torino 2' },
        ],
      },
    });
    expect(await world.execute(caseId, 'rectification', { now: executedAt })).toEqual({ records: 1, certificates: [] });
    const { content, statements } = await contentOf(record.recordId, milano);
    expect(content).toMatchObject({ fields: { ...bookingFields, service: 'passport' }, text: 'Via Torino 2, Milano' });
    expect(statements).toEqual([]);
    expect(await readRectified(world.world.database('worker'), world.world.sealing, caseId)).toEqual([
      {
        recordId: record.recordId,
        what: 'service',
        before: 'electronic identity card',
        after: 'passport',
        on: '2026-10-21',
        attached: false,
      },
      {
        recordId: record.recordId,
        what: 'text',
        before: 'Roma 1',
        after: 'Torino 2',
        on: '2026-10-21',
        attached: false,
      },
    ]);
  });

  it('I7: neither register nor audit trail nor case table holds a word of it in clear', async () => {
    const who = somebody();
    const record = await one(
      handIn(world.world, {
        controller: milano,
        recordClass: booking,
        triggerAt: instant('2026-11-20T10:00:00Z'),
        now: received,
        subjects: () => [who],
        fields: () => bookingFields,
      }),
    );
    const caseId = await openCase('rectification', who, milano);
    await world.decide(caseId, 'rectification', corrected, {
      at: decidedAt,
      words: {
        changes: [
          { recordId: record.recordId, what: 'service', before: 'electronic identity card', after: 'Zanzibar' },
        ],
      },
    });
    await world.execute(caseId, 'rectification', { now: executedAt });
    for (const table of ['audit_entry', 'request_rectification', 'request_execution', 'record_statement', 'record']) {
      const { rows } = await sql<{
        text: string;
      }>`SELECT ${sql.table(table)}::text AS text FROM ${sql.table(table)}`.execute(world.world.superuser());
      expect(rows.filter(({ text }) => text.includes('Zanzibar'))).toEqual([]);
    }
  });

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
      const caseId = await openCase('rectification', who, controller);
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
      expect((await contentOf(record.recordId, controller)).content.triggerAt).toBe(right);
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
    const caseId = await openCase('rectification', who);
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
    const caseId = await openCase('rectification', who);
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
    const caseId = await openCase('rectification', who);
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

  it('attaches a statement where the record is an archive, or the change fits nothing in it; the content stays as it was', async () => {
    const who = somebody();
    const talk = await one(
      handIn(world.world, {
        recordClass: chat,
        triggerAt: instant('2026-08-01T10:00:00Z'),
        subjects: () => [who],
        text: () => 'I moved to Roma',
      }),
    );
    const message = await one(
      handIn(world.world, {
        recordClass: sms,
        triggerAt: instant('2026-08-01T10:00:00Z'),
        subjects: () => [who],
        text: () => 'once and once',
      }),
    );
    const caseId = await openCase('rectification', who);
    await world.decide(
      caseId,
      'rectification',
      { outcome: 'statement-attached', grounds: ['16.incomplete'] },
      {
        at: decidedAt,
        words: {
          statement: 'I moved to Torino.',
          changes: [
            { recordId: talk.recordId, what: 'text', before: 'Roma', after: 'Torino' },
            { recordId: message.recordId, what: 'text', before: 'once', after: 'twice' },
          ],
        },
      },
    );
    expect(await world.execute(caseId, 'rectification', { now: executedAt })).toMatchObject({ records: 2 });
    await sql`UPDATE request_execution SET finished_at = NULL, result = NULL WHERE case_id = ${caseId}`.execute(
      world.world.superuser(),
    );
    expect(await world.execute(caseId, 'rectification', { now: executedAt })).toMatchObject({ records: 2 });
    const read = await contentOf(talk.recordId);
    expect(read.content.text).toBe('I moved to Roma');
    expect(read.statements.map(({ text }) => text)).toEqual(['I moved to Torino.', 'text: Roma → Torino']);
    expect((await contentOf(message.recordId)).content.text).toBe('once and once');
    // Erased with the record, by the gate.
    await walkUnit(world.world.gate(), {
      unitId: talk.unit.id,
      now: executedAt,
      basis: { kind: 'decision', caseId: world.idOf(caseId), recordIds: [talk.recordId] },
    });
    await expectGone(world.world, [talk.recordId]);
  });

  it('handed in again as it was, the record is known and stays corrected', async () => {
    const who = somebody();
    const sourceId = `again-${uuid()}`;
    const input = {
      controller: milano,
      recordClass: booking,
      triggerAt: instant('2026-11-20T10:00:00Z'),
      now: received,
      subjects: () => [who],
      fields: () => bookingFields,
      sourceId: () => sourceId,
    } as const;
    const record = await one(handIn(world.world, input));
    const caseId = await openCase('rectification', who, milano);
    await world.decide(caseId, 'rectification', corrected, {
      at: decidedAt,
      words: {
        changes: [
          { recordId: record.recordId, what: 'fields.service', before: 'electronic identity card', after: 'passport' },
        ],
      },
    });
    await world.execute(caseId, 'rectification', { now: executedAt });
    await expect(handIn(world.world, input)).rejects.toThrow('unchanged');
    expect((await contentOf(record.recordId, milano)).content.fields.service).toBe('passport');
  });
});
