/** How the `hold` workflow calls its activities: one profile per kind of work. Histories replay against them. */
import type { ActivityOptions } from '@temporalio/common';

/** A read, or a note of one thing by its id: retried for as long as the database is away, visible as a pending activity. */
export const holdStep: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
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
