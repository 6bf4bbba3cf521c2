/** Opens the sealed content of a record. Whoever calls it has checked that the caller may see it, and writes the audit entry. */
import type { RecordId } from '../domain/ids.ts';
import type { Database, DatabaseTransaction } from './database.ts';
import { openContent, type RecordContent } from './record-content.ts';
import type { Sealing } from './sealing.ts';

/** A record's content, or `undefined` if the record is not here (any more). Throws a `SealingError` if it was tampered with. */
export const openRecord = async (
  { db, sealing }: { readonly db: Database | DatabaseTransaction; readonly sealing: Sealing },
  record: RecordId,
): Promise<RecordContent | undefined> => {
  const row = await db.selectFrom('record').select('sealed_content').where('id', '=', record).executeTakeFirst();
  return row && openContent(sealing, record, row.sealed_content);
};
