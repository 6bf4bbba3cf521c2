/**
 * Workflows of suspensions get ids that an operator can read: controller and a number. Suspensions on file have none: their workflow runs
 * under its old id and goes on under it. Those placed from now on are numbered, so that neither is ever looked for, or started, under the
 * other's id.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE suspension ADD COLUMN number integer;
    CREATE SEQUENCE suspension_number_sequence AS integer OWNED BY suspension.number;
    ALTER TABLE suspension
      ALTER COLUMN number SET DEFAULT nextval('suspension_number_sequence'),
      ADD CONSTRAINT suspension_number UNIQUE (number);
    GRANT USAGE ON SEQUENCE suspension_number_sequence TO oblio_api, oblio_worker;
  `.execute(db);
}
