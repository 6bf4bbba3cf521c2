/** Working days: which days rest by law, at which seat, and how a date moves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dayOfWeek, daysBetween } from '../../domain/time/calendar.ts';
import { holidayCalendar } from '../../domain/time/holiday-calendar.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import { isWorkingDay, moveToWorkingDay, restDay, workingDayBefore } from '../../domain/time/working-days.ts';

const rome = holidayCalendar({ country: 'IT', municipality: 'Roma', court: 'Tribunale di Roma' });
const milan = holidayCalendar({ country: 'IT', municipality: 'Milano', court: 'Tribunale di Milano' });

const anyDate = fc
  .integer({ min: 0, max: 30_000 })
  .map((days) => localDate(new Date(Date.UTC(2018, 0, 1 + days)).toISOString().slice(0, 10)));

/** Easter Sunday by the anonymous Gregorian algorithm, as a check on the library. */
const easterSunday = (year: number): LocalDate => {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  const day = (h + l - 7 * m + 33 * month + 19) % 32;
  return localDate(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
};

describe('holidays of the State', () => {
  test('from 2018 to 2080 the working days are those without Saturday, Sunday and the listed holidays', () => {
    const fixed = ['01-01', '01-06', '04-25', '05-01', '06-02', '08-15', '11-01', '12-08', '12-25', '12-26'];
    for (let year = 2018; year <= 2080; year += 1) {
      const listed = new Set([
        ...fixed.map((day) => `${year}-${day}`),
        addDays(easterSunday(year), 1),
        ...(year >= 2026 ? [`${year}-10-04`] : []),
      ]);
      for (let date = localDate(`${year}-01-01`); date.startsWith(String(year)); date = addDays(date, 1)) {
        expect([date, isWorkingDay(milan, date)]).toEqual([date, dayOfWeek(date) < 6 && !listed.has(date)]);
      }
    }
  });

  test('4 October rests from 2026 on, not before', () => {
    expect(isWorkingDay(rome, localDate('2027-10-04'))).toBe(false);
    expect(isWorkingDay(rome, localDate('2023-10-04'))).toBe(true);
  });

  test.each(['2026-04-03', '2026-12-24', '2026-12-31', '2026-11-04', '2026-03-19', '2026-05-14', '2026-06-04'])(
    '%s is a working day, whatever people do on it',
    (date) => {
      expect(isWorkingDay(rome, localDate(date))).toBe(true);
    },
  );
});

describe('holidays of the seat', () => {
  test('29 June is legal in Rome and an ordinary day in Milan', () => {
    const date = localDate('2026-06-29');
    expect(restDay(rome, date)).toMatchObject({ kind: 'holiday', holiday: { legal: true, scope: 'municipality' } });
    expect(isWorkingDay(milan, date)).toBe(true);
  });

  test("Sant'Ambrogio is known in Milan and not legal", () => {
    const date = localDate('2026-12-07');
    expect(milan.holidayOn(date)).toMatchObject({ name: "Sant'Ambrogio", legal: false });
    expect(isWorkingDay(milan, date)).toBe(true);
    expect(rome.holidayOn(date)).toBeUndefined();
  });

  test('a policy adds a holiday of its own seat, legal or not; 29 February in leap years only', () => {
    const seat = { country: 'IT', municipality: 'Prova', court: 'Tribunale di Prova' } as const;
    const calendar = holidayCalendar({
      ...seat,
      localHolidays: [
        { monthDay: '03-10', name: 'Legale', legal: true, source: 'prova' },
        { monthDay: '03-11', name: 'Uso', legal: false, source: 'prova' },
        { monthDay: '02-29', name: 'Bisestile', legal: true, source: 'prova' },
      ],
    });
    expect(isWorkingDay(calendar, localDate('2026-03-10'))).toBe(false);
    expect(isWorkingDay(calendar, localDate('2026-03-11'))).toBe(true);
    expect(isWorkingDay(calendar, localDate('2028-02-29'))).toBe(false);
    expect(isWorkingDay(calendar, localDate('2027-03-01'))).toBe(true);
  });
});

describe('moving a date', () => {
  test('Christmas on a Friday moves to Monday, with each day named', () => {
    const { date, because } = moveToWorkingDay(rome, localDate('2026-12-25'));
    expect(date).toBe('2026-12-28');
    expect(because.map(({ kind }) => kind)).toEqual(['holiday', 'holiday', 'sunday']);
  });

  test('a date moves to the first working day that is not before it', () => {
    fc.assert(
      fc.property(anyDate, fc.constantFrom(rome, milan), (date, calendar) => {
        const moved = moveToWorkingDay(calendar, date);
        expect(isWorkingDay(calendar, moved.date)).toBe(true);
        expect(moved.because.map((rest) => rest.date)).toEqual(
          Array.from({ length: daysBetween(date, moved.date) }, (_unused, index) => addDays(date, index)),
        );
        for (const rest of moved.because) expect(isWorkingDay(calendar, rest.date)).toBe(false);
      }),
    );
  });

  test('the n-th working day before a date leaves n - 1 working days between', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: 1, max: 6 }), (date, count) => {
        const before = workingDayBefore(rome, date, count);
        expect(isWorkingDay(rome, before)).toBe(true);
        let between = 0;
        for (let day = addDays(before, 1); day < date; day = addDays(day, 1)) if (isWorkingDay(rome, day)) between += 1;
        expect(between).toBe(count - 1);
      }),
    );
  });
});
