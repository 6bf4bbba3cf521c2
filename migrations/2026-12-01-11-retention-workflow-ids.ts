/**
 * Workflows of units get ids that an operator can read: controller, class and the unit's id. Units on file run under their old id and go on
 * under it; those opened from now on bear the mark, so that neither is ever looked for, or started, under the other's id.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE retention_unit ADD COLUMN readable_workflow_id boolean NOT NULL DEFAULT false;
    ALTER TABLE retention_unit ALTER COLUMN readable_workflow_id SET DEFAULT true;
  `.execute(db);
}
