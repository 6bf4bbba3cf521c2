/** The pieces of the bulk route and of checking, for themselves: properties over what streams and clocks may bring. */

import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../api/http/answers.ts';
import { parseContentDigest } from '../../api/http/bodies.ts';
import { inBatches } from '../../api/records/bulk/batches.ts';
import { inOrder, oneAtATime } from '../../api/records/bulk/in-order.ts';
import { linesOf } from '../../api/records/bulk/lines.ts';
import { rememberingWindows } from '../../api/records/submission/windows.ts';
import type { RetentionRule } from '../../domain/policy/policy.ts';
import { retentionWindow } from '../../domain/policy/retention-dates.ts';
import { hours } from '../../domain/time/duration.ts';
import { instantFromEpoch } from '../../domain/time/instant.ts';
import { describeError } from '../../storage/database/describe-error.ts';

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};

async function* stream<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

describe('lines of a stream', () => {
  test('are the same however the stream is cut; those too long are counted and skipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
          { maxLength: 12 },
        ),
        fc.boolean(),
        fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
        async (texts, ended, cuts) => {
          const bytes = Buffer.from(texts.join('\n') + (ended ? '\n' : ''));
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((one, other) => one - other),
            bytes.length,
          ];
          const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
          const longestLine = 10;
          const groups = await collect(linesOf(stream(chunks), { longestLine, linesAtOnce: 3 }));
          for (const group of groups) expect([1, 2, 3]).toContain(group.length);
          const found = groups.flat();
          const expected = texts.flatMap((text, index) => {
            const length = Buffer.byteLength(text);
            if (length === 0) return [];
            return [length > longestLine ? { number: index + 1, tooLong: true } : { number: index + 1, text }];
          });
          expect(
            found.map((line) =>
              'tooLong' in line ? line : { number: line.number, text: Buffer.from(line.bytes).toString('utf8') },
            ),
          ).toEqual(expected);
        },
      ),
    );
  });
});

describe('batches', () => {
  test('hold every item once and in order, and never more than they may', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(9), { maxLength: 9 }), { maxLength: 9 }), async (groups) => {
        const batches = await collect(
          inBatches(stream(groups), { mostItems: 4, mostWeight: 20, weigh: (item) => item, pauseMs: 5 }),
        );
        expect(batches.flat()).toEqual(groups.flat());
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(4);
          const butLast = batch.slice(0, -1).reduce((sum, item) => sum + item, 0);
          expect(butLast).toBeLessThan(20);
        }
      }),
    );
  });

  test('go on when the stream pauses, and are dropped when it breaks off', async () => {
    async function* broken(): AsyncGenerator<readonly number[]> {
      yield [1, 2];
      await sleep(60);
      yield [3];
      throw new Error('gone');
    }
    const batches = inBatches(broken(), { mostItems: 10, mostWeight: 10, weigh: () => 1, pauseMs: 10 });
    expect((await batches.next()).value).toEqual([1, 2]);
    await expect(batches.next()).rejects.toThrow('gone');
  });
});

