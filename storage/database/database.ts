/**
 * Opens the database. Each process opens it with the login of its own part (API, worker, gate): what a part may do is granted
 * in `migrations/`, not promised in code.
 */

import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { Pool, types } from 'pg';
import { given } from '../../domain/given.ts';
import { guardedPool } from './database-errors.ts';
import type { Tables } from './tables.ts';

/** The database as one part of Oblio may use it; a function that must be atomic asks for a `DatabaseTransaction` instead. */
export type Database = Kysely<Tables>;
/** A function that takes one of these can only be called inside a transaction. */
export type DatabaseTransaction = Transaction<Tables>;

/** Which database, under which login, and how it is used. */
export type OpenDatabaseInput = {
  /** `postgres://...` with the login of the part of Oblio that opens it. */
  readonly url: string;
  /** What the database's own views show, for example `oblio-gate`. */
  readonly applicationName: string;
  readonly maxConnections?: number;
  /** Longest time of one statement; absent: no limit (migrations, checks of the whole trail). */
  readonly statementTimeoutMs?: number;
  /** Called with the SQLSTATE or network code when an idle connection breaks; the pool replaces it. */
  readonly onConnectionLost?: (code: string) => void;
};

const dateType = 1082;
const bigintType = 20;

/** bigint as a number: counts, sizes and sequence numbers of ours stay below 2^53, and a larger one must not lose digits. */
const parseBigint = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A bigint from the database is larger than 2^53');
  return value;
};

/** Parsers of this pool alone: `pg`'s own registry is shared by everything in the process. */
const typeParsers: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return types.getTypeParser(oid, 'binary');
  if (oid === dateType) return (text: string) => text;
  if (oid === bigintType) return parseBigint;
  return types.getTypeParser(oid, 'text');
};

/**
 * A pool of connections behind Kysely. Errors that reach the caller carry no values of rows (`database-errors.ts`). A transaction
 * left idle for a minute is ended by the server, so that a frozen process cannot hold a lock for ever.
 */
export const openDatabase = ({
  url,
  applicationName,
  maxConnections = 10,
  statementTimeoutMs,
  onConnectionLost = () => undefined,
}: OpenDatabaseInput): Database => {
  const pool = new Pool({
    connectionString: url,
    application_name: applicationName,
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    idle_in_transaction_session_timeout: 60_000,
    ...given({ statement_timeout: statementTimeoutMs }),
    keepAlive: true,
    options: '-c timezone=UTC',
    types: { getTypeParser: typeParsers },
  });
  const lost = (error: Error & { code?: string }): void => onConnectionLost(error.code ?? error.name);
  pool.on('error', lost);
  // The pool listens to idle connections only. One that breaks while it is lent out and between two statements would end the
  // process; its borrower learns of it with the next statement.
  pool.on('connect', (client) => {
    client.on('error', lost);
  });
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: guardedPool(pool) }) });
};

/** Resolves when the database answers a statement; for health and readiness. */
export const checkDatabase = async (db: Database): Promise<void> => {
  await sql`SELECT 1`.execute(db);
};

/** Milliseconds, by part. */
export const statementTimeoutsMs = { api: 30_000, worker: 600_000, gate: 600_000 } as const;

/** Gives the rest of a transaction this many milliseconds a statement: counting everything, for a person who asked for it. */
export const allowStatements = async (tx: DatabaseTransaction, milliseconds: number): Promise<void> => {
  await sql`SELECT set_config('statement_timeout', ${String(Math.trunc(milliseconds))}, true)`.execute(tx);
};
