/** Instants, dates and periods as they are read from outside. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addPeriod, daysBetween, isTimeZone } from '../../domain/time/calendar.ts';
import { epochMs, instantFromEpoch, parseInstant } from '../../domain/time/instant.ts';
import { localDate, parseLocalDate } from '../../domain/time/local-date.ts';
import { parsePeriod, shortestDays } from '../../domain/time/period.ts';

describe('instant', () => {
  test.each([
    ['2026-03-05T10:00:00Z', '2026-03-05T10:00:00.000Z'],
    ['2026-03-05T10:00:00+01:00', '2026-03-05T09:00:00.000Z'],
    ['2026-03-05T10:00+0100', '2026-03-05T09:00:00.000Z'],
    ['2026-03-05T00:30:00-08:00', '2026-03-05T08:30:00.000Z'],
    ['2026-01-01T00:00:00.123456789+14:00', '2025-12-31T10:00:00.123Z'],
    ['2024-02-29T23:59:59.9Z', '2024-02-29T23:59:59.900Z'],
  ])('%s is read as %s', (text, expected) => {
    expect(parseInstant(text)).toEqual({ ok: true, value: expected });
  });

  test.each([
    ['a day that does not exist', '2026-02-30T10:00:00Z'],
    ['29 February of a common year', '2026-02-29T10:00:00Z'],
    ['month 13', '2026-13-01T10:00:00Z'],
    ['hour 24', '2026-03-05T24:00:00Z'],
    ['minute 60', '2026-03-05T10:60:00Z'],
    ['no offset', '2026-03-05T10:00:00'],
    ['no time', '2026-03-05'],
    ['an offset no zone has', '2026-03-05T10:00:00+15:00'],
    ['a zone name', '2026-03-05T10:00:00 CET'],
    ['a year of a slipped key', '0206-03-05T10:00:00Z'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseInstant(text).ok).toBe(false);
  });

  test('of what is in the one form already, it takes what exists and nothing else, as it stands', () => {
    const digits = (length: number, max: number) =>
      fc.integer({ min: 0, max }).map((number) => String(number).padStart(length, '0'));
    const fields = fc.tuple(
      digits(4, 3_100),
      digits(2, 13),
      digits(2, 32),
      digits(2, 25),
      digits(2, 61),
      digits(2, 61),
    );
    fc.assert(
      fc.property(fields, digits(3, 999), ([year, month, day, hour, minute, second], rest) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}Z`;
        const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
        const inRange = Number(year) >= 1900 && Number(year) <= 2999;
        const exists = inRange && new Date(at + Number(rest)).toISOString() === text;
        expect(parseInstant(text)).toEqual(
          exists ? { ok: true, value: text } : { ok: false, reason: expect.any(String) },
        );
      }),
      { numRuns: 3_000 },
    );
  });

  test('what it writes it reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2999, 11, 31) }), (milliseconds) => {
        const written = instantFromEpoch(milliseconds);
        expect(parseInstant(written)).toEqual({ ok: true, value: written });
        expect(epochMs(written)).toBe(milliseconds);
      }),
    );
  });
});

describe('local date', () => {
  test.each([
    '2026-02-30',
    '2026-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-00-10',
    '2026-1-1',
    '2026-01-00',
    '20260101',
    '3026-01-01',
  ])('refuses %s', (text) => {
    expect(parseLocalDate(text).ok).toBe(false);
  });

  test.each(['2024-02-29', '2000-02-29', '2026-12-31'])('takes %s', (text) => {
    expect(parseLocalDate(text)).toEqual({ ok: true, value: text });
  });
});

describe('period', () => {
  test.each([
    ['P5Y', { years: 5, months: 0, days: 0 }],
    ['P6M', { years: 0, months: 6, days: 0 }],
    ['P1Y2M3D', { years: 1, months: 2, days: 3 }],
    ['P2W', { years: 0, months: 0, days: 14 }],
  ])('reads %s', (text, expected) => {
    expect(parsePeriod(text)).toEqual({ ok: true, value: expected });
  });

  test.each(['P', 'P0D', '5Y', 'PT5H', 'P1.5Y', 'P-1D', 'p5y', 'P5Y ', ''])('refuses "%s"', (text) => {
    expect(parsePeriod(text).ok).toBe(false);
  });

  test('its shortest length is never longer than what it lasts', () => {
    const days = fc.integer({ min: 0, max: 40_000 });
    fc.assert(
      fc.property(days, fc.nat(8), fc.nat(30), fc.nat(60), (start, years, months, extraDays) => {
        const from = localDate(new Date(Date.UTC(1950, 0, 1 + start)).toISOString().slice(0, 10));
        const length = { years, months, days: extraDays };
        expect(shortestDays(length)).toBeLessThanOrEqual(daysBetween(from, addPeriod(from, length)));
      }),
      { numRuns: 1000 },
    );
  });
});

test('a time zone is one the runtime knows by name', () => {
  expect(isTimeZone('Europe/Rome')).toBe(true);
  expect(isTimeZone('Europe/Milano')).toBe(false);
  expect(isTimeZone('+01:00')).toBe(false);
});
