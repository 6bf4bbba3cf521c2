/** Many records as a stream: an answer to each line, in order, while they arrive; one bad line never costs the others (I12). */
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unitId } from '../../domain/ids.ts';
import { instant } from '../../domain/time/instant.ts';
import { handedInAt, submissionOf } from './submissions.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let source: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-bulk' });
  source = await api.token({ role: 'source' });
});
afterAll(() => api.close());

type LineResult = {
  readonly line?: number;
  readonly status: number;
  readonly recordId?: string;
  readonly unitId?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly field: string; readonly code: string }[];
};

const encoder = new TextEncoder();
let made = 0;
const line = (recordClass: string, change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  made += 1;
  return { recordClass, sourceId: `bulk-${made}`, ...submissionOf(recordClass).body, ...change };
};

const post = (
  body: NonNullable<RequestInit['body']>,
  { token = source, controller = 'inps', signal }: { token?: string; controller?: string; signal?: AbortSignal } = {},
) =>
  api.app.request(`/controllers/${controller}/records`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', 'oblio-now': handedInAt },
    body,
    duplex: 'half',
    ...(signal === undefined ? {} : { signal }),
  });

const resultsOf = (text: string): readonly LineResult[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((one) => JSON.parse(one));

const send = async (
  lines: readonly unknown[],
  options: Parameters<typeof post>[1] = {},
): Promise<readonly LineResult[]> => {
  const response = await post(
    lines.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n'),
    options,
  );
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return resultsOf(await response.text());
};

const count = async (table: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(
    api.world.database('owner'),
  );
  return rows[0]?.n ?? -1;
};

describe('a stream of records', () => {
  test('is answered line by line with what the single route would have answered', async () => {
    const chat = line('chat');
    const first = await send([chat, line('sms'), line('call-recording'), line('portal-interaction')]);
    expect(first.map(({ line: number, status }) => [number, status])).toEqual([
      [1, 201],
      [2, 201],
      [3, 201],
      [4, 201],
    ]);
    const { recordClass, sourceId, ...body } = chat;
    const single = await api.call('PUT', `/controllers/inps/record-classes/chat/records/${String(sourceId)}`, {
      token: source,
      json: body,
      now: handedInAt,
    });
    expect(single).toMatchObject({ status: 200, body: { recordId: first[0]?.recordId, unitId: first[0]?.unitId } });
    expect(recordClass).toBe('chat');
  });

  test('I10: has one audit entry a batch, with the number of records and a digest of their ids', async () => {
    const before = await count('audit_entry');
    const results = await send(Array.from({ length: 1200 }, () => line('sms')));
    expect(results.filter(({ status }) => status === 201)).toHaveLength(1200);
    const { rows } = await sql<{ action: string; target_kind: string; detail: { records: number; digest: string } }>`
      SELECT action, target_kind, detail FROM audit_entry ORDER BY id OFFSET ${before}`.execute(
      api.world.database('owner'),
    );
    expect(rows.map(({ action, target_kind }) => [action, target_kind])).toEqual(
      rows.map(() => ['records-registered', 'record-batch']),
    );
    expect(rows.reduce((sum, { detail }) => sum + detail.records, 0)).toBe(1200);
    expect(rows.length).toBeLessThanOrEqual(4);
    for (const { detail } of rows) expect(detail.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('I9: sent again changes nothing and is answered with the same ids', async () => {
    const lines = Array.from({ length: 700 }, (_, index) => line(index % 2 ? 'sms' : 'call-recording'));
    const first = await send(lines);
    const before = [await count('record'), await count('retention_unit'), await count('audit_entry')];
    const again = await send(lines);
    expect(again.map(({ status }) => status)).toEqual(lines.map(() => 200));
    expect(again.map(({ recordId }) => recordId)).toEqual(first.map(({ recordId }) => recordId));
    expect([await count('record'), await count('retention_unit'), await count('audit_entry')]).toEqual(before);
  });

  test('I9: sent by several at once in different orders registers each record once', async () => {
    const lines = Array.from({ length: 600 }, (_, index) => line(index % 3 ? 'sms' : 'chat'));
    const orders = [lines, lines.toReversed(), [...lines.slice(300), ...lines.slice(0, 300)]];
    const answers = await Promise.all(orders.map((order) => send(order)));
    const created = answers.flat().filter(({ status }) => status === 201);
    expect(created).toHaveLength(600);
    expect(answers.flat().filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    const { rows } = await sql<{ n: number }>`
      SELECT count(*) AS n FROM retention_unit u WHERE NOT EXISTS (SELECT FROM record r WHERE r.unit_id = u.id)`.execute(
      api.world.database('owner'),
    );
    expect(rows[0]?.n).toBe(0);
  });

  test('is answered while the sender waits for answers before it sends more', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const response = await post(readable);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const expected of [1, 2, 3]) {
      await writer.write(encoder.encode(`${JSON.stringify(line('sms'))}\n`));
      const { value } = (await reader?.read()) ?? {};
      expect(resultsOf(value ?? '')).toMatchObject([{ line: expected, status: 201 }]);
    }
    await writer.close();
    expect((await reader?.read())?.done).toBe(true);
  });

  test('is not read further than its answers are taken', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled += 1;
          const lines = Array.from({ length: 100 }, () => `${JSON.stringify(line('sms'))}\n`).join('');
          if (pulled > 400) controller.close();
          else controller.enqueue(encoder.encode(lines));
        },
      },
      { highWaterMark: 0 },
    );
    const response = await post(body);
    const reader = response.body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // One batch answered and taken, one answered, one written and one gathered, of five chunks each.
    expect(pulled).toBeLessThan(40);
    await reader?.cancel();
  });
});

