/**
 * Case files end in the gate: closing a case files it, reopening it moves its end, and when the end has come nothing of the case is left
 * but what names nobody.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controllerId, recordClassId, recordId, unitId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { caseTables, outliveCaseFile } from '../../storage/erasure-gate/case-tables.ts';
import { recordTables } from '../../storage/erasure-gate/destroy-rows.ts';
import { matchSuspensions } from '../../storage/suspensions/match-suspensions.ts';
import { readUnit } from '../../storage/units/units.ts';
import { retentionWorkflowId } from '../../workflows/retention/contract.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { call, message, Story, signatory } from '../support/requests/story.ts';
import { place } from '../support/suspensions.ts';
import { eventually } from '../support/temporal.ts';
import { runToEnd } from '../support/time-travel.ts';

let world: RightsWorld;
beforeAll(async () => {
  world = await createRightsWorld('rights-ending');
});
afterAll(() => world.close());

const received = instant('2027-03-05T09:30:00+01:00');
const refusedErasure = {
  outcome: 'refused',
  grounds: [],
  lines: [{ recordClass: 'chat', result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
  reasons: { '17.1.none': 'ancora necessari', '17.3.b': 'compito pubblico' },
};

const fileOf = async (caseId: string) => {
  const row = await world.world
    .database('api')
    .selectFrom('record')
    .select(['unit_id', 'record_class', 'source_id', 'trigger_at'])
    .where('id', '=', recordId(caseId))
    .executeTakeFirst();
  const unit = row === undefined ? undefined : await readUnit(world.world.database('worker'), unitId(row.unit_id));
  return row === undefined || unit === undefined ? undefined : { ...row, unit };
};

const attach = async (story: Story, content: string): Promise<string> => {
  const response = await world.app.request(`/controllers/${story.controller}/requests/${story.caseId}/attachments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer dpo.ada.${story.controller}`,
      'oblio-now': story.now,
      'attachment-name': encodeURIComponent('Planted-Marker documento.pdf'),
      'content-type': 'application/pdf',
      'content-length': String(Buffer.byteLength(content)),
      'content-digest': `sha-256=:${createHash('sha256').update(content).digest('base64')}:`,
    },
    body: content,
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { attachmentId: string }).attachmentId;
};

const open = (story: Story, attachmentId: string, as = 'dpo.ada') =>
  world.app.request(`/controllers/${story.controller}/requests/${story.caseId}/attachments/${attachmentId}`, {
    headers: { authorization: `Bearer ${as}.${story.controller}`, 'oblio-now': story.now },
  });

/** Every table of the database of which a row still names the case, or a word that was planted. */
const tablesNaming = async (marker: string): Promise<readonly string[]> => {
  const db = world.world.superuser();
  const { rows: tables } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`.execute(
    db,
  );
  const naming: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ found: boolean }>`
      SELECT EXISTS (SELECT FROM ${sql.table(name)} AS line WHERE line::text ILIKE ${`%${marker}%`}) AS found`.execute(
      db,
    );
    if (rows[0]?.found === true) naming.push(name);
  }
  return naming.sort();
};

describe('the lists of tables', () => {
  it('hold every table that names a case: it ends with the file, or outlives it for a reason', async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'case_id' ORDER BY 1`.execute(world.world.superuser());
    const ending = caseTables.filter(({ column }) => column === 'case_id').map(({ table }) => table);
    expect(rows.map(({ name }) => name)).toEqual([...ending, ...Object.keys(outliveCaseFile)].sort());
    for (const reason of Object.values(outliveCaseFile)) expect(reason.length).toBeGreaterThan(40);
  });

  it('miss no table that refers to one that is emptied', async () => {
    const { rows } = await sql<{ child: string }>`
      SELECT DISTINCT conrelid::regclass::text AS child FROM pg_constraint
      WHERE contype = 'f' AND confrelid = ANY(${caseTables.map(({ table }) => table)}::regclass[])`.execute(
      world.world.superuser(),
    );
    const listed = caseTables.map(({ table }) => table);
    expect(rows.map(({ child }) => child).filter((child) => !listed.includes(child))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
    expect(recordTables.filter(({ table }) => listed.includes(table))).toEqual([]);
  });
});

