/** The id of a record by its source system's key, also of one that was destroyed: a hold on it is answered with its certificate. */
import { sql } from 'kysely';
import { type RecordId, recordId } from '../../domain/ids.ts';
import type { Database } from '../database.ts';

export const findRecordBySource = async (
  db: Database,
  { sourceKey }: { readonly sourceKey: Buffer },
): Promise<RecordId | undefined> => {
  const { rows } = await sql<{ id: string }>`
    SELECT id::text AS id FROM record WHERE source_key = ${sourceKey}
    UNION ALL SELECT record_id::text FROM erasure_item WHERE source_key = ${sourceKey} LIMIT 1
  `.execute(db);
  return rows[0] && recordId(rows[0].id);
};
