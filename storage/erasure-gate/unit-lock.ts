/**
 * One execution at a time works on a unit. The lock belongs to a database session: it ends with the connection, so a dead process
 * holds nothing up. It is a courtesy, not the safety: what must happen once is guarded by keys and row locks, since an execution
 * that lost its connection may still be running.
 */
import { sql } from 'kysely';
import type { UnitId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';

/** Runs `work` on one connection while it holds the unit's lock; `undefined` at once if another execution holds it. */
export const withUnitLock = <Value>(
  db: Database,
  unitId: UnitId,
  work: (connection: Database) => Promise<Value>,
): Promise<Value | undefined> =>
  db.connection().execute(async (connection) => {
    const key = sql`hashtextextended(${`oblio/unit/${unitId}`}, 0)`;
    const { rows } = await sql<{ got: boolean }>`SELECT pg_try_advisory_lock(${key}) AS got`.execute(connection);
    if (rows[0]?.got !== true) return undefined;
    try {
      return await work(connection);
    } finally {
      // If the connection is gone, so is the lock, and the error that ended the work is the one to be told.
      await sql`SELECT pg_advisory_unlock(${key})`.execute(connection).catch(() => undefined);
    }
  });
