/**
 * How long one statement may take, by the login that sends it: a caller of the API waits seconds, the worker counts and searches
 * everything, the gate empties large chunks. A statement that runs longer is ended by the server, so that nothing piles up behind it.
 */
import { sql } from 'kysely';
import type { DatabaseTransaction } from './database.ts';

/** Milliseconds, by part. */
export const statementTimeoutsMs = { api: 30_000, worker: 600_000, gate: 600_000 } as const;

/** Gives the rest of a transaction this many milliseconds a statement: counting everything, for somebody who asked for it. */
export const allowStatements = async (tx: DatabaseTransaction, milliseconds: number): Promise<void> => {
  await sql`SELECT set_config('statement_timeout', ${String(Math.trunc(milliseconds))}, true)`.execute(tx);
};
