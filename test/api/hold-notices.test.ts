/** Notices to custodians of a hold: made when it is placed, changed or released, with a number, the same bytes each time, with an end. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordId, suspensionId, unitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { readUnit } from '../../storage/units/units.ts';
import { readPdf } from '../rules/letters/support/read-pdf.ts';
import { walkUnit } from '../support/erasing.ts';
import { handIn, inps, recordClasses } from '../support/records.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let legal: string;
let second: string;
let keys = 0;
beforeAll(async () => {
  api = await createApi({ label: 'hold-notices' });
  legal = await api.token({ role: 'legal', actor: 'lawyer-1' });
  second = await api.token({ role: 'legal', actor: 'lawyer-2' });
});
afterAll(() => api.close());

const holds = `/controllers/${inps}/holds`;
const at = instant('2026-05-04T08:00:00Z');
const key = (): string => {
  keys += 1;
  return `hold-notices-${keys}`;
};
const post = (path: string, json: unknown, { token = legal, commandKey = key(), now = at } = {}) =>
  api.call('POST', path, { token, json, now, headers: { 'idempotency-key': commandKey } });
const file = async (path: string): Promise<{ bytes: Buffer; headers: Headers }> => {
  const response = await api.app.request(path, { headers: { authorization: `Bearer ${legal}` } });
  expect(response.status).toBe(200);
  return { bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
};
const textOf = async (bytes: Buffer): Promise<string> =>
  (await readPdf(bytes)).pageTexts.join('\n').replaceAll(/\s+/g, ' ');

const calls = (from: string, until: string) => [
  { recordClass: 'call-recording', triggeredFrom: from, triggeredUntil: until },
];
const placeHold = async (scope: unknown): Promise<string> => {
  const matter = {
    kind: 'litigation-hold',
    matterReference: 'RG 4711/2026',
    legalBasis: 'art. 17, par. 3, lett. e), GDPR',
    reason: 'dispute about calls',
    reviewOn: '2026-12-01',
  };
  const { status, body, text } = await post(holds, { ...matter, scope });
  expect(status, text).toBe(201);
  return String(body.suspensionId);
};
const custodian = {
  office: 'Direzione centrale tecnologia',
  delivery: { kind: 'email', address: 'archivi@ufficio.example' },
};
const notice = { custodian, signatory: { name: 'Avv. Bianca Verdi', office: 'Avvocatura' } };
type Made = {
  noticeId: string;
  kind: string;
  protocol: { number: string; date: string };
  size: number;
  sha256: string;
};
const make = async (holdId: string, change: object = {}, now: Instant = at): Promise<Made> => {
  const { status, body, text } = await post(`${holds}/${holdId}/notices`, { ...notice, ...change }, { now });
  expect(status, `${text} ${api.logLines.filter((line) => line.includes('unexpected error')).at(-1)}`).toBe(201);
  return body as unknown as Made;
};
const releaseHold = async (holdId: string, now: Instant): Promise<void> => {
  const asked = await post(`${holds}/${holdId}/release-requests`, { reason: 'the dispute is over' }, { now });
  const decided = await post(
    `${holds}/${holdId}/release-requests/${String(asked.body.requestId)}/decision`,
    { decision: 'confirm', reason: 'agreed and seen' },
    { now, token: second },
  );
  expect(decided.body.outcome, decided.text).toBe('released');
};
const fileOfHold = (holdId: string) =>
  api.world.database('gate').selectFrom('record').selectAll().where('id', '=', recordId(holdId)).executeTakeFirst();

describe('a preservation notice', () => {
  test('tells classes, counts and periods, has the next number, and its hash stands in the register', async () => {
    await handIn(api.world, {
      recordClass: recordClasses.callRecording,
      triggerAt: instant('2026-03-02T10:00:00Z'),
      count: 3,
      subjects: (index) => [{ kind: 'email', value: `planted-marker-${index}@example.it` }],
      text: () => 'Planted-Marker said something',
    });
    const holdId = await placeHold(calls('2026-03-01', '2026-03-31'));
    const made = await make(holdId);
    expect(made).toMatchObject({ kind: 'preservation-notice', protocol: { number: '0000001', date: '2026-05-04' } });
    const { bytes, headers } = await file(`${holds}/${holdId}/notices/${made.noticeId}/file`);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.sha256);
    expect(bytes.length).toBe(made.size);
    expect(headers.get('cache-control')).toBe('no-store');
    const entry = await api.world
      .database('worker')
      .selectFrom('protocol_entry')
      .select(['file_sha256', 'number'])
      .where('letter_id', '=', made.noticeId)
      .executeTakeFirstOrThrow();
    expect(entry).toEqual({ number: 1, file_sha256: Buffer.from(made.sha256, 'hex') });
    const text = await textOf(bytes);
    for (const said of [
      'Spett.le Direzione centrale tecnologia',
      'archivi@ufficio.example',
      'n. 0000001 del 4 maggio 2026',
      'RG 4711/2026',
      'art. 17, par. 3, lett. e), GDPR',
      '1° marzo 2026',
      '31 marzo 2026',
      '1° dicembre 2026',
      'anche per le registrazioni che arriveranno in seguito',
      'Avv. Bianca Verdi',
    ]) {
      expect(text).toContain(said);
    }
    expect(text).toMatch(/Registrazioni.* 3 /);
    expect(text.toLowerCase()).not.toContain('planted-marker');
    const again = await file(`${holds}/${holdId}/notices/${made.noticeId}/file`);
    expect(again.bytes.equals(bytes)).toBe(true);
  });

  test('I9: sent twice under one key it is one notice; two are numbered without a gap, also at the same time', async () => {
    const holdId = await placeHold(calls('2026-04-01', '2026-04-02'));
    const commandKey = key();
    const [one, same] = await Promise.all([1, 2].map(() => post(`${holds}/${holdId}/notices`, notice, { commandKey })));
    expect(one?.body).toEqual(same?.body);
    const { protocol: given } = (one?.body ?? {}) as unknown as Made;
    const numbers = [Number(given.number)];
    for (const { protocol } of await Promise.all([1, 2, 3].map(() => make(holdId))))
      numbers.push(Number(protocol.number));
    const first = numbers[0] ?? 0;
    expect(numbers.toSorted((a, b) => a - b)).toEqual([first, first + 1, first + 2, first + 3]);
    const { body } = await api.call('GET', `${holds}/${holdId}/notices`, { token: legal });
    expect(body.notices).toHaveLength(4);
  });

  test('may name the hold instead of the matter, and says what it replaces after a change', async () => {
    const holdId = await placeHold(calls('2026-03-01', '2026-03-31'));
    const made = await make(holdId, { reference: 'hold-id' });
    const text = await textOf((await file(`${holds}/${holdId}/notices/${made.noticeId}/file`)).bytes);
    expect(text).toContain(holdId);
    expect(text).not.toContain('RG 4711/2026');
    expect(text).not.toContain('sostituisce');
    const widened = await post(`${holds}/${holdId}/scope`, {
      scope: [...calls('2026-03-01', '2026-03-31'), { recordClass: 'chat' }],
      reason: 'chats matter too',
    });
    expect(widened.body.outcome, widened.text).toBe('changed');
    const { body } = await api.call('GET', `${holds}/${holdId}/notices`, { token: legal });
    expect(body.notices).toEqual([expect.objectContaining({ noticeId: made.noticeId, current: false })]);
    const changed = await make(holdId);
    const second = await textOf((await file(`${holds}/${holdId}/notices/${changed.noticeId}/file`)).bytes);
    expect(second).toContain(`sostituisce quella prot. n. ${made.protocol.number} del 4 maggio 2026`);
    // Another custodian was told nothing before.
    const other = await make(holdId, { custodian: { office: 'Contact center', delivery: { kind: 'counter' } } });
    const third = await textOf((await file(`${holds}/${holdId}/notices/${other.noticeId}/file`)).bytes);
    expect(third).not.toContain('sostituisce');
  });

  test('I12: what is not as described is refused, takes no number, and leaves nothing', async () => {
    const holdId = await placeHold(calls('2026-04-01', '2026-04-02'));
    const path = `${holds}/${holdId}/notices`;
    const number = async () => (await make(holdId)).protocol.number;
    const before = Number(await number());
    for (const wrong of [
      {},
      { ...notice, signatory: undefined },
      { ...notice, custodian: { office: 'x', delivery: { kind: 'email', address: 'no address' } } },
      { ...notice, custodian: { office: 'x', delivery: { kind: 'post', lines: [] } } },
      { ...notice, addedParagraphs: ['riguarda RSSMRA85M01H501Q'] },
      { ...notice, more: 1 },
    ]) {
      expect((await post(path, wrong)).body.code).toBe('invalid-hold');
    }
    expect(Number(await number())).toBe(before + 1);
    const unknown = '01900000-0000-7000-8000-000000000000';
    expect((await post(`${holds}/${unknown}/notices`, notice)).body.code).toBe('hold-unknown');
    const other = await placeHold(calls('2026-04-01', '2026-04-02'));
    const { noticeId } = await make(holdId);
    const foreign = await api.call('GET', `${holds}/${other}/notices/${noticeId}/file`, { token: legal });
    expect(foreign.body.code).toBe('notice-unknown');
  });

  test('I10: who made, read and delivered it is on file, and the delivery with its proof', async () => {
    const holdId = await placeHold(calls('2026-04-01', '2026-04-02'));
    const { noticeId } = await make(holdId);
    const path = `${holds}/${holdId}/notices/${noticeId}`;
    await file(`${path}/file`);
    const delivery = { channel: 'email', deliveredOn: '2026-05-04', proof: '<42@posta.example>' };
    expect((await post(`${path}/deliveries`, { ...delivery, deliveredOn: '2026-05-05' })).body.code).toBe(
      'invalid-hold',
    );
    expect((await post(`${holds}/${holdId}/notices/${holdId}/deliveries`, delivery)).body.code).toBe('notice-unknown');
    const commandKey = key();
    const [one, same] = [
      await post(`${path}/deliveries`, delivery, { commandKey }),
      await post(`${path}/deliveries`, delivery, { commandKey }),
    ];
    expect([one.status, same.body]).toEqual([201, one.body]);
    const { body } = await api.call('GET', `${holds}/${holdId}/notices`, { token: legal });
    expect(body.notices).toMatchObject([
      {
        noticeId,
        current: true,
        custodian: custodian.office,
        channel: 'email',
        deliveries: [{ ...delivery, recordedBy: 'lawyer-1' }],
      },
    ]);
    const entries = await api.world
      .database('worker')
      .selectFrom('audit_entry')
      .select(['action', 'actor', 'why'])
      .where('target_id', '=', holdId)
      .where('action', 'like', 'suspension-notice%')
      .orderBy('id')
      .execute();
    expect(entries).toEqual([
      { action: 'suspension-notice-made', actor: 'lawyer-1', why: 'preservation-notice' },
      { action: 'suspension-notices-read', actor: 'lawyer-1', why: 'file' },
      { action: 'suspension-notice-delivered', actor: 'lawyer-1', why: 'email' },
      { action: 'suspension-notices-read', actor: 'lawyer-1', why: 'read' },
    ]);
    for (const { action: _action, ...entry } of entries) expect(JSON.stringify(entry)).not.toMatch(/Bianca|archivi@/);
    expect(api.logLines.join('\n')).not.toMatch(/Bianca|archivi@|42@posta/);
  });
});

describe('the end of notices', () => {
  test('a release notice says that the duty is over and how many records are due', async () => {
    const triggerAt = instant('2025-10-02T10:00:00Z');
    await handIn(api.world, { recordClass: recordClasses.callRecording, triggerAt, count: 2 });
    const holdId = await placeHold(calls('2025-10-01', '2025-10-31'));
    const preserved = await make(holdId);
    expect(await fileOfHold(holdId)).toBeUndefined();
    const releasedAt = instantPlus(at, days(1));
    await releaseHold(holdId, releasedAt);
    const made = await make(holdId, {}, releasedAt);
    expect(made.kind).toBe('release-notice');
    const text = await textOf((await file(`${holds}/${holdId}/notices/${made.noticeId}/file`)).bytes);
    for (const said of ['5 maggio 2026', '4 maggio 2026', 'è stato revocato', 'RG 4711/2026'])
      expect(text).toContain(said);
    expect(text).toMatch(/ 2 2 /);
    expect(Number(made.protocol.number)).toBeGreaterThan(Number(preserved.protocol.number));
  });

  test('I6: from the release on they are a record; when its period ends the gate leaves nothing of them', async () => {
    const holdId = await placeHold(calls('2026-04-01', '2026-04-02'));
    const { noticeId } = await make(holdId);
    const path = `${holds}/${holdId}/notices`;
    await post(`${path}/${noticeId}/deliveries`, { channel: 'counter', deliveredOn: '2026-05-04', proof: 'a mano' });
    await releaseHold(holdId, at);
    await make(holdId);
    const record = await fileOfHold(holdId);
    expect(record).toMatchObject({
      record_class: 'hold-file',
      source_id: `hold-${holdId}`,
      trigger_at: new Date(at),
    });
    const unit = await readUnit(api.world.database('worker'), unitId(record?.unit_id ?? ''));
    expect(unit?.boundDay).toBe('2031-05-04');
    if (unit === undefined) throw new Error('The file has no unit');
    await walkUnit(api.world.gate(), { unitId: unit.unitId, now: unit.dueAt });
    expect(await fileOfHold(holdId)).toBeUndefined();
    const { document } = await api.world
      .database('api')
      .selectFrom('disposition_certificate')
      .select('document')
      .where('unit_id', '=', unit.unitId)
      .executeTakeFirstOrThrow();
    // By its own name, and counted from the event of its own.
    expect(document).toMatchObject({
      recordClass: {
        id: 'hold-file',
        title: { it: 'Fascicoli degli obblighi di conservazione', en: 'Files of holds' },
      },
      triggerEvent: 'release',
    });
    for (const table of ['hold_notice', 'hold_notice_delivery'] as const) {
      const rows = await api.world
        .database('api')
        .selectFrom(table)
        .select('id')
        .where('suspension_id', '=', suspensionId(holdId))
        .execute();
      expect(rows).toEqual([]);
    }
    // The hold itself stays, named by its matter only; nothing can be added to its file any more.
    expect((await api.call('GET', path, { token: legal })).body.notices).toEqual([]);
    const late = await post(path, notice, { now: unit.dueAt });
    expect([late.status, late.body.code]).toEqual([410, 'hold-file-erased']);
  });

  test('a hold released without a notice gets a file with the first one', async () => {
    const holdId = await placeHold(calls('2026-04-01', '2026-04-02'));
    await releaseHold(holdId, at);
    expect(await fileOfHold(holdId)).toBeUndefined();
    const later = instantPlus(at, days(3));
    await make(holdId, {}, later);
    // Counted from the release, not from the notice.
    expect((await fileOfHold(holdId))?.trigger_at).toEqual(new Date(at));
  });
});
