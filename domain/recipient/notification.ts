/**
 * Notifying a recipient of what was done to records that were disclosed to it (Art. 19): the states of one such task, and what follows from
 * each. Light, because the `notification` workflow holds it; codes, counts and times only (I7).
 */
import { assertNever } from '../result.ts';
import { days } from '../time/duration.ts';
import { type Instant, instantPlus } from '../time/instant.ts';

/** What was done to the records. The recipients that were asked to restrict are notified when the restriction is lifted. */
export const noticeKinds = ['rectified', 'erased', 'restricted', 'restriction-lifted', 'processing-stopped'] as const;

/** What was done of which recipients must be notified. */
export type NoticeKind = (typeof noticeKinds)[number];

/** How a recipient is notified: by the machine, or by staff where the policy gives no address. */
export const notificationMeans = ['email', 'webhook', 'by-hand'] as const;

/** How a recipient is notified, as the policy says. */
export type NotificationMeans = (typeof notificationMeans)[number];

/** Where the notification of one recipient can stand. */
export const notificationStates = [
  /** The machine is to notify it, or retries. */
  'due',
  /** No address in the policy: staff notify it and record how. */
  'by-hand',
  /** The recipient's system refused for good: staff look. */
  'refused',
  /** No delivery succeeded for a week: staff look. */
  'undeliverable',
  /** Notified; the acknowledgement is awaited. */
  'told',
  /** Notified and reminded without an acknowledgement: staff look. */
  'unanswered',
  /** The recipient confirmed. */
  'acknowledged',
  /** Art. 19, first sentence: recorded with a reason by staff. */
  'impossible',
  'disproportionate',
] as const;

/** Where the notification of one recipient stands; the database's CHECK and the API know the same list. */
export type NotificationState = (typeof notificationStates)[number];

/** For whom a notification waits, for lists and the Temporal UI. */
export const notificationWaitingFor = ['machine', 'dpo', 'recipient', 'nobody'] as const;

/** Whose turn it is. */
export type NotificationWaitingFor = (typeof notificationWaitingFor)[number];

/** One task as far as rules need it. */
export type NotificationCourse = {
  readonly state: NotificationState;
  readonly means: NotificationMeans;
  readonly orderedAt: Instant;
  /** When it was first notified, and by which means. */
  readonly told?: { readonly at: Instant; readonly by: NotificationMeans };
  /** Reminders to the recipient since it was notified. */
  readonly chased: number;
  /** When it was reminded last. */
  readonly chasedAt?: Instant;
  /** When the task came into a state in which staff must look; absent in any other. */
  readonly staffSince?: Instant;
  /** Mails to the DPO's office about this state. */
  readonly alerts: number;
};

/** Between the notification and the first reminder, and between reminders. */
export const chaseEveryDays = 7;
/** Reminders before the DPO's office is alarmed. */
export const mostChases = 3;
/** How long the machine tries to deliver. */
const tryForDays = 7;
/** Mails to the DPO's office about one task: at once, then weekly. */
const mostAlerts = 4;

/** Whose turn it is in a state. A recipient that staff notified by hand owes no answer. */
export const waitingForNotification = ({ state, told }: NotificationCourse): NotificationWaitingFor => {
  switch (state) {
    case 'due':
      return 'machine';
    case 'by-hand':
    case 'refused':
    case 'undeliverable':
    case 'unanswered':
      return 'dpo';
    case 'told':
      return told?.by === 'by-hand' ? 'nobody' : 'recipient';
    case 'acknowledged':
    case 'impossible':
    case 'disproportionate':
      return 'nobody';
    default:
      return assertNever(state);
  }
};

/** Whether nothing is left to do. Notified by hand is done: how it was done is on file, and there is no address to remind. */
export const isSettled = (course: NotificationCourse): boolean => waitingForNotification(course) === 'nobody';

/** How far the notifications of several recipients are, without their names. */
export type NotificationCounts = {
  /** Notified, and those of them that acknowledged. */
  readonly told: number;
  readonly acknowledged: number;
  /** Not notified yet, and those of them that wait for staff: by post or telephone, or because a delivery failed. */
  readonly open: number;
  readonly openWithStaff: number;
  /** Not notified, for a reason on file: impossible or disproportionate (Art. 19, first sentence). */
  readonly excused: number;
};

/** Counts what has been done and what is open. */
export const countNotifications = (courses: readonly NotificationCourse[]): NotificationCounts => {
  const excused = courses.filter(({ state }) => state === 'impossible' || state === 'disproportionate');
  const told = courses.filter((course) => course.told !== undefined && !excused.includes(course));
  const open = courses.filter((course) => !told.includes(course) && !excused.includes(course));
  return {
    told: told.length,
    acknowledged: told.filter(({ state }) => state === 'acknowledged').length,
    open: open.length,
    openWithStaff: open.filter((course) => waitingForNotification(course) === 'dpo').length,
    excused: excused.length,
  };
};

/** What follows next. */
export type NotificationStep =
  | { readonly kind: 'deliver'; readonly giveUpAt: Instant }
  /** Remind the recipient for the `round`-th time at that instant. */
  | { readonly kind: 'chase'; readonly at: Instant; readonly round: number }
  /** Reminders are over: staff must look. */
  | { readonly kind: 'give-up-waiting'; readonly at: Instant }
  /** Alarm the DPO's office that staff must look, for the `round`-th time. */
  | { readonly kind: 'alert'; readonly at: Instant; readonly round: number }
  /** Nothing but a person can change it. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'end' };

/** The next step of a task; its instant may have passed. */
export const nextNotificationStep = (course: NotificationCourse): NotificationStep => {
  const { state, told, orderedAt, chased, chasedAt, staffSince, alerts } = course;
  if (isSettled(course)) return { kind: 'end' };
  if (state === 'due') return { kind: 'deliver', giveUpAt: instantPlus(orderedAt, days(tryForDays)) };
  if (state === 'told') {
    // From the last word to it: reminders that were due while nothing ran do not follow upon each other.
    const at = instantPlus(chasedAt ?? told?.at ?? orderedAt, days(chaseEveryDays));
    return chased < mostChases ? { kind: 'chase', at, round: chased + 1 } : { kind: 'give-up-waiting', at };
  }
  if (alerts >= mostAlerts) return { kind: 'wait' };
  return { kind: 'alert', at: instantPlus(staffSince ?? orderedAt, alerts * days(chaseEveryDays)), round: alerts + 1 };
};

/** What staff may record about a task. */
export const staffRecords = ['told-by-hand', 'acknowledged', 'impossible', 'disproportionate'] as const;

/** What staff can record of a notification. */
export type StaffRecord = (typeof staffRecords)[number];

/**
 * Whether a record still fits the state: what was acknowledged stays so, and a recipient that was notified cannot have been impossible
 * to notify.
 */
export const mayRecord = (course: NotificationCourse, record: StaffRecord): boolean => {
  const { state, told } = course;
  switch (record) {
    case 'told-by-hand':
      return state !== 'acknowledged' && !(state === 'told' && told?.by === 'by-hand');
    case 'acknowledged':
      return told !== undefined && state !== 'acknowledged';
    case 'impossible':
    case 'disproportionate':
      return told === undefined && state !== 'impossible' && state !== 'disproportionate';
    default:
      return assertNever(record);
  }
};
