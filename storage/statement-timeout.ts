/** A statement that may take longer than its login's statements usually may: counting everything, for somebody who asked for it. */
import { sql } from 'kysely';
import type { DatabaseTransaction } from './database.ts';

/** Gives the rest of a transaction this many milliseconds a statement. */
export const allowStatements = async (tx: DatabaseTransaction, milliseconds: number): Promise<void> => {
  await sql`SELECT set_config('statement_timeout', ${String(Math.trunc(milliseconds))}, true)`.execute(tx);
};
