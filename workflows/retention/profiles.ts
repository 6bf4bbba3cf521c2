/** How the `retention` workflow calls its activities: one profile per kind of work. Histories replay against them. */
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
