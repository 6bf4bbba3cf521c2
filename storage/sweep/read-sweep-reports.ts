/** Reads the reports of sweeps (I3). */
import { sql } from 'kysely';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';

/** When a sweep ran, and what it called now. */
export type SweepSummary = {
  readonly sweepId: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly asOf: Instant;
};

/** A sweep with its findings, as the sweep wrote them. */
export type SweepReport = SweepSummary & { readonly report: unknown };

const columns = ['id', 'started_at', 'finished_at', 'as_of'] as const;

const toSummary = (row: { id: string; started_at: Date; finished_at: Date; as_of: Date }): SweepSummary => ({
  sweepId: row.id,
  startedAt: fromDate(row.started_at),
  finishedAt: fromDate(row.finished_at),
  asOf: fromDate(row.as_of),
});

type Reader = Database | DatabaseTransaction;

/** A sweep's report, or `undefined` if no sweep of this id has finished. */
export const readSweepReport = async (db: Reader, id: string): Promise<SweepReport | undefined> => {
  const row = await db
    .selectFrom('sweep_report')
    .select([...columns, 'report'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { ...toSummary(row), report: row.report };
};

/** Finished sweeps, the newest first, behind the last one of the page before. */
export const listSweepReports = async (
  db: Reader,
  {
    after,
    limit,
  }: { readonly after?: { readonly finishedAt: Instant; readonly sweepId: string }; readonly limit: number },
): Promise<readonly SweepSummary[]> => {
  let query = db.selectFrom('sweep_report').select(columns);
  if (after !== undefined) {
    const { finishedAt, sweepId } = after;
    query = query.where(sql<boolean>`(finished_at, id) < (${toDate(finishedAt)}::timestamptz, ${sweepId}::uuid)`);
  }
  const rows = await query.orderBy('finished_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  return rows.map(toSummary);
};
