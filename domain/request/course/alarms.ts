/**
 * The timers of a case: reminders before a deadline, escalation at it, the closing of a case whose requester stays silent, reviews
 * of restrictions and of erasures held back. Read from the state alone, so that a changed deadline changes them too.
 */
import { days } from '../../time/duration.ts';
import { type Instant, instantPlus } from '../../time/instant.ts';
import { type CaseState, openRights } from './case-state.ts';
import type { AlarmKind } from './events.ts';
import { selfEnding } from './next-work.ts';
import type { RightKey } from './rights.ts';

/**
 * What fires when a case is left alone. `at`: when it fires; `about`: the deadline or review an alarm speaks of, which
 * with its kind and right makes it raised once (I9).
 */
export type Timer =
  | {
      readonly kind: 'alarm';
      readonly alarm: AlarmKind;
      readonly right: RightKey;
      readonly at: Instant;
      readonly about: Instant;
    }
  | { readonly kind: 'requester-silent'; readonly at: Instant }
  | { readonly kind: 'end-restriction'; readonly right: RightKey; readonly at: Instant };

/** How long before which deadline an alarm is raised, in days. */
const alarmLeadDays = { 'deadline-near': 7, 'first-month-ends': 3, 'deadline-tomorrow': 1 } as const;

const alarmsOf = (state: CaseState): readonly Extract<Timer, { kind: 'alarm' }>[] =>
  openRights(state).flatMap(({ key, clock, state: at }) => {
    if (clock?.dueAt === undefined) return [];
    const { dueAt, targetAt, firstMonthEndsAt } = clock;
    const alarm = (kind: AlarmKind, when: Instant, about: Instant) => ({
      kind: 'alarm' as const,
      alarm: kind,
      right: key,
      at: when,
      about,
    });
    const undecided = at !== 'lettered' && at !== 'executed' && at !== 'executing';
    return [
      ...(targetAt === undefined ? [] : [alarm('target-reached', targetAt, targetAt)]),
      alarm('deadline-near', instantPlus(dueAt, -days(alarmLeadDays['deadline-near'])), dueAt),
      alarm('deadline-tomorrow', instantPlus(dueAt, -days(alarmLeadDays['deadline-tomorrow'])), dueAt),
      alarm('overdue', dueAt, dueAt),
      // Art. 12(4): a refusal must be told inside the first month, extended or not.
      ...(firstMonthEndsAt === undefined || firstMonthEndsAt === dueAt || !undecided
        ? []
        : [
            alarm(
              'first-month-ends',
              instantPlus(firstMonthEndsAt, -days(alarmLeadDays['first-month-ends'])),
              firstMonthEndsAt,
            ),
          ]),
    ];
  });

/** The days on which somebody looks again, as the answers say: at a restriction, at an erasure that is held back. */
const reviewsOf = (state: CaseState): readonly Extract<Timer, { kind: 'alarm' }>[] =>
  state.rights.flatMap(({ key, restriction, heldErasure }) => {
    const review = (alarm: 'restriction-review' | 'held-erasure-review', at: Instant | undefined) =>
      at === undefined ? [] : [{ kind: 'alarm' as const, alarm, right: key, at, about: at }];
    return [
      ...(restriction?.state === 'in-force' && restriction.why === 'decided'
        ? review('restriction-review', restriction.reviewAt)
        : []),
      ...(heldErasure?.state === 'waiting' ? review('held-erasure-review', heldErasure.reviewAt) : []),
    ];
  });

/** All timers of a case that have not fired, earliest first. */
export const timersOf = (state: CaseState): readonly Timer[] => {
  const raised = (timer: Extract<Timer, { kind: 'alarm' }>): boolean =>
    state.alarms.some(
      ({ alarm, right, about }) => alarm === timer.alarm && right === timer.right && about === timer.about,
    );
  const ending = selfEnding(state);
  const timers: readonly Timer[] = [
    ...alarmsOf(state).filter((timer) => !raised(timer)),
    ...reviewsOf(state).filter((timer) => !raised(timer)),
    ...(state.question === undefined ? [] : [{ kind: 'requester-silent' as const, at: state.question.closesAt }]),
    ...(ending === undefined ? [] : [{ kind: 'end-restriction' as const, ...ending }]),
  ];
  return timers.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
};

/** The earliest deadline among the rights that still wait, or `undefined` while the clock stands still. */
export const nextDeadline = (state: CaseState): Instant | undefined => {
  const clocks =
    state.rights.length === 0 && state.stage !== 'closed' ? [state.clock] : openRights(state).map(({ clock }) => clock);
  return clocks.flatMap((clock) => (clock?.dueAt === undefined ? [] : [clock.dueAt])).toSorted()[0];
};
