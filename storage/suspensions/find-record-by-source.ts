/** Whether there is or was a record, by its source system's key or by its id: a hold on one that was destroyed is answered with its certificate. */
import { sql } from 'kysely';
import { type ControllerId, type RecordId, recordId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';

/** The id of the record, also where only the ledger still knows it; `undefined` where there never was one. */
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

/** Whether a controller has, or had, a record of this id. A hold on a mistyped id would preserve nothing and look as if it did. */
export const recordExisted = async (
  db: Database,
  { controller, record }: { readonly controller: ControllerId; readonly record: RecordId },
): Promise<boolean> => {
  const { rows } = await sql`
    SELECT 1 FROM record WHERE id = ${record} AND controller = ${controller}
    UNION ALL SELECT 1 FROM erasure_item JOIN erasure_intent ON erasure_intent.id = erasure_item.intent_id
      WHERE erasure_item.record_id = ${record} AND erasure_intent.controller = ${controller} LIMIT 1
  `.execute(db);
  return rows.length > 0;
};
