/** How the `notification` workflow calls its activities: one profile per kind of work, each with its reason. */
import type { ActivityOptions } from '@temporalio/common';

/** A read, or a note of one thing by its id: made once however often it is tried, for as long as the database is away. */
export const notificationStep: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
};

/**
 * Delivering to another body's server. At least once: an attempt that died between the delivery and its note is repeated, under the
 * same key, so that the recipient can drop the second (I9). Heartbeats tell a dead worker from a slow server. After three attempts the
 * workflow takes the failure, shows it, and waits longer by a timer that calls cut short.
 */
export const deliveryAttempts: ActivityOptions = {
  startToCloseTimeout: '3m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 3 },
};

/** A mail to the DPO's office: tried until the mail server takes it, at least once, under the same Message-ID. */
export const officeMail: ActivityOptions = {
  startToCloseTimeout: '3m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m' },
};
