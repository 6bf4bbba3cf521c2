/**
 * One durable workflow per hold. The hold itself is in force since its placing committed, whether or not this workflow runs: the
 * gate reads suspensions in Postgres. Here is what follows from it: counting what it covers, the store's own flags, reminders of
 * reviews, and after a release or a narrower scope taking the flags off and waking what waited. It reads the suspension anew
 * whenever something may have changed and brings the world in line with what it reads: a lost, late or doubled signal delays at most.
 */

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { days } from '../../domain/time/duration.ts';
import { type Instant, instantFromEpoch, instantPlus, millisecondsBetween } from '../../domain/time/instant.ts';
import { Calls } from '../calls.ts';
import type { HoldActivities, HoldSnapshot, HoldWalk, WalkProgress } from './contract.ts';
import { type HoldInput, type HoldResult, type HoldSoFar, holdChangedSignal, holdStatusQuery } from './contract.ts';
import { holdStep, storeWalk } from './profiles.ts';
import { HoldView } from './view.ts';

const { readHold, remindOfReview } = proxyActivities<HoldActivities>(holdStep);
const { walkHold } = proxyActivities<HoldActivities>(storeWalk);

/** Between two reminders of a review that is due. */
const reminderMs = days(7);
/** Between two comparisons of the flags with the store. */
const verifyMs = days(30);

const now = (): Instant => instantFromEpoch(Date.now());

const nothing: WalkProgress = { records: {}, objects: 0, units: 0 };

const tooLong = (input: HoldInput): boolean => {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (input.continueAfterEvents ?? Number.POSITIVE_INFINITY);
};

const carryOut = async (input: HoldInput, calls: Calls, view: HoldView): Promise<HoldResult> => {
  const { suspensionId } = input;
  let soFar: HoldSoFar = input.soFar ?? {};

  const makeRoom = async (): Promise<void> => {
    if (!tooLong(input)) return;
    await condition(allHandlersFinished);
    await continueAsNew<typeof hold>({ ...input, soFar });
  };

  /** The progress of a finished walk, or `undefined` if the suspension must be read again first. */
  const walk = async (hold: HoldSnapshot, walk: HoldWalk, restart = false): Promise<WalkProgress | undefined> => {
    view.walking(hold, walk, nothing);
    for (let again = restart; ; again = false) {
      const { scopeRevision } = hold;
      const result = await walkHold({ suspensionId, walk, scopeRevision, restart: again, now: now() });
      if (result.kind === 'outdated') return undefined;
      if (result.kind === 'finished') return result.progress;
      view.walking(hold, walk, result.progress);
      // A release must not wait until a million records are counted; the next reading goes on where this one stopped.
      if (calls.pending) return undefined;
      await makeRoom();
    }
  };

  /** Brings the world in line with the scope; `false` if the suspension must be read again first. */
  const bringInLine = async (hold: HoldSnapshot): Promise<boolean> => {
    if (soFar.carriedOut === hold.scopeRevision) return true;
    // Histories from before walk over everything in one order.
    const pressingFirst = hold.wholeClasses && patched('pressing-units-first');
    if (hold.gaveBack) {
      if (pressingFirst && (await walk(hold, 'free-overdue')) === undefined) return false;
      // First the flags, then the units: a unit that is woken before would be refused by the store.
      if ((await walk(hold, 'lift')) === undefined) return false;
      if ((await walk(hold, 'wake')) === undefined) return false;
    }
    if (hold.state === 'active') {
      if (pressingFirst && (await walk(hold, 'tell-soon')) === undefined) return false;
      const covered = await walk(hold, 'cover');
      if (covered === undefined) return false;
      soFar = { ...soFar, covered };
      view.covers(covered);
      if ((await walk(hold, 'tell')) === undefined) return false;
      soFar = { ...soFar, verifyAt: instantPlus(now(), verifyMs) };
    }
    soFar = { ...soFar, carriedOut: hold.scopeRevision };
    return true;
  };

  /** Reminds of a review that is due; when to look again. */
  const mindReview = async (hold: HoldSnapshot): Promise<Instant> => {
    const { reviewAt } = hold;
    if (millisecondsBetween(now(), reviewAt) > 0) {
      view.inForce(hold);
      return reviewAt;
    }
    const given = soFar.reminders?.reviewAt === reviewAt ? soFar.reminders.given : 0;
    const dueAt = instantPlus(reviewAt, given * reminderMs);
    if (millisecondsBetween(now(), dueAt) > 0) {
      view.reviewDue(hold, given, dueAt);
      return dueAt;
    }
    // Rounds that passed while no reminder could be sent are not made up for: one reminder now, the next in its turn.
    const round = Math.floor(millisecondsBetween(reviewAt, now()) / reminderMs) + 1;
    await remindOfReview({ suspensionId, reviewAt, round, now: now() });
    soFar = { ...soFar, reminders: { reviewAt, given: round } };
    const nextAt = instantPlus(reviewAt, round * reminderMs);
    view.reviewDue(hold, round, nextAt);
    return nextAt;
  };

  view.covers(soFar.covered);
  for (;;) {
    await makeRoom();
    calls.takeUp();
    const hold = await readHold({ suspensionId });
    if (!(await bringInLine(hold))) continue;
    if (hold.state === 'released') {
      view.released(hold);
      return { released: true };
    }
    const verifyAt = soFar.verifyAt ?? now();
    if (millisecondsBetween(now(), verifyAt) <= 0) {
      const covered = await walk(hold, 'verify', true);
      if (covered === undefined) continue;
      soFar = { ...soFar, covered, verifyAt: instantPlus(now(), verifyMs) };
      view.covers(covered);
    }
    const reviewAgainAt = await mindReview(hold);
    const nextVerifyAt = soFar.verifyAt ?? now();
    const wakeAt = millisecondsBetween(reviewAgainAt, nextVerifyAt) > 0 ? reviewAgainAt : nextVerifyAt;
    await calls.nextOrAfter(
      Math.max(1, millisecondsBetween(now(), wakeAt)),
      wakeAt === reviewAgainAt
        ? `review: ${wakeAt.slice(0, 10)}`
        : `compare flags with the store: ${wakeAt.slice(0, 10)}`,
    );
  }
};

/**
 * Carries out one suspension until it is released and everything it kept has been given back. Suspensions of other kinds than
 * holds get this workflow when they end, to wake what waited. A request to cancel is not followed: only a release ends a hold.
 */
export async function hold(input: HoldInput): Promise<HoldResult> {
  const calls = new Calls();
  const view = new HoldView(input.suspensionId);
  setHandler(holdChangedSignal, () => calls.call());
  setHandler(holdStatusQuery, () => view.status());
  return CancellationScope.nonCancellable(() => carryOut(input, calls, view));
}
