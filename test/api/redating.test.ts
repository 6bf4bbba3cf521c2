/** A changed policy is applied to what exists: shown, asked for, confirmed by another person where it shortens, carried out by the worker. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Policy } from '../../domain/policy/policy.ts';
import { days } from '../../domain/time/duration.ts';
import { instant } from '../../domain/time/instant.ts';
import { loadPolicies } from '../../policies/load-policies.ts';
import { drainOutbox } from '../../storage/outbox/outbox.ts';
import { storePolicy } from '../../storage/policies/policies.ts';
import { runRedating } from '../../storage/redating/run-redating.ts';
import { readUnit, type UnitToSignal, unitsToSignal } from '../../storage/units/units.ts';
import { retentionStatusQuery } from '../../workflows/retention/contract.ts';
import { handIn, handInOne, inps, recordClasses } from '../support/records.ts';
import { eventually, startWorkerProcess, worldClient } from '../support/temporal.ts';
import { realNow } from '../support/world.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let folder: string;
/** The policy of INPS with the period of call recordings changed, each time under the next version. */
let version = 0;
let changed: Policy;
let call: Api['call'];

const change = async (period: string): Promise<void> => {
  version += 1;
  const text = readFileSync('policies/inps.yaml', 'utf8');
  const current = Number(/^version: (\d+)$/m.exec(text)?.[1]);
  const start = text.indexOf('- id: call-recording');
  const end = text.indexOf('\n  - id: ', start + 1);
  const recording = text.slice(start, end === -1 ? undefined : end);
  writeFileSync(
    join(folder, 'inps.yaml'),
    (
      text.slice(0, start) +
      recording.replace(/period: P6M/, `period: ${period}`) +
      (end === -1 ? '' : text.slice(end))
    ).replace(/^version: \d+$/m, `version: ${current + version}`),
  );
  const [loaded] = await loadPolicies({ folder });
  if (loaded === undefined) throw new Error('The changed policy is not there');
  changed = loaded.policy;
  await storePolicy(api.world.database('worker'), { ...loaded, now: realNow(), actor: 'test' });
  call = api.variant({ policies: new Map([[inps, changed]]) }).call;
};

