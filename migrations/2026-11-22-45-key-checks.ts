/**
 * By which keys the database was used: a value per key of the keys file that tells whether a key is the same one, and nothing of the
 * key. With other keys, people would be sought by hashes that match nobody, and nothing would say so.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE key_check (
      -- Where the key stands in the keys file.
      key_name text NOT NULL,
      check_value bytea NOT NULL,
      first_seen_at timestamptz NOT NULL,
      CONSTRAINT key_check_pk PRIMARY KEY (key_name)
    );
    -- A value that is there is never changed: another key under the same name is a mistake.
    GRANT SELECT, INSERT ON key_check TO oblio_api, oblio_worker
  `.execute(db);
}
