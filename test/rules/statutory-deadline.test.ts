/** The statutory clock against tables and properties. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClockEvents } from '../../domain/request/clock/clock.ts';
import { daysUsed, type StatutoryDeadline, statutoryDeadline } from '../../domain/request/clock/statutory-deadline.ts';
import { addDays, addPeriod, daysBetween, localDateAt } from '../../domain/time/calendar.ts';
import { days } from '../../domain/time/duration.ts';
import { holidayCalendar } from '../../domain/time/holiday-calendar.ts';
import { type Instant, instant, instantFromEpoch, instantPlus } from '../../domain/time/instant.ts';
import { localDate } from '../../domain/time/local-date.ts';
import { isWorkingDay, moveToWorkingDay } from '../../domain/time/working-days.ts';

const timeZone = 'Europe/Rome';
const seats = {
  inps: holidayCalendar({ country: 'IT', municipality: 'Roma', court: 'Tribunale di Roma' }),
  milano: holidayCalendar({ country: 'IT', municipality: 'Milano', court: 'Tribunale di Milano' }),
};
type Seat = keyof typeof seats;

const clock = (events: ClockEvents, seat: Seat = 'inps'): StatutoryDeadline =>
  statutoryDeadline({ events, timeZone, calendar: seats[seat] });

/** Noon of a day in Rome, give or take the hour of summer time. */
const noon = (date: string): Instant => instant(`${date}T11:00:00Z`);
const received = (date: string, rest: Partial<ClockEvents> = {}): ClockEvents => ({
  receivedAt: noon(date),
  pauses: [],
  ...rest,
});
const pause = (from: string, to?: string): ClockEvents['pauses'][number] => ({
  from: noon(from),
  ...(to === undefined ? {} : { to: noon(to) }),
});
const codes = ({ explanation }: StatutoryDeadline): readonly string[] => explanation.map(({ code }) => code);

describe('one month from receipt', () => {
  test.each([
    ['same number', '2026-03-10', '2026-04-10', '2026-04-10'],
    ['31 August: 30 September', '2026-08-31', '2026-09-30', '2026-09-30'],
    ['31 January of a leap year: 29 February', '2028-01-31', '2028-02-29', '2028-02-29'],
    ['31 January: 28 February, a Saturday', '2026-01-31', '2026-03-02', '2026-03-02'],
    ['29 January: 28 February, a Sunday', '2027-01-29', '2027-03-01', '2027-03-01'],
    ['28 February: 28 March, not the 31st; a Saturday', '2026-02-28', '2026-03-30', '2026-03-30'],
    ['29 February: 29 March, Good Friday, a working day', '2024-02-29', '2024-03-29', '2024-03-29'],
    ['Easter Sunday and Monday', '2026-03-05', '2026-04-07', '2026-04-07'],
    ['Easter Monday alone', '2026-03-06', '2026-04-07', '2026-04-07'],
    ['Christmas, a Friday', '2026-11-25', '2026-12-28', '2026-12-28'],
    ['31 December: 31 January, a Sunday', '2026-12-31', '2027-02-01', '2027-02-01'],
    ['New Year and the weekend after it', '2026-12-01', '2027-01-04', '2027-01-04'],
    ['Sunday 3 October 2027, then the new holiday', '2027-09-03', '2027-10-05', '2027-10-05'],
    ['Monday 4 October 2027', '2027-09-04', '2027-10-05', '2027-10-05'],
    ['4 October before it was a holiday', '2023-09-04', '2023-10-04', '2023-10-04'],
    ['29 June: a holiday in Rome only', '2026-05-29', '2026-06-30', '2026-06-29'],
    ['the weekend before 29 June', '2026-05-27', '2026-06-30', '2026-06-29'],
    ['7 December: a patron saint moves nothing', '2026-11-07', '2026-12-07', '2026-12-07'],
    ['Sunday 6 December: to the patron saint of Milan', '2026-11-06', '2026-12-07', '2026-12-07'],
    ['8 December', '2026-11-08', '2026-12-09', '2026-12-09'],
    ['received on a Sunday: the start does not move', '2026-03-15', '2026-04-15', '2026-04-15'],
    ['received on a holiday', '2026-06-02', '2026-07-02', '2026-07-02'],
  ])('%s (received %s)', (_title, receivedOn, inps, milano) => {
    expect(clock(received(receivedOn), 'inps').lastDay).toBe(inps);
    expect(clock(received(receivedOn), 'milano').lastDay).toBe(milano);
  });

  test.each([
    ['a minute before midnight in Rome', '2026-03-09T23:59:00+01:00', '2026-04-09'],
    ['at midnight in Rome', '2026-03-10T00:00:00+01:00', '2026-04-10'],
    ['evening in New York, after midnight in Rome', '2026-03-09T19:30:00-04:00', '2026-04-10'],
    ['morning in Tokyo, still the day before in Rome', '2026-03-10T07:59:59+09:00', '2026-04-09'],
    ['after midnight in summer', '2026-07-14T22:00:00Z', '2026-08-17'],
    ['a minute earlier', '2026-07-14T21:59:00Z', '2026-08-14'],
  ])('the date in Rome counts, wherever the sender was: %s', (_title, receivedAt, lastDay) => {
    expect(clock({ receivedAt: instant(receivedAt), pauses: [] }).lastDay).toBe(lastDay);
  });

  test.each([
    ['winter', '2026-01-12', '2026-02-12T23:00:00.000Z'],
    ['summer', '2026-06-10', '2026-07-10T22:00:00.000Z'],
    ['the Friday before summer time begins', '2026-02-27', '2026-03-27T23:00:00.000Z'],
    ['the Monday after it began', '2026-03-01', '2026-04-01T22:00:00.000Z'],
    ['the Friday before summer time ends', '2026-09-23', '2026-10-23T22:00:00.000Z'],
    ['moved across the end of summer time', '2026-09-25', '2026-10-26T23:00:00.000Z'],
    ['moved across the start of summer time', '2026-02-28', '2026-03-30T22:00:00.000Z'],
  ])('the deadline is the end of the last day in Rome: %s', (_title, receivedOn, dueAt) => {
    expect(clock(received(receivedOn)).dueAt).toBe(dueAt);
  });
});

