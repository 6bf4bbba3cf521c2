/** Which workflows Postgres expects to be running (I1): of open units, transcripts that are due, holds and cases, page by page. */
import { sql } from 'kysely';
import {
  type CaseId,
  caseId,
  type RecordId,
  recordId,
  type SuspensionId,
  suspensionId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import { holdKinds } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** A page of what must have a workflow. */
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

/**
 * Suspensions whose workflow must be running and was signalled: holds in force, and those that have ended while units that waited are
 * still to be signalled. By id.
 */
export const listSignalledSuspensions = async (
  db: Database,
  { startedBefore, after, limit }: ExpectedPageInput<SuspensionId>,
): Promise<readonly SuspensionId[]> => {
  const { rows } = await sql<{ id: string }>`
    SELECT suspension.id FROM suspension
    WHERE workflow_revision >= revision AND coalesce(released_at, effective_at) < ${toDate(startedBefore)}
      AND ((state = 'active' AND kind = ANY(${[...holdKinds]}::text[]))
        OR (state = 'released' AND NOT EXISTS (
          SELECT FROM suspension_walk AS walk WHERE walk.suspension_id = suspension.id AND walk.walk = 'wake'
            AND walk.scope_revision = suspension.scope_revision AND walk.finished_at IS NOT NULL)))
      ${after === undefined ? sql`` : sql`AND suspension.id > ${after}`}
    ORDER BY suspension.id LIMIT ${limit}`.execute(db);
  return rows.map(({ id }) => suspensionId(id));
};

/** Has the workflows of suspensions signalled again, and so started where they are missing. */
export const markSuspensionsToSignal = async (db: Database, ids: readonly SuspensionId[]): Promise<number> => {
  if (ids.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('suspension')
    .set({ workflow_revision: 0 })
    .where('id', 'in', [...ids])
    .executeTakeFirst();
  return Number(numUpdatedRows);
};

const unfinishedCase = sql<boolean>`(stage <> 'closed' OR state -> 'suspension' ->> 'state' = 'active')`;

/**
 * Cases whose workflow was started and still has something to do: not closed, or closed while what they kept has not been given back.
 * By id.
 */
export const listStartedCases = async (
  db: Database,
  { startedBefore, after, limit }: ExpectedPageInput<CaseId>,
): Promise<readonly CaseId[]> => {
  let query = db
    .selectFrom('request_case')
    .select('id')
    .where('workflow_started_at', '<', toDate(startedBefore))
    .where(unfinishedCase);
  if (after !== undefined) query = query.where('id', '>', after);
  return (await query.orderBy('id').limit(limit).execute()).map(({ id }) => caseId(id));
};

/** Has cases started again whose workflow is missing: it goes on from the case file. */
export const markCasesToStart = async (db: Database, ids: readonly CaseId[]): Promise<number> => {
  if (ids.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('request_case')
    .set({ workflow_started_at: null })
    .where('id', 'in', [...ids])
    .where(unfinishedCase)
    .executeTakeFirst();
  return Number(numUpdatedRows);
};
