/** Cases in which a decided erasure waits until nothing keeps the records: whom the end of a suspension concerns. */
import { sql } from 'kysely';
import { type CaseId, type ControllerId, caseId, type RecordId, type UnitId } from '../../domain/ids.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import type { Database } from '../database/database.ts';

/** Written as in the index that has these cases alone. */
const waiting = sql<boolean>`jsonb_path_exists(request_case.state, '$.rights[*] ? (@.heldErasure.state == "waiting")')`;

/** Whose end of being kept is asked for: some records, or all that some units hold. */
export type FreedRecords =
  | { readonly controller: ControllerId; readonly recordIds: readonly RecordId[] }
  | { readonly controller: ControllerId; readonly unitIds: readonly UnitId[] };

/** Those that wait for some of these records, by the manifests of their searches. */
export const casesWaitingFor = async (db: Database, freed: FreedRecords): Promise<readonly CaseId[]> => {
  const ids = 'recordIds' in freed ? freed.recordIds : freed.unitIds;
  if (ids.length === 0) return [];
  const isFreed =
    'recordIds' in freed
      ? sql`found.record_id = ANY(${ids}::uuid[])`
      : sql`EXISTS (SELECT FROM record WHERE record.id = found.record_id AND record.unit_id = ANY(${ids}::uuid[]))`;
  const { rows } = await sql<{ id: string }>`
    SELECT request_case.id FROM request_case
    WHERE request_case.controller = ${freed.controller} AND ${waiting} AND EXISTS (
      SELECT FROM manifest JOIN manifest_record AS found ON found.manifest_id = manifest.id
      WHERE manifest.case_id = request_case.id AND ${isFreed}
        AND found.tie = ANY(${[...personalTies]}::text[]))
    ORDER BY request_case.id`.execute(db);
  return rows.map(({ id }) => caseId(id));
};

/** All that wait, by id: the daily sweep has each of them look again. */
export const listWaitingCases = async (
  db: Database,
  { after, limit }: { readonly after?: CaseId; readonly limit: number },
): Promise<readonly CaseId[]> => {
  const rows = await db
    .selectFrom('request_case')
    .select('id')
    .where(waiting)
    .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => caseId(id));
};