describe('pauses', () => {
  test('five days before the question and eighteen after the answer are twenty-three days used', () => {
    const deadline = clock(received('2026-06-01', { pauses: [pause('2026-06-06', '2026-07-01')] }));
    expect(daysUsed(deadline, localDate('2026-06-06'))).toBe(5);
    expect(daysUsed(deadline, localDate('2026-06-20'))).toBe(5);
    expect(daysUsed(deadline, localDate('2026-07-01'))).toBe(5);
    expect(daysUsed(deadline, localDate('2026-07-19'))).toBe(23);
    // 1 July and the 25 days of the pause: Sunday 26 July, moved once.
    expect(deadline.lastDay).toBe('2026-07-27');
    expect(deadline.unpausedLastDay).toBe('2026-07-01');
  });

  test('days are added to the unmoved last day, which then moves once', () => {
    // Unmoved: Easter Sunday 5 April; moved first and then added to, it would be the 17th.
    expect(clock(received('2026-03-05', { pauses: [pause('2026-03-20', '2026-03-30')] })).lastDay).toBe('2026-04-15');
  });

  test('a pause never restarts the month', () => {
    const deadline = clock(received('2026-03-10', { pauses: [pause('2026-04-09', '2026-04-20')] }));
    expect(deadline.lastDay).toBe('2026-04-21');
  });

  test.each([
    ['on the last day', '2026-04-10', '2026-04-20', '2026-04-20'],
    ['the day after', '2026-04-11', '2026-04-20', '2026-04-10'],
  ])('asked %s', (_title, from, to, lastDay) => {
    expect(clock(received('2026-03-10', { pauses: [pause(from, to)] })).lastDay).toBe(lastDay);
  });

  test('asked on the day to which the last day moved: it counts; asked after it: it does not', () => {
    const onIt = clock(received('2026-03-05', { pauses: [pause('2026-04-07', '2026-04-17')] }));
    expect(onIt.lastDay).toBe('2026-04-15');
    const afterIt = clock(received('2026-03-05', { pauses: [pause('2026-04-08', '2026-04-18')] }));
    expect(afterIt.lastDay).toBe('2026-04-07');
    expect(codes(afterIt)).toContain('asked-too-late');
  });

  test('while a question is open there is no last day, but the one without pauses is still told', () => {
    const deadline = clock(received('2026-03-10', { pauses: [pause('2026-03-15')] }));
    expect(deadline.lastDay).toBeUndefined();
    expect(deadline.dueAt).toBeUndefined();
    expect(deadline.firstMonthLastDay).toBeUndefined();
    expect(deadline.unpausedLastDay).toBe('2026-04-10');
    expect(deadline.unpausedDeliverBy).toBe('2026-04-07');
    expect(codes(deadline).at(-1)).toBe('stands-still');
  });

  test('an open question that came too late leaves the last day as it was', () => {
    expect(clock(received('2026-03-10', { pauses: [pause('2026-04-11')] })).lastDay).toBe('2026-04-10');
  });

  test.each([
    ['overlapping', [pause('2026-03-12', '2026-03-20'), pause('2026-03-15', '2026-03-25')], '2026-04-23'],
    ['one inside the other', [pause('2026-03-12', '2026-03-25'), pause('2026-03-15', '2026-03-20')], '2026-04-23'],
    ['touching', [pause('2026-03-12', '2026-03-20'), pause('2026-03-20', '2026-03-25')], '2026-04-23'],
    ['the same twice', [pause('2026-03-12', '2026-03-25'), pause('2026-03-12', '2026-03-25')], '2026-04-23'],
    [
      'apart, given in the wrong order',
      [pause('2026-03-22', '2026-03-27'), pause('2026-03-12', '2026-03-20')],
      '2026-04-23',
    ],
    ['answered the same day', [pause('2026-03-12', '2026-03-12')], '2026-04-10'],
    [
      'a later question, asked in time only because of the first',
      [pause('2026-03-12', '2026-03-20'), pause('2026-04-15', '2026-04-20')],
      '2026-04-23',
    ],
  ])('no day counts twice: %s', (_title, pauses, lastDay) => {
    expect(clock(received('2026-03-10', { pauses })).lastDay).toBe(lastDay);
  });
});

