/**
 * What happens to a case when people leave it alone: the work of the machine and the timers. Read from the state only: after a crash, a
 * lost workflow or a changed deadline the same state gives the same work and the same timers, and each piece of work is idempotent by its
 * ids (I9). Replayed in workflows.
 */
import { days } from '../../time/duration.ts';
import { type Instant, instantPlus } from '../../time/instant.ts';
import { type CaseState, openRights } from './case-state.ts';
import type { AlarmKind } from './events.ts';
import type { RightKey } from './rights.ts';

/** One piece of work for the machine, named by the right, letter or release it is for. */
export type Work =
  /** Puts a restriction in force (Art. 18(1)(a), (d)). */
  | { readonly kind: 'restrict'; readonly right: RightKey }
  | { readonly kind: 'compose'; readonly letterId: string }
  | { readonly kind: 'send'; readonly letterId: string; readonly releaseId: string }
  /** Keeps again what is in scope, after a case was reopened. */
  | { readonly kind: 'suspend' }
  | { readonly kind: 'search' }
  | { readonly kind: 'execute'; readonly right: RightKey }
  | { readonly kind: 'tell-recipients'; readonly right: RightKey }
  | { readonly kind: 'lift'; readonly right: RightKey }
  | { readonly kind: 'release-suspension' };

/** The next piece of work, most urgent first, or `undefined` when the machine can only wait. */
export const nextWork = (state: CaseState): Work | undefined => {
  const answered = state.rights.length > 0 ? openRights(state).length === 0 : state.stage === 'closed';
  const inWork = state.stage !== 'closed' && state.stage !== 'reopening' && !answered;
  if (inWork && state.suspension.state === 'released') return { kind: 'suspend' };
  const ordered = state.rights.find(({ restriction }) => restriction?.state === 'ordered');
  if (ordered !== undefined) return { kind: 'restrict', right: ordered.key };
  const letter = state.letters.find((one) => one.state === 'ordered');
  if (letter !== undefined) return { kind: 'compose', letterId: letter.letterId };
  const released = state.letters.find(
    ({ state: at, dispatch, superseded }) => at === 'composed' && dispatch?.state === 'released' && superseded !== true,
  );
  if (released?.dispatch !== undefined)
    return { kind: 'send', letterId: released.letterId, releaseId: released.dispatch.releaseId };
  if (state.stage === 'searching') return { kind: 'search' };
  const executing = state.rights.find((right) => right.state === 'executing');
  if (executing !== undefined) return { kind: 'execute', right: executing.key };
  const told = state.rights.find(({ recipients }) => recipients === 'due');
  if (told !== undefined) return { kind: 'tell-recipients', right: told.key };
  const lifting = state.rights.find(({ restriction }) => restriction?.state === 'lifting');
  if (lifting !== undefined) return { kind: 'lift', right: lifting.key };
  if (answered && state.suspension.state === 'active' && state.stage !== 'reopening')
    return { kind: 'release-suspension' };
  return undefined;
};

/** The rights of which a decided erasure waits until nothing keeps the records; tried whenever something that kept them has ended. */
export const waitingErasures = (state: CaseState): readonly RightKey[] =>
  state.rights.filter(({ heldErasure }) => heldErasure?.state === 'waiting').map(({ key }) => key);

/** Names a piece of work, so that the same one is recognised. */
export const workKey = (work: Work): string =>
  'right' in work ? `${work.kind} ${work.right}` : 'letterId' in work ? `${work.kind} ${work.letterId}` : work.kind;

/** A restriction that ends by itself once its days of notice are over: the one that held only while a right was weighed. */
export const selfEnding = (state: CaseState): { readonly right: RightKey; readonly at: Instant } | undefined => {
  for (const { key, restriction } of state.rights) {
    if (
      restriction?.state === 'notice-given' &&
      restriction.why !== 'decided' &&
      restriction.liftNotBefore !== undefined
    ) {
      return { right: key, at: restriction.liftNotBefore };
    }
  }
  return undefined;
};

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
      // Art. 12(4): the person must be informed of a refusal inside the first month, extended or not.
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

/** The reviews that answers announce: of a restriction, of an erasure that is held back. */
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
