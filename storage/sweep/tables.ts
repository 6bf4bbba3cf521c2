/** The table of reports of the daily sweep, as Kysely sees it. */
import type { ColumnType } from 'kysely';

/** Reports of finished sweeps. */
export type SweepReportTable = {
  id: string;
  started_at: Date;
  finished_at: Date;
  as_of: Date;
  report: ColumnType<unknown, string, never>;
};

/** These tables by name; part of `Tables`. */
export type SweepTables = {
  sweep_report: SweepReportTable;
};
