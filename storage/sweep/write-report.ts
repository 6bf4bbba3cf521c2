/** Writes what a sweep found and healed (I3), with its audit entry; reading is in `read-sweep-reports.ts`. */
import { controllerId } from '../../domain/ids.ts';
import {
  type Compared,
  type FindingKind,
  findingKinds,
  type Healed,
  type SweepReport,
} from '../../domain/sweep-report.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

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
const sweepDocument = ({ compared, findings, healed }: SweepReport): SweepDocument => ({
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
export const writeSweepReport = (db: Database, input: SweepReport): Promise<void> =>
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
