/** I10: every call that reads or changes data is in the audit trail, in the transaction of what it tells of, with ids and codes only. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RouteName, routeAccess } from '../../api/access/route-access.ts';
import { unitId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import { type Api, type CallInput, createApi, type TokenInput } from './support.ts';

let api: Api;
let path: string;
let unit: string;
let certificate: string;
let sweep: string;
const object = Buffer.from('RIFF');

beforeAll(async () => {
  api = await createApi({ label: 'api-audit' });
  const token = await api.token({ role: 'source' });
  const { controller, body } = submissionOf('call-recording');
  path = recordPath(controller, 'call-recording', 'audit-1');
  const record = await api.call('PUT', path, { token, json: body, now: handedInAt });
  unit = String(record.body.unitId);
  const gone = await api.call('PUT', recordPath(controller, 'call-recording', 'audit-gone'), {
    token,
    json: body,
    now: handedInAt,
  });
  await api.world.gate().eraseNextChunk({
    unitId: unitId(String(gone.body.unitId)),
    now: instant('2026-08-01T00:00:00Z'),
    basis: { kind: 'retention-period-ended' },
  });
  const list = await api.call('GET', '/controllers/inps/certificates', { token: await api.token({ role: 'dpo' }) });
  certificate = (list.body.certificates as readonly { certificateId: string }[])[0]?.certificateId ?? '';
  sweep = '01a20057-8606-7146-aafb-3aae66295999';
  await api.world
    .database('worker')
    .insertInto('sweep_report')
    .values({ id: sweep, started_at: new Date(), finished_at: new Date(), as_of: new Date(), report: '{}' })
    .execute();
});
afterAll(() => api.close());

type Entry = {
  readonly action: string;
  readonly actor: string;
  readonly role: string;
  readonly controller: string;
  readonly target_kind: string;
  readonly at: Date;
};

const entriesAfter = async (id: number): Promise<readonly Entry[]> => {
  const { rows } =
    await sql<Entry>`SELECT action, actor, role, controller, target_kind, at FROM audit_entry WHERE id > ${id} ORDER BY id`.execute(
      api.world.database('owner'),
    );
  return rows;
};
const lastId = async (): Promise<number> => {
  const { rows } = await sql<{ id: number }>`SELECT coalesce(max(id), 0) AS id FROM audit_entry`.execute(
    api.world.database('owner'),
  );
  return rows[0]?.id ?? 0;
};

type Case = {
  readonly caller: TokenInput;
  readonly call: () => readonly [string, CallInput?];
  readonly status: number;
  readonly action: string;
  readonly target: string;
};

const reasoned = { role: 'dpo', authorisedFor: ['call-recording'] } as const;
const digest = `sha-256=:${createHash('sha256').update(object).digest('base64')}:`;

/** The routes of this room; other rooms show their own. */
const cases: Readonly<Partial<Record<RouteName, Case>>> = {
  registerRecord: {
    caller: { role: 'source' },
    call: () => [recordPath('inps', 'sms', 'audit-2'), { json: submissionOf('sms').body }],
    status: 201,
    action: 'record-registered',
    target: 'record',
  },
  registerRecords: {
    caller: { role: 'source' },
    call: () => [
      '/controllers/inps/records',
      {
        headers: { 'content-type': 'application/x-ndjson' },
        body: JSON.stringify({ recordClass: 'sms', sourceId: 'audit-3', ...submissionOf('sms').body }),
      },
    ],
    status: 200,
    action: 'records-registered',
    target: 'record-batch',
  },
  putObject: {
    caller: { role: 'source' },
    call: () => [
      `${path}/objects/a.wav`,
      { headers: { 'content-type': 'audio/wav', 'content-length': '4', 'content-digest': digest }, body: object },
    ],
    status: 201,
    action: 'object-stored',
    target: 'object',
  },
  readRecord: { caller: { role: 'auditor' }, call: () => [path], status: 200, action: 'record-read', target: 'record' },
  readContent: {
    caller: reasoned,
    call: () => [`${path}/content?reason=prot.1`],
    status: 200,
    action: 'record-content-read',
    target: 'record',
  },
  readObject: {
    caller: reasoned,
    call: () => [`${path}/objects/a.wav?reason=prot.1`],
    status: 200,
    action: 'object-read',
    target: 'object',
  },
  readFate: {
    caller: { role: 'operator' },
    call: () => [`${path}/fate`],
    status: 200,
    action: 'record-fate-read',
    target: 'record',
  },
  readPolicy: {
    caller: { role: 'legal' },
    call: () => ['/controllers/inps/policy'],
    status: 200,
    action: 'policy-read',
    target: 'policy',
  },
  previewRedating: {
    caller: { role: 'dpo' },
    call: () => ['/controllers/inps/policy/redating-preview'],
    status: 200,
    action: 'redating-previewed',
    target: 'policy',
  },
  listRedatings: {
    caller: { role: 'operator' },
    call: () => ['/controllers/inps/policy/redatings'],
    status: 200,
    action: 'redatings-listed',
    target: 'policy',
  },
  listCertificates: {
    caller: { role: 'dpo' },
    call: () => ['/controllers/inps/certificates'],
    status: 200,
    action: 'certificates-listed',
    target: 'certificate',
  },
  readCertificate: {
    caller: { role: 'dpo' },
    call: () => [`/certificates/${certificate}`],
    status: 200,
    action: 'certificate-read',
    target: 'certificate',
  },
  readUnit: {
    caller: { role: 'operator' },
    call: () => [`/units/${unit}`],
    status: 200,
    action: 'unit-read',
    target: 'unit',
  },
  listSweeps: {
    caller: { role: 'auditor' },
    call: () => ['/sweeps'],
    status: 200,
    action: 'sweeps-listed',
    target: 'sweep',
  },
  readSweep: {
    caller: { role: 'auditor' },
    call: () => [`/sweeps/${sweep}`],
    status: 200,
    action: 'sweep-read',
    target: 'sweep',
  },
  startSweep: {
    caller: { role: 'operator' },
    call: () => ['/sweeps'],
    status: 202,
    action: 'sweep-requested',
    target: 'sweep',
  },
};

