/** Destroys the rows of records: what belongs to a record first, the record last. Run twice it destroys what is left. */
import { sql } from 'kysely';
import type { RecordId } from '../../domain/ids.ts';
import type { Database } from '../database.ts';
import { isDatabaseFault, sqlState } from '../database-errors.ts';

/** The tables that hold something of a record, in the order in which they are emptied. */
export const recordTables = [
  { table: 'record_subject', column: 'record_id' },
  { table: 'record_attribute', column: 'record_id' },
  { table: 'record_object', column: 'record_id' },
  { table: 'transcript_delivery', column: 'record_id' },
  { table: 'record', column: 'id' },
] as const;

export type DestroyRowsInput = {
  readonly recordIds: readonly RecordId[];
  /** Called before the transaction commits. */
  readonly beforeCommit: () => Promise<void>;
};

const attempts = 5;

const destroyOnce = (db: Database, { recordIds, beforeCommit }: DestroyRowsInput): Promise<void> =>
  db.transaction().execute(async (tx) => {
    for (const { table, column } of recordTables) {
      await sql`DELETE FROM ${sql.table(table)} WHERE ${sql.ref(column)} = ANY(${recordIds}::uuid[])`.execute(tx);
    }
    await beforeCommit();
  });

/** Destroys the rows in one transaction. */
export const destroyRows = async (db: Database, input: DestroyRowsInput): Promise<void> => {
  if (input.recordIds.length === 0) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await destroyOnce(db, input);
    } catch (error) {
      // An upload wrote its row between the two statements, or waits for one of these rows: the next attempt finds it there.
      const again =
        isDatabaseFault(error, sqlState.foreignKeyViolation) || isDatabaseFault(error, sqlState.deadlockDetected);
      if (!again || attempt === attempts) throw error;
    }
  }
};
