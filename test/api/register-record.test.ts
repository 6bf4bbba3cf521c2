/** One record in: what is answered, what is stored, and that repeating and racing change nothing (I9). */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controllerId, intentId, recordClassId, recordId, unitId } from '../../domain/ids.ts';
import { days, minutes } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { closeUnit } from '../../storage/erasure-gate/close-unit.ts';
import { drainOutbox } from '../../storage/outbox/outbox.ts';
import { unitsToStart } from '../../storage/units/units.ts';
import { handedInAt, recordPath, submissionOf, submissions, triggerAt } from './submissions.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let source: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-record' });
  source = await api.token({ role: 'source' });
});
afterAll(() => api.close());

let made = 0;
const freshId = (): string => {
  made += 1;
  return `record-${made}`;
};

const put = (
  recordClass: string,
  sourceId: string,
  change: Readonly<Record<string, unknown>> = {},
  now = handedInAt,
) => {
  const { controller, body } = submissionOf(recordClass);
  return api.call('PUT', recordPath(controller, recordClass, sourceId), {
    token: source,
    json: { ...body, ...change },
    now,
  });
};

const rows = async (recordId: unknown) => {
  const db = api.world.database('owner');
  const of = <Row>(query: ReturnType<typeof sql<Row>>) => query.execute(db).then((result) => result.rows);
  return {
    records: await of(sql<{ unit_id: string }>`SELECT * FROM record WHERE id = ${recordId}`),
    subjects: await of(
      sql<{ kind: string }>`SELECT kind FROM record_subject WHERE record_id = ${recordId} ORDER BY kind`,
    ),
    attributes: await of(sql<{ name: string }>`SELECT name FROM record_attribute WHERE record_id = ${recordId}`),
    transcripts: await of(sql<{ state: string }>`SELECT state FROM transcript_delivery WHERE record_id = ${recordId}`),
    audit: await of(
      sql<{
        action: string;
        actor: string;
      }>`SELECT action, actor FROM audit_entry WHERE target_id = ${recordId} ORDER BY id`,
    ),
  };
};

