/** The course of a notification to a recipient (Art. 19): what follows from each state, and what staff may record. */
import { describe, expect, test } from 'vitest';
import {
  countNotifications,
  isSettled,
  mayRecord,
  type NotificationCourse,
  type NotificationState,
  nextNotificationStep,
  notificationStates,
  staffRecords,
  waitingForNotification,
} from '../../domain/recipient/notification.ts';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instant, instantPlus } from '../../domain/time/instant.ts';

const orderedAt = instant('2027-03-05T09:00:00Z');
const day = (count: number): Instant => instantPlus(orderedAt, days(count));
const course = (state: NotificationState, change: Partial<NotificationCourse> = {}): NotificationCourse => ({
  state,
  means: 'webhook',
  orderedAt,
  chased: 0,
  alerts: 0,
  ...change,
});
const told = { at: day(1), by: 'webhook' } as const;

describe('what follows', () => {
  test('a notification that is due is delivered, for a week at most', () => {
    expect(nextNotificationStep(course('due'))).toEqual({ kind: 'deliver', giveUpAt: day(7) });
  });

  test('a recipient is reminded after 7, 14 and 21 days, then staff are called', () => {
    const first = course('told', { told });
    expect(nextNotificationStep(first)).toEqual({ kind: 'chase', at: day(8), round: 1 });
    const second = { ...first, chased: 1, chasedAt: day(8) };
    expect(nextNotificationStep(second)).toEqual({ kind: 'chase', at: day(15), round: 2 });
    const third = { ...first, chased: 2, chasedAt: day(15) };
    expect(nextNotificationStep(third)).toEqual({ kind: 'chase', at: day(22), round: 3 });
    const last = { ...first, chased: 3, chasedAt: day(22) };
    expect(nextNotificationStep(last)).toEqual({ kind: 'give-up-waiting', at: day(29) });
  });

  test.each(['by-hand', 'refused', 'undeliverable', 'unanswered'] as const)(
    'the office is mailed at once and weekly when staff must look (%s), four times in all',
    (state) => {
      const waiting = course(state, { staffSince: day(2) });
      expect(nextNotificationStep(waiting)).toEqual({ kind: 'alert', at: day(2), round: 1 });
      expect(nextNotificationStep({ ...waiting, alerts: 3 })).toEqual({ kind: 'alert', at: day(23), round: 4 });
      expect(nextNotificationStep({ ...waiting, alerts: 4 })).toEqual({ kind: 'wait' });
    },
  );

  test.each(['acknowledged', 'impossible', 'disproportionate'] as const)('nothing follows on %s', (state) => {
    expect(nextNotificationStep(course(state, { told }))).toEqual({ kind: 'end' });
  });

  test('told by hand is done: there is nobody the machine could remind', () => {
    expect(nextNotificationStep(course('told', { told: { at: day(1), by: 'by-hand' } }))).toEqual({ kind: 'end' });
  });

  test('it is settled exactly when it waits for nobody', () => {
    for (const state of notificationStates) {
      for (const by of ['email', 'by-hand'] as const) {
        const one = course(state, { told: { at: day(1), by } });
        expect(isSettled(one)).toBe(waitingForNotification(one) === 'nobody');
        expect(nextNotificationStep(one).kind === 'end').toBe(isSettled(one));
      }
    }
  });
});

describe('what staff may record', () => {
  const table = notificationStates.flatMap((state) =>
    staffRecords.flatMap((record) => [true, false].map((wasTold) => ({ state, record, wasTold }))),
  );
  // Told once, it was not impossible to tell; acknowledged, it is over; and nobody acknowledges what was not told.
  const allowed = ({ state, record, wasTold }: (typeof table)[number]): boolean =>
    record === 'told-by-hand'
      ? state !== 'acknowledged'
      : record === 'acknowledged'
        ? wasTold && state !== 'acknowledged'
        : !wasTold && state !== 'impossible' && state !== 'disproportionate';

  test.each(table)('$record while $state, told before: $wasTold', (line) => {
    const now = course(line.state, line.wasTold ? { told } : {});
    expect(mayRecord(now, line.record)).toBe(allowed(line));
  });

  test('telling it by hand is recorded once', () => {
    expect(mayRecord(course('told', { told: { at: day(1), by: 'by-hand' } }), 'told-by-hand')).toBe(false);
  });
});

describe('how far the telling is', () => {
  test.each(notificationStates)(
    'a task that is %s counts as told, open or excused, and as one of them only',
    (state) => {
      const wasTold = ['told', 'unanswered', 'acknowledged'].includes(state);
      const {
        told: toldOnes,
        open,
        openWithStaff,
        excused,
        acknowledged,
      } = countNotifications([course(state, wasTold ? { told } : {})]);
      expect(toldOnes + open + excused).toBe(1);
      expect(toldOnes).toBe(wasTold ? 1 : 0);
      expect(acknowledged).toBe(state === 'acknowledged' ? 1 : 0);
      expect(openWithStaff).toBe(['by-hand', 'refused', 'undeliverable'].includes(state) ? 1 : 0);
    },
  );
});
