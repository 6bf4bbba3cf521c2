/** What staff see of a search, and that a review or a decision can only name what the search found. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { days } from '../../domain/time/duration.ts';
import { instant, instantPlus } from '../../domain/time/instant.ts';
import { handIn, handInOne, recordClasses } from '../support/records.ts';
import { searchAndReport } from '../support/requests/searches.ts';
import { type Identifier, openCase } from '../support/requests/stored-cases.ts';
import { place } from '../support/suspensions.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let dpo: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-manifest' });
  dpo = await api.token({ role: 'dpo' });
});
afterAll(() => api.close());

const now = instant('2026-03-10T09:00:00Z');
const lately = instantPlus(now, -days(30));
const anybody = (): Identifier => ({ kind: 'controller-subject-id', value: randomUUID() });

const get = (path: string, token = dpo) => api.call('GET', path, { token, now });
const post = (path: string, json: unknown, token = dpo) => api.call('POST', path, { token, json, now });
const pathOf = (caseId: string, rest: string, controller = 'inps'): string =>
  `/controllers/${controller}/requests/${caseId}/${rest}`;

type Listed = { readonly recordId: string; readonly recordClass: string; readonly objects: readonly object[] };
const recordsOf = (body: Readonly<Record<string, unknown>>): readonly Listed[] => body.records as readonly Listed[];

describe('what a search found', () => {
  test('by class, also where nothing was found, with what cannot be tied to anybody (Art. 11)', async () => {
    const id = anybody();
    const phone: Identifier = { kind: 'phone', value: `+39${randomUUID()}` };
    await handIn(api.world, { triggerAt: lately, count: 2, subjects: () => [id] });
    await handInOne(api.world, { triggerAt: lately, recordClass: recordClasses.sms, subjects: () => [phone] });
    const caseId = await openCase(api.world, { identifiers: [id, phone], now });
    expect(await get(pathOf(caseId, 'manifest'))).toMatchObject({ status: 409, body: { code: 'search-running' } });
    const summary = await searchAndReport(api.world, { caseId, now });
    const { status, body, headers } = await get(pathOf(caseId, 'manifest'));
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe(`"${summary.digest}"`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      manifestId: summary.manifestId,
      records: 2,
      digest: summary.digest,
      erasedBefore: [],
    });
    const policy = api.deps.policies.get('inps');
    const places = new Map((body.places as { recordClass: string }[]).map((one) => [one.recordClass, one]));
    expect([...places.keys()].sort()).toEqual(policy?.recordClasses.map(({ id: name }) => String(name)).sort());
    expect(places.get('portal-interaction')).toMatchObject({ found: 2, unclear: 0 });
    expect(places.get('sms')).toMatchObject({ found: 0, unclear: 1 });
    expect(places.get('call-recording')).toMatchObject({ found: 0, suspended: 0, unclear: 0 });
    expect(body.notTied).toEqual(policy?.notRecords.map(({ id: name, reason }) => ({ id: name, reason })));
    expect((body.notTied as unknown[]).length).toBeGreaterThan(0);
    const entries = await api.world
      .database('api')
      .selectFrom('audit_entry')
      .select(['action', 'role'])
      .where('target_id', '=', caseId)
      .where('action', 'in', ['case-searched', 'case-manifest-read'])
      .orderBy('id')
      .execute();
    expect(entries).toEqual([
      { action: 'case-searched', role: 'system' },
      { action: 'case-manifest-read', role: 'dpo' },
    ]);
    expect(api.logLines.join()).not.toContain(id.value);
  });

  test('record by record, in pages; what is unclear apart', async () => {
    const id = anybody();
    const email: Identifier = { kind: 'email', value: `${randomUUID()}@example.it` };
    const own = [
      ...(await handIn(api.world, { triggerAt: lately, count: 3, subjects: () => [id] })),
      ...(await handIn(api.world, {
        triggerAt: lately,
        recordClass: recordClasses.sms,
        count: 2,
        subjects: () => [id],
      })),
    ];
    const unclear = await handInOne(api.world, { triggerAt: lately, subjects: () => [email] });
    const caseId = await openCase(api.world, { identifiers: [id, email], now });
    await searchAndReport(api.world, { caseId, now });
    const seen: Listed[] = [];
    let cursor = '';
    let pages = 0;
    do {
      const { status, body } = await get(pathOf(caseId, `manifest/records?limit=2${cursor && `&cursor=${cursor}`}`));
      expect(status).toBe(200);
      seen.push(...recordsOf(body));
      cursor = typeof body.nextCursor === 'string' ? body.nextCursor : '';
      pages += 1;
    } while (cursor !== '');
    expect(pages).toBe(3);
    expect(seen.map(({ recordId }) => recordId).sort()).toEqual(own.map(({ recordId }) => recordId).sort());
    expect(seen.map(({ recordClass }) => recordClass)).toEqual(seen.map(({ recordClass }) => recordClass).toSorted());
    const others = await get(pathOf(caseId, 'manifest/records?part=unclear'));
    expect(recordsOf(others.body)).toMatchObject([{ recordId: unclear.recordId, tie: 'unclear' }]);
    const onlySms = await get(pathOf(caseId, 'manifest/records?recordClass=sms'));
    expect(recordsOf(onlySms.body).map(({ recordClass }) => recordClass)).toEqual(['sms', 'sms']);
    expect(await get(pathOf(caseId, 'manifest/records?cursor=bm9uZQ'))).toMatchObject({
      status: 422,
      body: { code: 'invalid-parameters', errors: [{ field: 'cursor' }] },
    });
  });

  test('I11: of a restricted record neither size nor digest of its objects', async () => {
    const id = anybody();
    const [free, restricted] = await handIn(api.world, {
      triggerAt: lately,
      recordClass: recordClasses.callRecording,
      count: 2,
      subjects: () => [id],
      objects: () => [Buffer.from('voice')],
    });
    if (!free || !restricted) throw new Error('Two records were handed in');
    const caseId = await openCase(api.world, { identifiers: [id], now });
    await searchAndReport(api.world, { caseId, now });
    await place(api.world, { scope: [{ record: restricted.recordId }], now, kind: 'restriction' });
    const { body } = await get(pathOf(caseId, 'manifest/records'));
    const objects = new Map(recordsOf(body).map((one) => [one.recordId, one.objects[0]]));
    expect(objects.get(free.recordId)).toMatchObject({ name: 'object-0', size: 5 });
    expect(objects.get(restricted.recordId)).toMatchObject({ name: 'object-0' });
    expect(objects.get(restricted.recordId)).not.toHaveProperty('size');
    expect(objects.get(restricted.recordId)).not.toHaveProperty('sha256');
  });

  test("another controller's staff learn nothing", async () => {
    const caseId = await openCase(api.world, { identifiers: [anybody()], now });
    const milanese = await api.token({ role: 'dpo', controllers: ['comune-di-milano'] });
    for (const rest of ['manifest', 'manifest/records', 'named-records']) {
      expect(await get(pathOf(caseId, rest, 'comune-di-milano'), milanese)).toMatchObject({
        status: 404,
        body: { code: 'request-unknown' },
      });
    }
  });
});

describe('what a command may name', () => {
  const redaction = (recordId: string, change: Readonly<Record<string, unknown>> = {}) => ({
    recordId,
    recordClass: 'call-recording',
    what: 'whole-record',
    ground: '15.4',
    where: 'all of it',
    ...change,
  });

  test('a review, a decision and a correction name only records of the manifest, as they are', async () => {
    const id = anybody();
    const found = await handInOne(api.world, {
      triggerAt: lately,
      recordClass: recordClasses.callRecording,
      subjects: () => [id],
      objects: () => [Buffer.from('voice')],
    });
    const phone: Identifier = { kind: 'phone', value: `+39${randomUUID()}` };
    const unclear = await handInOne(api.world, { triggerAt: lately, subjects: () => [phone] });
    const elsewhere = await handInOne(api.world, { triggerAt: lately });
    const caseId = await openCase(api.world, { identifiers: [id, phone], now });
    await searchAndReport(api.world, { caseId, now });
    const review = (...redactions: unknown[]) => post(pathOf(caseId, 'commands/submit-review'), { redactions });
    for (const { recordId } of [elsewhere, unclear, { recordId: randomUUID() }]) {
      expect(await review(redaction(found.recordId), redaction(recordId))).toMatchObject({
        status: 422,
        body: {
          code: 'invalid-command',
          errors: [{ field: 'redactions.1.recordId', code: 'not-in-manifest' }],
        },
      });
    }
    expect(await review(redaction(found.recordId, { recordClass: 'chat' }))).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'redactions.0.recordClass', code: 'other-class' }] },
    });
    expect(await review(redaction(found.recordId, { what: 'object', where: 'none.wav' }))).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'redactions.0.where', code: 'unknown-object' }] },
    });
    const decision = {
      outcome: 'erased',
      exceptions: [{ recordId: elsewhere.recordId, result: 'denied', grounds: ['17.3.b'] }],
      changes: [{ recordId: elsewhere.recordId, what: 'name', before: 'a', after: 'b' }],
    };
    expect(await post(pathOf(caseId, 'commands/prepare-decision'), { right: 'access', decision })).toMatchObject({
      status: 422,
      body: {
        errors: [
          { field: 'decision.changes.0.recordId', code: 'not-in-manifest' },
          { field: 'decision.exceptions.0.recordId', code: 'not-in-manifest' },
        ],
      },
    });
  });
});

describe('naming a record', () => {
  test('by its source id or its own, with what became of it; never by what would say who it is about', async () => {
    const record = await handInOne(api.world, { triggerAt: lately });
    const caseId = await openCase(api.world, { identifiers: [anybody()], now });
    const name = (body: unknown) => post(pathOf(caseId, 'named-records'), body);
    expect(
      await name({ recordClass: 'portal-interaction', sourceId: record.sourceId, reason: 'the person has its number' }),
    ).toMatchObject({ status: 200, body: { fate: 'held', recordId: record.recordId } });
    expect(await name({ recordId: record.recordId, reason: 'the same again' })).toMatchObject({
      status: 200,
      body: { fate: 'held', recordId: record.recordId },
    });
    const listed = await get(pathOf(caseId, 'named-records'));
    expect(listed.body.records).toEqual([
      {
        recordClass: 'portal-interaction',
        sourceId: record.sourceId,
        fate: 'held',
        recordId: record.recordId,
        reason: 'the person has its number',
        namedBy: expect.any(String),
        namedAt: now,
      },
    ]);
    expect(await name({ recordClass: 'chat', sourceId: 'rossi@example.it', reason: 'r' })).toMatchObject({
      status: 422,
      body: { code: 'invalid-request' },
    });
    expect(await name({ recordClass: 'no-such-class', sourceId: 'a', reason: 'r' })).toMatchObject({ status: 404 });
    expect(await name({ recordId: randomUUID(), reason: 'r' })).toMatchObject({
      status: 404,
      body: { code: 'record-unknown' },
    });
    expect(await name({ recordId: record.recordId })).toMatchObject({ status: 422 });
  });
});
