/**
 * How activities are called: one named profile per kind of work, each with its reason. Workflows own these options (they are
 * part of what a history replays against), so they live here and activities know nothing of them.
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/common';

/**
 * A short read, done inside the workflow task: one event instead of three, which counts when a million units start. Tried only
 * for moments, because a local activity that waits shows nothing to an operator; `patientRead` takes over.
 */
export const quickRead: LocalActivityOptions = {
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '8s',
  retry: { maximumAttempts: 2, initialInterval: '200ms' },
};

/** The same read when the database is away: retried for as long as it takes, visible as a pending activity. */
export const patientRead: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
};

/**
 * A slice of erasure: many chunks, each of them resumable, so an attempt that dies costs one chunk. Running it twice erases
 * nothing twice (the intent is resumed, absent stays absent). Heartbeats tell a dead worker from a large unit in half a minute.
 * After eight attempts (about two minutes) the workflow takes the failure, shows it, and waits longer by a timer that
 * signals cut short.
 */
export const erasureSlice: ActivityOptions = {
  startToCloseTimeout: '30m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 8 },
};

/**
 * Sending a mail. An attempt that died after the mail server took the message cannot be told from one that died before: it
 * has left its mark in Postgres, the next attempt finds the mark and settles on "unknown" instead of sending again (I9).
 */
export const sendingOnce: ActivityOptions = {
  startToCloseTimeout: '3m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
};

/** A step of the sweep: a walk over a whole store with a cursor in its heartbeats; idempotent, retried until done. */
export const sweepStep: ActivityOptions = {
  startToCloseTimeout: '6h',
  heartbeatTimeout: '2m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
};

/**
 * A slice of a walk over the records of a suspension: seconds of work, its progress in Postgres, so an attempt that dies costs one
 * page. Heartbeats, because it may have to wait until the claim of a dead worker has run out. Tried until it works: a hold whose
 * flags are not set yet is in force all the same, and the reason shows as a pending activity.
 */
export const storeWalk: ActivityOptions = {
  startToCloseTimeout: '15m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};
