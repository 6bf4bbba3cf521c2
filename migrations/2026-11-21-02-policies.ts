/** Every version of a controller's policy that ever dated a record (Art. 5(2)). */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE policy_version (
      controller text NOT NULL,
      version integer NOT NULL,
      digest bytea NOT NULL,
      document jsonb NOT NULL,
      stored_at timestamptz NOT NULL,
      CONSTRAINT policy_version_pk PRIMARY KEY (controller, version),
      CONSTRAINT policy_version_positive CHECK (version > 0)
    );
    GRANT SELECT, INSERT ON policy_version TO oblio_api, oblio_worker;
    GRANT SELECT ON policy_version TO oblio_gate
  `.execute(db);
}
