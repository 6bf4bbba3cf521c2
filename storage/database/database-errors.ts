/**
 * Keeps personal data out of database errors (I7). Postgres quotes values in what it says ("Key (source_id)=(...) already
 * exists"), and an error travels: into logs, problem details, workflow failures. So it is stripped where it enters.
 */

import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { given } from '../../domain/given.ts';

/** What is safe to know about a failed statement. */
export type DatabaseFault = {
  /** SQLSTATE, for example `23505`. */
  readonly code: string;
  readonly constraint?: string;
  readonly table?: string;
};

/** The fault behind an error of the database, or `undefined` if it is another kind of error. */
export const databaseFault = (error: unknown): DatabaseFault | undefined =>
  error instanceof DatabaseError && error.code !== undefined
    ? {
        code: error.code,
        ...given({ constraint: error.constraint, table: error.table }),
      }
    : undefined;

/** SQLSTATEs to which callers react differently. */
export const sqlState = {
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  checkViolation: '23514',
  insufficientPrivilege: '42501',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
} as const;

/** Whether a statement failed with this SQLSTATE (and, if given, on this constraint). */
export const isDatabaseFault = (error: unknown, code: string, constraint?: string): boolean => {
  const fault = databaseFault(error);
  return fault?.code === code && (constraint === undefined || fault.constraint === constraint);
};

// What the driver and its pool say of their own connections has no code; none of it quotes anything.
const connectionLost =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable)/;

/** SQLSTATE 08006 (connection failure) where the driver lost its connection and says so in words only, else `undefined`. */
export const connectionFault = (error: unknown): string | undefined =>
  error instanceof Error && connectionLost.test(error.message) ? '08006' : undefined;

// Classes 22 (data exceptions), 23 (integrity) and P0 (raised by functions) quote values in the message itself.
const quotesValues = /^(22|23|P0)/;

const withoutValues = (error: unknown): unknown => {
  if (!(error instanceof DatabaseError)) return error;
  const { code = 'unknown', constraint, table } = error;
  if (quotesValues.test(code)) {
    const where = [constraint && `constraint ${constraint}`, table && `table ${table}`].filter(Boolean).join(', ');
    error.message = `The database refused the statement with ${code}${where ? ` (${where})` : ''}`;
    error.stack = `${error.name}: ${error.message}`;
  }
  error.detail = undefined;
  error.where = undefined;
  error.hint = undefined;
  error.internalQuery = undefined;
  return error;
};

// A proxy, since `query` has more shapes than a wrapper can declare; those without a promise (callbacks, cursors) are not used here.
const guardedClient = (client: PoolClient): PostgresPoolClient =>
  new Proxy(client, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (property !== 'query') return value.bind(target);
      return (...args: readonly unknown[]) =>
        Promise.resolve(Reflect.apply(value, target, args)).catch((error: unknown) => {
          throw withoutValues(error);
        });
    },
  });

/** The pool as Kysely sees it, its errors stripped of row values. */
export const guardedPool = (pool: Pool): PostgresPool => ({
  connect: async () => guardedClient(await pool.connect()),
  end: () => pool.end(),
});