/** Routes that are shown in the tests of their own rooms. */
const otherRooms = /\/(request|hold|suspension|matter|opt-out)|\/redatings\/|askForRedating/;

test('I10: every guarded route of this room is shown below', () => {
  const names = Object.entries(routeAccess)
    .filter(([name, { allow, path: template }]) => allow !== 'anyone' && !otherRooms.test(`${template} ${name}`))
    .map(([name]) => name);
  expect(Object.keys(cases).sort()).toEqual(names.sort());
});

describe('I10: a call', () => {
  test.each(Object.entries(cases))(
    'I10: %s leaves one entry: who, as what, what, when',
    async (name, { caller, call, status, action, target }) => {
      const before = await lastId();
      const [where, input = {}] = call();
      const token = await api.token({ ...caller, actor: `actor-${name}` });
      const { method } = routeAccess[name as RouteName];
      const answer = await api.call(method.toUpperCase(), where, { ...input, token, now: handedInAt });
      expect(answer.status).toBe(status);
      const entries = await entriesAfter(before);
      expect(entries).toMatchObject([{ action, actor: `actor-${name}`, role: caller.role, target_kind: target }]);
      expect(entries[0]?.at.toISOString()).toBe(handedInAt);
    },
  );

  test('I10: that is refused at the door, or finds nothing, leaves none', async () => {
    const before = await lastId();
    await api.call('GET', path);
    await api.call('GET', path, { token: await api.token({ role: 'operator' }) });
    await api.call('GET', recordPath('inps', 'chat', 'never'), { token: await api.token({ role: 'dpo' }) });
    expect(await entriesAfter(before)).toEqual([]);
  });
});

describe('I10: where the entry cannot be written', () => {
  const without = async <Result>(action: string, work: () => Promise<Result>): Promise<Result> => {
    const owner = api.world.database('owner');
    await sql`ALTER TABLE audit_entry ADD CONSTRAINT no_such_entry CHECK (action <> ${sql.lit(action)}) NOT VALID`.execute(
      owner,
    );
    try {
      return await work();
    } finally {
      await sql`ALTER TABLE audit_entry DROP CONSTRAINT no_such_entry`.execute(owner);
    }
  };

  test('I10: nothing is registered', async () => {
    const token = await api.token({ role: 'source' });
    const where = recordPath('inps', 'call-recording', 'audit-4');
    const json = submissionOf('call-recording').body;
    const count = async () =>
      (
        await sql<{
          n: number;
        }>`SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM retention_unit) AS n`.execute(
          api.world.database('owner'),
        )
      ).rows[0]?.n;
    const before = await count();
    expect(
      (await without('record-registered', () => api.call('PUT', where, { token, json, now: handedInAt }))).status,
    ).toBe(500);
    expect(await count()).toBe(before);
    expect((await api.call('PUT', where, { token, json, now: handedInAt })).status).toBe(201);
  });

  test('I10: nothing is shown, and no object counts', async () => {
    const token = await api.token(reasoned);
    const content = await without('record-content-read', () =>
      api.call('GET', `${path}/content?reason=prot.1`, { token }),
    );
    expect(content.status).toBe(500);
    expect(content.text).not.toContain('RSSMRA80A01H501U');
    const read = await without('object-read', () => api.call('GET', `${path}/objects/a.wav?reason=prot.1`, { token }));
    expect([read.status, read.text.includes('RIFF')]).toEqual([500, false]);
    const upload = await without('object-stored', async () =>
      api.call('PUT', `${path}/objects/b.wav`, {
        token: await api.token({ role: 'source' }),
        headers: { 'content-type': 'audio/wav', 'content-length': '4', 'content-digest': digest },
        body: object,
      }),
    );
    expect(upload.status).toBe(500);
    const later = await api.call('GET', `${path}/objects/b.wav?reason=prot.1`, { token });
    expect(later).toMatchObject({ status: 404, body: { code: 'object-unknown' } });
  });
});

test('I7, I10: the whole trail holds no identifier, field, text or source id', async () => {
  const { rows } = await sql<{ dump: string }>`SELECT string_agg(t::text, ' ') AS dump FROM audit_entry t`.execute(
    api.world.database('owner'),
  );
  const identifiers = ['RSSMRA80A01H501U', '347 123 4567', '3471234567'];
  for (const secret of [...identifiers, 'INPS 7/12', 'claim-processing', 'bonus', 'audit-1', 'audit-2']) {
    expect(rows[0]?.dump).not.toContain(secret);
  }
});
