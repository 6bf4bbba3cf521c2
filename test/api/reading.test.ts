/** What can be read: metadata, content on the terms of its class, certificates, units, sweeps, policies. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controllerId, recordId, suspensionId, unitId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import { type Api, createApi, type TokenInput } from './support.ts';

let api: Api;
let source: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-reading' });
  source = await api.token({ role: 'source' });
});
afterAll(() => api.close());

let made = 0;
const newRecord = async (recordClass: string, change: Readonly<Record<string, unknown>> = {}) => {
  made += 1;
  const { controller, body } = submissionOf(recordClass);
  const path = recordPath(controller, recordClass, `read-${made}`);
  const { status, body: answer } = await api.call('PUT', path, {
    token: source,
    json: { ...body, ...change },
    now: handedInAt,
  });
  expect(status).toBe(201);
  return { path, recordId: String(answer.recordId), unitId: String(answer.unitId) };
};

const get = async (path: string, caller: TokenInput) => api.call('GET', path, { token: await api.token(caller) });

const lastAudit = async () => {
  const { rows } = await sql<{ action: string; why: string; target_id: string; actor: string }>`
    SELECT action, why, target_id, actor FROM audit_entry ORDER BY id DESC LIMIT 1`.execute(
    api.world.database('owner'),
  );
  return rows[0];
};

describe('metadata of a record', () => {
  test('tells what it is, when it must be gone and what keeps it, and nothing of its content', async () => {
    const { path, recordId: id, unitId: unit } = await newRecord('chat');
    const { status, body, text } = await get(path, { role: 'auditor' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      recordId: id,
      unitId: unit,
      controller: 'inps',
      recordClass: 'chat',
      boundDay: '2031-01-31',
      policyVersion: 3,
      keptBy: [],
      objects: [],
    });
    for (const secret of ['pensione', 'maria.rossi', 'RSSMRA80A01H501U', 'INPS 7/12', 'read-'])
      expect(text).not.toContain(secret);
  });

  test('is not there for a record that nobody registered, nor for an unknown class', async () => {
    expect(await get(recordPath('inps', 'chat', 'never'), { role: 'dpo' })).toMatchObject({
      status: 404,
      body: { code: 'record-unknown' },
    });
    expect(await get(recordPath('inps', 'letters', 'never'), { role: 'dpo' })).toMatchObject({
      status: 404,
      body: { code: 'class-unknown' },
    });
    expect(await get(`${recordPath('inps', 'chat', 'never')}/fate`, { role: 'dpo' })).toMatchObject({
      status: 200,
      body: { state: 'unknown' },
    });
  });

  test('shows what keeps it, by kind', async () => {
    const { path, recordId: id } = await newRecord('chat');
    const db = api.world.database('worker');
    const suspension = suspensionId(randomUUID());
    await db
      .insertInto('suspension')
      .values({
        id: suspension,
        controller: controllerId('inps'),
        kind: 'litigation-hold',
        matter_reference: 'm-1',
        legal_basis: 'Art. 17(3)(e)',
        reason: 'dispute',
        placed_by: 'legal-1',
        effective_at: new Date(),
        review_on: '2027-01-01',
        released_at: null,
      })
      .execute();
    await sql`
      INSERT INTO suspension_clause (id, suspension_id, controller, added_at, record_id)
      VALUES (${randomUUID()}, ${suspension}, 'inps', now(), ${recordId(id)})`.execute(db);
    expect((await get(path, { role: 'legal' })).body.keptBy).toEqual(['litigation-hold']);
    expect((await get(`${path}/fate`, { role: 'source', classes: ['chat'] })).body.keptBy).toEqual(['litigation-hold']);
  });
});

describe('content', () => {
  test('comes back as it was handed in, character for character', async () => {
    const { path } = await newRecord('chat');
    const { status, body } = await get(`${path}/content`, { role: 'officer' });
    const { text, identifiers, fields } = submissionOf('chat').body;
    expect(status).toBe(200);
    expect(body).toMatchObject({ text, identifiers, fields });
  });

  test('I11: of a confidential archive is for authorised persons on a reasoned request only; each refusal is on file', async () => {
    const { path, recordId: id } = await newRecord('call-recording');
    const content = `${path}/content`;
    const authorised = { role: 'dpo', authorisedFor: ['call-recording'], actor: 'listener-1' } as const;
    const refusals: readonly (readonly [string, TokenInput, string])[] = [
      [`${content}?reason=prot.2026/1`, { role: 'dpo', actor: 'curious-1' }, 'authorisation-needed'],
      [
        `${content}?reason=prot.2026/1`,
        { role: 'legal', authorisedFor: ['chat'], actor: 'curious-2' },
        'authorisation-needed',
      ],
      [content, authorised, 'reason-needed'],
    ];
    for (const [path_, caller, code] of refusals) {
      expect(await get(path_, caller)).toMatchObject({ status: 403, body: { code } });
      expect(await lastAudit()).toEqual({ action: 'access-refused', why: code, target_id: id, actor: caller.actor });
    }
    expect((await get(`${content}?reason=prot.2026/1`, authorised)).status).toBe(200);
    expect(await lastAudit()).toEqual({
      action: 'record-content-read',
      why: 'prot.2026/1',
      target_id: id,
      actor: 'listener-1',
    });
  });

  test.each(['maria.rossi@example.it', 'RSSMRA80A01H501U', '3471234567', 'x', 'a'.repeat(81), 'because%20%E2%80%A6'])(
    'I7: is not opened for the reason %s, which is no reference',
    async (reason) => {
      const { path } = await newRecord('call-recording');
      const answer = await get(`${path}/content?reason=${encodeURIComponent(reason)}`, {
        role: 'dpo',
        authorisedFor: ['call-recording'],
      });
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-parameters' } });
      const errors = answer.body.errors as readonly { field: string }[];
      expect(new Set(errors.map(({ field }) => field))).toEqual(new Set(['reason']));
      if (reason.length > 1) expect(answer.text).not.toContain(reason);
    },
  );

  test('I6: that was moved to another record does not open', async () => {
    const [one, other] = [await newRecord('chat'), await newRecord('chat', { text: 'altro' })];
    await sql`UPDATE record SET sealed_content = (SELECT sealed_content FROM record WHERE id = ${other.recordId}) WHERE id = ${one.recordId}`.execute(
      api.world.database('owner'),
    );
    const answer = await get(`${one.path}/content`, { role: 'dpo' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'unexpected' } });
    expect(answer.text).not.toContain('altro');
  });
});

describe('certificates', () => {
  test('are listed newest first, page by page, by class and by date, each controller its own', async () => {
    const trigger = '2026-01-01T10:00:00Z';
    const units = new Set<string>();
    const fields = { ...submissionOf('call-recording').body.fields, toldAt: trigger };
    for (let index = 0; index < 5; index += 1)
      units.add((await newRecord('call-recording', { triggerAt: trigger, fields })).unitId);
    units.add((await newRecord('survey-invitation')).unitId);
    let day = 1;
    for (const unit of units) {
      const now = instant(`2026-08-0${day}T12:00:00Z`);
      await api.world.gate().eraseNextChunk({ unitId: unitId(unit), now, basis: { kind: 'retention-period-ended' } });
      day += 1;
    }
    const list = async (query: string, controller = 'inps', caller: TokenInput = { role: 'operator' }) => {
      const { body } = await get(`/controllers/${controller}/certificates${query}`, caller);
      const certificates = body.certificates as readonly {
        certificateId: string;
        issuedAt: string;
        recordClass: string;
      }[];
      return { certificates, nextCursor: body.nextCursor as string | undefined };
    };
    const all = await list('');
    expect(all.certificates).toHaveLength(5);
    expect(all.nextCursor).toBeUndefined();
    const times = all.certificates.map(({ issuedAt }) => issuedAt);
    expect(times).toEqual(times.toSorted().toReversed());
    const paged: string[] = [];
    for (let cursor = '', pages = 0; pages < 10; pages += 1) {
      const page = await list(`?limit=2${cursor}`);
      paged.push(...page.certificates.map(({ certificateId }) => certificateId));
      if (page.nextCursor === undefined) break;
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
    }
    expect(paged).toEqual(all.certificates.map(({ certificateId }) => certificateId));
    expect((await list('?recordClass=chat')).certificates).toEqual([]);
    const [newest, second] = times;
    expect((await list(`?issuedFrom=${newest}`)).certificates).toHaveLength(1);
    expect((await list(`?issuedBefore=${second}`)).certificates).toHaveLength(3);
    const milano = await list('', 'comune-di-milano', { role: 'dpo', controllers: ['comune-di-milano'] });
    expect(milano.certificates.map(({ recordClass }) => recordClass)).toEqual(['survey-invitation']);
    expect(await get('/controllers/inps/certificates?recordClass=letters', { role: 'dpo' })).toMatchObject({
      status: 404,
    });
  });

  test('I11: of another controller look to a stranger like those that do not exist', async () => {
    const { body } = await get('/controllers/inps/certificates?limit=1', { role: 'dpo' });
    const [{ certificateId } = { certificateId: '' }] = body.certificates as readonly { certificateId: string }[];
    const stranger: TokenInput = { role: 'dpo', controllers: ['comune-di-milano'] };
    const theirs = await get(`/certificates/${certificateId}`, stranger);
    const nobodys = await get(`/certificates/${randomUUID()}`, stranger);
    expect(theirs.status).toBe(404);
    const { instance: one, ...said } = theirs.body;
    const { instance: other, ...alsoSaid } = nobodys.body;
    expect(said).toEqual(alsoSaid);
    expect(one).not.toBe(other);
    expect((await get(`/certificates/${certificateId}`, { role: 'auditor' })).body).toMatchObject({
      certificateId,
      controller: 'inps',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      document: expect.any(Object),
    });
  });
});

describe('a unit', () => {
  test('tells what it is, when it is due, what keeps it and where its workflow is seen', async () => {
    const { unitId: unit } = await newRecord('call-recording');
    const { status, body } = await get(`/units/${unit}`, { role: 'operator' });
    expect(status).toBe(200);
    const namespace = api.world.environment.TEMPORAL_NAMESPACE;
    expect(body).toMatchObject({
      unitId: unit,
      controller: 'inps',
      recordClass: 'call-recording',
      unitSize: 'record',
      state: 'open',
      boundDay: '2026-07-31',
      recordsLeft: 1,
      recordsGone: 0,
      certificates: 0,
      kept: { records: 0, byKind: [], suspensionCount: 0 },
      workflow: {
        id: `retention:inps:call-recording:${unit}`,
        url: `http://127.0.0.1:8233/namespaces/${namespace}/workflows/retention%3Ainps%3Acall-recording%3A${unit}`,
      },
    });
  });

  test('I11: shows an operator counts of what keeps it, and those who may see matters which suspensions', async () => {
    const { unitId: unit } = await newRecord('call-recording');
    expect((await get(`/units/${unit}`, { role: 'operator' })).body.kept).not.toHaveProperty('suspensions');
    expect((await get(`/units/${unit}`, { role: 'legal' })).body.kept).toHaveProperty('suspensions', []);
  });

  test('I11: of another controller is not there for a stranger', async () => {
    const { unitId: unit } = await newRecord('call-recording');
    const stranger: TokenInput = { role: 'operator', controllers: ['comune-di-milano'] };
    expect(await get(`/units/${unit}`, stranger)).toMatchObject({ status: 404, body: { code: 'unit-unknown' } });
    expect(await get(`/units/${randomUUID()}`, stranger)).toMatchObject({
      status: 404,
      body: { code: 'unit-unknown' },
    });
  });
});

describe('sweeps', () => {
  test('are listed newest first and read whole', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const [index, id] of ids.entries()) {
      const at = new Date(Date.UTC(2026, 1, 1 + index));
      await api.world
        .database('worker')
        .insertInto('sweep_report')
        .values({ id, started_at: at, finished_at: at, as_of: at, report: JSON.stringify({ findings: index }) })
        .execute();
    }
    const first = await get('/sweeps?limit=2', { role: 'auditor' });
    const listed = first.body.sweeps as readonly { sweepId: string }[];
    expect(listed.map(({ sweepId }) => sweepId)).toEqual([ids[2], ids[1]]);
    const second = await get(`/sweeps?limit=2&cursor=${String(first.body.nextCursor)}`, { role: 'auditor' });
    expect(second.body).toMatchObject({ sweeps: [{ sweepId: ids[0] }] });
    expect(second.body.nextCursor).toBeUndefined();
    expect((await get(`/sweeps/${ids[1]}`, { role: 'operator' })).body).toMatchObject({
      sweepId: ids[1],
      report: { findings: 1 },
    });
    expect(await get(`/sweeps/${randomUUID()}`, { role: 'dpo' })).toMatchObject({
      status: 404,
      body: { code: 'sweep-unknown' },
    });
  });

  test('start on demand, on the queue of the procedures, with the now of the caller', async () => {
    const token = await api.token({ role: 'operator' });
    const answer = await api.call('POST', '/sweeps', { token, now: instant('2030-01-01T00:00:00Z') });
    expect(answer.status).toBe(202);
    const { workflowId, sweepId } = answer.body;
    expect(workflowId).toBe(`sweep-${String(sweepId)}`);
    const client = await api.deps.temporal.client();
    const description = await client.workflow.getHandle(String(workflowId)).describe();
    expect(description).toMatchObject({ type: 'sweep', taskQueue: 'oblio-procedures' });
    await client.workflow.getHandle(String(workflowId)).terminate('the test is over');
  });
});

test('the policy in force is readable, classes and all', async () => {
  const { status, body } = await get('/controllers/comune-di-milano/policy', { role: 'source' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ controller: 'comune-di-milano', version: 3, timeZone: 'Europe/Rome' });
  expect((body.recordClasses as readonly { id: string }[]).map(({ id }) => id)).toEqual([
    'booking',
    'enquiry',
    'survey-invitation',
    'rights-request-file',
    'rights-request-package',
    'hold-file',
  ]);
});
