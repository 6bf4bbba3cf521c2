/** I7 at the border of activities: whatever is thrown inside, only a type, a fixed sentence and a correlation id come out. */
import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import * as fc from 'fast-check';
import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import { failureOf, failureTypes, isFailureType } from '../../activities/failures.ts';
import { sanitised, type UnforeseenFailure } from '../../activities/sanitise-failures.ts';
import { describeError } from '../../storage/database/describe-error.ts';

const where = { activityType: 'eraseUnit', workflowId: 'retention-1', attempt: 3 };

/** What leaves the worker for something thrown, with everything it carries as text, and what the log was told. */
const border = (thrown: unknown): { failure: Error; text: string; reports: UnforeseenFailure[] } => {
  const reports: UnforeseenFailure[] = [];
  const failure = sanitised(thrown, where, { reportFailure: (report) => reports.push(report) });
  const parts = [failure.message, failure.stack, failure.name];
  if (failure instanceof ApplicationFailure) parts.push(failure.type ?? '', JSON.stringify(failure.details));
  parts.push(String(failure.cause ?? ''), JSON.stringify(reports));
  return { failure, text: parts.join('\n'), reports };
};

const databaseError = (code: string, secret: string): DatabaseError =>
  Object.assign(new DatabaseError(`invalid input: "${secret}"`, 100, 'error'), {
    code,
    detail: `Key (email)=(${secret}) already exists.`,
    constraint: 'record_source_key',
    table: 'record',
    where: `COPY record, line 1: "${secret}"`,
  });

describe('what leaves an activity', () => {
  test('I7: no part of any message, detail or cause, whatever kind of error carries it', async () => {
    const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => /[^\w\s.:/-]/.test(text));
    const carriers: ((text: string) => unknown)[] = [
      (text) => new Error(text),
      (text) => new TypeError(`cannot read ${text}`, { cause: new Error(text) }),
      (text) => databaseError('23505', text),
      (text) => Object.assign(new Error(text), { code: text, responseCode: text, name: text }),
      (text) =>
        Object.assign(new Error(`first\n    at ${text} (file:///a/b.ts:1:1)`), {
          stack: `Error: first\n    at ${text} (file:///a/b.ts:1:1)`,
        }),
      (text) =>
        ApplicationFailure.create({ type: 'unit-unknown', message: text, details: [text], cause: new Error(text) }),
      (text) => ApplicationFailure.create({ type: text, message: text, details: [{ text }] }),
      (text) => new CancelledFailure(text, [text]),
      (text) => text,
      (text) => ({ message: text }),
    ];
    await fc.assert(
      fc.property(secret, fc.constantFrom(...carriers), (text, carry) => {
        expect(border(carry(text)).text).not.toContain(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a failure of the closed list keeps its type and whether trying again can help', () => {
    for (const [type, { sentence, retryable }] of Object.entries(failureTypes)) {
      if (!isFailureType(type)) throw new Error(`${type} is not recognised`);
      const { failure, reports } = border(failureOf(type));
      expect(failure).toMatchObject({ type, message: sentence, nonRetryable: !retryable });
      expect(reports).toHaveLength(0);
    }
  });

  test('what nobody foresaw is reported once, under the id that the failure shows', () => {
    const { failure, reports } = border(databaseError('23505', 'Mario Rossi, via Roma 1'));
    const [report] = reports;
    expect(failure).toMatchObject({ type: 'unexpected', nonRetryable: false });
    expect(failure.message).toContain(report?.correlationId ?? 'no report');
    expect(report).toMatchObject({
      ...where,
      type: 'unexpected',
      error: { code: '23505', constraint: 'record_source_key', table: 'record' },
    });
  });

  test('a service that does not answer is told apart from a fault of ours, also behind a wrapper', () => {
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    for (const thrown of [
      away,
      new Error('wrapped', { cause: away }),
      databaseError('57P01', 'x'),
      databaseError('08006', 'x'),
      databaseError('57014', 'x'),
      // A full disk, and one that fails.
      databaseError('53100', 'x'),
      databaseError('58030', 'x'),
      // What the driver throws when its connection broke while nobody used it: words without a code.
      new Error('Client has encountered a connection error and is not queryable'),
      new Error('wrapped', { cause: new Error('Connection terminated unexpectedly') }),
    ]) {
      expect(border(thrown).failure).toMatchObject({ type: 'service-unreachable' });
    }
  });

  test('cancellation and asynchronous completion pass, since the SDK acts on them', () => {
    expect(border(new CancelledFailure('because Mario asked')).failure).toBeInstanceOf(CancelledFailure);
    expect(border(new CompleteAsyncError()).failure).toBeInstanceOf(CompleteAsyncError);
  });
});

describe('what the log is told of an error', () => {
  test('its name, its code and where it was thrown', () => {
    const description = describeError(Object.assign(new RangeError('secret'), { code: 'ETIMEDOUT' }));
    expect(description).toMatchObject({ name: 'RangeError', code: 'ETIMEDOUT' });
    expect(description.frames[0]).toMatch(/failures\.test\.ts:\d+:\d+/);
  });

  test('of causes at most three, so that a circle has an end', () => {
    const circle = new Error('one');
    circle.cause = circle;
    expect(JSON.stringify(describeError(circle)).match(/"name"/g)).toHaveLength(4);
  });
});