describe('extension', () => {
  const extension = (toldOn: string, months: 1 | 2) => ({ months, toldAt: noon(toldOn) });

  test.each([
    ['one more month', '2026-03-10', '2026-04-01', 1, '2026-05-11'],
    ['two more months from receipt', '2026-03-10', '2026-04-01', 2, '2026-06-10'],
    ['31 January and two: 30 April', '2026-01-31', '2026-02-20', 2, '2026-04-30'],
    ['31 January and one: 31 March', '2026-01-31', '2026-02-20', 1, '2026-03-31'],
    ['31 December and two: 31 March', '2026-12-31', '2027-01-15', 2, '2027-03-31'],
    ['30 November and two: 28 February, a Sunday', '2026-11-30', '2026-12-15', 2, '2027-03-01'],
  ] as const)('%s', (_title, receivedOn, toldOn, months, lastDay) => {
    const deadline = clock(received(receivedOn, { extension: extension(toldOn, months) }));
    expect(deadline).toMatchObject({ lastDay, extensionValid: true });
  });

  test('told on the last day of the first month, as moved, it counts; a minute after midnight it is void', () => {
    const told = (toldAt: string) =>
      clock(received('2026-03-05', { extension: { months: 2, toldAt: instant(toldAt) } }));
    expect(told('2026-04-07T23:59:00+02:00')).toMatchObject({ lastDay: '2026-06-05', extensionValid: true });
    expect(told('2026-04-08T00:00:00+02:00')).toMatchObject({ lastDay: '2026-04-07', extensionValid: false });
    expect(codes(told('2026-04-08T00:00:00+02:00'))).toContain('extension-void');
  });

  test('pauses add to the extended last day, whether asked before the extension or after it', () => {
    const before = received('2026-03-10', {
      pauses: [pause('2026-03-15', '2026-03-25')],
      extension: extension('2026-04-01', 1),
    });
    const after = received('2026-03-10', {
      pauses: [pause('2026-04-05', '2026-04-15')],
      extension: extension('2026-04-01', 1),
    });
    expect(clock(before).lastDay).toBe('2026-05-20');
    expect(clock(after).lastDay).toBe('2026-05-20');
  });

  test('a pause makes the first month longer, and so the time to tell an extension', () => {
    const events = received('2026-03-10', {
      pauses: [pause('2026-03-15', '2026-03-25')],
      extension: extension('2026-04-20', 1),
    });
    expect(clock(events)).toMatchObject({ lastDay: '2026-05-20', extensionValid: true });
    expect(clock(events).unpausedLastDay).toBe('2026-04-10');
  });

  test('told while the clock stands still it counts', () => {
    const events = received('2026-03-10', { pauses: [pause('2026-03-15')], extension: extension('2026-05-01', 2) });
    expect(clock(events)).toMatchObject({ extensionValid: true });
    expect(clock(events).lastDay).toBeUndefined();
  });

  test('a refusal is due inside the first month all the same, and a question in the second does not reopen it', () => {
    const events = received('2026-03-10', {
      pauses: [pause('2026-04-20', '2026-04-30')],
      extension: extension('2026-04-01', 2),
    });
    expect(clock(events)).toMatchObject({ lastDay: '2026-06-22', firstMonthLastDay: '2026-04-10' });
    expect(
      clock(received('2026-03-10', { extension: extension('2026-04-01', 2), pauses: [pause('2026-04-20')] })),
    ).toMatchObject({
      firstMonthLastDay: '2026-04-10',
    });
  });

  test('a question asked between the first month and the extended last day counts only if the extension does', () => {
    const question = { pauses: [pause('2026-04-20', '2026-04-30')] };
    expect(clock(received('2026-03-10', { ...question, extension: extension('2026-04-01', 1) })).lastDay).toBe(
      '2026-05-20',
    );
    expect(clock(received('2026-03-10', { ...question, extension: extension('2026-04-12', 1) })).lastDay).toBe(
      '2026-04-10',
    );
  });
});