describe('a record that is handed in', () => {
  test.each(submissions)(
    'of $controller, $recordClass, is registered with the window its notice asks for',
    async ({ recordClass }) => {
      const answer = await put(recordClass, freshId());
      expect(answer.status).toBe(201);
      const bounds: Readonly<Record<string, string>> = {
        'portal-interaction': '2031-01-31',
        chat: '2031-01-31',
        sms: '2031-01-31',
        'call-recording': '2026-07-31',
        booking: '2026-09-10',
        enquiry: '2026-07-31',
        'survey-invitation': '2026-02-03',
      };
      expect(answer.body).toMatchObject({ boundDay: bounds[recordClass], policyVersion: 3 });
      const window = answer.body.window as Record<string, string>;
      expect(window.closesAt).toBe(answer.body.boundAt);
      expect(
        window.opensAt && window.dueAt && window.opensAt <= window.dueAt && window.dueAt <= String(window.closesAt),
      ).toBe(true);
    },
  );

  test('is stored with its unit, hashed identifiers, hold attributes, transcript and audit entry', async () => {
    const answer = await put('chat', freshId());
    const stored = await rows(answer.body.recordId);
    expect(stored.records).toHaveLength(1);
    expect(stored.records[0]?.unit_id).toBe(answer.body.unitId);
    expect(stored.subjects).toEqual([{ kind: 'codice-fiscale' }, { kind: 'email' }]);
    expect(stored.attributes).toEqual([{ name: 'claimNumber' }]);
    expect(stored.transcripts).toEqual([{ state: 'due' }]);
    expect(stored.audit).toEqual([{ action: 'record-registered', actor: 'test-source' }]);
  });

  test('owes no transcript without an e-mail address, nor in a class whose notice promises none', async () => {
    const { body } = submissionOf('chat');
    const chat = await put('chat', freshId(), { identifiers: body.identifiers.filter(({ kind }) => kind !== 'email') });
    const booking = await put('booking', freshId(), { identifiers: [{ kind: 'email', value: 'a@example.it' }] });
    expect((await rows(chat.body.recordId)).transcripts).toEqual([]);
    expect((await rows(booking.body.recordId)).transcripts).toEqual([]);
  });

  test('leaves none of its identifiers, fields or text readable in the database', async () => {
    const marker = 'quarzo-blu-viola';
    const answer = await put('chat', freshId(), {
      identifiers: [{ kind: 'email', value: `${marker}@example.it` }],
      fields: { counterpart: 'operator', claimNumber: marker },
      text: `la mia domanda: ${marker}`,
    });
    expect(answer.status).toBe(201);
    const tables = [
      'record',
      'record_subject',
      'record_attribute',
      'retention_unit',
      'audit_entry',
      'transcript_delivery',
    ];
    for (const table of tables) {
      const { rows: dumped } = await sql<{
        dump: string;
      }>`SELECT coalesce(string_agg(t::text, ' '), '') AS dump FROM ${sql.table(table)} t`.execute(
        api.world.database('owner'),
      );
      const hexMarker = Buffer.from(marker).toString('hex');
      expect(dumped[0]?.dump.includes(marker) || dumped[0]?.dump.includes(hexMarker), table).toBe(false);
    }
  });

  test('takes the time of its event from the field that the policy names', async () => {
    const appointment = await put('survey-invitation', freshId(), {
      fields: {
        purpose: 'booked-service-experience',
        channel: 'email',
        appointmentAt: '2026-03-10T09:30:00+01:00',
        bookedService: 'registry',
      },
    });
    expect(appointment.body).toMatchObject({ boundDay: '2026-03-13', boundAt: '2026-03-13T23:00:00.000Z' });
  });

  test('may be long past its bound: its unit is due at once', async () => {
    const answer = await put('sms', freshId(), { triggerAt: '2020-01-01T00:00:00Z' });
    expect(answer.status).toBe(201);
    expect(answer.body.boundDay).toBe('2025-01-01');
  });

  test('shares its unit with those of the same day where the policy says so, and has one of its own elsewhere', async () => {
    const [one, other, call, otherCall] = [
      await put('sms', freshId()),
      await put('sms', freshId()),
      await put('call-recording', freshId()),
      await put('call-recording', freshId()),
    ];
    expect(one.body.unitId).toBe(other.body.unitId);
    expect(call.body.unitId).not.toBe(otherCall.body.unitId);
  });

  test('is registered at the time the caller travelled to, where that is allowed', async () => {
    const now = instant('2027-05-01T00:00:00Z');
    const answer = await put('sms', freshId(), {}, now);
    const read = await api.call('GET', recordPath('inps', 'sms', `record-${made}`), { token: source });
    expect(answer.status).toBe(201);
    expect(read.body.registeredAt).toBe(now);
  });
});

