/** Links to letters: opened with a code that goes another way, bound to their case, counted, revocable; nothing personal in an address. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordId, unitId } from '../../domain/ids.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';
import { registeredHash } from '../../storage/letters/files.ts';
import { readUnit } from '../../storage/units/units.ts';
import { walkUnit } from '../support/erasing.ts';
import { createRightsWorld, heldRecord, type RightsWorld } from '../support/requests/rights-world.ts';
import { type Answer, call, message, type Person, Story, signatory } from '../support/requests/story.ts';

let world: RightsWorld;
let story: Story;
let letterId = '';
beforeAll(async () => {
  world = await createRightsWorld('rights-links');
  story = await recognised();
  letterId = await letterOf(story);
});
afterAll(() => world.close());

const recognised = async (): Promise<Story> => {
  const begun = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00')));
  await begun.do('dpo', 'triage', { verdict: 'rights-request', rights: ['access'], signatory });
  return begun;
};
const letterOf = async (of: Story): Promise<string> => (await of.letters())[0]?.letterId ?? '';

const staff = (path: string, body: unknown = {}, as: Person = 'dpo', of: Story = story): Promise<Answer> =>
  call(world, {
    as,
    controller: 'inps',
    method: 'POST',
    path: `/controllers/inps/requests/${of.caseId}/${path}`,
    body,
    now: of.now,
  });
type Made = { linkId: string; url: string; code: string };
const make = async (): Promise<Made> => {
  const { status, body } = await staff(`letters/${letterId}/links`, { days: 10 });
  expect(status).toBe(201);
  return body as Made;
};
const open = (
  url: string,
  code: string,
  now: Instant = story.now,
): Promise<{ status: number; bytes: Buffer; headers: Headers }> =>
  answered(
    world.app.request(new URL(url).pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'oblio-now': now },
      body: new URLSearchParams({ code }).toString(),
    }),
  );
const answered = async (given: Response | Promise<Response>) => {
  const response = await given;
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
};
const listed = async (linkId: string): Promise<Record<string, unknown>> => {
  const { body } = await call(world, {
    as: 'dpo',
    controller: 'inps',
    method: 'GET',
    path: `/controllers/inps/requests/${story.caseId}/links`,
    now: story.now,
  });
  return (body.links as Record<string, unknown>[]).find((link) => link.linkId === linkId) ?? {};
};

describe('a link', () => {
  it('opens the letter with its code, as it is registered, and counts each use', async () => {
    const { linkId, url, code } = await make();
    for (const times of [1, 2]) {
      // A code as people type it.
      const { status, bytes, headers } = await open(url, ` ${code.toLowerCase().replace('-', ' ')} `);
      expect(status).toBe(200);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(
        await registeredHash(world.world.database('worker'), letterId),
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(await listed(linkId)).toMatchObject({ opened: times, refused: 0 });
    }
    const entries = await world.world
      .database('api')
      .selectFrom('audit_entry')
      .select(['action'])
      .where('actor', '=', `link:${linkId}`)
      .execute();
    expect(entries).toEqual([{ action: 'delivery-link-opened' }, { action: 'delivery-link-opened' }]);
  });

  it('has nothing personal in its address, and neither address nor code can be read back', async () => {
    const { url, code } = await make();
    expect(new URL(url).pathname).toMatch(/^\/links\/[A-Za-z0-9_-]{43}$/);
    expect(new URL(url).search).toBe('');
    const token = new URL(url).pathname.slice('/links/'.length);
    const rows = await world.world.database('api').selectFrom('delivery_link').selectAll().execute();
    const stored = JSON.stringify(rows, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(code);
    await open(url, code);
    expect(world.logged()).not.toContain(token);
  });

  it('is not used up, and says nothing, when it is only looked at', async () => {
    const { linkId, url } = await make();
    const path = new URL(url).pathname;
    const real = await answered(world.app.request(path));
    const none = await answered(world.app.request(`/links/${'A'.repeat(43)}`));
    expect(real.status).toBe(200);
    expect(real.bytes.equals(none.bytes)).toBe(true);
    expect([real.headers.get('cache-control'), real.headers.get('referrer-policy')]).toEqual([
      'no-store',
      'no-referrer',
    ]);
    expect((await answered(world.app.request(path, { method: 'HEAD' }))).status).toBe(200);
    const page = real.bytes.toString('utf8');
    expect(page).toContain('<html lang="it">');
    expect(page).toContain('lang="en"');
    expect(page).toContain('<label for="code">');
    expect(page).not.toMatch(/INPS|http:|https:|<script/);
    expect(await listed(linkId)).toMatchObject({ opened: 0, refused: 0 });
  });

  it('refuses a wrong code, and after five of them the right one too, until staff make a new code', async () => {
    const { linkId, url, code } = await make();
    for (let wrong = 0; wrong < 5; wrong += 1) {
      const { status, bytes } = await open(url, 'AAAAA-AAAAA');
      expect(status).toBe(403);
      expect(bytes.toString('utf8')).toContain('role="alert"');
    }
    expect((await open(url, code)).status).toBe(429);
    expect(await listed(linkId)).toMatchObject({ opened: 0, refused: 6, locked: true });
    const { body } = await staff(`links/${linkId}/codes`);
    expect((await open(url, code)).status).toBe(403);
    expect((await open(url, String(body.code))).status).toBe(200);
  });

  it('lets nobody try without end', async () => {
    const { url } = await make();
    const answers: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) answers.push((await open(url, 'AAAAA-AAAAA')).status);
    expect(answers.slice(0, 5)).toEqual([403, 403, 403, 403, 403]);
    const limited = await open(url, 'AAAAA-AAAAA');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
  });

  it('opens nothing once it has expired', async () => {
    const { url, code } = await make();
    expect((await open(url, code, instantPlus(story.now, days(10) - 1_000))).status).toBe(200);
    expect((await open(url, code, instantPlus(story.now, days(10)))).status).toBe(404);
  });

  it('opens nothing once it is revoked', async () => {
    const { linkId, url, code } = await make();
    expect((await staff(`links/${linkId}/revocation`)).status).toBe(200);
    expect((await open(url, code)).status).toBe(404);
    expect((await staff(`links/${linkId}/codes`)).body.code).toBe('link-revoked');
    expect((await staff(`links/${linkId}/revocation`)).status).toBe(200);
  });

  it('is replaced by a reissued one, with another address and another code', async () => {
    const { linkId, url, code } = await make();
    const { status, body } = await staff(`links/${linkId}/reissue`, { days: 3 });
    expect(status).toBe(201);
    const next = body as Made;
    expect(next.url).not.toBe(url);
    expect((await open(url, code)).status).toBe(404);
    expect((await open(next.url, code)).status).toBe(403);
    expect((await open(next.url, next.code)).status).toBe(200);
  });

  it('belongs to its case: no other case can change it, and no other role make one', async () => {
    const { linkId, url, code } = await make();
    const other = await recognised();
    for (const path of [`links/${linkId}/revocation`, `links/${linkId}/reissue`, `links/${linkId}/codes`]) {
      expect((await staff(path, {}, 'dpo', other)).body.code).toBe('link-unknown');
    }
    expect((await staff(`letters/${letterId}/links`, {}, 'dpo', other)).body.code).toBe('letter-unknown');
    expect((await staff(`letters/${letterId}/links`, { packageId: randomUUID() })).body.code).toBe('link-unknown');
    for (const as of ['legal', 'auditor', 'operator', 'source'] as const) {
      expect((await staff(`letters/${letterId}/links`, {}, as)).status).toBe(403);
    }
    expect((await open(url, code)).status).toBe(200);
    expect((await open(`https://example.it/links/${'B'.repeat(43)}`, code)).status).toBe(404);
    expect((await open('https://example.it/links/short', code)).status).toBe(404);
  });
});

describe('a link to a package', () => {
  let of: Story;
  let answerId = '';
  let made: { packageId: string; sha256: string; size: number; recordId: string };

  beforeAll(async () => {
    // Letters and digits at random, so that the package stays as large as the record.
    const text = `Planted-Marker ${randomBytes(300_000).toString('base64')}`;
    const held = heldRecord('chat', '2032-01-10', { text });
    of = await Story.begin(world, 'inps', message(instant('2027-03-05T09:30:00+01:00')), [held]);
    await of.recognised('access');
    await of.do('dpo', 'submit-review', { redactions: [] });
    await of.do('officer', 'confirm-review', {});
    await of.decided('access', { outcome: 'granted', grounds: ['15.1'] });
    await of.do('dpo', 'compose-answer', { rights: ['access'], signatory });
    answerId = (await of.letters()).find(({ kind }) => kind === 'answer')?.letterId ?? '';
    const row = await world.world
      .database('worker')
      .selectFrom('access_package')
      .select(['id', 'sha256', 'size', 'record_id'])
      .where('case_id', '=', of.caseId)
      .where('state', '=', 'stored')
      .executeTakeFirstOrThrow();
    made = {
      packageId: row.id,
      sha256: row.sha256?.toString('hex') ?? '',
      size: Number(row.size),
      recordId: row.record_id ?? '',
    };
  });

  const makeFor = async (): Promise<Made> => {
    const { status, body } = await staff(
      `letters/${answerId}/links`,
      { days: 10, packageId: made.packageId },
      'dpo',
      of,
    );
    expect(status).toBe(201);
    return body as Made;
  };
  const use = (link: Made, code = link.code, now: Instant = of.now, headers: Readonly<Record<string, string>> = {}) =>
    world.app.request(new URL(link.url).pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'oblio-now': now, ...headers },
      body: new URLSearchParams({ code }).toString(),
    });
  const usesOf = async ({ linkId }: Made): Promise<unknown> => {
    const path = `/controllers/inps/requests/${of.caseId}/links`;
    const { body } = await call(world, { as: 'dpo', controller: 'inps', method: 'GET', path, now: of.now });
    return (body.links as Record<string, unknown>[]).find((link) => link.linkId === linkId);
  };

  it('streams the package as it was stored, under a name that says nothing, kept by no cache, and counts the use', async () => {
    const link = await makeFor();
    expect(new URL(link.url).pathname).toMatch(/^\/links\/[A-Za-z0-9_-]{43}$/);
    // A part of it cannot be asked for: it comes whole, so that a use is a use.
    const response = await use(link, link.code, of.now, { range: 'bytes=0-99' });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="package.zip"',
      'content-length': String(made.size),
      'cache-control': 'no-store',
      'accept-ranges': 'none',
      'referrer-policy': 'no-referrer',
    });
    const hash = createHash('sha256');
    let chunks = 0;
    let largest = 0;
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      chunks += 1;
      largest = Math.max(largest, chunk.length);
    }
    expect(hash.digest('hex')).toBe(made.sha256);
    expect(chunks).toBeGreaterThan(1);
    expect(largest).toBeLessThan(made.size);
    expect(await usesOf(link)).toMatchObject({ opened: 1, refused: 0, packageId: made.packageId });
    expect(world.logged()).not.toMatch(/planted/i);
  });

  it('opens nothing with a wrong code, and is locked after five, until staff make a new one', async () => {
    const link = await makeFor();
    for (let wrong = 0; wrong < 5; wrong += 1) {
      const refused = await answered(use(link, 'AAAAA-AAAAA'));
      expect([refused.status, refused.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
    }
    expect((await answered(use(link))).status).toBe(429);
    const { body } = await staff(`links/${link.linkId}/codes`, {}, 'dpo', of);
    expect((await answered(use(link))).status).toBe(403);
    const opened = await answered(use(link, String(body.code)));
    expect(createHash('sha256').update(opened.bytes).digest('hex')).toBe(made.sha256);
  });

  it('ends when it expires or is revoked, and a reissued one opens the same package', async () => {
    const link = await makeFor();
    expect((await answered(use(link, link.code, instantPlus(of.now, days(10))))).status).toBe(404);
    const { body } = await staff(`links/${link.linkId}/reissue`, { days: 3 }, 'dpo', of);
    const next = body as Made;
    expect((await answered(use(link))).status).toBe(404);
    const opened = await answered(use(next));
    expect(createHash('sha256').update(opened.bytes).digest('hex')).toBe(made.sha256);
    await staff(`links/${next.linkId}/revocation`, {}, 'dpo', of);
    expect((await answered(use(next))).status).toBe(404);
  });

  it('opens no package of another case, nor one that has erased itself', async () => {
    const foreign = await staff(`letters/${letterId}/links`, { packageId: made.packageId });
    expect(foreign.body.code).toBe('link-unknown');
    const link = await makeFor();
    const { unit_id } = await world.world
      .database('worker')
      .selectFrom('record')
      .select('unit_id')
      .where('id', '=', recordId(made.recordId))
      .executeTakeFirstOrThrow();
    const unit = await readUnit(world.world.database('worker'), unitId(unit_id));
    if (unit === undefined) throw new Error('The package has no unit');
    // The answer is out, so nothing keeps the package any more.
    await of.deliver('answer');
    await walkUnit(world.world.gate(), { unitId: unit.unitId, now: unit.dueAt });
    expect((await answered(use(link))).status).toBe(404);
  });
});
