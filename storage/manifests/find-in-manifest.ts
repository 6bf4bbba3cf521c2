/** Looks single records up in a manifest: whether a review or a decision names what was found, and nothing else. */
import { sql } from 'kysely';
import { type RecordClassId, recordClassId } from '../../domain/ids.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import type { Database } from '../database/database.ts';

/** What the manifest froze of a record, as far as a review may name it. */
export type RecordInManifest = { readonly recordClass: RecordClassId; readonly objectNames: ReadonlySet<string> };

/** Those of the records that the manifest lists as the person's, by id. */
export const findInManifest = async (
  db: Database,
  manifestId: string,
  recordIds: readonly string[],
): Promise<ReadonlyMap<string, RecordInManifest>> => {
  if (recordIds.length === 0) return new Map();
  const { rows } = await sql<{ record_id: string; record_class: string; names: string[] }>`
    SELECT held.record_id, held.record_class,
      ARRAY(SELECT object.name FROM manifest_object AS object
        WHERE object.manifest_id = held.manifest_id AND object.record_id = held.record_id) AS names
    FROM manifest_record AS held
    WHERE held.manifest_id = ${manifestId} AND held.record_id = ANY(${[...recordIds]}::uuid[])
      AND held.tie = ANY(${[...personalTies]}::text[])`.execute(db);
  return new Map(
    rows.map(({ record_id, record_class, names }) => [
      record_id,
      { recordClass: recordClassId(record_class), objectNames: new Set(names) },
    ]),
  );
};
