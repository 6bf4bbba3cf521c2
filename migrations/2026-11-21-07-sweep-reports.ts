/** What the daily sweep found and healed (I3). */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE sweep_report (
      id uuid NOT NULL,
      started_at timestamptz NOT NULL,
      finished_at timestamptz NOT NULL,
      as_of timestamptz NOT NULL,
      report jsonb NOT NULL,
      CONSTRAINT sweep_report_pk PRIMARY KEY (id)
    );
    CREATE INDEX sweep_report_finished ON sweep_report (finished_at);
    GRANT SELECT ON sweep_report TO oblio_api;
    GRANT SELECT, INSERT ON sweep_report TO oblio_worker
  `.execute(db);
}
