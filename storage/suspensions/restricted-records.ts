/** Which records are restricted (Art. 18): the same clauses that keep records from the gate, of the kind that restricts. */
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { matchSuspensions } from './match-suspensions.ts';

/** Which of these records of a controller are restricted now. */
export const restrictedRecords = async (
  db: Database | DatabaseTransaction,
  input: { readonly controller: ControllerId; readonly recordIds: readonly RecordId[] },
): Promise<ReadonlySet<RecordId>> => {
  const kept = await matchSuspensions(db, input);
  return new Set(
    [...kept].filter(([, keeping]) => keeping.some(({ kind }) => kind === 'restriction')).map(([id]) => id),
  );
};
