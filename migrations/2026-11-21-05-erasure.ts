/** The ledger of destruction: intents before, certificates after. Nothing in it names a person. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE erasure_intent (
      id uuid NOT NULL,
      unit_id uuid NOT NULL,
      controller text NOT NULL,
      record_class text NOT NULL,
      basis text NOT NULL,
      case_id uuid,
      policy_version integer NOT NULL,
      opens_at timestamptz NOT NULL,
      due_at timestamptz NOT NULL,
      bound_at timestamptz NOT NULL,
      written_at timestamptz NOT NULL,
      record_count integer NOT NULL,
      kept_count integer NOT NULL,
      kept_by jsonb NOT NULL,
      state text NOT NULL DEFAULT 'written',
      -- When a store last refused to let it finish; absent while nobody has tried to the end.
      refused_at timestamptz,
      continues uuid,
      CONSTRAINT erasure_intent_pk PRIMARY KEY (id),
      CONSTRAINT erasure_intent_unit_fk FOREIGN KEY (unit_id) REFERENCES retention_unit (id),
      CONSTRAINT erasure_intent_continues_fk FOREIGN KEY (continues) REFERENCES erasure_intent (id),
      CONSTRAINT erasure_intent_basis CHECK (basis IN ('retention-period-ended', 'decision')),
      CONSTRAINT erasure_intent_decision CHECK ((basis = 'decision') = (case_id IS NOT NULL)),
      CONSTRAINT erasure_intent_state CHECK (state IN ('written', 'certified'))
    );
    CREATE INDEX erasure_intent_open ON erasure_intent (unit_id) WHERE state = 'written';
    CREATE INDEX erasure_intent_unit ON erasure_intent (unit_id);

    -- One row a record, written before the first delete and kept as its tombstone: a record can be destroyed once (I9). What the
    -- store held then is written down too, so that a certificate after a crash counts the same as one without.
    CREATE TABLE erasure_item (
      record_id uuid NOT NULL,
      intent_id uuid NOT NULL,
      source_key bytea NOT NULL,
      trigger_at timestamptz NOT NULL,
      objects_recorded integer NOT NULL DEFAULT 0,
      objects_missing integer NOT NULL DEFAULT 0,
      versions_found integer NOT NULL DEFAULT 0,
      upload_keys text[] NOT NULL DEFAULT '{}',
      suspended_days integer NOT NULL DEFAULT 0,
      CONSTRAINT erasure_item_pk PRIMARY KEY (record_id),
      CONSTRAINT erasure_item_intent_fk FOREIGN KEY (intent_id) REFERENCES erasure_intent (id)
    );
    CREATE INDEX erasure_item_intent ON erasure_item (intent_id);
    -- Not unique: should a source id ever come back in spite of its tombstone, it must be possible to erase it again.
    CREATE INDEX erasure_item_source ON erasure_item (source_key);

    CREATE TABLE disposition_certificate (
      id uuid NOT NULL,
      intent_id uuid NOT NULL,
      unit_id uuid NOT NULL,
      controller text NOT NULL,
      record_class text NOT NULL,
      issued_at timestamptz NOT NULL,
      verified_at timestamptz NOT NULL,
      bound_at timestamptz NOT NULL,
      records_gone integer NOT NULL,
      document jsonb NOT NULL,
      digest bytea NOT NULL,
      CONSTRAINT disposition_certificate_pk PRIMARY KEY (id),
      CONSTRAINT disposition_certificate_intent UNIQUE (intent_id),
      CONSTRAINT disposition_certificate_intent_fk FOREIGN KEY (intent_id) REFERENCES erasure_intent (id)
    );
    CREATE INDEX disposition_certificate_unit ON disposition_certificate (unit_id);
    CREATE INDEX disposition_certificate_issued ON disposition_certificate (controller, issued_at);

    GRANT SELECT ON erasure_intent, erasure_item, disposition_certificate TO oblio_api, oblio_worker;
    GRANT SELECT, INSERT ON erasure_intent, erasure_item, disposition_certificate TO oblio_gate;
    GRANT UPDATE (state, record_count, refused_at) ON erasure_intent TO oblio_gate;
    GRANT UPDATE (intent_id) ON erasure_item TO oblio_gate
  `.execute(db);
}
