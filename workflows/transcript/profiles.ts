/** How the `transcript` workflow calls its activities. Histories replay against it. */
import type { ActivityOptions } from '@temporalio/common';

/**
 * Sending a mail. An attempt that died after the mail server took the message cannot be told from one that died before: it
 * has left its mark in Postgres, the next attempt finds the mark and settles on "unknown" instead of sending again (I9).
 */
export const sendingOnce: ActivityOptions = {
  startToCloseTimeout: '3m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
};
