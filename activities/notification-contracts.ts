/**
 * What the `notification` workflow asks of the world, as types. Ids, codes, counts and times only (I7): to whom it goes and which
 * records it names is read from Postgres and the policy where it is sent.
 */
import type { ControllerId } from '../domain/ids.ts';
import type { NoticeKind, NotificationCourse } from '../domain/recipient/notification.ts';
import type { RightKey } from '../domain/request/course/rights.ts';
import type { Instant } from '../domain/time/instant.ts';

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
