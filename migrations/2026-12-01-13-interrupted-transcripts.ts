/**
 * A transcript whose workflow was lost while an attempt was under way is started again too: the new workflow finds the interrupted attempt
 * and settles it as unknown, instead of leaving it on its way for ever.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    DROP INDEX transcript_delivery_to_start;
    CREATE INDEX transcript_delivery_to_start ON transcript_delivery (due_at, record_id)
      WHERE state IN ('due', 'attempting') AND workflow_started_at IS NULL;
  `.execute(db);
}
