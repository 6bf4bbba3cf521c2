/**
 * What an operator who opens a notification's workflow in the Temporal UI reads: whom it tells of what, how far that is and for whom it
 * waits. Ids and codes; the records it names are in the application (I7).
 */
import { setCurrentDetails } from '@temporalio/workflow';
import {
  mostChases,
  type NotificationState,
  type NotificationStep,
  waitingForNotification,
} from '../../domain/recipient/notification.ts';
import { epochMs, type Instant } from '../../domain/time/instant.ts';
import { readable, showAttributes } from '../operator-view.ts';
import { searchAttributes as attributes } from '../search-attributes.ts';
import type { NotificationSnapshot, NotificationStatus } from './contract.ts';

const inWords: Readonly<Record<NotificationState, string>> = {
  due: 'To be notified; tried until the recipient takes it.',
  'by-hand':
    '**Waits for staff**: the policy gives no address, so a member of staff notifies the recipient and records how.',
  refused: '**Waits for staff**: the recipient refused it for good.',
  undeliverable: '**Waits for staff**: the recipient did not take it for a week.',
  told: 'Notified.',
  unanswered: '**Waits for staff**: notified and reminded, without an acknowledgement.',
  acknowledged: 'The recipient has acknowledged it.',
  impossible: 'Closed: notifying it proved impossible; the reason is on file.',
  disproportionate: 'Closed: notifying it would have been disproportionate; the reason is on file.',
};

/** When a step comes by itself, if it does. */
const stepAt = (step: NotificationStep): Instant | undefined => ('at' in step ? step.at : undefined);

const nextInWords = (step: NotificationStep): string => {
  switch (step.kind) {
    case 'deliver':
      return `Tried until ${readable(step.giveUpAt)}.`;
    case 'chase':
      return `Waits for the acknowledgement; reminder ${step.round} of ${mostChases} on ${readable(step.at)}.`;
    case 'give-up-waiting':
      return `Waits for the acknowledgement; without it, staff are alarmed on ${readable(step.at)}.`;
    case 'alert':
      return `The DPO's office is reminded on ${readable(step.at)}.`;
    case 'wait':
      return "The DPO's office has been reminded; only a record by staff changes it.";
    case 'end':
      return '';
  }
};

/** The face of one notification's workflow: search attributes, details and query. */
export class NotificationView {
  readonly #notificationId: string;
  #task: NotificationSnapshot | undefined;
  #nextAt: Instant | undefined;

  constructor(notificationId: string) {
    this.#notificationId = notificationId;
  }

  /** The answer to the status query. */
  status(): NotificationStatus {
    const task = this.#task;
    return {
      notificationId: this.#notificationId,
      waitingFor: task === undefined ? 'machine' : waitingForNotification(task),
      chased: task?.chased ?? 0,
      ...(task && { state: task.state }),
      ...(this.#nextAt && { nextAt: this.#nextAt }),
    };
  }

  show(task: NotificationSnapshot, step: NotificationStep, failures: number): void {
    this.#task = task;
    this.#nextAt = stepAt(step);
    const { controller, recipient, right, what, caseId, reference, state } = task;
    setCurrentDetails(
      [
        `Notifies recipient **${recipient}** of controller **${controller}**: ${what} (right: ${right}, Art. 19).`,
        `${inWords[state]} ${nextInWords(step)}`,
        ...(failures > 0 ? [`It was not taken ${failures} times in a row; tried again after a pause.`] : []),
        `Rights request: **${reference ?? caseId}**.`,
      ].join('\n\n'),
    );
    const dueAt = step.kind === 'deliver' ? step.giveUpAt : this.#nextAt;
    showAttributes([
      { key: attributes.controller, value: controller },
      { key: attributes.state, value: state },
      { key: attributes.waitingFor, value: waitingForNotification(task) },
      { key: attributes.right, value: [right] },
      { key: attributes.dueAt, value: dueAt === undefined ? null : new Date(epochMs(dueAt)) },
    ]);
  }
}
