/** How the `sweep` workflow calls its activities. Histories replay against it. */
import type { ActivityOptions } from '@temporalio/common';

/** A step of the sweep: a walk over a whole store with a cursor in its heartbeats; idempotent, retried until done. */
export const sweepStep: ActivityOptions = {
  startToCloseTimeout: '6h',
  heartbeatTimeout: '2m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
};
