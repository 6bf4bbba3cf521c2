/** What people refused: recorded by their case, respected when every record is gone, asked by sending systems that learn nothing else. */
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executeDecision } from '../../activities/request/execution/execute.ts';
import { type ControllerId, recordClassId, suspensionId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { expectGone } from '../support/erasing.ts';
import { handIn, inps, milano, recordClasses } from '../support/records.ts';
import { type ExecutionWorld, executionIn } from '../support/requests/decided-case.ts';
import { optOutsAsked } from '../support/requests/opt-outs.ts';
import type { Identifier } from '../support/requests/stored-cases.ts';
import { release } from '../support/suspensions.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let world: ExecutionWorld;
beforeAll(async () => {
  api = await createApi({ label: 'opt-outs' });
  world = await executionIn(api.world);
});
afterAll(async () => {
  await world.close();
  await api.close();
});

const received = instant('2026-10-05T09:00:00Z');
const decidedAt = instant('2026-10-20T09:00:00Z');

const ask = async (controller: ControllerId, optOut: string, identifier: Identifier) =>
  api.call('POST', `/controllers/${controller}/opt-outs/${optOut}/question`, {
    token: await api.token({ role: 'source', actor: 'survey-tool' }),
    json: { identifier },
  });

const refuse = async (controller: ControllerId, optOut: string, identifiers: readonly Identifier[]) => {
  const right = `opt-out/${optOut}` as const;
  const caseId = await world.open({ controller, rights: [right], identifiers, now: received });
  await world.decide(caseId, right, { outcome: 'recorded', grounds: ['notice'] }, { at: decidedAt });
  expect(await world.execute(caseId, right)).toEqual({ records: 0, certificates: [] });
  return caseId;
};

describe('an opt-out', () => {
  it.each([
    [inps, 'informative-material'],
    [inps, 'satisfaction-surveys'],
    [milano, 'further-surveys'],
  ] as const)(
    'of %s from %s is respected as soon as it is recorded, however the address is written',
    async (controller, optOut) => {
      const mail: Identifier = { kind: 'email', value: `Ada.${optOut}@Example.it` };
      const phone: Identifier = { kind: 'phone', value: '333 400 5001' };
      expect((await ask(controller, optOut, mail)).body).toEqual({ allowed: true });
      await refuse(controller, optOut, [mail, phone]);
      expect((await ask(controller, optOut, { kind: 'email', value: `ada.${optOut}@example.IT` })).body).toEqual({
        allowed: false,
      });
      expect((await ask(controller, optOut, { kind: 'phone', value: '+39 333 4005001' })).body).toEqual({
        allowed: false,
      });
      expect((await ask(controller, optOut, { kind: 'email', value: 'somebody.else@example.it' })).body).toEqual({
        allowed: true,
      });
    },
  );

  it('binds for what was refused, at the controller where it was refused', async () => {
    const mail: Identifier = { kind: 'email', value: 'bruno@example.it' };
    await refuse(inps, 'informative-material', [mail]);
    expect((await ask(inps, 'informative-material', mail)).body).toEqual({ allowed: false });
    expect((await ask(inps, 'satisfaction-surveys', mail)).body).toEqual({ allowed: true });
    expect((await ask(milano, 'further-surveys', mail)).body).toEqual({ allowed: true });
  });

  it('survives the erasure of everything that is held on the person (Art. 21(3), 17(3)(b))', async () => {
    const who: Identifier = { kind: 'controller-subject-id', value: 'OPT-1' };
    const records = await handIn(api.world, {
      recordClass: recordClasses.sms,
      triggerAt: instant('2026-08-01T10:00:00Z'),
      count: 2,
      subjects: () => [who],
    });
    const answered = await world.stateOf(await refuse(inps, 'satisfaction-surveys', [who]));
    // Its answer delivered, the opt-out's own case keeps nothing any more.
    await release(api.world, suspensionId(answered.suspension.id), decidedAt);
    const caseId = await world.open({ controller: inps, rights: ['erasure'], identifiers: [who], now: received });
    await world.search(caseId, received);
    const lines = [{ recordClass: recordClassId('sms'), result: 'granted' as const, grounds: ['17.1.d' as const] }];
    await world.decide(caseId, 'erasure', { outcome: 'erased', lines }, { at: decidedAt });
    expect(await world.execute(caseId, 'erasure')).toMatchObject({ records: 2 });
    await expectGone(
      api.world,
      records.map(({ recordId }) => recordId),
    );
    expect((await ask(inps, 'satisfaction-surveys', who)).body).toEqual({ allowed: false });
  });

  it('I9: recorded again, by this case or another, it is one line, from when it was first asked for', async () => {
    const who: Identifier = { kind: 'controller-subject-id', value: 'OPT-2' };
    await refuse(inps, 'informative-material', [who]);
    await refuse(inps, 'informative-material', [who]);
    const key = api.world.sealing.subjectKey({ controller: inps, ...who });
    const rows = await api.world
      .database('api')
      .selectFrom('opt_out')
      .select('effective_at')
      .where('subject_key', '=', key)
      .execute();
    expect(rows).toEqual([{ effective_at: new Date(received) }]);
  });

  it('is taken back by the person: allowed from then on, refused again when asked again; the register keeps from when until when', async () => {
    const mail: Identifier = { kind: 'email', value: 'carla.again@example.it' };
    const phone: Identifier = { kind: 'phone', value: '333 400 7007' };
    await refuse(inps, 'satisfaction-surveys', [mail, phone]);
    const end = async (role: 'dpo' | 'source', identifier: Identifier, now?: string) =>
      api.call('POST', `/controllers/${inps}/opt-outs/satisfaction-surveys/end`, {
        token: await api.token({ role, actor: 'test-dpo' }),
        json: { identifier, reason: 'La persona ha chiesto al telefono di ricevere di nuovo i questionari.' },
        ...(now === undefined ? {} : { headers: { 'oblio-now': now } }),
      });
    expect((await end('source', mail)).status).toBe(403);
    const taken = await end('dpo', { kind: 'email', value: 'Carla.Again@Example.it' });
    expect(taken).toMatchObject({ status: 200, body: { lines: [{ from: received, ground: 'opt-out' }] } });
    const [line] = (taken.body as { lines: { until?: string }[] }).lines;
    expect(line?.until).toBeDefined();
    expect((await ask(inps, 'satisfaction-surveys', mail)).body).toEqual({ allowed: true });
    // Only what the person named: the other number may be somebody else's too.
    expect((await ask(inps, 'satisfaction-surveys', phone)).body).toEqual({ allowed: false });
    // I9: a second time changes nothing.
    expect((await end('dpo', mail)).body).toEqual({ lines: [line] });
    await refuse(inps, 'satisfaction-surveys', [mail]);
    expect((await ask(inps, 'satisfaction-surveys', mail)).body).toEqual({ allowed: false });
    expect((await end('dpo', { kind: 'email', value: 'never.refused@example.it' })).body).toEqual({ lines: [] });
  });

  it('holds a keyed hash and nothing that names anybody', async () => {
    const rows = await api.world.database('api').selectFrom('opt_out').selectAll().execute();
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.subject_key).toHaveLength(32);
      expect(JSON.stringify({ ...row, subject_key: '', sealed_reason: '' })).not.toMatch(
        /example|400 ?500 ?1|400 ?700 ?7|OPT-/,
      );
    }
  });
});