describe('work in order', () => {
  test('answers in order whatever takes longer, with no more at a time than it may', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (delays, atOnce) => {
          let busy = 0;
          let busiest = 0;
          const work = async (delayMs: number): Promise<number> => {
            busy += 1;
            busiest = Math.max(busiest, busy);
            await sleep(delayMs);
            busy -= 1;
            return delayMs;
          };
          expect(await collect(inOrder(stream(delays), work, { atOnce }))).toEqual(delays);
          expect(busiest).toBeLessThanOrEqual(atOnce);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('takes nothing that its reader does not wait for, and answers what was begun before it breaks off', async () => {
    let taken = 0;
    async function* inputs(): AsyncGenerator<number> {
      while (taken < 5) {
        taken += 1;
        yield taken;
      }
      throw new Error('gone');
    }
    const results = inOrder(inputs(), async (input) => input, { atOnce: 2 });
    expect((await results.next()).value).toBe(1);
    await sleep(20);
    expect(taken).toBeLessThanOrEqual(4);
    const rest: number[] = [];
    await expect(
      (async () => {
        for await (const result of results) rest.push(result);
      })(),
    ).rejects.toThrow('gone');
    expect(rest).toEqual([2, 3, 4, 5]);
  });

  test('keeps what shares a key one behind the other, and nothing else', async () => {
    const inTurn = oneAtATime();
    const order: string[] = [];
    const work = (name: string, delayMs: number) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await sleep(delayMs);
      order.push(`${name} ends`);
    };
    await Promise.all([
      inTurn(['a', 'b'], work('one', 30)),
      inTurn(['c'], work('other', 5)),
      inTurn(['b', 'd'], work('two', 1)),
      inTurn(['d'], work('three', 1)),
    ]);
    expect(order.indexOf('two begins')).toBeGreaterThan(order.indexOf('one ends'));
    expect(order.indexOf('three begins')).toBeGreaterThan(order.indexOf('two ends'));
    expect(order.indexOf('other ends')).toBeLessThan(order.indexOf('one ends'));
  });
});

test('I2: a remembered window is the window: any instant, rule and zone, both daylight-saving changes included', () => {
  const rules: readonly RetentionRule[] = [
    { kind: 'at-most', period: 'P5Y', lead: 'P1D' },
    { kind: 'at-most', period: 'P6M', lead: 'P1D' },
    { kind: 'end-of-day-after', days: 3 },
  ];
  const windowOf = rememberingWindows();
  const changes = [
    Date.UTC(2026, 2, 29, 1),
    Date.UTC(2026, 9, 25, 1),
    Date.UTC(2026, 0, 31, 23),
    Date.UTC(1975, 5, 1, 22),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...changes),
      fc.integer({ min: -hours(26), max: hours(26) }),
      fc.constantFrom(...rules),
      fc.constantFrom('Europe/Rome', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'),
      (around, distanceMs, rule, timeZone) => {
        const input = { rule, timeZone, triggerAt: instantFromEpoch(around + distanceMs) };
        expect(windowOf(input)).toEqual(retentionWindow(input));
      },
    ),
    { numRuns: 500 },
  );
});

describe('Content-Digest', () => {
  const good = `sha-256=:${Buffer.alloc(32, 7).toString('base64')}:`;
  test.each([good, ` ${good} `, `sha-512=:AAAA:,${good}`, `${good},unixsum=:AA==:`])('is read from %s', (header) => {
    expect(parseContentDigest(header)).toEqual(Buffer.alloc(32, 7));
  });
  test.each([undefined, '', 'sha-256=abc', 'sha-256=:abc:', 'SHA-256=:x:', good.slice(0, -1), 'sha-256=::'])(
    'is not read from %s',
    (header) => {
      expect(parseContentDigest(header)).toBeUndefined();
    },
  );
});

test('I7: an error is described without anything it says, even where what it says looks like a stack', () => {
  const marker = 'giada-22';
  const said = `Key (source_id)=(${marker}) exists\n    at ${marker} (file:///${marker}:1:1)`;
  const error = Object.assign(new DatabaseError(said, said.length, 'error'), {
    detail: marker,
    code: '23505',
    constraint: 'record_source_key',
    cause: Object.assign(new TypeError(marker), { code: `${marker}@example.it` }),
  });
  const description = describeError(error);
  expect(JSON.stringify(description)).not.toContain(marker);
  expect(description).toMatchObject({
    name: expect.any(String),
    code: '23505',
    constraint: 'record_source_key',
    cause: { name: 'TypeError' },
  });
  expect(description.frames.length).toBeGreaterThan(0);
});

describe('what a route may answer', () => {
  test('every route under a rights request says that its file may be gone, once', () => {
    const gone = Object.entries(problemsOf('controller', 'request-unknown', 'record-erased')).filter(
      ([status]) => status === '410',
    );
    expect(gone).toEqual(
      Object.entries(problemsOf('controller', 'request-unknown')).filter(([status]) => status === '410'),
    );
    expect(JSON.stringify(gone).match(/record-erased/g)).toHaveLength(1);
    expect(Object.keys(problemsOf('controller'))).not.toContain('410');
  });
});
