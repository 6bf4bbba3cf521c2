/** Retention units and the records in them, their keyed identifiers, hold attributes and objects. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE retention_unit (
      id uuid NOT NULL,
      controller text NOT NULL,
      record_class text NOT NULL,
      unit_size text NOT NULL,
      unit_key text NOT NULL,
      bound_day date NOT NULL,
      opens_at timestamptz NOT NULL,
      due_at timestamptz NOT NULL,
      bound_at timestamptz NOT NULL,
      state text NOT NULL DEFAULT 'open',
      created_at timestamptz NOT NULL,
      workflow_started_at timestamptz,
      closed_at timestamptz,
      CONSTRAINT retention_unit_pk PRIMARY KEY (id),
      CONSTRAINT retention_unit_size CHECK (unit_size IN ('record', 'day')),
      CONSTRAINT retention_unit_state CHECK (state IN ('open', 'closed')),
      CONSTRAINT retention_unit_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
      CONSTRAINT retention_unit_window CHECK (opens_at <= due_at AND due_at <= bound_at)
    );
    CREATE UNIQUE INDEX retention_unit_open_key ON retention_unit (controller, record_class, unit_key) WHERE state = 'open';
    CREATE INDEX retention_unit_open_bound ON retention_unit (bound_at) WHERE state = 'open';
    CREATE INDEX retention_unit_to_start ON retention_unit (created_at) WHERE state = 'open' AND workflow_started_at IS NULL;

    CREATE TABLE record (
      id uuid NOT NULL,
      unit_id uuid NOT NULL,
      controller text NOT NULL,
      record_class text NOT NULL,
      source_id text NOT NULL,
      source_key bytea NOT NULL,
      trigger_at timestamptz NOT NULL,
      registered_at timestamptz NOT NULL,
      policy_version integer NOT NULL,
      sealed_content bytea NOT NULL,
      content_digest bytea NOT NULL,
      CONSTRAINT record_pk PRIMARY KEY (id),
      CONSTRAINT record_source_key UNIQUE (source_key),
      CONSTRAINT record_unit_fk FOREIGN KEY (unit_id) REFERENCES retention_unit (id),
      CONSTRAINT record_policy_fk FOREIGN KEY (controller, policy_version) REFERENCES policy_version (controller, version)
    );
    CREATE INDEX record_unit ON record (unit_id, id);
    CREATE INDEX record_class_trigger ON record (controller, record_class, trigger_at);

    CREATE TABLE record_subject (
      record_id uuid NOT NULL,
      kind text NOT NULL,
      subject_key bytea NOT NULL,
      CONSTRAINT record_subject_pk PRIMARY KEY (record_id, subject_key),
      CONSTRAINT record_subject_record_fk FOREIGN KEY (record_id) REFERENCES record (id)
    );
    CREATE INDEX record_subject_key ON record_subject (subject_key);

    CREATE TABLE record_attribute (
      record_id uuid NOT NULL,
      name text NOT NULL,
      attribute_key bytea NOT NULL,
      CONSTRAINT record_attribute_pk PRIMARY KEY (record_id, name),
      CONSTRAINT record_attribute_record_fk FOREIGN KEY (record_id) REFERENCES record (id)
    );
    CREATE INDEX record_attribute_key ON record_attribute (attribute_key);

    -- Object keys sort by bytes, as the store lists them, so that the sweep can walk both side by side.
    CREATE TABLE record_object (
      id uuid NOT NULL,
      record_id uuid NOT NULL,
      name text NOT NULL,
      media_type text NOT NULL,
      object_key text COLLATE "C" NOT NULL,
      state text NOT NULL,
      version_id text,
      size bigint NOT NULL,
      sha256 bytea NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT record_object_pk PRIMARY KEY (id),
      CONSTRAINT record_object_name UNIQUE (record_id, name),
      CONSTRAINT record_object_key UNIQUE (object_key),
      CONSTRAINT record_object_record_fk FOREIGN KEY (record_id) REFERENCES record (id),
      CONSTRAINT record_object_state CHECK (state IN ('uploading', 'stored')),
      CONSTRAINT record_object_stored CHECK ((state = 'stored') = (version_id IS NOT NULL)),
      CONSTRAINT record_object_size CHECK (size >= 0)
    );

    CREATE TABLE abandoned_object (
      object_key text COLLATE "C" NOT NULL,
      controller text NOT NULL,
      reason text NOT NULL,
      noticed_at timestamptz NOT NULL,
      gone_at timestamptz,
      CONSTRAINT abandoned_object_pk PRIMARY KEY (object_key),
      CONSTRAINT abandoned_object_reason CHECK (reason IN ('record-erased-during-upload', 'upload-broken-off', 'no-record'))
    );
    CREATE INDEX abandoned_object_open ON abandoned_object (noticed_at) WHERE gone_at IS NULL;

    GRANT SELECT, INSERT ON retention_unit, record, record_subject, record_attribute, record_object, abandoned_object TO oblio_api, oblio_worker;
    GRANT UPDATE (workflow_started_at) ON retention_unit TO oblio_api;
    GRANT UPDATE (state, version_id, size, sha256, media_type) ON record_object TO oblio_api;
    GRANT UPDATE (opens_at, due_at, bound_at, bound_day, unit_key, workflow_started_at) ON retention_unit TO oblio_worker;
    GRANT UPDATE (unit_id, policy_version) ON record TO oblio_worker;
    GRANT UPDATE (unit_id) ON record TO oblio_api;
    GRANT SELECT ON retention_unit, record, record_subject, record_attribute, record_object, abandoned_object TO oblio_gate;
    GRANT UPDATE (state, closed_at, workflow_started_at) ON retention_unit TO oblio_gate;
    GRANT UPDATE (unit_id) ON record TO oblio_gate;
    GRANT INSERT, UPDATE (gone_at) ON abandoned_object TO oblio_gate;
    GRANT DELETE ON record, record_subject, record_attribute, record_object TO oblio_gate
  `.execute(db);
}