describe('the question of a sending system', () => {
  it('stopped processing and withdrawn consent can be asked for by class', async () => {
    const who: Identifier = { kind: 'controller-subject-id', value: 'OPT-3' };
    expect((await ask(milano, 'consent.survey-invitation', who)).body).toEqual({ allowed: true });
    const caseId = await world.open({
      controller: milano,
      rights: ['consent-withdrawal'],
      identifiers: [who],
      now: received,
    });
    await world.decide(caseId, 'consent-withdrawal', { outcome: 'recorded', grounds: ['7.3'] }, { at: decidedAt });
    await world.execute(caseId, 'consent-withdrawal');
    expect((await ask(milano, 'consent.survey-invitation', who)).body).toEqual({ allowed: false });
    expect((await ask(milano, 'processing.survey-invitation', who)).body).toEqual({ allowed: true });
  });

  it('answers a thousand at once, in their order', async () => {
    const mail: Identifier = { kind: 'email', value: 'in.the.middle@example.it' };
    await refuse(inps, 'satisfaction-surveys', [mail]);
    const identifiers = Array.from(
      { length: 1000 },
      (_, index): Identifier => (index === 617 ? mail : { kind: 'email', value: `nobody.${index}@example.it` }),
    );
    const { status, body } = await api.call('POST', '/controllers/inps/opt-outs/satisfaction-surveys/questions', {
      token: await api.token({ role: 'source' }),
      json: { identifiers },
    });
    expect(status).toBe(200);
    expect(body).toEqual({ answers: identifiers.map((_, index) => ({ allowed: index !== 617 })) });
  });

  it('tells known people who refused nothing and unknown ones by nothing in the answer', async () => {
    const known: Identifier = { kind: 'controller-subject-id', value: 'OPT-KNOWN' };
    await handIn(api.world, { triggerAt: instant('2026-08-01T10:00:00Z'), subjects: () => [known] });
    const [one, other] = [
      await ask(inps, 'satisfaction-surveys', known),
      await ask(inps, 'satisfaction-surveys', { kind: 'controller-subject-id', value: 'OPT-UNKNOWN' }),
    ];
    const shape = ({ status, text, headers }: typeof one) => ({
      status,
      text,
      headers: [...headers].filter(([name]) => name !== 'x-request-id'),
    });
    expect(shape(one)).toEqual(shape(other));
  });

  it('I7, I10: is on file by count, without whom it was about or what came out, and nowhere in log or address', async () => {
    const mail: Identifier = { kind: 'email', value: 'quietly.asked@example.it' };
    const asked = await optOutsAsked(api.world, async () => {
      await ask(inps, 'informative-material', mail);
    });
    expect(asked).toEqual([
      {
        actor: 'survey-tool',
        role: 'source',
        target_kind: 'opt-out',
        target_id: 'informative-material',
        why: 'before-sending',
        detail: { asked: 1 },
      },
    ]);
    expect(api.logLines.join('\n')).not.toContain('quietly');
  });

  it.each([
    [
      'an opt-out the policy does not know',
      'nonsense',
      { identifier: { kind: 'email', value: 'a@example.it' } },
      404,
      'opt-out-unknown',
    ],
    [
      "another controller's opt-out",
      'further-surveys',
      { identifier: { kind: 'email', value: 'a@example.it' } },
      404,
      'opt-out-unknown',
    ],
    [
      'an address that is none',
      'satisfaction-surveys',
      { identifier: { kind: 'email', value: 'no address' } },
      422,
      'invalid-question',
    ],
    [
      'a name, which is never a key',
      'satisfaction-surveys',
      { identifier: { kind: 'name', value: 'Ada' } },
      422,
      'invalid-question',
    ],
  ])('I12: refuses %s', async (_, optOut, json, status, code) => {
    const answer = await api.call('POST', `/controllers/inps/opt-outs/${optOut}/question`, {
      token: await api.token({ role: 'source' }),
      json,
    });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.text).not.toContain('no address');
  });

  it('I12: refuses more than a thousand at once', async () => {
    const identifiers = Array.from({ length: 1001 }, (_, index) => ({
      kind: 'email',
      value: `nobody.${index}@example.it`,
    }));
    const answer = await api.call('POST', '/controllers/inps/opt-outs/satisfaction-surveys/questions', {
      token: await api.token({ role: 'source' }),
      json: { identifiers },
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid-question']);
  });

  it('I11: is for sources of the controller only', async () => {
    for (const role of ['dpo', 'operator', 'auditor', 'legal', 'officer'] as const) {
      const answer = await api.call('POST', '/controllers/inps/opt-outs/satisfaction-surveys/question', {
        token: await api.token({ role }),
        json: { identifier: { kind: 'email', value: 'a@example.it' } },
      });
      expect(answer.status).toBe(403);
    }
  });
});

it('a decision that nobody took cannot be carried out', async () => {
  const caseId = await world.open({
    controller: inps,
    rights: ['opt-out/satisfaction-surveys'],
    identifiers: [{ kind: 'email', value: 'x@example.it' }],
    now: received,
  });
  await expect(
    executeDecision(
      world.deps(),
      { heartbeat: () => undefined, resumeFrom: undefined, now: () => received },
      {
        caseId,
        controller: inps,
        now: received,
        right: 'opt-out/satisfaction-surveys',
        suspensionId: uuid(),
        restrictionReviewAt: received,
      },
    ),
  ).rejects.toMatchObject({ type: 'case-unknown' });
});
