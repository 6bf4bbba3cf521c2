/**
 * What arrives late is not passed by: a record that joins a unit whose time has come has the unit's workflow look again, something that
 * reaches the store under a key that was cleared before is cleared again, and a file of a case that was on its way when its case closed
 * counts as stored once it is.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Joining such a unit sets the mark by which the worker tells its workflow.
    GRANT UPDATE (redated_at) ON retention_unit TO oblio_api;

    -- A line for each time that something was noticed under a key, of which one at most is open: nobody but the gate closes one.
    ALTER TABLE abandoned_object
      DROP CONSTRAINT abandoned_object_pk,
      ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
      ADD CONSTRAINT abandoned_object_pk PRIMARY KEY (id);
    CREATE UNIQUE INDEX abandoned_object_waiting ON abandoned_object (object_key) WHERE gone_at IS NULL;
    CREATE INDEX abandoned_object_key ON abandoned_object (object_key);

    UPDATE record_object AS object
    SET state = 'stored', version_id = attachment.version_id, size = attachment.size, sha256 = attachment.sha256
    FROM request_attachment AS attachment
    WHERE attachment.id = object.id AND object.state = 'uploading' AND attachment.state = 'stored'
  `.execute(db);
}
