/** Retention dates as tables and properties: month ends, leap years, daylight-saving changes, leads, the third day. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controllerId, recordClassId, recordId, unitId } from '../../domain/ids.ts';
import type { RetentionRule } from '../../domain/policy/policy.ts';
import { dueAt, retentionWindow, unitKey } from '../../domain/policy/retention-dates.ts';
import { addDays, localDateAt } from '../../domain/time/calendar.ts';
import { hours } from '../../domain/time/duration.ts';
import { epochMs, instant, instantFromEpoch, instantPlus, millisecondsBetween } from '../../domain/time/instant.ts';
import { daysInMonth, localDate } from '../../domain/time/local-date.ts';

const timeZone = 'Europe/Rome';
const atMost = (period: string, lead = 'P1D'): RetentionRule => ({ kind: 'at-most', period, lead });
const thirdDay: RetentionRule = { kind: 'end-of-day-after', days: 3 };
const hour = hours(1);

const anyInstant = fc
  .integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2090, 0, 1) })
  .map((milliseconds) => instantFromEpoch(milliseconds));
const anyUnit = fc.uuid({ version: 7 }).map((text) => unitId(text));

describe('retention window', () => {
  test.each([
    ['the same number', 'P6M', '2026-03-10T09:00:00+01:00', '2026-09-10', '2026-09-10T22:00:00.000Z'],
    [
      '31 August and six months: the last of February',
      'P6M',
      '2026-08-31T12:00:00+02:00',
      '2027-02-28',
      '2027-02-28T23:00:00.000Z',
    ],
    [
      '31 August and six months in a leap year',
      'P6M',
      '2027-08-31T12:00:00+02:00',
      '2028-02-29',
      '2028-02-29T23:00:00.000Z',
    ],
    ['29 February and five years', 'P5Y', '2024-02-29T12:00:00+01:00', '2029-02-28', '2029-02-28T23:00:00.000Z'],
    ['29 February and four years', 'P4Y', '2024-02-29T12:00:00+01:00', '2028-02-29', '2028-02-29T23:00:00.000Z'],
    [
      '30 September to 30 March, the zone having changed',
      'P6M',
      '2025-09-30T12:00:00+02:00',
      '2026-03-30',
      '2026-03-30T22:00:00.000Z',
    ],
    [
      'a bound on the day summer time begins',
      'P6M',
      '2025-09-29T12:00:00+02:00',
      '2026-03-29',
      '2026-03-29T22:00:00.000Z',
    ],
    [
      'a bound on the day summer time ends',
      'P6M',
      '2026-04-25T12:00:00+02:00',
      '2026-10-25',
      '2026-10-25T23:00:00.000Z',
    ],
    ['a holiday does not move the bound', 'P6M', '2026-06-25T12:00:00+02:00', '2026-12-25', '2026-12-25T23:00:00.000Z'],
    ['just before midnight in Rome', 'P1M', '2026-01-31T22:59:59.999Z', '2026-02-28', '2026-02-28T23:00:00.000Z'],
    ['just after midnight in Rome', 'P1M', '2026-01-31T23:00:00Z', '2026-03-01', '2026-03-01T23:00:00.000Z'],
  ])('%s', (_title, period, triggerAt, boundDay, boundAt) => {
    const window = retentionWindow({ rule: atMost(period), triggerAt: instant(triggerAt), timeZone });
    expect(window).toMatchObject({ boundDay, boundAt });
  });

  test.each([
    ['an ordinary week', '2026-05-04T08:00:00+02:00', '2026-05-07', '2026-05-07T22:00:00.000Z'],
    ['across the end of a year', '2026-12-30T23:30:00+01:00', '2027-01-02', '2027-01-02T23:00:00.000Z'],
    ['across the start of summer time', '2026-03-27T10:00:00+01:00', '2026-03-30', '2026-03-30T22:00:00.000Z'],
    ['across the end of summer time', '2026-10-23T10:00:00+02:00', '2026-10-26', '2026-10-26T23:00:00.000Z'],
    ['ending on a Sunday', '2026-05-07T10:00:00+02:00', '2026-05-10', '2026-05-10T22:00:00.000Z'],
    ['sent at the last millisecond of a day', '2026-05-04T21:59:59.999Z', '2026-05-07', '2026-05-07T22:00:00.000Z'],
    ['sent at the first of the next', '2026-05-04T22:00:00.000Z', '2026-05-08', '2026-05-08T22:00:00.000Z'],
  ])('the third day after sending ends with that day: %s', (_title, triggerAt, boundDay, boundAt) => {
    const window = retentionWindow({ rule: thirdDay, triggerAt: instant(triggerAt), timeZone });
    expect(window).toEqual({ boundDay, boundAt, opensAt: boundAt });
  });

  test('the lead opens the window with a local day, 23, 24 or 25 hours before the bound', () => {
    const lengthHours = (triggerAt: string): number => {
      const window = retentionWindow({ rule: atMost('P6M'), triggerAt: instant(triggerAt), timeZone });
      return millisecondsBetween(window.opensAt, window.boundAt) / hour;
    };
    expect(lengthHours('2025-09-29T12:00:00+02:00')).toBe(23);
    expect(lengthHours('2026-03-10T12:00:00+01:00')).toBe(24);
    expect(lengthHours('2026-04-25T12:00:00+02:00')).toBe(25);
  });

  test('a longer lead opens earlier and leaves the bound alone', () => {
    const triggerAt = instant('2026-03-10T12:00:00+01:00');
    expect(retentionWindow({ rule: atMost('P6M', 'P7D'), triggerAt, timeZone })).toEqual({
      boundDay: '2026-09-10',
      boundAt: '2026-09-10T22:00:00.000Z',
      opensAt: '2026-09-03T22:00:00.000Z',
    });
  });

  test('a day that does not begin at midnight begins when its zone says', () => {
    // Summer time begins at midnight of 29 March 2026 in Beirut: that day starts at 01:00.
    const window = retentionWindow({
      rule: atMost('P1M'),
      triggerAt: instant('2026-02-28T12:00:00Z'),
      timeZone: 'Asia/Beirut',
    });
    expect(window.boundAt).toBe('2026-03-28T22:00:00.000Z');
  });

  test('months: the bound has the number of the trigger day or is the last of its month', () => {
    fc.assert(
      fc.property(anyInstant, fc.integer({ min: 1, max: 120 }), (triggerAt, months) => {
        const { boundDay } = retentionWindow({ rule: atMost(`P${months}M`), triggerAt, timeZone });
        const trigger = localDateAt(triggerAt, timeZone);
        const monthIndex = Number(trigger.slice(0, 4)) * 12 + Number(trigger.slice(5, 7)) - 1 + months;
        const [year, month] = [Math.floor(monthIndex / 12), (monthIndex % 12) + 1];
        const day = Math.min(Number(trigger.slice(8)), daysInMonth(year, month));
        expect(boundDay).toBe(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
      }),
    );
  });

  test('the bound is the last instant at which it is the bound day in the zone', () => {
    fc.assert(
      fc.property(anyInstant, fc.constantFrom('P5Y', 'P6M', 'P1D'), (triggerAt, period) => {
        const { boundDay, boundAt } = retentionWindow({ rule: atMost(period), triggerAt, timeZone });
        expect(localDateAt(instantPlus(boundAt, -1), timeZone)).toBe(boundDay);
        expect(localDateAt(boundAt, timeZone)).toBe(addDays(boundDay, 1));
      }),
    );
  });

  test('a later trigger event never gives an earlier bound', () => {
    fc.assert(
      fc.property(
        anyInstant,
        fc.nat(40 * 24 * hour),
        fc.constantFrom(atMost('P6M'), atMost('P5Y'), thirdDay),
        (triggerAt, later, rule) => {
          const first = retentionWindow({ rule, triggerAt, timeZone });
          const second = retentionWindow({ rule, triggerAt: instantPlus(triggerAt, later), timeZone });
          expect(epochMs(second.boundAt)).toBeGreaterThanOrEqual(epochMs(first.boundAt));
        },
      ),
    );
  });
});

describe('due instant of a unit', () => {
  test('I2, I3: lies in the first three quarters of the window of an at-most rule, and is the same each time', () => {
    fc.assert(
      fc.property(anyInstant, anyUnit, fc.integer({ min: 1, max: 30 }), (triggerAt, unit, leadDays) => {
        const window = retentionWindow({ rule: atMost('P6M', `P${leadDays}D`), triggerAt, timeZone });
        const due = dueAt({ window, unitId: unit });
        expect(dueAt({ window, unitId: unit })).toBe(due);
        const share = millisecondsBetween(window.opensAt, due) / millisecondsBetween(window.opensAt, window.boundAt);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(0.75);
      }),
    );
  });

  test('is the bound itself where the rule names an instant', () => {
    fc.assert(
      fc.property(anyInstant, anyUnit, (triggerAt, unit) => {
        const window = retentionWindow({ rule: thirdDay, triggerAt, timeZone });
        expect(dueAt({ window, unitId: unit })).toBe(window.boundAt);
      }),
    );
  });

  test('units of one bound are spread evenly over those three quarters', () => {
    const window = retentionWindow({ rule: atMost('P5Y'), triggerAt: instant('2026-01-15T12:00:00+01:00'), timeZone });
    const spreadMs = 0.75 * millisecondsBetween(window.opensAt, window.boundAt);
    const slots = new Array<number>(24).fill(0);
    const units = 24_000;
    for (let count = 0; count < units; count += 1) {
      // Ids made in one go differ in few places only, as those of one ingestion do.
      const unit = unitId(`0193a000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`);
      const slot = Math.floor((millisecondsBetween(window.opensAt, dueAt({ window, unitId: unit })) / spreadMs) * 24);
      slots[slot] = (slots[slot] ?? 0) + 1;
    }
    for (const filled of slots) expect(Math.abs(filled - units / 24)).toBeLessThan(0.15 * (units / 24));
  });
});

describe('unit key', () => {
  const key = (unitSize: 'day' | 'record', boundDay: string, record: string, recordClass = 'sms'): string =>
    unitKey({
      controller: controllerId('inps'),
      recordClass: recordClassId(recordClass),
      unitSize,
      boundDay: localDate(boundDay),
      recordId: recordId(record),
    });
  const one = '0193a000-0000-7000-8000-000000000001';
  const other = '0193a000-0000-7000-8000-000000000002';

  test('records of a day class share a unit with those of the same class and bound day only', () => {
    expect(key('day', '2031-05-04', one)).toBe(key('day', '2031-05-04', other));
    expect(key('day', '2031-05-04', one)).not.toBe(key('day', '2031-05-05', other));
    expect(key('day', '2031-05-04', one)).not.toBe(key('day', '2031-05-04', other, 'portal-interaction'));
  });

  test('records of a record class never share one', () => {
    expect(key('record', '2031-05-04', one)).not.toBe(key('record', '2031-05-04', other));
    expect(key('record', '2031-05-04', one)).toBe(key('record', '2031-06-04', one));
  });
});
