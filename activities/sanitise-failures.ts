/**
 * The border between activities and Temporal: whatever an activity throws, only a failure of the closed list leaves the worker.
 * What is not on the list is logged here, without its message, under a correlation id that the history shows too.
 */

import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { given } from '../domain/given.ts';
import { describeError, type ErrorDescription } from '../storage/database/describe-error.ts';
import { type FailureType, failureOf, isFailureType } from './failures.ts';

/** What the log holds of a failure that was not foreseen. */
export type UnforeseenFailure = {
  readonly correlationId: string;
  readonly type: FailureType;
  readonly activityType: string;
  readonly workflowId?: string;
  readonly attempt: number;
  readonly error: ErrorDescription;
};

/** Where an unexpected failure is reported: the worker's log. */
export type SanitiseFailuresDeps = { readonly reportFailure: (failure: UnforeseenFailure) => void };

/** SQLSTATE classes and network codes that mean "not now": connection, resources, shutting down, a time limit, network. */
const unreachable =
  /^(08...|53...|57P0.|57014|58030|ECONN[A-Z]+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ESOCKET|SlowDown|ServiceUnavailable)$/;

const typeOf = ({ code, cause }: ErrorDescription): FailureType => {
  if (code !== undefined && unreachable.test(code)) return 'service-unreachable';
  return cause === undefined ? 'unexpected' : typeOf(cause);
};

/** The failure that may leave the worker in the place of what was thrown. */
export const sanitised = (
  thrown: unknown,
  where: { readonly activityType: string; readonly workflowId?: string; readonly attempt: number },
  { reportFailure }: SanitiseFailuresDeps,
): Error => {
  if (thrown instanceof CompleteAsyncError) return thrown;
  if (thrown instanceof CancelledFailure) return new CancelledFailure('cancelled');
  if (thrown instanceof ApplicationFailure && isFailureType(thrown.type)) return failureOf(thrown.type);
  const error = describeError(thrown);
  const type = typeOf(error);
  const correlationId = randomUUID();
  reportFailure({ correlationId, type, ...where, error });
  return failureOf(type, { correlationId, ...given({ code: error.code }) });
};

/** The interceptor for both workers; it must be the outermost, so that nothing is thrown behind it. */
export const createFailureInterceptor =
  (deps: SanitiseFailuresDeps): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        try {
          return await next(input);
        } catch (thrown) {
          const workflowId = info.workflowExecution?.workflowId;
          throw sanitised(
            thrown,
            { activityType: info.activityType, attempt: info.attempt, ...given({ workflowId }) },
            deps,
          );
        }
      },
    },
  });
