/** Carrying out rectifications: the content of records afterwards, what was before in the case file, and statements where nothing can change. */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instant } from '../../domain/time/instant.ts';
import { readRectified } from '../../storage/execution/rectifications.ts';
import { expectGone, walkUnit } from '../support/erasing.ts';
import { handIn, milano, recordClasses } from '../support/records.ts';
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

let world: ExecutionWorld;
beforeAll(async () => {
  world = await createExecutionWorld('execution-rectification');
});
afterAll(() => world.close());

const { booking, chat, sms } = recordClasses;

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
    const caseId = await openCase(world, 'rectification', who, milano);
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
    const { content, statements } = await contentOf(world, record.recordId, milano);
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
    const caseId = await openCase(world, 'rectification', who, milano);
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
    const caseId = await openCase(world, 'rectification', who);
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
    const read = await contentOf(world, talk.recordId);
    expect(read.content.text).toBe('I moved to Roma');
    expect(read.statements.map(({ text }) => text)).toEqual(['I moved to Torino.', 'text: Roma → Torino']);
    expect((await contentOf(world, message.recordId)).content.text).toBe('once and once');
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
    const caseId = await openCase(world, 'rectification', who, milano);
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
    expect((await contentOf(world, record.recordId, milano)).content.fields.service).toBe('passport');
  });
});
