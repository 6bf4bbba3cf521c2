/**
 * The contract of the `notification` workflow: type, id, argument, signal, query, and the activities it asks for. All of it is written in the
 * clear into Temporal's histories: ids, codes, counts and times only (I7). To whom it goes and which records it names is read from
 * Postgres and the policy where it is sent.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ControllerId } from '../../domain/ids.ts';
import type {
  NoticeKind,
  NotificationCourse,
  NotificationState,
  NotificationWaitingFor,
} from '../../domain/recipient/notification.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { Instant } from '../../domain/time/instant.ts';

/** The workflow's type as Temporal knows it: the name of the exported function. */
export const notificationWorkflowType = 'notification';

/** Id of the one workflow that tells a recipient (Art. 19). */
export const notificationWorkflowId = (notificationId: string): string => `notification-${notificationId}`;

/** Argument of `notification`. Everything else is read from Postgres, where it may change. */
export type NotificationInput = { readonly version: 1; readonly notificationId: string };

/** Where the notification ended (Art. 19), and how often the recipient was reminded. */
export type NotificationResult = { readonly state: NotificationState; readonly chased: number };

/** Something was recorded about the notification: read it again. Harmless at any time and any number of times. */
export const notificationChangedSignal = defineSignal<[]>('notificationChanged');

/** What a notification's workflow answers about itself. */
export type NotificationStatus = {
  readonly notificationId: string;
  readonly state?: NotificationState;
  readonly waitingFor: NotificationWaitingFor;
  readonly chased: number;
  /** When it acts next by itself. */
  readonly nextAt?: Instant;
};

/** Asks for a `NotificationStatus`; for operators and tests. */
export const notificationStatusQuery = defineQuery<NotificationStatus>('notificationStatus');

/** A notification as Postgres has it now. */
export type NotificationSnapshot = NotificationCourse & {
  readonly notificationId: string;
  readonly caseId: string;
  readonly controller: ControllerId;
  readonly right: RightKey;
  readonly what: NoticeKind;
  /** Id of the recipient in the policy. */
  readonly recipient: string;
};

/**
 * Activities of the `notification` workflow. Each may run twice: what was told is told again under the same key and
 * noted once (I9).
 */
export type NotificationActivities = {
  readonly readNotification: (input: { readonly notificationId: string }) => Promise<NotificationSnapshot>;
  /**
   * Tells the recipient (round 0) or reminds it (round 1 and up), and notes it. A recipient that does not take it now is a failure that
   * is tried again; one that refuses for good is noted. What was delivered and not noted is delivered again under the same key.
   */
  readonly deliverNotification: (input: {
    readonly notificationId: string;
    readonly round: number;
    readonly now: Instant;
  }) => Promise<void>;
  /** The machine stops trying to tell it, or to wait for an answer: staff must look. */
  readonly handToStaff: (input: {
    readonly notificationId: string;
    readonly as: 'undeliverable' | 'unanswered';
    readonly now: Instant;
  }) => Promise<void>;
  /** Empties the source systems' ids that were noted for the case's notifications, once all of them are settled. */
  readonly forgetReferences: (input: { readonly notificationId: string }) => Promise<void>;
  /** Tells the DPO's office by mail that staff must look. */
  readonly alertOffice: (input: {
    readonly notificationId: string;
    readonly round: number;
    readonly now: Instant;
  }) => Promise<void>;
};
