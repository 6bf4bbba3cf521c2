/** Holds as legal teams handle them through the API: who may, what is answered, what two people must agree on. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RouteName, routeAccess } from '../../api/access/route-access.ts';
import { instant } from '../../domain/time/instant.ts';
import { custodyLineText } from '../../storage/suspensions/custody.ts';
import { handIn, inps, recordClasses } from '../support/records.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let legal: string;
let second: string;
let keys = 0;

beforeAll(async () => {
  api = await createApi({ label: 'holds-api' });
  legal = await api.token({ role: 'legal', actor: 'lawyer-1' });
  second = await api.token({ role: 'legal', actor: 'lawyer-2' });
});
afterAll(() => api.close());

const holds = `/controllers/${inps}/holds`;
const matter = {
  kind: 'litigation-hold',
  matterReference: 'RG 1234/2026',
  legalBasis: 'GDPR Art. 17(3)(e)',
  reason: 'dispute about a call',
  reviewOn: '2099-01-01',
};
const key = (): string => {
  keys += 1;
  return `holds-api-${keys}`;
};
const post = (path: string, json: unknown, { token = legal, commandKey = key() } = {}) =>
  api.call('POST', path, { token, json, headers: { 'idempotency-key': commandKey } });

const place = async (scope: unknown): Promise<string> => {
  const answer = await post(holds, { ...matter, scope });
  expect(
    answer.status,
    `${answer.text} ${api.logLines.filter((line) => line.includes('unexpected error')).at(-1)}`,
  ).toBe(201);
  return String(answer.body.suspensionId);
};

const triggerAt = instant('2026-03-02T10:00:00Z');
const record = async (subject: string, count = 1) =>
  handIn(api.world, {
    recordClass: recordClasses.callRecording,
    triggerAt,
    count,
    subjects: () => [{ kind: 'controller-subject-id', value: subject }],
  });
const subjectScope = (value: string) => [{ subject: { kind: 'controller-subject-id', value } }];

describe('route × role', () => {
  const routes: RouteName[] = [
    'previewHold',
    'placeHold',
    'listHolds',
    'countHolds',
    'readHold',
    'reportCustody',
    'previewHoldScope',
    'changeHoldScope',
    'reviewHold',
    'askForHoldRelease',
    'decideHoldRelease',
    'makeHoldNotice',
    'listHoldNotices',
    'readHoldNotice',
    'recordHoldNoticeDelivery',
  ];
  const may: Readonly<Record<string, readonly string[]>> = {
    listHolds: ['legal', 'dpo', 'auditor'],
    countHolds: ['legal', 'dpo', 'auditor', 'operator'],
    readHold: ['legal', 'dpo', 'auditor'],
    reportCustody: ['legal', 'dpo', 'auditor'],
  };
  const id = '01900000-0000-7000-8000-000000000000';

  test.each(routes)('only who may do it gets past the guard of %s', async (name) => {
    const { method, path } = routeAccess[name];
    const address = path
      .replace('{controller}', inps)
      .replace('{holdId}', id)
      .replace('{requestId}', id)
      .replace('{noticeId}', id);
    for (const role of ['source', 'dpo', 'officer', 'legal', 'operator', 'auditor'] as const) {
      const answer = await api.call(method.toUpperCase(), address, {
        token: await api.token({ role }),
        headers: { 'idempotency-key': key() },
        ...(method === 'post' ? { json: {} } : {}),
      });
      const allowed = (may[name] ?? ['legal']).includes(role);
      expect(answer.body.code === 'role-not-allowed', `${name} for ${role}: ${answer.text}`).toBe(!allowed);
    }
    const stranger = await api.token({ role: 'legal', controllers: ['comune-di-milano'] });
    const answer = await api.call(method.toUpperCase(), address, {
      token: stranger,
      headers: { 'idempotency-key': key() },
    });
    expect(answer.body.code).toBe('controller-not-yours');
    expect((await api.call(method.toUpperCase(), address, {})).status).toBe(401);
  });

  test('an operator learns counts and nothing else', async () => {
    await place(subjectScope('counted'));
    const operator = await api.token({ role: 'operator' });
    const answer = await api.call('GET', `/controllers/${inps}/hold-counts`, { token: operator });
    expect(answer.status).toBe(200);
    const counts = answer.body.counts;
    expect(JSON.stringify(counts)).not.toContain('RG 1234');
    expect(counts).toContainEqual(expect.objectContaining({ kind: 'litigation-hold', active: expect.any(Number) }));
  });
});

describe('placing', () => {
  test('a preview counts per class; placing answers from when it is in force and what comes too late', async () => {
    await record('previewed', 3);
    const preview = await api.call('POST', `/controllers/${inps}/hold-previews`, {
      token: legal,
      json: { scope: subjectScope('previewed') },
    });
    expect(preview.status, preview.text).toBe(200);
    expect(preview.body.classes).toEqual([
      expect.objectContaining({ recordClass: 'call-recording', records: 3, objects: 0 }),
    ]);
    const answer = await post(holds, { ...matter, scope: subjectScope('previewed') });
    expect(answer.body).toMatchObject({ beingErased: [], erasedBefore: [], moreCertificates: false });
    expect(Date.parse(String(answer.body.effectiveAt))).toBeLessThanOrEqual(Date.now());
  });

  test('I9: the same command sent twice places one hold; the same key with another command is refused', async () => {
    const commandKey = key();
    const body = { ...matter, scope: subjectScope('twice') };
    const [one, other] = await Promise.all([post(holds, body, { commandKey }), post(holds, body, { commandKey })]);
    expect(one.status, one.text).toBe(201);
    expect(other.body).toEqual(one.body);
    const different = await post(holds, { ...body, reason: 'another reason' }, { commandKey });
    expect(different).toMatchObject({ status: 409, body: { code: 'idempotency-key-reused' } });
  });

  test('I12: a scope that cannot be is refused field by field, and nothing is placed', async () => {
    const answer = await post(holds, {
      ...matter,
      scope: [
        { subject: { kind: 'codice-fiscale', value: 'not one' } },
        { recordClass: 'no-such-class' },
        { attribute: { name: 'no-such-field', value: '1' } },
        { record: { recordClass: 'call-recording', sourceId: 'never-seen' } },
      ],
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-hold' } });
    expect(answer.body.errors).toMatchObject([
      { field: 'scope.0.subject.value' },
      { field: 'scope.1.recordClass' },
      { field: 'scope.2.attribute.name' },
      { field: 'scope.3.record' },
    ]);
    expect(answer.text).not.toContain('not one');
    const empty = await post(holds, { ...matter, scope: [{}] });
    expect(empty).toMatchObject({ status: 422, body: { errors: [{ field: 'scope.0' }] } });
  });

  test('I7: a reason that holds an e-mail address or a codice fiscale is refused', async () => {
    const answer = await post(holds, { ...matter, reason: 'ask mario.rossi@example.org', scope: subjectScope('x') });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'reason' }] } });
  });
});

describe('changing the scope', () => {
  test('a wider scope is in force at once, by one person', async () => {
    const hold = await place(subjectScope('wide-1'));
    const answer = await post(`${holds}/${hold}/scope`, {
      scope: [...subjectScope('wide-1'), ...subjectScope('wide-2')],
      reason: 'another party joined',
    });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'changed' } });
    const read = await api.call('GET', `${holds}/${hold}`, { token: legal });
    expect(read.body.scope).toHaveLength(2);
    expect(read.text).not.toContain('wide-2');
  });

  test('a narrower scope shows what becomes erasable, wants its digest back and a second person', async () => {
    await record('narrow-1');
    await record('narrow-2', 2);
    const hold = await place([...subjectScope('narrow-1'), ...subjectScope('narrow-2')]);
    const change = { scope: subjectScope('narrow-1'), reason: 'one party settled' };
    const unseen = await post(`${holds}/${hold}/scope`, change);
    expect(unseen).toMatchObject({ status: 409, body: { code: 'hold-preview-needed' } });
    const preview = await api.call('POST', `${holds}/${hold}/scope-previews`, {
      token: legal,
      json: { scope: change.scope },
    });
    expect(preview.body).toMatchObject({
      widens: false,
      leaving: [{ recordClass: 'call-recording', records: 2, keptByOthers: 0 }],
    });
    const shownDigest = String(preview.body.digest);
    const asked = await post(`${holds}/${hold}/scope`, { ...change, shownDigest });
    expect(asked).toMatchObject({ status: 200, body: { outcome: 'second-person-needed' } });
    const decision = `${holds}/${hold}/release-requests/${String(asked.body.requestId)}/decision`;
    // What the second person confirms stands in the hold, digest included.
    const { body: waiting } = await api.call('GET', `${holds}/${hold}`, { token: second });
    expect(waiting.requests).toMatchObject([
      {
        state: 'waiting',
        narrowsTo: {
          scope: [{ bySubject: true }],
          leaving: [{ recordClass: 'call-recording', records: 2 }],
          shownDigest,
        },
      },
    ]);
    const confirm = { decision: 'confirm', reason: 'seen', shownDigest };
    expect(await post(decision, confirm)).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
    const other = { ...confirm, shownDigest: '0'.repeat(64) };
    expect(await post(decision, other, { token: second })).toMatchObject({ status: 409 });
    expect(await post(decision, confirm, { token: second })).toMatchObject({ body: { outcome: 'narrowed' } });
  });
});

describe('review and release', () => {
  test('a review needs a reason and a later day, and moves the review date', async () => {
    const hold = await place(subjectScope('reviewed'));
    const past = await post(`${holds}/${hold}/reviews`, { reason: 'still pending', nextReviewOn: '2020-01-01' });
    expect(past).toMatchObject({ status: 422, body: { errors: [{ field: 'nextReviewOn' }] } });
    const answer = await post(`${holds}/${hold}/reviews`, { reason: 'still pending', nextReviewOn: '2099-06-01' });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'reviewed' } });
    const read = await api.call('GET', `${holds}/${hold}`, { token: legal });
    expect(read.body).toMatchObject({ reviewOn: '2099-06-01', reviews: [{ reviewedBy: 'lawyer-1' }] });
  });

  test('who asked for a release cannot confirm it; another can; who placed may ask', async () => {
    const hold = await place(subjectScope('released'));
    const asked = await post(`${holds}/${hold}/release-requests`, { reason: 'settled out of court' });
    expect(asked).toMatchObject({ status: 201, body: { outcome: 'second-person-needed' } });
    expect(await post(`${holds}/${hold}/release-requests`, { reason: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'hold-request-waiting' },
    });
    const decision = `${holds}/${hold}/release-requests/${String(asked.body.requestId)}/decision`;
    const confirm = { decision: 'confirm', reason: 'agreed' };
    expect(await post(decision, confirm)).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
    expect(await post(decision, confirm, { token: second })).toMatchObject({ body: { outcome: 'released' } });
    expect(await post(decision, confirm, { token: second })).toMatchObject({ body: { code: 'hold-request-decided' } });
    expect(await post(`${holds}/${hold}/reviews`, { reason: 'too late', nextReviewOn: '2099-06-01' })).toMatchObject({
      status: 409,
      body: { code: 'hold-released' },
    });
  });

  test('I10: every step is in the audit trail, with who and why', async () => {
    const hold = await place(subjectScope('audited'));
    await post(`${holds}/${hold}/reviews`, { reason: 'still pending', nextReviewOn: '2099-06-01' });
    const asked = await post(`${holds}/${hold}/release-requests`, { reason: 'settled' });
    const decision = `${holds}/${hold}/release-requests/${String(asked.body.requestId)}/decision`;
    await post(decision, { decision: 'decline', reason: 'not settled at all' }, { token: second });
    const rows = await api.world
      .database('owner')
      .selectFrom('audit_entry')
      .select(['action', 'actor', 'role', 'why'])
      .where('target_id', '=', hold)
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { action: 'suspension-placed', actor: 'lawyer-1', role: 'legal', why: 'dispute about a call' },
      { action: 'suspension-reviewed', actor: 'lawyer-1', role: 'legal', why: 'still pending' },
      { action: 'suspension-release-requested', actor: 'lawyer-1', role: 'legal', why: 'settled' },
      { action: 'suspension-release-declined', actor: 'lawyer-2', role: 'legal', why: 'not settled at all' },
    ]);
  });
});

test('a custody report lists what a hold covers, as JSON and CSV with one digest', async () => {
  const handed = await record('custody', 3);
  const hold = await place([
    ...subjectScope('custody'),
    { recordClass: 'call-recording', ...subjectScope('custody')[0] },
  ]);
  const auditor = await api.token({ role: 'auditor' });
  const json = await api.call('GET', `${holds}/${hold}/custody`, { token: auditor });
  const records = json.body.records as Parameters<typeof custodyLineText>[0][];
  expect(records.map(({ sourceId }) => sourceId).sort()).toEqual(handed.map(({ sourceId }) => sourceId).sort());
  const hash = createHash('sha256');
  for (const line of records) hash.update(custodyLineText(line));
  const digest = `sha-256:${hash.digest('hex')}`;
  expect(json.body).toMatchObject({ recordCount: 3, digest });
  const csv = await api.call('GET', `${holds}/${hold}/custody?format=csv`, { token: auditor });
  expect(csv.headers.get('content-type')).toContain('text/csv');
  const lines = csv.text.trim().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines.at(-1)).toBe(`digest,${digest},records:3`);
});