describe('what staff work to', () => {
  test('the answer is delivered three working days before, over Easter', () => {
    // Tuesday 7 April; Easter Monday, Sunday and Saturday do not count: Friday 3, Thursday 2, Wednesday 1.
    expect(clock(received('2026-03-05')).deliverBy).toBe('2026-04-01');
  });

  test('29 June counts for INPS, but the plan is for the 29th', () => {
    const deadline = clock(received('2026-05-29'));
    expect(deadline).toMatchObject({ lastDay: '2026-06-30', plannedLastDay: '2026-06-29', deliverBy: '2026-06-24' });
    expect(codes(deadline)).toContain('plan-earlier');
  });

  test('the internal target is twenty days after receipt, on a working day, and moves with pauses', () => {
    expect(clock(received('2026-03-10')).targetDay).toBe('2026-03-30');
    expect(clock(received('2026-03-12')).targetDay).toBe('2026-04-01');
    expect(clock(received('2026-03-15')).targetDay).toBe('2026-04-03');
    expect(clock(received('2026-03-10', { pauses: [pause('2026-03-12', '2026-03-15')] })).targetDay).toBe('2026-04-02');
  });
});

describe('the explanation', () => {
  test('lists events and rules in order, with what moved the last day', () => {
    const deadline = clock(
      received('2026-03-05', {
        pauses: [pause('2026-03-10', '2026-03-12'), pause('2026-07-30')],
        extension: { months: 1, toldAt: noon('2026-04-02') },
      }),
    );
    // 5 May and two days.
    expect(deadline.lastDay).toBe('2026-05-07');
    expect(deadline.explanation.map(({ code, date }) => [code, date])).toEqual([
      ['received', '2026-03-05'],
      ['month-ends', '2026-04-05'],
      ['question-asked', '2026-03-10'],
      ['question-answered', '2026-03-12'],
      ['extended', '2026-04-02'],
      ['asked-too-late', '2026-07-30'],
      ['last-day', '2026-05-07'],
      ['refusal-told-by', '2026-04-07'],
      ['deliver-by', '2026-05-04'],
      ['target', '2026-03-27'],
    ]);
  });

  test('names the holiday that moved the day and the one that did not', () => {
    const moved = clock(received('2027-09-03')).explanation.find(({ code }) => code === 'moved');
    expect(moved).toMatchObject({
      from: '2027-10-03',
      date: '2027-10-05',
      because: [{ kind: 'sunday' }, { kind: 'holiday' }],
    });
    const stayed = clock(received('2026-11-07'), 'milano').explanation.find(({ code }) => code === 'not-moved');
    expect(stayed).toMatchObject({ date: '2026-12-07', holiday: { name: "Sant'Ambrogio", legal: false } });
  });
});

