/** Objects that a walk over a suspension's records or units deals with: those that lie in the store, and those it may hold. */
import { sql } from 'kysely';
import { type ObjectId, objectId, type RecordId, type UnitId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';

/** Objects of these records that lie in the store. */
export const storedObjects = async (db: Database, records: readonly RecordId[]): Promise<readonly ObjectId[]> => {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM record_object WHERE record_id = ANY(${[...records]}::uuid[]) AND state = 'stored' ORDER BY id
  `.execute(db);
  return rows.map(({ id }) => objectId(id));
};

/** Objects the store may hold on behalf of these records: no others were ever flagged. */
export const flaggedObjects = async (db: Database, records: readonly RecordId[]): Promise<readonly ObjectId[]> => {
  const { rows } = await sql<{ object_id: string }>`
    SELECT object_id FROM object_hold
    WHERE record_id = ANY(${[...records]}::uuid[]) AND state <> 'lifted' ORDER BY object_id
  `.execute(db);
  return rows.map(({ object_id }) => objectId(object_id));
};

/** Objects the store may hold in these units, up to `limit`, behind an object. */
export const flaggedObjectsOfUnits = async (
  db: Database,
  {
    units,
    after,
    limit,
  }: { readonly units: readonly UnitId[]; readonly after: ObjectId | undefined; readonly limit: number },
): Promise<readonly ObjectId[]> => {
  const { rows } = await sql<{ object_id: string }>`
    SELECT held.object_id FROM record JOIN object_hold AS held ON held.record_id = record.id
    WHERE record.unit_id = ANY(${[...units]}::uuid[]) AND held.state <> 'lifted'
      AND ${after === undefined ? sql`true` : sql`held.object_id > ${after}::uuid`}
    ORDER BY held.object_id LIMIT ${limit}
  `.execute(db);
  return rows.map(({ object_id }) => objectId(object_id));
};
