/** Under which ids the source systems know the records of a manifest: the way from what a search found to what it says. */
import { sql } from 'kysely';
import { type RecordId, recordId } from '../../domain/ids.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';

/** The source systems' own ids of those records that are still there. */
export const readSourceIds = async (
  db: Database | DatabaseTransaction,
  ids: readonly RecordId[],
): Promise<ReadonlyMap<RecordId, string>> => {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('record')
    .select(['id', 'source_id'])
    .where('id', '=', sql<string>`ANY(${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, source_id }) => [recordId(id), source_id]));
};