describe('I12: a bad line never costs the others', () => {
  test('I12: hostile lines are told one by one, each with its code and field, and the good ones around them are stored', async () => {
    const good = () => JSON.stringify(line('sms'));
    const known = line('chat', { sourceId: 'bulk-known' });
    expect(await send([known])).toMatchObject([{ status: 201 }]);
    const cases: readonly (readonly [string | Uint8Array, number, string | undefined, string | undefined])[] = [
      [good(), 201, undefined, undefined],
      ['', 0, undefined, undefined],
      ['{', 400, 'malformed-json', undefined],
      ['\u0000', 400, 'malformed-json', undefined],
      [new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 400, 'invalid-encoding', undefined],
      ['null', 422, 'invalid-record', 'body'],
      ['[]', 422, 'invalid-record', 'body'],
      ['"text"', 422, 'invalid-record', 'body'],
      ['['.repeat(200_000), 400, 'malformed-json', undefined],
      ['['.repeat(200_000) + ']'.repeat(200_000), 422, 'invalid-record', 'body'],
      [good(), 201, undefined, undefined],
      ['{"a":1}{"b":2}', 400, 'malformed-json', undefined],
      [JSON.stringify(line('sms', { sourceId: undefined })), 422, 'invalid-record', 'sourceId'],
      [JSON.stringify(line('sms', { recordClass: undefined })), 422, 'invalid-record', 'recordClass'],
      [JSON.stringify(line('sms', { recordClass: 'letters' })), 422, 'invalid-record', 'recordClass'],
      [JSON.stringify(line('sms', { recordClass: 'navigation-data' })), 422, 'invalid-record', 'recordClass'],
      [JSON.stringify(line('sms', { sourceId: 'maria@example.it' })), 422, 'invalid-record', 'sourceId'],
      [JSON.stringify(line('sms', { sourceId: 'a\u0000b' })), 422, 'invalid-record', 'sourceId'],
      [JSON.stringify(line('sms', { sourceId: "x'; DROP TABLE record; --" })), 422, 'invalid-record', 'sourceId'],
      [JSON.stringify(line('sms', { triggerAt: '2026-02-30T00:00:00Z' })), 422, 'invalid-record', 'triggerAt'],
      [JSON.stringify(line('sms', { text: 'x'.repeat(1_000_001) })), 422, 'invalid-record', 'text'],
      [`{"recordClass":"sms","text":"${'x'.repeat(4 * 1024 * 1024)}"}`, 413, 'body-too-large', undefined],
      [
        `{"recordClass":"sms","sourceId":"half","triggerAt":"2026-01-31T09:00:00Z","fields":{"senderKind":"automated"},"text":"\\ud800"}`,
        422,
        'invalid-record',
        'text',
      ],
      [JSON.stringify({ ...known, text: 'anderer Inhalt' }), 409, 'record-differs', undefined],
      [JSON.stringify(known), 200, undefined, undefined],
      [`${good()}\r`, 201, undefined, undefined],
      [JSON.stringify(line('sms', { text: 'mit \u0000 Null, \u2028 und 🙂' })), 201, undefined, undefined],
    ];
    const bytes = Buffer.concat(cases.flatMap(([content]) => [Buffer.from(content), Buffer.from('\n')]));
    const results = resultsOf(await (await post(bytes)).text());
    const expected = cases.flatMap(([, status, code, field], index) =>
      status === 0 ? [] : [{ line: index + 1, status, code, field }],
    );
    expect(
      results.map(({ line: number, status, code, errors }) => ({
        line: number,
        status,
        code,
        field: errors?.[0]?.field,
      })),
    ).toEqual(expected);
    for (const result of results) {
      if (result.status === 201) expect(result.recordId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('I9: several lines with one id in a batch: the first counts, equals are unchanged, others differ', async () => {
    const one = line('sms');
    const results = await send([one, one, { ...one, text: 'x' }, line('sms'), one]);
    expect(results.map(({ status }) => status)).toEqual([201, 200, 409, 201, 200]);
  });

  test('I12: an erased record is answered with 410, its neighbours are registered', async () => {
    const gone = line('call-recording');
    const [first] = await send([gone]);
    await api.world.gate().eraseNextChunk({
      unitId: unitId(first?.unitId ?? ''),
      now: instant('2026-08-01T00:00:00Z'),
      basis: { kind: 'retention-period-ended' },
    });
    const results = await send([line('sms'), gone, line('sms')]);
    expect(results.map(({ status }) => status)).toEqual([201, 410, 201]);
  });

  test('I12: a line that the database alone refuses is found by halving, and told without its values', async () => {
    const owner = api.world.database('owner');
    await sql`ALTER TABLE record ADD CONSTRAINT nothing_named_cobalt CHECK (source_id <> 'cobalt-7')`.execute(owner);
    try {
      const lines = Array.from({ length: 40 }, (_, index) =>
        index === 17 ? line('sms', { sourceId: 'cobalt-7' }) : line('sms'),
      );
      api.logLines.splice(0);
      const results = await send(lines);
      expect(results.filter(({ status }) => status === 201)).toHaveLength(39);
      expect(results[17]).toMatchObject({ line: 18, status: 500, code: 'unexpected' });
      expect(JSON.stringify(results) + api.logLines.join('')).not.toContain('cobalt-7');
      expect(api.logLines.join('')).toContain('nothing_named_cobalt');
    } finally {
      await sql`ALTER TABLE record DROP CONSTRAINT nothing_named_cobalt`.execute(owner);
    }
  });

  test('lines of a class that is not the source’s are refused, the others stored', async () => {
    const token = await api.token({ role: 'source', classes: ['sms'] });
    const results = await send([line('sms'), line('chat'), line('sms', { recordClass: 'letters' }), line('sms')], {
      token,
    });
    expect(results.map(({ status, code }) => [status, code])).toEqual([
      [201, undefined],
      [403, 'class-not-yours'],
      [403, 'class-not-yours'],
      [201, undefined],
    ]);
  });
});

describe('a sender that goes away', () => {
  test('has stored what was answered; an unfinished line and what was not read are not stored', async () => {
    const ids = Array.from({ length: 1500 }, () => line('sms'));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const response = await post(readable);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const unfinished = line('sms');
    const writing = (async () => {
      await writer.write(encoder.encode(`${ids.map((one) => JSON.stringify(one)).join('\n')}\n`));
      await writer.write(encoder.encode(JSON.stringify(unfinished)));
      await writer.abort(new Error('gone'));
    })();
    let text = '';
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += value;
    }
    await writing;
    const answered = resultsOf(text);
    expect(answered.every(({ status }) => status === 201)).toBe(true);
    const { rows } = await sql<{ source_id: string }>`
      SELECT source_id FROM record WHERE id = ANY(${answered.map(({ recordId }) => recordId)}::uuid[])`.execute(
      api.world.database('owner'),
    );
    expect(rows).toHaveLength(answered.length);
    const { rows: half } = await sql`SELECT 1 FROM record WHERE source_id = ${String(unfinished.sourceId)}`.execute(
      api.world.database('owner'),
    );
    expect(half).toEqual([]);
  });

  test('I12: a last line without a newline counts, if the stream ended properly', async () => {
    expect(await send([line('sms')])).toMatchObject([{ line: 1, status: 201 }]);
  });
});

describe('however the stream is cut into chunks', () => {
  test('the answers are the same', async () => {
    const contents = [line('sms'), '', line('chat', { text: 'città è perché 🙂' }), '{"', line('sms')];
    const bytes = encoder.encode(
      contents.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\r\n'),
    );
    const whole = resultsOf(await (await post(bytes)).text());
    const statuses = whole.map(({ line: number, status }) => [number, status === 201 ? 200 : status]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 30 }), async (places) => {
        const cuts = [0, ...new Set(places.sort((one, other) => one - other)), bytes.length];
        const chunks = cuts.slice(1).map((end, index) => bytes.slice(cuts[index], end));
        const results = resultsOf(await (await post(ReadableStream.from(chunks) as ReadableStream<Uint8Array>)).text());
        expect(results.map(({ line: number, status }) => [number, status])).toEqual(statuses);
      }),
      { numRuns: 40 },
    );
  });
});

test.each(['application/json', 'text/plain', ''])(
  'a stream of media type "%s" is refused before it is read',
  async (type) => {
    const answer = await api.call('POST', '/controllers/inps/records', {
      token: source,
      headers: { 'content-type': type },
      body: '{}',
    });
    expect(answer).toMatchObject({ status: 415, body: { code: 'media-type-unsupported' } });
  },
);
