/** How the `request` workflow calls its activities: one profile per kind of work, each with its reason. */
import type { ActivityOptions } from '@temporalio/common';

/** A transaction on the case file: short, idempotent by revision and events, retried for as long as the database is away. */
export const caseFile: ActivityOptions = {
  startToCloseTimeout: '30s',
  retry: {
    initialInterval: '500ms',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    nonRetryableErrorTypes: ['case-moved-on', 'case-unknown'],
  },
};

/**
 * A step that writes one thing by its id (a suspension, a task): running it twice writes it once. Short, because a worker that is
 * killed in the middle of it is noticed only when this time is over.
 */
export const caseStep: ActivityOptions = {
  startToCloseTimeout: '20s',
  retry: {
    initialInterval: '500ms',
    backoffCoefficient: 2,
    maximumInterval: '1m',
    nonRetryableErrorTypes: ['case-unknown'],
  },
};

/** Composing a letter, which may list fifty thousand records: long if it must be, with heartbeats that tell a killed worker apart. */
export const caseLetter: ActivityOptions = {
  startToCloseTimeout: '10m',
  heartbeatTimeout: '20s',
  retry: {
    initialInterval: '500ms',
    backoffCoefficient: 2,
    maximumInterval: '1m',
    nonRetryableErrorTypes: ['case-unknown'],
  },
};

/**
 * Handing a letter to the mail server: a few minutes of attempts, then it goes back to staff, so that a mail server that is away does
 * not hold up the case. Each attempt marks itself first, so none is made twice.
 */
export const caseSending: ActivityOptions = {
  startToCloseTimeout: '2m',
  heartbeatTimeout: '20s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '1m',
    maximumAttempts: 10,
    nonRetryableErrorTypes: ['case-unknown'],
  },
};

/** A search or an execution over everything a controller holds on a person: heartbeats, resumes, retried until it is done. */
export const caseWalk: ActivityOptions = {
  startToCloseTimeout: '6h',
  heartbeatTimeout: '2m',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '5m',
    nonRetryableErrorTypes: ['case-unknown'],
  },
};
