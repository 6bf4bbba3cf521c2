/** Two more walks over what a suspension covers: units that are overdue when it ends, and units that fall due soon when it is placed. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE suspension_walk
      DROP CONSTRAINT suspension_walk_kind,
      ADD CONSTRAINT suspension_walk_kind
        CHECK (walk IN ('free-overdue', 'lift', 'wake', 'tell-soon', 'cover', 'tell', 'verify'))
  `.execute(db);
}