beforeAll(async () => {
  api = await createApi({ label: 'api-redating' });
  folder = mkdtempSync(join(tmpdir(), 'oblio-redating-'));
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const policy = '/controllers/inps/policy';
const as = (role: 'dpo' | 'officer' | 'auditor', actor: string = role) => api.token({ role, actor });
const preview = async (role: 'dpo' | 'officer' = 'dpo') =>
  call('GET', `${policy}/redating-preview`, { token: await as(role) });
const ask = async (shownDigest: unknown, actor = 'ada') =>
  call('POST', `${policy}/redatings`, {
    token: await as('dpo', actor),
    json: { shownDigest, reason: 'Determinazione 12/2026' },
  });
const decide = async (id: unknown, json: unknown, actor: string) =>
  call('POST', `${policy}/redatings/${String(id)}/decision`, { token: await as('officer', actor), json });
const runAll = async (limit = 2): Promise<readonly string[]> => {
  const kinds: string[] = [];
  for (;;) {
    const step = await runRedating(api.world.database('worker'), {
      policyOf: (controller) => (controller === inps ? changed : undefined),
      now: realNow(),
      limit,
    });
    if (step.kind === 'idle') return kinds;
    kinds.push(step.kind);
  }
};
const entries = async (action: string) => {
  const { rows } = await sql<{ actor: string; why: string; detail: Record<string, unknown> }>`
    SELECT actor, why, detail FROM audit_entry WHERE action = ${action} ORDER BY id`.execute(
    api.world.database('owner'),
  );
  return rows;
};

const { callRecording } = recordClasses;
// Half of the old period is over: a shorter one makes some of them due at once.
const recent = instant(new Date(Date.now() - days(20)).toISOString());
const older = instant(new Date(Date.now() - days(120)).toISOString());

describe('applying a changed policy to what exists', () => {
  beforeEach(async () => {
    await runAll(1000);
  });

  test('a shorter period is shown in counts, asked for with the digest of what was shown, and confirmed by another person', async () => {
    const records = [
      ...(await handIn(api.world, { recordClass: callRecording, triggerAt: recent, count: 3 })),
      ...(await handIn(api.world, { recordClass: callRecording, triggerAt: older, count: 2 })),
    ];
    await change('P3M');
    const shown = await preview();
    expect(shown).toMatchObject({
      status: 200,
      body: {
        policyVersion: changed.version,
        classes: [{ recordClass: callRecording, records: 5, moves: 5, earlier: 5, later: 0, dueAtOnce: 2 }],
        secondPersonNeeded: true,
      },
    });
    const unseen = await ask('0'.repeat(64));
    expect(unseen).toMatchObject({ status: 409, body: { code: 'redating-preview-needed' } });
    const asked = await ask(shown.body.digest);
    expect(asked).toMatchObject({ status: 202, body: { state: 'waiting', recordsMoved: 0 } });
    expect(await runAll()).toEqual([]);
    expect((await ask(shown.body.digest)).body.code).toBe('redating-open');
    const id = asked.body.redatingId;
    const confirm = { decision: 'confirm', reason: 'seen', shownDigest: shown.body.digest };
    expect(await decide(id, confirm, 'ada')).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
    expect(await decide(id, { ...confirm, shownDigest: '0'.repeat(64) }, 'ugo')).toMatchObject({ status: 409 });
    expect(await decide(id, confirm, 'ugo')).toMatchObject({
      status: 200,
      body: { state: 'running', decidedBy: 'ugo' },
    });
    expect((await decide(id, confirm, 'lea')).body.code).toBe('redating-decided');
    // In batches of two: the position and the count are of the same transaction as the batch.
    expect(await runAll(2)).toEqual(['moved', 'moved', 'finished']);
    const list = await call('GET', `${policy}/redatings`, { token: await as('auditor') });
    expect(list.body.redatings).toMatchObject([
      { redatingId: id, state: 'finished', recordsMoved: 5, requestedBy: 'ada' },
    ]);
    for (const { unit } of records) {
      const now = await readUnit(api.world.database('worker'), unit.id);
      expect(now && now.boundAt < unit.boundAt).toBe(true);
    }
    expect(await entries('redating-requested')).toMatchObject([{ actor: 'ada', why: 'Determinazione 12/2026' }]);
    expect(await entries('redating-confirmed')).toMatchObject([{ actor: 'ugo', detail: { redatingId: id } }]);
    expect(await entries('redating-finished')).toMatchObject([{ why: 'finished', detail: { records: 5 } }]);
    expect((await preview()).body.classes).toEqual([]);
    expect((await ask((await preview()).body.digest)).body.code).toBe('nothing-to-redate');
  });

  test('a longer period needs no second person', async () => {
    await handIn(api.world, { recordClass: callRecording, triggerAt: recent, count: 2 });
    await change('P9M');
    const shown = await preview('officer');
    expect(shown.body).toMatchObject({ secondPersonNeeded: false });
    const asked = await ask(shown.body.digest);
    expect(asked).toMatchObject({ status: 202, body: { state: 'running' } });
    expect((await runAll(1000)).at(-1)).toBe('finished');
  });

  test('declined, nothing moves; superseded by a newer policy, nothing moves either', async () => {
    const record = await handInOne(api.world, { recordClass: callRecording, triggerAt: recent });
    await change('P2M');
    const declined = await ask((await preview()).body.digest);
    expect(await decide(declined.body.redatingId, { decision: 'decline', reason: 'too short' }, 'ugo')).toMatchObject({
      body: { state: 'declined' },
    });
    const shown = await preview();
    const asked = await ask(shown.body.digest);
    const confirm = { decision: 'confirm', reason: 'seen', shownDigest: shown.body.digest };
    await decide(asked.body.redatingId, confirm, 'ugo');
    await change('P7M');
    expect(await runAll()).toEqual(['superseded']);
    expect((await readUnit(api.world.database('worker'), record.unit.id))?.boundAt).toBe(record.unit.boundAt);
  });

  test('what a person wrote is checked: a reason without persons, a digest of its form', async () => {
    const answer = await call('POST', `${policy}/redatings`, {
      token: await as('dpo'),
      json: { shownDigest: 'no', reason: 'asked by maria@example.it' },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-redating' } });
    const fields = (answer.body.errors as readonly { field: string }[]).map(({ field }) => field);
    expect(fields.sort()).toEqual(['reason', 'shownDigest']);
    expect(answer.text).not.toContain('maria');
  });
});

describe('the worker', () => {
  test('a mark that nobody could deliver stays; one that was set anew meanwhile stays too', async () => {
    const db = api.world.database('worker');
    const { unit } = await handInOne(api.world, { recordClass: callRecording, triggerAt: recent });
    const mark = (at: string) => sql`UPDATE retention_unit SET redated_at = ${at} WHERE id = ${unit.id}`.execute(db);
    await mark('2026-01-01T00:00:00Z');
    const signalled = (send: (units: readonly UnitToSignal[]) => Promise<readonly UnitToSignal[]>) =>
      drainOutbox(db, unitsToSignal, { now: recent, send });
    expect(await signalled(() => Promise.resolve([]))).toEqual({ taken: 1, sent: 0, after: unit.id });
    await signalled(async (units) => {
      await mark('2026-01-01T00:00:01Z');
      return units;
    });
    expect(await signalled((units) => Promise.resolve(units))).toEqual({ taken: 1, sent: 1 });
    expect(await signalled((units) => Promise.resolve(units))).toEqual({ taken: 0, sent: 0 });
  });

  test('carries a decision out, and the workflows wait for the new dates', async () => {
    const record = await handInOne(api.world, { recordClass: callRecording, triggerAt: recent });
    await change('P12M');
    const worker = await startWorkerProcess(api.world, { environment: { OBLIO_POLICIES: folder } });
    const db = api.world.database('worker');
    await eventually(
      () => readUnit(db, record.unit.id),
      (unit) => unit?.workflowStartedAt !== undefined,
    );
    const asked = await ask((await preview()).body.digest);
    expect(asked.body.state).toBe('running');
    const unit = await eventually(
      () => readUnit(db, record.unit.id),
      (now) => now !== undefined && now.boundAt > record.unit.boundAt,
    );
    const { client } = await worldClient(api.world);
    const handle = client.workflow.getHandle(record.workflowId);
    const status = await eventually(
      () => handle.query(retentionStatusQuery),
      ({ dueAt }) => dueAt === unit?.dueAt,
    );
    expect(status).toMatchObject({ state: 'waiting', dueAt: unit?.dueAt });
    await eventually(
      () => sql`SELECT id FROM retention_unit WHERE redated_at IS NOT NULL`.execute(db),
      ({ rows }) => rows.length === 0,
    );
    await worker.stop();
  });
});
