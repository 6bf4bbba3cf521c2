/** Reports of sweeps: what one found and healed (I3), written with its audit entry, and read again. */
import { sql } from 'kysely';
import { controllerId } from '../../domain/ids.ts';
import {
  type Compared,
  type FindingKind,
  type FinishedSweep,
  findingKinds,
  type Healed,
} from '../../domain/sweep-report.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';

/** A sweep's report as it is stored. */
export type SweepDocument = {
  readonly version: 1;
  readonly compared: Compared;
  /** By kind: how many were found. Zero is a finding too. */
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** By kind: how many of them the sweep set right or set going. */
  readonly healed: Healed;
  /** By kind: the first of them by id. */
  readonly ids: Readonly<Partial<Record<FindingKind, readonly string[]>>>;
};

/** The document of a report. */
const sweepDocument = ({ compared, findings, healed }: FinishedSweep): SweepDocument => ({
  version: 1,
  compared,
  counts: Object.fromEntries(findingKinds.map((kind) => [kind, findings[kind].count])) as SweepDocument['counts'],
  healed,
  ids: Object.fromEntries(
    findingKinds.filter((kind) => findings[kind].count > 0).map((kind) => [kind, findings[kind].ids]),
  ),
});

/** A sweep looks at all controllers at once; the trail needs a name for that. */
const everyController = controllerId('every-controller');

/** Writes the report; writing it again changes nothing. */
export const writeSweepReport = (db: Database, input: FinishedSweep): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const document = sweepDocument(input);
    const inserted = await tx
      .insertInto('sweep_report')
      .values({
        id: input.sweepId,
        started_at: toDate(input.startedAt),
        finished_at: toDate(input.finishedAt),
        as_of: toDate(input.asOf),
        report: JSON.stringify(document),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted === undefined) return;
    await appendAuditEntry(tx, {
      at: input.finishedAt,
      actor: 'oblio-worker',
      role: 'system',
      action: 'sweep-finished',
      controller: everyController,
      target: { kind: 'sweep', id: input.sweepId },
      why: 'sweep',
      detail: { ...document.counts },
    });
  });

/** When a sweep ran, and what counted as now. */
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
