/**
 * Workflows of cases get ids that an operator can read: the case's reference. Cases on file run under their old id and go on under it;
 * those taken in from now on bear the mark, so that neither is ever looked for, or started, under the other's id.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE request_case ADD COLUMN workflow_by_reference boolean NOT NULL DEFAULT false;
    ALTER TABLE request_case ALTER COLUMN workflow_by_reference SET DEFAULT true;
  `.execute(db);
}
