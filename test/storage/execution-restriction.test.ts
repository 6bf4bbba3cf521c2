/** Carrying out restrictions and objections: what a decision says is what the records and their suspensions say afterwards. */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordClassId } from '../../domain/ids.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import { instant } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { keepForCase } from '../../storage/requests/case-suspensions.ts';
import { expectGone, expectWhole } from '../support/erasing.ts';
import { handIn, inps, recordClasses } from '../support/records.ts';
import { createExecutionWorld, type ExecutionWorld } from '../support/requests/decided-case.ts';
import {
  decidedAt,
  executedAt,
  openCase,
  received,
  somebody,
  suspensionsOf,
} from '../support/requests/executed-case.ts';

let world: ExecutionWorld;
beforeAll(async () => {
  world = await createExecutionWorld('execution-restriction');
});
afterAll(() => world.close());

const { callRecording, chat, sms } = recordClasses;

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
    const caseId = await openCase(world, 'restriction', who);
    await world.decide(caseId, 'restriction', decision, { at: decidedAt });
    const suspensionId = uuid();
    const result = await world.execute(caseId, 'restriction', { now: executedAt, suspensionId });
    expect(result).toMatchObject({ records: 2, certificates: [], restricted: { suspensionId } });
    const [placed] = await suspensionsOf(world, caseId);
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
    const caseId = await openCase(world, 'restriction', who);
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
    expect(await suspensionsOf(world, caseId)).toHaveLength(1);
  });

  it('takes over from the one that held while the right was weighed, without a moment in between', async () => {
    const who = somebody();
    await handIn(world.world, { recordClass: chat, triggerAt: instant('2026-08-01T10:00:00Z'), subjects: () => [who] });
    const caseId = await openCase(world, 'restriction', who);
    const meanwhile = await restrictMeanwhile(caseId, 'restriction');
    await world.decide(
      caseId,
      'restriction',
      { outcome: 'restricted', lines: [line('chat', 'granted', '18.1.b')] },
      { at: decidedAt },
    );
    const { restricted } = await world.execute(caseId, 'restriction', { now: executedAt });
    const standing = await suspensionsOf(world, caseId);
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
    const caseId = await openCase(world, 'objection', who);
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
    expect((await suspensionsOf(world, caseId)).map(({ state }) => state)).toEqual(['released']);
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
    const caseId = await openCase(world, 'objection', who);
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
    expect((await suspensionsOf(world, caseId)).map(({ state }) => state)).toEqual(['active']);
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
    const caseId = await openCase(world, 'objection', who);
    await restrictMeanwhile(caseId, 'objection');
    await world.decide(
      caseId,
      'objection',
      { outcome: 'refused', lines: [line('call-recording', 'denied', '21.1.compelling')] },
      { at: decidedAt },
    );
    expect(await world.execute(caseId, 'objection', { now: executedAt })).toEqual({ records: 0, certificates: [] });
    await expectWhole(world.world, calls);
    expect((await suspensionsOf(world, caseId)).map(({ state }) => state)).toEqual(['active']);
  });
});