describe('I9: handing a record in again', () => {
  test('I9: gives the same answer and writes nothing, however members are ordered and times are written', async () => {
    const id = freshId();
    const first = await put('chat', id);
    const { body } = submissionOf('chat');
    const again = await put('chat', id, {
      fields: Object.fromEntries(Object.entries(body.fields).reverse()),
      triggerAt: '2026-01-31T10:00:00.000+01:00',
    });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect((await rows(first.body.recordId)).audit).toHaveLength(1);
  });

  test.each([
    ['another text', { text: 'altro' }],
    ['no text', { text: undefined }],
    ['another time', { triggerAt: '2026-01-31T09:00:01Z' }],
    ['another field', { fields: { counterpart: 'chatbot', claimNumber: 'INPS 7/12' } }],
    ['fewer identifiers', { identifiers: [] }],
  ])('I9: with %s is a conflict that changes nothing', async (_, change) => {
    const id = freshId();
    const first = await put('chat', id);
    const other = await put('chat', id, change);
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: 'record-differs', recordId: first.body.recordId });
    expect(await put('chat', id)).toMatchObject({ status: 200, body: first.body });
  });

  test('I9: the same source id in another class or controller is another record', async () => {
    const id = freshId();
    const answers = [await put('sms', id), await put('chat', id), await put('booking', id)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  test('I9: parallel, in any order and with other content among them: one record, each caller the right answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('sms', 'call-recording', 'chat'),
        fc.array(fc.constantFrom('a', 'b'), { minLength: 2, maxLength: 8 }),
        async (recordClass, contents) => {
          const id = freshId();
          const claim = recordClass === 'chat' ? { counterpart: 'operator' } : submissionOf(recordClass).body.fields;
          const answers = await Promise.all(
            contents.map((content) => put(recordClass, id, { fields: { ...claim, claimNumber: content } })),
          );
          const created = answers.filter(({ status }) => status === 201);
          expect(created).toHaveLength(1);
          const winner = contents[answers.findIndex(({ status }) => status === 201)];
          answers.forEach(({ status, body }, index) => {
            expect(body.recordId).toBe(created[0]?.body.recordId);
            if (contents[index] !== winner) expect(status).toBe(409);
            else expect([200, 201]).toContain(status);
          });
          const stored = await rows(created[0]?.body.recordId);
          expect(stored.records).toHaveLength(1);
          expect(stored.audit.filter(({ action }) => action === 'record-registered')).toHaveLength(1);
        },
      ),
      { numRuns: 25 },
    );
    const orphans = await sql<{ n: number }>`
      SELECT count(*) AS n FROM retention_unit u WHERE NOT EXISTS (SELECT FROM record r WHERE r.unit_id = u.id)`.execute(
      api.world.database('owner'),
    );
    expect(orphans.rows[0]?.n).toBe(0);
  });
});

describe('a record that was erased', () => {
  test('I9: is gone for good: 410 with its certificate to the same and to other content, and to readers; its fate is told', async () => {
    const id = freshId();
    const first = await put('survey-invitation', id);
    const afterwards = instantPlus(instant('2026-02-03T23:00:00Z'), minutes(1));
    const erased = await api.world.gate().eraseNextChunk({
      unitId: unitId(String(first.body.unitId)),
      now: afterwards,
      basis: { kind: 'retention-period-ended' },
    });
    const path = recordPath('comune-di-milano', 'survey-invitation', id);
    const again = await put('survey-invitation', id);
    expect(again.status, JSON.stringify(erased)).toBe(410);
    const { certificateId } = again.body;
    expect(again.body).toMatchObject({ code: 'record-erased', recordId: first.body.recordId });
    expect(certificateId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await put('survey-invitation', id, { identifiers: [] })).toMatchObject({ status: 410 });
    const dpo = await api.token({ role: 'dpo' });
    expect(await api.call('GET', path, { token: dpo })).toMatchObject({ status: 410, body: { certificateId } });
    expect(await api.call('GET', `${path}/content`, { token: dpo })).toMatchObject({
      status: 410,
      body: { certificateId },
    });
    const fate = await api.call('GET', `${path}/fate`, { token: dpo });
    expect(fate.status).toBe(200);
    expect(fate.body).toMatchObject({
      state: 'erased',
      recordId: first.body.recordId,
      certificateId,
      basis: 'retention-period-ended',
      boundAt: '2026-02-03T23:00:00.000Z',
    });
    const certificate = await api.call('GET', `/certificates/${String(certificateId)}`, { token: dpo });
    expect(certificate).toMatchObject({ status: 200, body: { recordsGone: 1, recordClass: 'survey-invitation' } });
  });
});