describe('properties', () => {
  const day = days(1);
  const receipt = fc
    .integer({ min: Date.UTC(2018, 4, 25), max: Date.UTC(2060, 0, 1) })
    .map((milliseconds) => instantFromEpoch(milliseconds));
  const seat = fc.constantFrom<Seat>('inps', 'milano');
  const gap = fc.record({ start: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 40 }) });
  const gaps = fc.array(gap, { maxLength: 4 });
  const pausesAfter = (receivedAt: Instant, list: readonly { readonly start: number; readonly length: number }[]) =>
    list.map(({ start, length }) => ({
      from: instantPlus(receivedAt, start * day),
      to: instantPlus(receivedAt, (start + length) * day),
    }));
  const extension = fc.option(
    fc.record({ after: fc.integer({ min: 0, max: 50 }), months: fc.constantFrom<1 | 2>(1, 2) }),
    {
      nil: undefined,
    },
  );
  const eventsOf = (
    receivedAt: Instant,
    list: Parameters<typeof pausesAfter>[1],
    told: { after: number; months: 1 | 2 } | undefined,
  ): ClockEvents => ({
    receivedAt,
    pauses: pausesAfter(receivedAt, list),
    ...(told ? { extension: { months: told.months, toldAt: instantPlus(receivedAt, told.after * day) } } : {}),
  });

  test('the last day is a working day, and delivery, target and refusal lie where they must', () => {
    fc.assert(
      fc.property(receipt, gaps, extension, seat, (receivedAt, list, told, where) => {
        const deadline = clock(eventsOf(receivedAt, list, told), where);
        const { lastDay, plannedLastDay, deliverBy, targetDay, firstMonthLastDay } = deadline;
        if (!lastDay || !plannedLastDay || !deliverBy || !targetDay || !firstMonthLastDay)
          throw new Error('stands still');
        expect(isWorkingDay(seats[where], lastDay)).toBe(true);
        expect(plannedLastDay <= lastDay).toBe(true);
        expect(deliverBy < plannedLastDay).toBe(true);
        expect(targetDay <= deliverBy).toBe(true);
        expect(firstMonthLastDay <= lastDay).toBe(true);
        expect(deadline.unpausedLastDay <= lastDay || deadline.extensionValid === false).toBe(true);
        expect(localDateAt(instantPlus(deadline.dueAt ?? receivedAt, -1), timeZone)).toBe(lastDay);
      }),
      { numRuns: 500 },
    );
  });

  test('one pause asked in time moves the last day by its own length, then on to a working day', () => {
    fc.assert(
      fc.property(receipt, gap, seat, (receivedAt, one, where) => {
        const calendar = seats[where];
        const receivedOn = localDateAt(receivedAt, timeZone);
        const unmoved = addPeriod(receivedOn, { years: 0, months: 1, days: 0 });
        const [only] = pausesAfter(receivedAt, [one]);
        if (!only) throw new Error('no pause');
        const [from, to] = [localDateAt(only.from, timeZone), localDateAt(only.to, timeZone)];
        const inTime = from <= moveToWorkingDay(calendar, unmoved).date;
        const expected = moveToWorkingDay(calendar, inTime ? addDays(unmoved, daysBetween(from, to)) : unmoved).date;
        expect(clock({ receivedAt, pauses: [only] }, where).lastDay).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('the order in which pauses are listed, and cutting one in two, change nothing', () => {
    fc.assert(
      fc.property(
        receipt,
        gaps,
        gap,
        fc.integer({ min: 0, max: 40 }),
        extension,
        (receivedAt, list, one, cut, told) => {
          const whole = clock(eventsOf(receivedAt, [...list, one], told));
          const at = Math.min(cut, one.length);
          const parts = [
            { start: one.start + at, length: one.length - at },
            { start: one.start, length: at },
          ];
          expect(clock(eventsOf(receivedAt, [...parts, ...[...list].reverse()], told)).lastDay).toBe(whole.lastDay);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a pause or an extension never brings the last day forward', () => {
    fc.assert(
      fc.property(receipt, gaps, extension, (receivedAt, list, told) => {
        const plain = clock({ receivedAt, pauses: [] }).lastDay;
        const full = clock(eventsOf(receivedAt, list, told)).lastDay;
        if (!plain || !full) throw new Error('stands still');
        expect(full >= plain).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('a later receipt never has an earlier last day', () => {
    fc.assert(
      fc.property(receipt, fc.nat(40 * day), seat, (receivedAt, later, where) => {
        const [first, second] = [receivedAt, instantPlus(receivedAt, later)].map(
          (at) => clock({ receivedAt: at, pauses: [] }, where).lastDay,
        );
        if (!first || !second) throw new Error('stands still');
        expect(second >= first).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('days used and days the clock stood still are all the days since receipt', () => {
    fc.assert(
      fc.property(receipt, gaps, fc.integer({ min: 0, max: 200 }), (receivedAt, list, after) => {
        const deadline = clock(eventsOf(receivedAt, list, undefined));
        const on = addDays(deadline.receivedOn, after);
        let stoodStill = 0;
        for (let date = deadline.receivedOn; date < on; date = addDays(date, 1)) {
          if (deadline.pauses.some(({ from, to }) => from <= date && to !== undefined && date < to)) stoodStill += 1;
        }
        expect(daysUsed(deadline, on) + stoodStill).toBe(after);
      }),
    );
  });
});
