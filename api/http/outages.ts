/** Distinguishes a service that does not answer (503, the caller may retry) from a fault of ours (500). */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { connectionFault, databaseFault } from '../../storage/database/database-errors.ts';
import { storeErrorCode } from '../../storage/objects/store-client.ts';
import type { ApiDeps } from './context.ts';
import { refusal } from './problems.ts';

const retrySoon = { 'retry-after': '5' };

const networkCode =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

// SQLSTATE classes and codes: connection exceptions, shutdowns and starting up, no room left (disk, memory, connections), a disk that
// fails, a statement that took longer than the login's statements may.
const databaseAway = /^(08...|53...|57P0[1-5]|57014|58030)$/;

/** Whether an error means that Postgres does not answer. */
export const isDatabaseAway = (error: unknown): boolean => {
  const fault = databaseFault(error);
  if (fault !== undefined) return databaseAway.test(fault.code);
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return connectionFault(error) !== undefined || networkCode.test(storeErrorCode(error));
};

const storeAway =
  /^(SlowDown.*|ServiceUnavailable|InternalError|RequestTimeout|ServerNotInitialized|XMinio(ServerNotInitialized|StorageFull|BackendDown|ReadQuorum|WriteQuorum))$/;

/** Whether an error means that the object store does not answer, or answers that it cannot serve. */
const isStoreAway = (error: unknown): boolean => {
  const code = storeErrorCode(error);
  return (
    networkCode.test(code) || storeAway.test(code) || (error instanceof Error && error.message === 'socket hang up')
  );
};

/** 503: the database. */
export const databaseUnavailable = () =>
  refusal('database-unavailable', { detail: 'Nothing was changed; try again.', headers: retrySoon });

/** An answer of the object store; 503 where it does not answer. */
export const storeAnswers = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
  try {
    return await asked;
  } catch (error) {
    if (!isStoreAway(error)) throw error;
    throw refusal('store-unavailable', { detail: 'Nothing counts as stored; try again.', headers: retrySoon });
  }
};

const grpcAway = new Set([1, 4, 14]);

/** An answer of Temporal; 503 where it does not answer (cancelled, deadline exceeded, unavailable). */
export const temporalAnswers = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
  try {
    return await asked;
  } catch (error) {
    const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    const away =
      (isGrpcServiceError(cause) && grpcAway.has(cause.code)) ||
      (cause instanceof Error && cause.name === 'TransportError');
    if (!away) throw error;
    throw refusal('temporal-unavailable', {
      detail:
        'Workflows cannot be reached at the moment. Records are still accepted. Retry; a command with the same idempotency key, since it may have been carried out.',
      headers: retrySoon,
    });
  }
};

const temporalDeadlineMs = 5_000;

/** Asks Temporal, for five seconds at most. */
export const askTemporal = <Answer>(
  { temporal }: Pick<ApiDeps, 'temporal'>,
  ask: (client: Client) => Promise<Answer>,
): Promise<Answer> =>
  temporalAnswers(
    temporal.client().then((client) => client.withDeadline(Date.now() + temporalDeadlineMs, () => ask(client))),
  );