describe('a record that another registers and the gate erases while it is on its way', () => {
  test('I9: is seen as erased, although nothing was there when it was looked for', async () => {
    const id = freshId();
    const controller = controllerId('inps');
    const recordClass = recordClassId('sms');
    const key = api.world.sealing.sourceKey({ controller, recordClass, sourceId: id });
    const [unit, record, intent] = [unitId(randomUUID()), recordId(randomUUID()), intentId(randomUUID())];
    const waiting = async (): Promise<boolean> => {
      const { rows: waiters } = await sql<{ n: number }>`
        SELECT count(*) AS n FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO record%'`.execute(
        api.world.superuser(),
      );
      return (waiters[0]?.n ?? 0) > 0;
    };
    const arriving = await api.world
      .database('owner')
      .transaction()
      .execute(async (tx) => {
        await sql`
          INSERT INTO retention_unit (id, controller, record_class, unit_size, unit_key, bound_day, opens_at, due_at, bound_at, created_at)
          VALUES (${unit}, 'inps', 'sms', 'day', 'raced', '2026-01-01', now(), now(), now(), now())`.execute(tx);
        await sql`
          INSERT INTO record (id, unit_id, controller, record_class, source_id, source_key, trigger_at, registered_at, policy_version, sealed_content, content_digest)
          VALUES (${record}, ${unit}, 'inps', 'sms', ${id}, ${key}, now(), now(),
            (SELECT max(version) FROM policy_version WHERE controller = 'inps'), '', '')`.execute(tx);
        // It finds neither record nor tombstone, and then waits for this transaction to decide on the source id.
        const answer = put('sms', id);
        while (!(await waiting())) await new Promise((resolve) => setTimeout(resolve, 20));
        await sql`DELETE FROM record WHERE id = ${record}`.execute(tx);
        await tx
          .insertInto('erasure_intent')
          .values({
            id: intent,
            unit_id: unit,
            controller,
            record_class: recordClass,
            basis: 'retention-period-ended',
            case_id: null,
            policy_version: 3,
            opens_at: new Date(),
            due_at: new Date(),
            bound_at: new Date(),
            written_at: new Date(),
            record_count: 1,
            kept_count: 0,
            kept_by: '[]',
            refused_at: null,
            continues: null,
          })
          .execute();
        await tx
          .insertInto('erasure_item')
          .values({ record_id: record, intent_id: intent, source_key: key, trigger_at: new Date() })
          .execute();
        return { answer };
      });
    expect(await arriving.answer).toMatchObject({ status: 410, body: { code: 'record-erased', recordId: record } });
    expect(
      (await sql`SELECT 1 FROM record WHERE source_key = ${key}`.execute(api.world.database('owner'))).rows,
    ).toEqual([]);
  });
});

describe('a unit that is being closed while a record arrives', () => {
  test('I1: is joined before it is closed, or the record opens a new one: none is left in a closed unit', async () => {
    // Day units that are empty but open: what the gate leaves between its last chunk and the closing.
    const db = api.world.database('owner');
    for (let round = 0; round < 30; round += 1) {
      const trigger = instantPlus(triggerAt, -days(round + 1));
      const first = await put('sms', freshId(), { triggerAt: trigger });
      const { unitId: opened, recordId } = first.body;
      await sql`DELETE FROM record_subject WHERE record_id = ${recordId}`.execute(db);
      await sql`DELETE FROM record WHERE id = ${recordId}`.execute(db);
      const [late] = await Promise.all([
        put('sms', freshId(), { triggerAt: trigger }),
        closeUnit(api.world.database('gate'), { unitId: unitId(String(opened)), now: handedInAt }),
      ]);
      expect(late.status).toBe(201);
      const { rows: found } = await sql<{
        state: string;
      }>`SELECT state FROM retention_unit WHERE id = ${late.body.unitId}`.execute(db);
      expect(found[0]?.state).toBe('open');
    }
  });

  test('I1: records arrive while the starter holds their unit and Temporal does not answer', async () => {
    const trigger = instantPlus(triggerAt, -days(90));
    const first = await put('sms', freshId(), { triggerAt: trigger });
    const unit = String(first.body.unitId);
    const late = () =>
      Promise.race([
        put('sms', freshId(), { triggerAt: trigger }),
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 20_000)),
      ]);
    let answered: Awaited<ReturnType<typeof late>>;
    await drainOutbox(api.world.database('worker'), unitsToStart, {
      now: handedInAt,
      limit: 10_000,
      send: async (units) => {
        expect(units.map(({ unitId: id }) => id)).toContain(unit);
        answered = await late();
        return [];
      },
    });
    expect(answered).toMatchObject({ status: 201, body: { unitId: unit } });
  });
});
