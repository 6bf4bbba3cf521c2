/** I11: what a restricted record (Art. 18) still shows, for which purposes of Art. 18(2) it is read, by whom, and what comes of a download. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../api/access/authentication.ts';
import { restrictedUses } from '../../domain/policy/reading-purpose.ts';
import { inps } from '../support/records.ts';
import { place } from '../support/suspensions.ts';
import {
  call,
  chat,
  hex,
  object,
  openCase,
  type Restricted,
  restrictedRecords,
  searchOf,
  secrets,
  submission,
} from './restricted-records.ts';
import { handedInAt, recordPath, triggerAt } from './submissions.ts';
import type { Api } from './support.ts';

let restricted: Restricted;
let api: Api;
beforeAll(async () => {
  restricted = await restrictedRecords('api-restriction-purposes');
  ({ api } = restricted);
});
afterAll(() => api.close());

describe('while a record is restricted', () => {
  test('I11: content and objects are refused with the article, the purposes there are, and nothing of the case', async () => {
    const token = await api.token({ role: 'dpo', authorisedFor: ['call-recording'] });
    for (const path of [`${chat}/content`, `${call}/content?reason=prot.1`, `${object}?reason=prot.1`]) {
      const { status, body, text } = await api.call('GET', path, { token, now: handedInAt });
      expect(status).toBe(403);
      expect(body).toMatchObject({
        code: 'restricted',
        type: 'urn:oblio:problem:restricted',
        article: 'GDPR Art. 18(2)',
        purposes: [...restrictedUses, 'subject-request'],
      });
      for (const hidden of [restricted.restriction, restricted.caseId, restricted.holdId, 'R.G.', 'dispute'])
        expect(text).not.toContain(hidden);
    }
  });

  test('I11: what stays visible is the mark: dates and state, objects without size and digest', async () => {
    for (const role of ['source', 'dpo', 'auditor'] as const) {
      const { status, body, text } = await api.call('GET', call, { token: await api.token({ role }) });
      expect(status).toBe(200);
      expect(body).toMatchObject({ recordId: restricted.record, restricted: true, boundDay: expect.any(String) });
      expect(body.objects).toEqual([{ name: 'a.wav', state: 'stored', mediaType: 'audio/wav', createdAt: handedInAt }]);
      expect(text).not.toContain(hex);
    }
  });

  test('I11: custody marks it, so that it is used for the claims of the matter only', async () => {
    const token = await api.token({ role: 'legal' });
    const json = await api.call('GET', `/controllers/inps/holds/${restricted.holdId}/custody`, { token });
    expect(json.body.records).toMatchObject([{ restricted: true }, { restricted: true }]);
    const csv = await api.call('GET', `/controllers/inps/holds/${restricted.holdId}/custody?format=csv`, { token });
    expect(csv.text.split('\n')[0]).toMatch(/,restricted$/);
    expect(csv.text.split('\n').filter((line) => line.startsWith('record,') && line.endsWith(',true'))).toHaveLength(2);
  });

  test('I11: handing the same in again is answered as before, other content tells no more than that it differs', async () => {
    const again = await restricted.handIn();
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
    const other = await api.call('PUT', chat, {
      token: restricted.source,
      json: { ...submission, text: 'something else' },
      now: handedInAt,
    });
    expect(other).toMatchObject({ status: 409, body: { code: 'record-differs' } });
    for (const secret of secrets) expect(other.text).not.toContain(secret);
  });

  const lastEntry = async () => {
    const { rows } = await sql<{ action: string; why: string; target_id: string; detail: unknown; actor: string }>`
      SELECT action, why, target_id, detail, actor FROM audit_entry
      WHERE action IN ('restricted-record-read', 'access-refused') ORDER BY id DESC LIMIT 1`.execute(
      api.world.database('owner'),
    );
    return rows[0];
  };

  const claims = roles.flatMap((role) => restrictedUses.map((purpose) => ({ role, purpose })));
  const may: Readonly<Record<string, readonly string[]>> = {
    dpo: restrictedUses,
    officer: restrictedUses,
    legal: ['legal-claims', 'protection-of-another-person'],
  };
  test.each(claims)('I11: $role claims $purpose', async ({ role, purpose }) => {
    const token = await api.token({ role, actor: `claims-${role}`, authorisedFor: ['call-recording'] });
    const headers = { 'oblio-purpose': purpose, 'oblio-purpose-reason': 'R.G. 77/2026' };
    const content = await api.call('GET', `${call}/content?reason=prot.1`, { token, headers, now: handedInAt });
    const bytes = await api.call('GET', `${object}?reason=prot.1`, { token, headers, now: handedInAt });
    if (may[role]?.includes(purpose)) {
      expect([content.status, bytes.status]).toEqual([200, 200]);
      expect(content.text).toContain('Restricted-Marker');
      expect(bytes.text).toContain('Restricted-Marker');
      expect(await lastEntry()).toMatchObject({
        action: 'restricted-record-read',
        actor: `claims-${role}`,
        why: purpose,
        target_id: restricted.record,
        detail: { article: 'GDPR Art. 18(2)', purpose, reason: 'R.G. 77/2026' },
      });
    } else {
      expect([content.status, bytes.status]).toEqual([403, 403]);
      if (may[role] !== undefined) {
        expect(content.body).toMatchObject({
          code: 'restricted',
          purposes: [...may[role], ...(role === 'legal' ? [] : ['subject-request'])],
        });
        expect(await lastEntry()).toMatchObject({ action: 'access-refused', why: 'purpose-not-yours' });
      }
    }
  });

  test('I11: a purpose needs its reason, and the reason is a reference, never a person', async () => {
    const token = await api.token({ role: 'dpo' });
    const claim = (headers: Readonly<Record<string, string>>) => api.call('GET', `${chat}/content`, { token, headers });
    expect(await claim({ 'oblio-purpose': 'legal-claims' })).toMatchObject({
      status: 422,
      body: { code: 'invalid-parameters', errors: [{ field: 'Oblio-Purpose-Reason' }] },
    });
    expect(await claim({ 'oblio-purpose': 'subject-request' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'Oblio-Case' }] },
    });
    for (const reason of ['olga@example.it', 'RSSMRA80A01H501U', '+39 347 1234567']) {
      const answer = await claim({ 'oblio-purpose': 'legal-claims', 'oblio-purpose-reason': reason });
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-parameters' } });
    }
    expect((await claim({ 'oblio-purpose': 'curiosity', 'oblio-purpose-reason': 'R.G. 1' })).status).toBe(422);
  });

  test("I11: the person's own open request opens their records to who answers it, and to nobody else", async () => {
    const read = async (role: 'dpo' | 'officer' | 'legal', inCase: string) =>
      api.call('GET', `${chat}/content`, {
        token: await api.token({ role }),
        headers: { 'oblio-purpose': 'subject-request', 'oblio-case': inCase },
        now: handedInAt,
      });
    // A message that gives somebody's address opens nothing: only what a search found to be the person's own does.
    expect((await read('dpo', restricted.caseId)).body.code).toBe('restricted');
    await searchOf(api, restricted.caseId);
    expect((await read('dpo', restricted.caseId)).body.code, 'a mailbox that nobody verified').toBe('restricted');
    const named = await api.call('POST', `/controllers/inps/requests/${restricted.caseId}/named-records`, {
      token: await api.token({ role: 'dpo' }),
      json: { recordClass: 'chat', sourceId: 'restricted-1', reason: 'the person told its number' },
      now: handedInAt,
    });
    expect(named.status).toBe(200);
    await searchOf(api, restricted.caseId);
    expect((await read('dpo', restricted.caseId)).text).toContain('Restricted-Marker');
    expect(await lastEntry()).toMatchObject({ why: 'subject-request', detail: { caseId: restricted.caseId } });
    expect((await read('officer', restricted.caseId)).status).toBe(200);
    expect((await read('legal', restricted.caseId)).body.code).toBe('restricted');
    const neighbour = await openCase(api, 'olga.neighbour@example.it');
    for (const other of [neighbour, randomUUID()]) {
      const answer = await read('dpo', other);
      expect(answer).toMatchObject({ status: 403, body: { code: 'restricted' } });
      for (const secret of secrets) expect(answer.text).not.toContain(secret);
    }
    await sql`UPDATE request_case SET stage = 'closed' WHERE id = ${restricted.caseId}`.execute(api.world.superuser());
    expect((await read('dpo', restricted.caseId)).body.code).toBe('restricted');
    await sql`UPDATE request_case SET stage = 'received' WHERE id = ${restricted.caseId}`.execute(
      api.world.superuser(),
    );
  });

  test('I11: records of others stay readable', async () => {
    const path = recordPath('inps', 'chat', 'free-1');
    const json = {
      ...submission,
      identifiers: [{ kind: 'email', value: 'someone.else@example.it' }],
      text: 'free words',
    };
    await api.call('PUT', path, { token: restricted.source, json, now: handedInAt });
    const { status, text } = await api.call('GET', `${path}/content`, { token: await api.token({ role: 'dpo' }) });
    expect([status, text.includes('free words')]).toEqual([200, true]);
  });
});

describe('a restriction that comes during a download', () => {
  test('I11: breaks it off within a second, short of its length, on file', async () => {
    const size = 24 * 1024 * 1024;
    const large = Buffer.alloc(size, 7);
    const path = recordPath('inps', 'call-recording', 'restricted-3');
    const who = { kind: 'email', value: 'flowing@example.it' };
    await api.call('PUT', path, {
      token: restricted.source,
      json: {
        triggerAt,
        identifiers: [who],
        fields: { purpose: 'claim-processing', toldAt: triggerAt, announcementVersion: '3' },
      },
      now: handedInAt,
    });
    const put = await api.call('PUT', `${path}/objects/long.wav`, {
      token: restricted.source,
      headers: {
        'content-type': 'audio/wav',
        'content-length': String(size),
        'content-digest': `sha-256=:${createHash('sha256').update(large).digest('base64')}:`,
      },
      body: large,
      now: handedInAt,
    });
    expect(put.status).toBe(201);
    const token = await api.token({ role: 'dpo', actor: 'slow-reader', authorisedFor: ['call-recording'] });
    const response = await api.app.request(`${path}/objects/long.wav?reason=prot.1`, {
      headers: { authorization: `Bearer ${token}`, 'oblio-now': handedInAt },
    });
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error('The object has no body');
    const first = await reader.read();
    const key = api.world.sealing.subjectKey({ controller: inps, ...who });
    await place(api.world, { kind: 'restriction', scope: [{ subject: key }], now: handedInAt });
    await sleep(1_100);
    let got = first.value?.length ?? 0;
    const rest = async (): Promise<void> => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) got += next.value.length;
    };
    await expect(rest()).rejects.toThrow('was restricted while');
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(size);
    const { rows } = await sql<{ why: string; detail: { brokenOff?: string } }>`
      SELECT why, detail FROM audit_entry WHERE actor = 'slow-reader' AND action = 'access-refused'`.execute(
      api.world.database('owner'),
    );
    expect(rows).toMatchObject([{ why: 'restricted', detail: { brokenOff: expect.any(String) } }]);
  });
});
