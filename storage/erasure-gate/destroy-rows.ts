/**
 * Destroys the rows of records: what belongs to a record first, the record last; of a case file all that is kept of the case besides.
 * Run twice it destroys what is left.
 */
import { type RawBuilder, sql } from 'kysely';
import type { RecordId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';
import { isDatabaseFault, sqlState } from '../database/database-errors.ts';
import { type CaseTable, caseTables } from './case-tables.ts';

/** The tables that hold something of a record, in the order in which they are emptied. */
export const recordTables = [
  { table: 'record_subject', column: 'record_id' },
  { table: 'record_attribute', column: 'record_id' },
  { table: 'record_object', column: 'record_id' },
  { table: 'transcript_delivery', column: 'record_id' },
  { table: 'record_statement', column: 'record_id' },
  { table: 'record', column: 'id' },
] as const;

/** Whose rows, of records whose objects are gone. */
export type DestroyRowsInput = {
  readonly recordIds: readonly RecordId[];
  /** Whether they are case files: then their cases end with them. */
  readonly caseFiles: boolean;
  /** Called before the transaction commits. */
  readonly beforeCommit: () => Promise<void>;
};

const attempts = 5;

/** Which rows of a table belong to the cases whose ids these are. */
const ofCases = ({ column, through }: CaseTable, recordIds: readonly RecordId[]): RawBuilder<boolean> =>
  through === undefined
    ? sql`${sql.ref(column)} = ANY(${recordIds}::uuid[])`
    : sql`${sql.ref(column)} IN (
        SELECT ${sql.ref(through.key)} FROM ${sql.table(through.table)} WHERE case_id = ANY(${recordIds}::uuid[]))`;

const destroyOnce = (db: Database, { recordIds, caseFiles, beforeCommit }: DestroyRowsInput): Promise<void> =>
  db.transaction().execute(async (tx) => {
    if (caseFiles) {
      for (const table of caseTables) {
        await sql`DELETE FROM ${sql.table(table.table)} WHERE ${ofCases(table, recordIds)}`.execute(tx);
      }
    }
    // One statement, so that the ids travel once: a chunk has thousands. Foreign keys are looked at when all of it is done.
    const deletes = recordTables.map(
      ({ table, column }) =>
        sql`${sql.ref(`of_${table}`)} AS (DELETE FROM ${sql.table(table)} WHERE ${sql.ref(column)} = ANY(ARRAY(SELECT id FROM intended)))`,
    );
    await sql`WITH intended AS (SELECT unnest(${recordIds}::uuid[]) AS id), ${sql.join(deletes)} SELECT`.execute(tx);
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
