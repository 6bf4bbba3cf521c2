/** Which workflows Postgres expects to be running (I1): of open units and of transcripts that are due, page by page. */
import { type RecordId, recordId, type UnitId, unitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Database } from '../database.ts';
import { toDate } from '../instants.ts';

export type ExpectedPageInput<Id> = {
  /** Only what was started before this: a workflow needs a moment until the server's lists show it. */
  readonly startedBefore: Instant;
  readonly after?: Id;
  readonly limit: number;
};

/** Open units that a workflow was started for, by id. */
export const listStartedUnits = async (
  db: Database,
  { startedBefore, after, limit }: ExpectedPageInput<UnitId>,
): Promise<readonly UnitId[]> => {
  let query = db
    .selectFrom('retention_unit')
    .select('id')
    .where('state', '=', 'open')
    .where('workflow_started_at', '<', toDate(startedBefore));
  if (after !== undefined) query = query.where('id', '>', after);
  return (await query.orderBy('id').limit(limit).execute()).map(({ id }) => unitId(id));
};

/** Transcripts on their way that a workflow was started for, by record. */
export const listStartedTranscripts = async (
  db: Database,
  { startedBefore, after, limit }: ExpectedPageInput<RecordId>,
): Promise<readonly RecordId[]> => {
  let query = db
    .selectFrom('transcript_delivery')
    .select('record_id')
    .where('state', 'in', ['due', 'attempting'])
    .where('workflow_started_at', '<', toDate(startedBefore));
  if (after !== undefined) query = query.where('record_id', '>', after);
  return (await query.orderBy('record_id').limit(limit).execute()).map((row) => recordId(row.record_id));
};

/** Has transcripts started again whose workflow is missing: one whose attempt was under way settles on "unknown" by itself. */
export const markTranscriptsToStart = async (db: Database, recordIds: readonly RecordId[]): Promise<number> => {
  if (recordIds.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('transcript_delivery')
    .set({ workflow_started_at: null })
    .where('record_id', 'in', [...recordIds])
    .where('state', 'in', ['due', 'attempting'])
    .executeTakeFirst();
  return Number(numUpdatedRows);
};
