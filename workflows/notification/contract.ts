/** The contract of the `notification` workflow: its id, argument, signal and query. Ids, codes, counts and times only (I7). */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { NotificationState, NotificationWaitingFor } from '../../domain/recipient/notification.ts';
import type { Instant } from '../../domain/time/instant.ts';

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
