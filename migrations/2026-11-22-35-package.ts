/**
 * Access packages of rights requests: what was made for whom, of which frozen list, and where it lies. The package itself is an object
 * of a record of its own, which the gate erases; this row belongs to the case file. Ids, digests, counts and dates only.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- No reference to record or object: the row tells what was handed over after the package has been erased.
    CREATE TABLE access_package (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      controller text NOT NULL,
      manifest_id uuid NOT NULL,
      -- The letter that goes into it.
      letter_id uuid,
      variant text NOT NULL,
      state text NOT NULL DEFAULT 'building',
      begun_at timestamptz NOT NULL,
      record_id uuid,
      object_id uuid,
      size bigint,
      sha256 bytea,
      files integer,
      records integer,
      stored_at timestamptz,
      CONSTRAINT access_package_pk PRIMARY KEY (id),
      CONSTRAINT access_package_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT access_package_manifest_fk FOREIGN KEY (manifest_id) REFERENCES manifest (id),
      CONSTRAINT access_package_variant CHECK (variant IN ('access', 'portability')),
      CONSTRAINT access_package_state CHECK (state IN ('building', 'stored')),
      CONSTRAINT access_package_stored CHECK ((state = 'stored') = (record_id IS NOT NULL AND object_id IS NOT NULL
        AND size IS NOT NULL AND sha256 IS NOT NULL AND files IS NOT NULL AND records IS NOT NULL AND stored_at IS NOT NULL))
    );
    CREATE INDEX access_package_case ON access_package (case_id, begun_at);

    GRANT SELECT ON access_package TO oblio_api;
    GRANT SELECT, INSERT ON access_package TO oblio_worker;
    GRANT UPDATE (state, record_id, object_id, size, sha256, files, records, stored_at) ON access_package TO oblio_worker;
    -- The worker stores the package as the object of a record, as the API stores what sources hand in.
    GRANT UPDATE (state, version_id, size, sha256, media_type) ON record_object TO oblio_worker
  `.execute(db);
}
