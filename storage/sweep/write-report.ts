/** Writes what a sweep found and healed (I3), with its audit entry; reading is in `read-sweep-reports.ts`. */
import { controllerId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Finding } from './findings.ts';

/** Every kind of thing a sweep looks for. */
const findingKinds = [
  'units-without-workflow',
  'transcripts-without-workflow',
  'suspensions-without-workflow',
  'requests-without-workflow',
  'notifications-without-workflow',
  'units-overdue',
  'records-back-from-restore',
  'object-leftovers',
  'objects-without-record',
  'records-without-object',
  'intents-unproven',
  'certificates-missing',
  'certificates-miscounted',
] as const;

/** The name of one kind of finding in a report. */
export type FindingKind = (typeof findingKinds)[number];

/** A sweep's report as it is stored. */
export type SweepDocument = {
  readonly version: 1;
  /** What was compared: how many units, objects, transcripts and other procedures the sweep looked at. */
  readonly compared: {
    readonly units: number;
    readonly transcripts: number;
    readonly objects: number;
    readonly suspensions?: number;
    readonly requests?: number;
    readonly notifications?: number;
  };
  /** By kind: how many were found. Zero is a finding too. */
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** By kind: how many of them the sweep set right or set going. */
  readonly healed: Readonly<Partial<Record<FindingKind, number>>>;
  /** By kind: the first of them by id. */
  readonly ids: Readonly<Partial<Record<FindingKind, readonly string[]>>>;
};

/** A finished sweep. `asOf` is what it called now, the other two instants when it ran. */
export type WriteSweepReportInput = {
  readonly sweepId: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly asOf: Instant;
  readonly compared: SweepDocument['compared'];
  readonly findings: Readonly<Record<FindingKind, Finding>>;
  readonly healed: SweepDocument['healed'];
};

/** The document of a report. */
const sweepDocument = ({ compared, findings, healed }: WriteSweepReportInput): SweepDocument => ({
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
export const writeSweepReport = (db: Database, input: WriteSweepReportInput): Promise<void> =>
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
