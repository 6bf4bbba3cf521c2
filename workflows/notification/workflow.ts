/**
 * One durable workflow per recipient that must hear of a rectification, erasure or restriction (Art. 19): has it told, waits for the
 * acknowledgement, reminds, and calls staff when the machine can do no more. What was told, by whom and when is in Postgres; this reads
 * it anew whenever something may have changed, so a lost, late or doubled signal delays at most.
 */

import { ActivityFailure, CancellationScope, proxyActivities, setHandler } from '@temporalio/workflow';
import { chaseEveryDays, nextNotificationStep } from '../../domain/recipient/notification.ts';
import { assertNever } from '../../domain/result.ts';
import { days, hours, minutes } from '../../domain/time/duration.ts';
import { type Instant, instantFromEpoch, instantPlus, millisecondsBetween } from '../../domain/time/instant.ts';
import { Calls } from '../calls.ts';
import type { NotificationActivities } from './contract.ts';
import {
  type NotificationInput,
  type NotificationResult,
  notificationChangedSignal,
  notificationStatusQuery,
} from './contract.ts';
import { deliveryAttempts, notificationStep, officeMail } from './profiles.ts';
import { NotificationView } from './view.ts';

const { readNotification, handToStaff, forgetReferences } = proxyActivities<NotificationActivities>(notificationStep);
const { deliverNotification } = proxyActivities<NotificationActivities>(deliveryAttempts);
const { alertOffice } = proxyActivities<NotificationActivities>(officeMail);

const now = (): Instant => instantFromEpoch(Date.now());

const firstPauseMs = minutes(15);
const longestPauseMs = hours(12);

const carryOut = async (notificationId: string, calls: Calls, view: NotificationView): Promise<NotificationResult> => {
  let failures = 0;

  /** Sends; if the recipient does not take it, waits longer each time. */
  const send = async (round: number, until: Instant): Promise<void> => {
    try {
      await deliverNotification({ notificationId, round, now: now() });
      failures = 0;
    } catch (error) {
      // Anything but a delivery that failed has its own retries in the activity's profile; cancellation is not followed.
      if (!(error instanceof ActivityFailure)) throw error;
      failures += 1;
      const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
      const leftMs = Math.max(1_000, millisecondsBetween(now(), until));
      await calls.nextOrAfter(Math.min(pauseMs, leftMs), `not taken ${failures} times in a row; waits for recipient`);
    }
  };

  for (;;) {
    calls.takeUp();
    const task = await readNotification({ notificationId });
    const step = nextNotificationStep(task);
    view.show(task, step, failures);
    switch (step.kind) {
      case 'end':
        await forgetReferences({ notificationId });
        return { state: task.state, chased: task.chased };
      case 'deliver':
        if (failures > 0 && millisecondsBetween(now(), step.giveUpAt) <= 0) {
          await handToStaff({ notificationId, as: 'undeliverable', now: now() });
        } else await send(0, step.giveUpAt);
        break;
      case 'wait':
        await calls.next();
        break;
      case 'chase':
      case 'give-up-waiting':
      case 'alert': {
        const untilMs = millisecondsBetween(now(), step.at);
        if (untilMs > 0) {
          await calls.nextOrAfter(untilMs, `${step.kind} at ${step.at.slice(0, 16)}Z`);
        } else if (step.kind === 'chase') {
          // A reminder that cannot be delivered for a week ends like one that is not answered.
          const overAt = instantPlus(step.at, days(chaseEveryDays));
          if (millisecondsBetween(now(), overAt) <= 0 && failures > 0) {
            await handToStaff({ notificationId, as: 'unanswered', now: now() });
            failures = 0;
          } else await send(step.round, overAt);
        } else if (step.kind === 'give-up-waiting') {
          await handToStaff({ notificationId, as: 'unanswered', now: now() });
        } else {
          // Rounds that passed while no mail could be sent are not made up for.
          const round = step.round + Math.floor(-untilMs / days(chaseEveryDays));
          await alertOffice({ notificationId, round, now: now() });
        }
        break;
      }
      default:
        return assertNever(step);
    }
  }
};

/**
 * Tells one recipient and minds its answer until the task is settled. A request to cancel is not followed: the duty of Art. 19 does not
 * end because an operator cancelled a workflow.
 */
export async function notification({ notificationId }: NotificationInput): Promise<NotificationResult> {
  const calls = new Calls();
  const view = new NotificationView(notificationId);
  setHandler(notificationChangedSignal, () => calls.call());
  setHandler(notificationStatusQuery, () => view.status());
  return CancellationScope.nonCancellable(() => carryOut(notificationId, calls, view));
}
