/** The statutory clock of each controller's seat. Not for workflows: knows holidays. */

import { given } from '../../given.ts';
import type { ControllerId } from '../../ids.ts';
import type { Policy } from '../../policy/policy.ts';
import { holidayCalendar } from '../../time/holiday-calendar.ts';
import type { HolidayCalendar } from '../../time/working-days.ts';
import type { ClockEvents, ComputedClock } from './clock.ts';
import { type StatutoryDeadline, statutoryDeadline } from './statutory-deadline.ts';

/**
 * Computes the clock of a case in the zone and with the holidays of its controller's seat (Reg. 1182/71 Art. 2). Throws
 * on a controller without a policy.
 */
export type ControllerClock = {
  /** What the case and its workflow keep. */
  readonly compute: (controller: ControllerId, events: ClockEvents) => ComputedClock;
  /** The same with its explanation, for people. */
  readonly explain: (controller: ControllerId, events: ClockEvents) => StatutoryDeadline;
};

/** Clocks for a set of policies; throws for a controller without one. */
export const controllerClock = (policies: ReadonlyMap<string, Policy>): ControllerClock => {
  const calendars = new Map<string, HolidayCalendar>();
  const explain: ControllerClock['explain'] = (controller, events) => {
    const policy = policies.get(controller);
    if (policy === undefined) throw new RangeError(`There is no policy for controller ${controller}`);
    const calendar = calendars.get(controller) ?? holidayCalendar(policy.seat);
    calendars.set(controller, calendar);
    return statutoryDeadline({ events, timeZone: policy.timeZone, calendar });
  };
  const compute: ControllerClock['compute'] = (controller, events) => {
    const { lastDay, dueAt, unpausedDueAt, unpausedLastDay, firstMonthEndsAt, firstMonthLastDay, targetAt } = explain(
      controller,
      events,
    );
    return {
      unpausedDueAt,
      unpausedLastDay,
      ...given({ lastDay, dueAt, firstMonthEndsAt, firstMonthLastDay, targetAt }),
    };
  };
  return { compute, explain };
};
