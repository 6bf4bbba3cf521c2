/**
 * What a search found for a rights request, frozen (I8): the records that access shows and erasure removes, what was past the point
 * of no return, and what staff named. Ids, codes, dates and digests; what a person wrote is sealed.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- A person's records are walked key by key in the order of their ids, so that a search goes on where it was.
    CREATE INDEX record_subject_walk ON record_subject (subject_key, record_id);
    DROP INDEX record_subject_key;

    -- An identifier counts as the person's own once staff have checked it, with the identity (Art. 12(6)).
    ALTER TABLE request_subject ADD COLUMN verified_at timestamptz;
    GRANT UPDATE (verified_at) ON request_subject TO oblio_worker;

    CREATE TABLE manifest (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      controller text NOT NULL,
      state text NOT NULL DEFAULT 'collecting',
      started_at timestamptz NOT NULL,
      -- Where the walk stands: the key and the record looked at last. Written with the rows of its page.
      walked_key bytea,
      walked_record uuid,
      walked boolean NOT NULL DEFAULT false,
      frozen_at timestamptz,
      digest bytea,
      summary jsonb,
      CONSTRAINT manifest_pk PRIMARY KEY (id),
      CONSTRAINT manifest_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT manifest_state CHECK (state IN ('collecting', 'frozen')),
      CONSTRAINT manifest_frozen CHECK (
        (state = 'frozen') = (frozen_at IS NOT NULL) AND (state = 'frozen') = (digest IS NOT NULL)
        AND (state = 'frozen') = (summary IS NOT NULL))
    );
    CREATE INDEX manifest_case ON manifest (case_id, started_at);

    -- No reference to the record: the manifest outlives what it lists. Class names sort by bytes, as the digest does.
    CREATE TABLE manifest_record (
      manifest_id uuid NOT NULL,
      record_id uuid NOT NULL,
      record_class text COLLATE "C" NOT NULL,
      trigger_at timestamptz NOT NULL,
      -- How the record is tied to the person; 'unclear' ones are nobody's until staff name them, 'gone' ones were erased meanwhile.
      tie text NOT NULL,
      names_others boolean NOT NULL,
      bound_day date NOT NULL,
      policy_version integer NOT NULL,
      legal_basis jsonb NOT NULL,
      content_digest bytea NOT NULL,
      suspended_by text[] NOT NULL,
      suspensions uuid[] NOT NULL,
      CONSTRAINT manifest_record_pk PRIMARY KEY (manifest_id, record_id),
      CONSTRAINT manifest_record_manifest_fk FOREIGN KEY (manifest_id) REFERENCES manifest (id),
      CONSTRAINT manifest_record_tie CHECK (tie IN ('identified', 'contact', 'named', 'unclear', 'gone'))
    );
    CREATE INDEX manifest_record_order ON manifest_record (manifest_id, record_class, trigger_at, record_id);

    CREATE TABLE manifest_object (
      manifest_id uuid NOT NULL,
      record_id uuid NOT NULL,
      object_id uuid NOT NULL,
      name text NOT NULL,
      media_type text NOT NULL,
      object_key text COLLATE "C" NOT NULL,
      version_id text NOT NULL,
      size bigint NOT NULL,
      sha256 bytea NOT NULL,
      CONSTRAINT manifest_object_pk PRIMARY KEY (manifest_id, record_id, object_id),
      CONSTRAINT manifest_object_record_fk FOREIGN KEY (manifest_id, record_id) REFERENCES manifest_record (manifest_id, record_id)
    );

    -- Past the point of no return when the search looked; the certificate is found through the ledger, once it is there.
    CREATE TABLE manifest_erased (
      manifest_id uuid NOT NULL,
      record_id uuid NOT NULL,
      record_class text COLLATE "C" NOT NULL,
      trigger_at timestamptz NOT NULL,
      found_by text NOT NULL,
      CONSTRAINT manifest_erased_pk PRIMARY KEY (manifest_id, record_id),
      CONSTRAINT manifest_erased_manifest_fk FOREIGN KEY (manifest_id) REFERENCES manifest (id),
      CONSTRAINT manifest_erased_found_by CHECK (found_by IN ('identifier', 'named'))
    );

    -- Records that staff say are this person's: by the source's own id, also of what was erased before the request came.
    CREATE TABLE request_named_record (
      case_id uuid NOT NULL,
      controller text NOT NULL,
      record_class text NOT NULL,
      source_key bytea NOT NULL,
      record_id uuid,
      named_by text NOT NULL,
      named_at timestamptz NOT NULL,
      -- The source's id as given, and the reason.
      sealed_words bytea NOT NULL,
      CONSTRAINT request_named_record_pk PRIMARY KEY (case_id, source_key),
      CONSTRAINT request_named_record_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id)
    );

    -- Frozen is frozen: nothing joins it and nothing in it changes. Its end is the end of the case file.
    CREATE FUNCTION manifest_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a frozen manifest does not change' USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER manifest_frozen BEFORE UPDATE ON manifest
      FOR EACH ROW WHEN (OLD.state = 'frozen') EXECUTE FUNCTION manifest_refuse_change();
    CREATE TRIGGER manifest_kept BEFORE TRUNCATE ON manifest
      FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_change();

    CREATE FUNCTION manifest_refuse_when_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM manifest WHERE state = 'frozen' AND id IN (SELECT manifest_id FROM changed)) THEN
        RAISE EXCEPTION 'a frozen manifest does not change' USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER manifest_record_added AFTER INSERT ON manifest_record
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_when_frozen();
    CREATE TRIGGER manifest_record_changed AFTER UPDATE ON manifest_record
      REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_when_frozen();
    CREATE TRIGGER manifest_object_added AFTER INSERT ON manifest_object
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_when_frozen();
    CREATE TRIGGER manifest_object_changed AFTER UPDATE ON manifest_object
      REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_when_frozen();
    CREATE TRIGGER manifest_erased_added AFTER INSERT ON manifest_erased
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_when_frozen();
    CREATE TRIGGER manifest_erased_changed AFTER UPDATE ON manifest_erased
      REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION manifest_refuse_when_frozen();

    GRANT SELECT ON manifest, manifest_record, manifest_object, manifest_erased TO oblio_api, oblio_worker;
    GRANT SELECT ON manifest, manifest_record TO oblio_gate;
    GRANT INSERT ON manifest, manifest_record, manifest_object, manifest_erased TO oblio_worker;
    GRANT UPDATE (state, walked_key, walked_record, walked, frozen_at, digest, summary) ON manifest TO oblio_worker;
    GRANT UPDATE (tie) ON manifest_record TO oblio_worker;
    GRANT SELECT, INSERT ON request_named_record TO oblio_api;
    GRANT SELECT ON request_named_record TO oblio_worker
  `.execute(db);
}