describe('the end of a case', () => {
  it('I6: a closed case is a record; when its period ends the gate leaves nothing of it, and the certificate proves it', async () => {
    const story = await Story.begin(world, 'inps', message(received), [heldRecord('chat', '2032-01-10')]);
    const content = `%PDF Planted-Marker ${story.caseId}`;
    const attachmentId = await attach(story, content);
    const opened = await open(story, attachmentId);
    expect(await opened.text()).toBe(content);
    expect(opened.headers.get('content-disposition')).toBe('attachment');
    expect((await open(story, story.caseId)).status).toBe(404);
    expect((await open(story, attachmentId, 'auditor.aldo')).status).toBe(403);
    expect(await fileOf(story.caseId)).toBeUndefined();
    await story.recognised('access');
    await story.do('dpo', 'submit-review', { redactions: [] });
    await story.do('officer', 'confirm-review', {});
    await story.answered('access', { outcome: 'granted', grounds: ['15.1'] });
    const { reference } = await story.read();
    const file = await fileOf(story.caseId);
    expect(file).toMatchObject({ record_class: 'rights-request-file', source_id: reference });
    expect(file?.unit.boundDay).toBe('2032-03-05');

    const naming = await tablesNaming(story.caseId);
    expect(naming).toEqual(expect.arrayContaining(['request_case', 'request_event', 'manifest', 'letter_file']));
    const prefix = `inps/rights-request-file/${story.caseId}/`;
    expect((await world.world.store('worker').listVersionsPage({ prefix })).versions).toHaveLength(1);
    await eventually(
      async () => (await fileOf(story.caseId))?.unit.workflowStartedAt,
      (startedAt) => startedAt !== undefined,
    );
    if (file === undefined) throw new Error('The case file is not there');
    await runToEnd({ client: world.client, workflowId: retentionWorkflowId(file.unit) });

    expect(await fileOf(story.caseId)).toBeUndefined();
    expect((await world.world.store('worker').listVersionsPage({ prefix })).versions).toEqual([]);
    // What still names the case are ids in ledger, audit trail, register of suspensions and the package, which has ended long before.
    const left = await tablesNaming(story.caseId);
    for (const { table } of caseTables) expect(left).not.toContain(table);
    expect(left.filter((table) => !outlivers.includes(table))).toEqual([]);
    expect(await tablesNaming('planted-marker')).toEqual([]);
    expect(await tablesNaming(attachmentId)).toEqual(['audit_entry']);
    const gone = await call(world, {
      as: 'dpo',
      controller: 'inps',
      method: 'GET',
      path: `/controllers/inps/requests/${story.caseId}`,
    });
    expect(gone).toMatchObject({ status: 410, body: { code: 'record-erased', certificateId: expect.any(String) } });
    const certificate = await call(world, {
      as: 'auditor',
      controller: 'inps',
      method: 'GET',
      path: `/certificates/${String(gone.body.certificateId)}`,
    });
    expect(certificate.body.document).toMatchObject({
      recordClass: { id: 'rights-request-file' },
      triggerEvent: 'closing',
      stores: { database: { gone: 1 }, objects: { gone: 1 } },
      archivalBasis: { kind: 'selection-plan' },
    });
    expect(world.failures()).toEqual([]);
  });

  it('a reopened case is dated anew, from the reopening and then from the next closing', async () => {
    const story = await Story.begin(world, 'inps', message(received), [heldRecord('chat', '2032-01-10')]);
    await story.recognised('erasure');
    await story.answered('erasure', refusedErasure);
    expect((await fileOf(story.caseId))?.unit.boundDay).toBe('2032-03-05');
    const { suspensionId } = await place(world.world, {
      scope: [
        { recordClass: recordClassId('rights-request-file'), triggers: { until: instant('2027-03-06T00:00:00Z') } },
      ],
      now: instant(story.now),
    });
    await story.do('dpo', 'request-reopening', { reason: 'Scambio di persona.' });
    await story.do('officer', 'confirm-reopening', { rights: ['erasure'] });
    await expect.poll(async () => (await story.read()).stage).toBe('deciding');
    await story.days(10);
    await story.answered('erasure', refusedErasure);
    expect(await story.read()).toMatchObject({ stage: 'closed' });
    const file = await fileOf(story.caseId);
    expect(file?.unit.boundDay).toBe('2032-03-15');
    expect(file?.trigger_at.toISOString().slice(0, 10)).toBe('2027-03-15');
    // I4: a hold over files that were closed until then covered this one; its new date does not take it out.
    const kept = await matchSuspensions(world.world.database('worker'), {
      controller: controllerId('inps'),
      recordIds: [recordId(story.caseId)],
    });
    expect([...kept.values()].flat()).toContainEqual({ suspensionId, kind: 'litigation-hold' });
    // Its workflow was told and waits for the new date.
    await eventually(
      () => world.world.database('worker').selectFrom('retention_unit').select('redated_at').execute(),
      (rows) => rows.every(({ redated_at }) => redated_at === null),
    );
  });

  it('what INPS closes without an answer is filed too: who and why is kept, and ends', async () => {
    const story = await Story.begin(world, 'inps', message(received, { identifiers: [] }));
    await story.do('dpo', 'triage', { verdict: 'not-a-request', text: 'Pubblicità.', signatory });
    expect((await fileOf(story.caseId))?.unit.boundDay).toBe('2032-03-05');
  });
});

/** Tables that may name a case by its id when its file is gone: none of them says who it was. */
const outlivers = ['audit_entry', 'disposition_certificate', 'erasure_item', 'retention_unit', 'suspension'];
